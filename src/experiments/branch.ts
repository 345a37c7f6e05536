/** Branches: a run that begins where another stood after an update, and goes on from there with other settings. */
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError } from '../../ad/errors.ts'
import { attempt, type Failure, failed, failureOf, RunError } from '../failure.ts'
import { type Standing, updates } from '../training/experiment.ts'
import { lockFolder } from '../training/lock.ts'
import { version } from '../training/machine.ts'
import { type Config, readConfig } from '../training/settings.ts'
import { onDisk, writeWhole } from '../training/whole-file.ts'
import { continued, requireBranch, requireWindow } from './branch-settings.ts'
import { checkpointBytes, findCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { files, jsonIn, recordedIn } from './files.ts'
import { isFinished, makeFolder } from './folder.ts'
import { folded, overrides } from './grammar.ts'
import { identityOf, type Parent } from './identity.ts'
import type { Experiment } from './plan.ts'
import { type Prepared, preparedWith, sourcesOf } from './prepared.ts'
import { setupFor } from './run.ts'
import { type StoredRun, storedIn } from './stored.ts'

/** What a branch is asked for: the folder of runs, the run in it, the update, and `setting=value` words. */
export interface BranchAsked {
  readonly out: string
  readonly run: StoredRun
  readonly step: number
  readonly words: readonly string[]
}

/** A branch that can be run: `runPrepared` goes on from the checkpoint that stands in its folder. */
export interface Branch extends Prepared, Experiment {
  readonly parent: Parent
  /** What its user may want to know of how it was begun. */
  readonly notices: readonly string[]
}

/** A run that stands in a folder, with what its config names read again. */
interface Origin extends Prepared, Omit<Experiment, 'position'> {
  readonly folder: string
  readonly parent: Parent | undefined
}

const refuse = (given: string, wanted: string, remedy: string): DomainError =>
  new DomainError({ who: 'runs branch', given, wanted, remedy })

const left = (problem: Error): E.Either<Failure, never> => E.left(failureOf(problem))

/** The config of a run as it was asked for. Left: it is of a version that wrote none. */
const configIn = ({ id, folder, config }: StoredRun): E.Either<Failure, Config> => {
  const { format } = (jsonIn(folder, files.config) ?? {}) as { readonly format?: unknown }
  const remedy = 'Run its settings again with janus train, and branch from that run'
  if (format !== 2) return left(refuse(`run ${id}, of an earlier version`, 'a run with its config', remedy))
  return pipe(readConfig(config), E.mapLeft(failed))
}

/** A run of a folder, prepared. Left: its data, rule or task have another content than when it was begun. */
const originOf = (run: StoredRun): TE.TaskEither<Failure, Origin> =>
  pipe(
    TE.fromEither(configIn(run)),
    TE.map(config => ({ ...(run.steps !== null && { steps: run.steps }), ...config })),
    TE.bindTo('config'),
    TE.bind('sources', ({ config }) => sourcesOf(config)),
    TE.bind('id', ({ config, sources }) => TE.fromEither(identityOf(config, sources, run.parent))),
    TE.filterOrElse(
      ({ id }) => id === run.id,
      ({ id }) =>
        failureOf(
          refuse(
            `run ${run.id}, whose config is that of ${id} by now`,
            'the data, rule and task that it was begun with',
            'Put its files back, or check JANUS_ENGINE',
          ),
        ),
    ),
    TE.bind('prepared', ({ config, sources }) => preparedWith(config, sources)),
    TE.map(({ prepared, ...found }) => ({ ...found, ...prepared, folder: run.folder, parent: run.parent })),
  )

/** Where a run stood after an update: its own checkpoint, or the updates done again from the nearest before it. */
interface Stood {
  readonly standing: Standing
  /** The update that they were done again from; null where a checkpoint was there. */
  readonly from: number | null
}

/** The updates of a run from where it stood to one of them, nothing being written. Throws a RunError where they are not those recorded. */
const redone = (origin: Origin, from: Standing | null, step: number): Standing => {
  const { options, folder } = origin
  const unseen = { ...options, steps: Number.MAX_SAFE_INTEGER }
  for (const { metric, standing } of updates(setupFor(origin, undefined), unseen, { from })) {
    if (metric.step < step) continue
    requireSame(folder, step, metric.train)
    return standing()
  }
  throw refuse(`update ${step}`, 'an update of the run', 'Name an earlier one')
}

const requireSame = (folder: string, step: number, train: number | undefined): void => {
  const recorded = recordedIn(folder).metrics[step]?.train
  if (recorded === train) return
  throw new RunError({
    who: 'runs branch',
    given: `a loss of ${train} in update ${step}, done again, where '${folder}' has ${recorded}`,
    wanted: 'the same, bit for bit',
    remedy: 'Branch where a checkpoint stands, or on the machine and version that the run was computed on',
  })
}

/** Where a branch began, as its parent stood there, with its own settings. */
const beginningOf = (out: string, origin: Origin): TE.TaskEither<Failure, Standing | null> => {
  const { parent } = origin
  if (parent === undefined) return TE.right(null)
  return pipe(
    storedFor(out, parent.id),
    TE.flatMap(originOf),
    TE.bindTo('before'),
    TE.bind('stood', ({ before }) => stoodAt(out, before, parent.step)),
    TE.map(({ before, stood }) => continued(stood.standing, before.options, origin.options)),
  )
}

const storedFor = (out: string, id: string): TE.TaskEither<Failure, StoredRun> => {
  const found = storedIn(out, id)
  return found
    ? TE.right(found)
    : TE.left(failureOf(refuse(`no run ${id} in '${out}'`, 'the run that the branch began from', 'Put it back')))
}

/** Where a run stood after an update. */
const stoodAt = (out: string, origin: Origin, step: number): TE.TaskEither<Failure, Stood> => {
  const { standing } = findCheckpoint(origin.folder, origin.id, step)
  if (standing?.update === step) return TE.right({ standing, from: null })
  return pipe(
    standing ? TE.right<Failure, Standing | null>(standing) : beginningOf(out, origin),
    TE.flatMap(from =>
      attempt(() => ({
        standing: from?.update === step ? from : redone(origin, from, step),
        from: from?.update ?? 0,
      })),
    ),
  )
}

/** Refuses an update that the run has not made, or that was its parent's. */
const requireStep = ({ id, folder, parent }: Origin, step: number): E.Either<Failure, void> => {
  const made = recordedIn(folder).metrics.length - 1
  const first = parent ? parent.step + 1 : 1
  if (Number.isInteger(step) && step >= first && step <= made) return E.right(undefined)
  const other = parent ? `Branch from ${parent.id}, its parent, at an earlier one` : 'janus train begins a run at 0'
  return left(refuse(`--at ${step} of run ${id}`, `an update that it made, from ${first} to ${made}`, other))
}

/** The settings of a branch: its parent's, with those that are changed. Left: every problem. */
const changedConfig = (origin: Origin, words: readonly string[]): E.Either<Failure, Config> =>
  pipe(
    overrides(words),
    E.chain(given => readConfig(folded({ ...origin.config, ...given }), name => name)),
    E.mapLeft(failed),
    E.chain(config => E.map(() => config)(requireBranch(origin, config))),
  )

/** A branch before anything of it is written. */
const branchFrom = (origin: Origin, { step, words }: BranchAsked): TE.TaskEither<Failure, Omit<Branch, 'notices'>> => {
  const parent = { id: origin.id, step }
  return pipe(
    TE.fromEither(changedConfig(origin, words)),
    TE.bindTo('config'),
    TE.bind('sources', ({ config }) => sourcesOf(config)),
    TE.bind('id', ({ config, sources }) => TE.fromEither(identityOf(config, sources, parent))),
    TE.bind('prepared', ({ config, sources }) => preparedWith(config, sources)),
    TE.map(({ prepared, ...found }) => ({ ...found, ...prepared, position: 0, parent })),
    TE.chainFirst(({ data, options }) => TE.fromEither(requireWindow(data.kind, origin.options, options))),
    TE.flatMapEither(branch => (isOther(origin, branch) ? E.right(branch) : left(nothingNew(origin, step)))),
    TE.flatMapEither(branch => (branch.options.steps > step ? E.right(branch) : left(tooShort(branch, step)))),
  )
}

/** Whether a branch has settings of its own, those that only say what is so by default being none. */
const isOther = (origin: Origin, branch: Omit<Branch, 'notices'>): boolean => {
  const bare = ({ config, sources }: Pick<Experiment, 'config' | 'sources'>): string =>
    E.getOrElse(() => '')(identityOf(config, sources))
  return bare(origin) !== bare(branch)
}

const nothingNew = ({ id }: Origin, step: number): DomainError =>
  refuse(`a branch of run ${id} at ${step} with its own settings`, 'a setting that is another', 'Write lr=0.001')

const tooShort = ({ options }: Prepared, step: number): DomainError =>
  refuse(`${options.steps} updates, branched at ${step}`, 'updates after the branch', `Add steps=${2 * step}`)

/** Writes where the run stood into the folder of the branch, as its own checkpoint: the metrics up to there, the machine, then the checkpoint. */
const writeBeginning = (
  origin: Origin,
  folder: string,
  { id, parent, options }: Omit<Branch, 'notices'>,
  now: Standing,
): void => {
  const unlock = lockFolder(folder)
  try {
    const versions = { janusgrad: version(), node: process.version }
    const bytes = checkpointBytes({ id, versions }, continued(now, origin.options, options))
    const end = recordedIn(origin.folder).ends[parent.step]
    writeWhole(join(folder, files.metrics), readFileSync(join(origin.folder, files.metrics)).subarray(0, end))
    onDisk(folder, () => copyFileSync(join(origin.folder, files.machine), join(folder, files.machine)))
    writeCheckpoint(folder, bytes)
  } finally {
    unlock()
  }
}

/** Whether a branch stands in its folder already: it is finished, or has a checkpoint to go on from. */
const stands = (folder: string, { id, options }: Omit<Branch, 'notices'>): boolean =>
  isFinished(folder, options.steps) ||
  findCheckpoint(folder, id, recordedIn(folder).metrics.length - 1).standing !== null

/**
 * The branch of a run at an update, its beginning written into `<out>/<id>`: the newest checkpoint where it stands there, else the
 * run done again up to it, from its start or the nearest checkpoint before. Left: a setting that no branch changes, none that is
 * changed, an update that the run has not made, or a run that does not come again as it was recorded.
 */
export const branchOf = (asked: BranchAsked): TE.TaskEither<Failure, Branch> =>
  pipe(
    originOf(asked.run),
    TE.bindTo('origin'),
    TE.chainFirst(({ origin }) => TE.fromEither(requireStep(origin, asked.step))),
    TE.bind('branch', ({ origin }) => branchFrom(origin, asked)),
    TE.flatMap(({ origin, branch }) => {
      const folder = join(asked.out, branch.id)
      if (stands(folder, branch)) return TE.right({ ...branch, notices: [] })
      return pipe(
        stoodAt(asked.out, origin, asked.step),
        TE.chainFirst(({ standing }) =>
          attempt(() => {
            makeFolder(folder)
            writeBeginning(origin, folder, branch, standing)
          }),
        ),
        TE.map(({ from }) => ({ ...branch, notices: from === null ? [] : [again(origin, from, asked.step)] })),
      )
    }),
  )

const again = ({ id }: Origin, from: number, step: number): string =>
  `No checkpoint of run ${id} stands at update ${step}: it was done again from update ${from}.`
