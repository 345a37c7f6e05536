/** The folder of a run: taken by one process, started or resumed, and finished as a whole. */
import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DomainError } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import { RunError } from '../failure.ts'
import type { Data } from '../training/data/index.ts'
import type { Standing } from '../training/experiment.ts'
import { beat, lockFolder } from '../training/lock.ts'
import { type Machine, machineFor, version } from '../training/machine.ts'
import type { Metric } from '../training/metric.ts'
import { modelText } from '../training/model.ts'
import type { TrainOptions } from '../training/options.ts'
import type { Config } from '../training/settings.ts'
import { beside, codeOf, isFull, onDisk, openLines, writeWhole } from '../training/whole-file.ts'
import { checkpointBytes, findCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { errorIn, files, jsonIn, type Recorded, recordedIn, resultIn } from './files.ts'
import type { Parent } from './identity.ts'

/** A run as its folder is told of it. */
export interface Run {
  readonly id: string
  readonly config: Config
  readonly data: Data
  readonly options: TrainOptions
  /** Where it began, where it is a branch. */
  readonly parent?: Parent | undefined
}

/** How a run is begun where there is one already. */
export interface Beginning {
  /** Begins again, whatever stands there. */
  readonly fresh?: boolean | undefined
  /** Goes on although it failed. */
  readonly retry?: boolean | undefined
  /** Goes on although it was begun on another engine, machine or version: it is no longer the same bit for bit. */
  readonly allowOtherEngine?: boolean | undefined
}

/** An open run folder, this process's alone. */
export interface RunFolder {
  readonly folder: string
  /** Where the run stands; null at its start. */
  readonly standing: Standing | null
  /** The metrics up to there. */
  readonly recorded: readonly Metric[]
  /** Whether every part of it was computed alike. */
  readonly bitForBit: boolean
  /** What its user may want to know of how it was begun. */
  readonly notices: readonly string[]
  readonly metric: (metric: Metric) => void
  /** One line of timing.jsonl. */
  readonly timing: (what: object) => void
  /** Lines of shadows.jsonl. */
  readonly shadows: (lines: readonly object[]) => void
  /** Writes the model as it is by now: a run that is broken off leaves its last. */
  readonly keep: (θ: Theta) => void
  readonly checkpoint: (standing: Standing) => void
  /** What the run failed by, and whether because it diverged. */
  readonly fail: (step: number, message: string, diverged: boolean) => void
  readonly finish: (θ: Theta, result: object) => void
  /** A sign that it is still running. */
  readonly beat: () => void
}

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

const linesOf = (list: readonly object[]): string => list.map(one => `${JSON.stringify(one)}\n`).join('')

/** Makes the folder of a run; a link in its place could lead out of --out. */
export const makeFolder = (folder: string): void => {
  try {
    makeDeep(folder)
  } catch (cause) {
    if (isFull(cause)) onDisk(folder, () => makeDeep(folder))
    refuseFolder(folder, `cannot be made (${codeOf(cause) ?? 'unknown error'})`)
  }
  if (lstatSync(folder).isSymbolicLink()) refuseFolder(folder, 'is a link')
}

const describe = ({ id, config, data, options, parent }: Run): object => ({
  format: 2,
  version: version(),
  id,
  ...(parent && { parent }),
  config,
  data: {
    name: basename(data.name),
    kind: data.kind,
    digest: data.digest,
    train: data.train.length,
    held: data.held.length,
  },
  options,
})

const all = Object.values(files)
const withParts = all.flatMap(name => [name, beside(name)])

/** Removes what was written beside its place and never moved there. */
const clearParts = (folder: string): void => {
  for (const name of all)
    for (const part of [beside(name), beside(beside(name))]) rmSync(join(folder, part), { force: true })
}

/**
 * Where a run that begins again writes: its folder, freed of what is there; beside the files of a finished run in a folder of its
 * own, so that they stay what they are until it is finished too.
 */
const freed = (folder: string): string =>
  onDisk(folder, () => {
    const own = join(folder, 'unfinished')
    rmSync(own, { recursive: true, force: true })
    if (resultIn(folder) !== null) {
      mkdirSync(own)
      return own
    }
    for (const name of withParts) rmSync(join(folder, name), { force: true })
    return folder
  })

/** Puts the files of a finished run in the place of those of an earlier one, its result last: a result is there with its own files only. */
const promote = (from: string, to: string): void =>
  onDisk(to, () => {
    if (from === to) return
    for (const name of all.toReversed()) rmSync(join(to, name), { force: true })
    for (const name of all) if (existsSync(join(from, name))) renameSync(join(from, name), join(to, name))
    rmSync(from, { recursive: true })
  })

const shown = (machine: Partial<Machine>, name: string): string => String(machine[name as keyof Machine])

/** What of the machine is another now than when the run was begun. */
const differences = (then: Partial<Machine>, now: Machine): readonly string[] =>
  Object.keys(now)
    .filter(name => shown(then, name) !== shown(now, name))
    .map(name => `${name} ${shown(then, name)}, now ${shown(now, name)}`)

const refuseOther = (folder: string, found: readonly string[]): never => {
  throw new RunError({
    who: 'train',
    given: `the run in '${folder}' was begun with ${found.join('; ')}`,
    wanted: 'the same, to go on bit for bit',
    remedy: 'Add --allow-other-engine to go on all the same, or --fresh to begin again',
  })
}

const refuseFailed = (folder: string, step: number, message: string): never => {
  throw new RunError({
    who: 'train',
    given: `the run in '${folder}' failed in update ${step}: ${message}`,
    wanted: 'another run',
    remedy: 'Change its settings, or add --retry to go on from its last checkpoint',
  })
}

/** Lines of shadows.jsonl after the update that a run goes on from are taken back. */
const cutShadows = (path: string, update: number): void => {
  if (!existsSync(path) || !lstatSync(path).isFile()) return
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => Number(/^\{"step":(\d+),.*\}$/.exec(line)?.[1] ?? Number.POSITIVE_INFINITY) <= update)
  writeWhole(path, kept.map(line => `${line}\n`).join(''))
}

