/** Branches: a run that begins where another stood after an update, and goes on from there with other settings. */
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { DomainError } from '../../ad/errors.ts'
import { attempt, type Failure, failed } from '../failure.ts'
import type { Standing } from '../training/experiment.ts'
import { lockFolder } from '../training/lock.ts'
import { version } from '../training/machine.ts'
import { type Config, readConfig } from '../training/settings.ts'
import { onDisk, writeWhole } from '../training/whole-file.ts'
import { left, type Origin, originOf, refuse, requireStep, stoodAt } from './branch-origin.ts'
import { continued, requireBranch, requireWindow } from './branch-settings.ts'
import { checkpointBytes, findCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { files, recordedIn } from './files.ts'
import { isFinished, makeFolder } from './folder.ts'
import { folded, overrides } from './grammar.ts'
import { identityOf, type Parent } from './identity.ts'
import type { Experiment } from './plan.ts'
import { type Prepared, preparedWith, sourcesOf } from './prepared.ts'
import type { StoredRun } from './stored.ts'

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
  /** What its user may want to know of how it starts. */
  readonly notices: readonly string[]
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
