/** The folder of a run: what it was, what it went through line by line, and what it came to. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { DomainError } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import type { Data } from './data/index.ts'
import { lockFolder } from './lock.ts'
import { machineFor } from './machine.ts'
import { modelText } from './model.ts'
import type { TrainOptions } from './options.ts'
import { beside, codeOf, isFull, onDisk, openLines, writeWhole } from './whole-file.ts'

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

/** An open run folder, this process's alone. */
export interface RunRecord {
  readonly folder: string
  readonly metric: (metric: Metric) => void
  /** Writes the model as it is by now: a run that is broken off leaves its last. */
  readonly keep: (θ: Theta) => void
  readonly finish: (θ: Theta, result: object) => void
  /** Gives the folder back, finished or not. */
  readonly close: () => void
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

/** Level by level: where a level cannot be made this fails at once, as `recursive` does not everywhere. */
const makeDeep = (folder: string): void => {
  if (existsSync(folder) && statSync(folder).isDirectory()) return
  makeDeep(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST' || !statSync(folder).isDirectory()) throw cause
  }
}

const refuseFolder = (folder: string, given: string): never => {
  throw new DomainError({
    who: 'train',
    given: `the folder '${folder}' ${given}`,
    wanted: 'a folder to write in',
    remedy: 'Name another with --out',
  })
}

/** The folder of a run; a link in its place could lead out of --out. */
const makeFolder = (folder: string): void => {
  try {
    makeDeep(folder)
  } catch (cause) {
    if (isFull(cause)) onDisk(folder, () => makeDeep(folder))
    refuseFolder(folder, `cannot be made (${codeOf(cause) ?? 'unknown error'})`)
  }
  if (lstatSync(folder).isSymbolicLink()) refuseFolder(folder, 'is a link')
}

const describe = (data: Data, options: TrainOptions): object => ({
  version: version(),
  key: keyOf(data, options),
  machine: machineFor(options),
  data: {
    name: basename(data.name),
    kind: data.kind,
    digest: data.digest,
    train: data.train.length,
    held: data.held.length,
  },
  options,
})

const files = ['config.json', 'metrics.jsonl', 'model.json', 'result.json'] as const
const [config, metrics, model, result] = files

/**
 * Where a run writes: its folder, freed of a run that was broken off; beside the files of a finished run in a folder of its own,
 * so that they stay what they are until it is finished too.
 */
const workplace = (folder: string): string =>
  onDisk(folder, () => {
    const own = join(folder, 'unfinished')
    rmSync(own, { recursive: true, force: true })
    if (existsSync(join(folder, result))) {
      mkdirSync(own)
      return own
    }
    for (const name of files.flatMap(name => [name, beside(name)])) rmSync(join(folder, name), { force: true })
    return folder
  })

/** Puts the files of a finished run in the place of those of an earlier one, its result last: a result is there with its own files only. */
const promote = (from: string, to: string): void =>
  onDisk(to, () => {
    if (from === to) return
    rmSync(join(to, result))
    for (const name of files) renameSync(join(from, name), join(to, name))
    rmSync(from, { recursive: true })
  })

const openIn = (folder: string, data: Data, options: TrainOptions): RunRecord => {
  const place = workplace(folder)
  writeWhole(join(place, config), pretty(describe(data, options)))
  const lines = openLines(join(place, metrics))
  const keep = (θ: Theta): void => writeWhole(join(place, model), modelText(data, options, θ))
  return {
    folder,
    metric: metric => lines.add(JSON.stringify(metric)),
    keep,
    finish: (θ, outcome) => {
      keep(θ)
      writeWhole(join(place, result), pretty(outcome))
      lines.close()
      promote(place, folder)
    },
    close: lines.close,
  }
}

/**
 * Opens `<out>/<key>` for this process alone and writes config.json. metrics.jsonl grows a line at a time, so that a run that is
 * broken off leaves what it had; result.json comes at the end. The files of a finished run with the same key stay until this one
 * is finished; until then its own are in `unfinished`. Throws a RunError where another run has the folder or the disk is full,
 * a DomainError where the folder cannot be made.
 */
export const openRecord = (out: string, data: Data, options: TrainOptions): RunRecord => {
  const folder = join(out, keyOf(data, options))
  makeFolder(folder)
  const unlock = lockFolder(folder)
  try {
    const record = openIn(folder, data, options)
    return {
      ...record,
      close: () => {
        record.close()
        unlock()
      },
    }
  } catch (thrown) {
    unlock()
    throw thrown
  }
}

type Run = { readonly data: Data; readonly options: TrainOptions }

/** Opens a record for each of some runs, and closes them all however it ends. */
export const withRecords = <const R extends readonly Run[], A>(
  out: string,
  runs: R,
  body: (records: { readonly [I in keyof R]: RunRecord }) => A,
): A => {
  const records: RunRecord[] = []
  try {
    for (const { data, options } of runs) records.push(openRecord(out, data, options))
    return body(records as never)
  } finally {
    for (const record of records) record.close()
  }
}
