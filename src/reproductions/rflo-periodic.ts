/** RFLO's periodic task without an input. Murray 2019, and the released program murray-lab/rflo-learning. */
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { internal } from '../../ad/errors.ts'
import { tensorOf, zeros } from '../../ad/tensor.ts'
import { rng } from '../../nets/random.ts'
import type { Paper } from '../../rules/index.ts'
import { made } from '../training/data/task.ts'
import { modelText } from '../training/model.ts'
import { namedTask } from '../training/tasks/choice.ts'
import { tasks } from '../training/tasks/index.ts'
import { writeWhole } from '../training/whole-file.ts'
import { near, ordered } from './held.ts'
import { firstLoss, lastLosses, medianOf } from './readings.ts'
import type { Part, Reproduction } from './reproduction.ts'

const [d, trials, seeds] = [50, 10_000, [0, 1, 2]] as const
const task = 'murray-sines(input=onset, ends=both)'

/** h = 0.1 at the first step of a trial, where the input is 1: no parameter of its own, as there. */
const cell = 'g = h + 0.1*sum(x); h = (1-alpha)*g + alpha*tanh(W*g)'

const dataOf = () => {
  const choice = namedTask(task)
  if (isRight(choice)) return made(choice.right)
  throw internal(`no task ${task}`)
}

/** W = 1.5 N(0, 1/d), W_out = 0.1 (2 U - 1)/√d, b_out = 0. */
const modelOf = (seed: number): string => {
  const random = rng(seed)
  const root = Math.sqrt(d)
  const W = Float64Array.from({ length: d * d }, () => (1.5 * random.normal()) / root)
  const W_out = Float64Array.from({ length: d }, () => (0.1 * (2 * random.uniform() - 1)) / root)
  const θ = {
    cell: { W: tensorOf([d, d], W) },
    start: {},
    readout: { W_out: tensorOf([1, d], W_out), b_out: zeros([1]) },
  }
  const likeness = { cell, layers: 1, hidden: d, alpha: 0.1, forgetBias: null, embed: null } as const
  return modelText(dataOf(), likeness, θ)
}

/** Both rules from the same model, which is written for each seed. */
const sweepOf = (folder: string, seed: number): Part => {
  const from = join(folder, `rflo-periodic-${seed}.json`)
  writeWhole(from, modelOf(seed))
  return { settings: { task, from, rule: ['rflo', 'bptt'], washout: 100, every: 100, steps: trials, seed } }
}

/** Theirs is half the mean squared error. */
const half = (of: ReturnType<typeof lastLosses>) => (run: Parameters<typeof of>[0]) => of(run) / 2

const name = (seed: number): string => `seed ${seed}`
const last = (rule: string) => (runs: Parameters<ReturnType<typeof medianOf>>[0]) => {
  const all = Object.fromEntries([['all', seeds.flatMap(seed => runs[name(seed)] ?? [])]])
  return medianOf('all', { rule }, half(lastLosses(100)))(all)
}

export const rfloPeriodic: Reproduction = {
  name: 'rflo-periodic',
  title: 'A periodic target without an input, by RFLO and BPTT',
  paper: tasks['murray-sines'].papers[0] as Paper,
  protocol: '',
  minutes: 10,
  sweeps: folder => Object.fromEntries(seeds.map(seed => [name(seed), sweepOf(folder, seed)])),
  figures: [
    near('loss of trial 0', 0.3248, 0.01, medianOf(name(0), { rule: 'rflo' }, half(firstLoss))),
    ordered('losses of trials 9,900 to 9,999', { rflo: last('rflo'), bptt: last('bptt') }),
  ],
}
