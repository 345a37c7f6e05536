/** The files of a run, and what they say of how far it came. */
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Baseline } from '../training/data/kind.ts'
import type { Metric } from '../training/metric.ts'
import { checkpointFile, previousFile } from './checkpoint.ts'

/** Every file of a run by what it is. */
export const files = {
  config: 'config.json',
  machine: 'machine.json',
  metrics: 'metrics.jsonl',
  timing: 'timing.jsonl',
  shadows: 'shadows.jsonl',
  model: 'model.json',
  checkpoint: checkpointFile,
  previous: previousFile,
  error: 'error.json',
  result: 'result.json',
} as const

/** The JSON of a file; null where there is none, or where it is not whole. */
export const jsonIn = (folder: string, file: string): unknown => {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'))
  } catch {
    return null
  }
}

/** What a finished run came to; `rule`, `seed` and `steps` as in version 0.1.0. */
const resultForm = z.looseObject({
  steps: z.int().min(0),
  held: z.looseObject({ before: z.number().nullish(), after: z.number(), unit: z.string() }),
  baselines: z.array(z.custom<Baseline>()).default([]),
})
export type Result = z.output<typeof resultForm>

/** The result of a run; null where it has none that is whole. */
export const resultIn = (folder: string): Result | null =>
  resultForm.safeParse(jsonIn(folder, files.result)).data ?? null

const errorForm = z.looseObject({ step: z.int(), message: z.string(), diverged: z.boolean().default(false) })

/** What a run failed by. */
export const errorIn = (folder: string): z.output<typeof errorForm> | null =>
  errorForm.safeParse(jsonIn(folder, files.error)).data ?? null

/** The metrics of a run by whole lines, and how many bytes there are up to the end of each. */
export interface Recorded {
  readonly metrics: readonly Metric[]
  readonly ends: readonly number[]
}

const metricForm = z.looseObject({ step: z.int().min(0) })
const newline = 10

/** The lines of metrics.jsonl up to the first that is not whole; none where it is a link, or not there. */
export const recordedIn = (folder: string): Recorded => {
  const path = join(folder, files.metrics)
  const [metrics, ends]: [Metric[], number[]] = [[], []]
  if (!existsSync(path) || !lstatSync(path).isFile()) return { metrics, ends }
  const bytes = readFileSync(path)
  for (let from = 0, to = bytes.indexOf(newline); to >= 0; from = to + 1, to = bytes.indexOf(newline, from)) {
    const metric = lineOf(bytes.toString('utf8', from, to))
    if (metric?.step !== metrics.length) break
    metrics.push(metric)
    ends.push(to + 1)
  }
  return { metrics, ends }
}

/** The lines of a JSON-lines file that are whole; none where it is not there. */
export const linesIn = (path: string): readonly unknown[] => {
  if (!existsSync(path) || !lstatSync(path).isFile()) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap(line => {
      try {
        return line === '' ? [] : [JSON.parse(line) as unknown]
      } catch {
        return []
      }
    })
}

const lineOf = (line: string): Metric | null => {
  try {
    return (metricForm.safeParse(JSON.parse(line)).data as Metric | undefined) ?? null
  } catch {
    return null
  }
}
