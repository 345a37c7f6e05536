/** Models that runs begin with, as published programs draw their parameters: written before a sweep reads them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { internal } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import { type Made, made } from '../training/data/task.ts'
import { type Model, modelText } from '../training/model.ts'
import { namedTask } from '../training/tasks/choice.ts'
import { writeWhole } from '../training/whole-file.ts'

/** The data set of a task by its name, as `--task` has it. */
export const dataOf = (task: string): Made => {
  const choice = namedTask(task)
  if (isRight(choice)) return made(choice.right)
  throw internal(`no task ${task}`)
}

/** What of a model says what its cell is. */
type Likeness = Pick<Model['cell'], 'cell' | 'hidden' | 'alpha'>

/** Writes `<folder>/<name>.json`, one layer without an embedding, and gives its path: what `from` names. */
export const written = (folder: string, name: string, data: Made, likeness: Likeness, θ: Theta): string => {
  const path = join(folder, `${name}.json`)
  mkdirSync(folder, { recursive: true })
  writeWhole(path, modelText(data, { ...likeness, layers: 1, forgetBias: null, embed: null }, θ))
  return path
}