interface Stood {
  readonly place: string
  readonly standing: Standing | null
  readonly recorded: Recorded
  readonly bitForBit: boolean
  readonly notices: readonly string[]
}

const begun = (place: string, notices: readonly string[] = []): Stood => ({
  place,
  standing: null,
  recorded: { metrics: [], ends: [] },
  bitForBit: true,
  notices,
})

/** Whether a run that stood here goes on as it was begun. Throws a RunError where it does not, and is not allowed to. */
const sameMachine = (folder: string, now: Machine, allowed: boolean): boolean => {
  const then = (jsonIn(folder, files.machine) ?? {}) as Partial<Machine> & { readonly bitForBit?: boolean }
  const found = differences(then, now)
  if (found.length > 0 && !allowed) refuseOther(folder, found)
  return found.length === 0 && then.bitForBit !== false
}

/** Where a run stands in its folder, or how it begins there. */
const stood = (folder: string, { id, options }: Run, { fresh, retry, allowOtherEngine }: Beginning): Stood => {
  if (fresh) return begun(freed(folder))
  const failed = errorIn(folder)
  if (failed && !retry) refuseFailed(folder, failed.step, failed.message)
  clearParts(folder)
  const recorded = recordedIn(folder)
  const { standing, refused } = findCheckpoint(folder, id, recorded.metrics.length - 1)
  if (!standing) return begun(freed(folder), refused)
  const bitForBit = sameMachine(folder, machineFor(options), allowOtherEngine === true)
  const kept = standing.update + 1
  const cut = { metrics: recorded.metrics.slice(0, kept), ends: recorded.ends.slice(0, kept) }
  return { place: folder, standing, recorded: cut, bitForBit, notices: refused }
}

const opened = (folder: string, run: Run, how: Beginning): RunFolder & { readonly close: () => void } => {
  const { place, standing, recorded, bitForBit, notices } = stood(folder, run, how)
  const { id, data, options } = run
  const at = (name: string): string => join(place, name)
  const versions = { janusgrad: version(), node: process.version }
  rmSync(at(files.error), { force: true })
  writeWhole(at(files.config), pretty(describe(run)))
  writeWhole(at(files.machine), pretty({ ...machineFor(options), ...(!bitForBit && { bitForBit }) }))
  cutShadows(at(files.shadows), standing?.update ?? 0)
  const lines = openLines(at(files.metrics), recorded.ends.at(-1) ?? 0)
  const keep = (θ: Theta): void => writeWhole(at(files.model), modelText(data, options, θ))
  const stays = existsSync(at(files.result))
  const checkpoint = (now: Standing): void => {
    const bytes = checkpointBytes({ id, versions }, now)
    lines.settle()
    writeCheckpoint(place, bytes)
  }
  return {
    folder,
    standing,
    recorded: recorded.metrics,
    bitForBit,
    notices,
    checkpoint,
    metric: metric => lines.add(JSON.stringify(metric)),
    shadows: found => onDisk(at(files.shadows), () => appendFileSync(at(files.shadows), linesOf(found))),
    timing: what => onDisk(at(files.timing), () => appendFileSync(at(files.timing), `${JSON.stringify(what)}\n`)),
    keep: θ => stays || keep(θ),
    fail: (step, message, diverged) => writeWhole(at(files.error), pretty({ step, message, diverged })),
    finish: (θ, result) => {
      keep(θ)
      writeWhole(at(files.result), pretty(result))
      lines.close()
      promote(place, folder)
    },
    beat: () => beat(folder),
    close: lines.close,
  }
}

/** Whether a run is there, finished, with at least so many updates. */
export const isFinished = (folder: string, steps: number): boolean => (resultIn(folder)?.steps ?? -1) >= steps

/**
 * Takes `<out>/<id>` for this process alone while the body runs, and writes config.json. A run that is there resumes from its
 * last checkpoint, metrics.jsonl cut back to it. The files of a finished run stay until this one is finished. Throws a RunError where
 * another process has the folder, the disk is full, or the run failed or was begun on another machine; a DomainError where the folder
 * cannot be made.
 */
export const withFolder = async <A>(
  out: string,
  run: Run,
  how: Beginning,
  body: (folder: RunFolder) => Promise<A>,
): Promise<A> => {
  const folder = join(out, run.id)
  makeFolder(folder)
  const unlock = lockFolder(folder)
  try {
    const open = opened(folder, run, how)
    try {
      return await body(open)
    } finally {
      open.close()
    }
  } finally {
    unlock()
  }
}
