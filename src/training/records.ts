/** The folder of a run: what it was, what it went through line by line, and what it came to. */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { DomainError } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import type { Data } from './data/index.ts'
import { modelText } from './model.ts'
import type { TrainOptions } from './options.ts'

/**
 * One line of metrics.jsonl: `train` is the loss of this update, `held` the held-out figure. Texts: both in bits a
 * character; series: both RMSE in raw units; images: bits an image, and the % that is named right.
 */
export interface Metric {
  /** Updates so far. */
  readonly step: number
  readonly train?: number
  /** The length of the gradient that moved the parameters. */
  readonly gradient?: number
  readonly held?: number
}

/** An open run folder. */
export interface RunRecord {
  readonly folder: string
  readonly metric: (metric: Metric) => void
  /** Writes the model as it is by now: a run that is broken off leaves its last. */
  readonly keep: (θ: Theta) => void
  readonly finish: (θ: Theta, result: object) => void
}

const version = (): string =>
  (createRequire(import.meta.url)('janusgrad/package.json') as { readonly version: string }).version

/** A short name for a run: the same options, data and version give the same key. */
export const keyOf = (data: Data, options: TrainOptions): string =>
  createHash('sha256')
    .update(JSON.stringify([options, data.digest, version()]))
    .digest('hex')
    .slice(0, 12)

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** A whole file or none: written beside its place, then moved there. */
const writeWhole = (path: string, content: string): void => {
  writeFileSync(`${path}.tmp`, content)
  renameSync(`${path}.tmp`, path)
}

/** Level by level: where a level cannot be made this fails at once, as `recursive` does not everywhere. */
const makeDeep = (folder: string): void => {
  if (existsSync(folder) && statSync(folder).isDirectory()) return
  makeDeep(dirname(folder))
  mkdirSync(folder)
}

const makeFolder = (folder: string): void => {
  try {
    makeDeep(folder)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw new DomainError({
      who: 'train',
      given: `the folder '${folder}' cannot be made (${code})`,
      wanted: 'a folder to write in',
      remedy: 'Name another with --out',
    })
  }
}

const describe = (data: Data, options: TrainOptions): object => ({
  version: version(),
  data: {
    name: basename(data.name),
    kind: data.kind,
    digest: data.digest,
    train: data.train.length,
    held: data.held.length,
  },
  options,
})

/**
 * Opens `<out>/<key>` and writes config.json. metrics.jsonl grows a line at a time, so that a run that is broken off
 * leaves what it had; model.json and result.json come whole, at the end. Throws a DomainError where it cannot write.
 */
export const openRecord = (out: string, data: Data, options: TrainOptions): RunRecord => {
  const folder = join(out, keyOf(data, options))
  const metrics = join(folder, 'metrics.jsonl')
  makeFolder(folder)
  writeWhole(join(folder, 'config.json'), pretty(describe(data, options)))
  writeFileSync(metrics, '')
  const keep = (θ: Theta): void => writeWhole(join(folder, 'model.json'), modelText(data, options, θ))
  return {
    folder,
    metric: metric => appendFileSync(metrics, `${JSON.stringify(metric)}\n`),
    keep,
    finish: (θ, result) => {
      keep(θ)
      writeWhole(join(folder, 'result.json'), pretty(result))
    },
  }
}
