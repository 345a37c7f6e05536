/** A run that a branch begins from: read again from its folder, and brought to where it stood after an update. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError } from '../../ad/errors.ts'
import { attempt, type Failure, failed, failureOf, RunError } from '../failure.ts'
import { type Standing, updates } from '../training/experiment.ts'
import { type Config, readConfig } from '../training/settings.ts'
import { continued } from './branch-settings.ts'
import { findCheckpoint } from './checkpoint.ts'
import { files, jsonIn, recordedIn } from './files.ts'
import { identityOf, type Parent } from './identity.ts'
import type { Experiment } from './plan.ts'
import { type Prepared, preparedWith, sourcesOf } from './prepared.ts'
import { setupFor } from './run.ts'
import { type StoredRun, storedIn } from './stored.ts'

/** A run that stands in a folder, with what its config names read again. */
export interface Origin extends Prepared, Omit<Experiment, 'position'> {
  readonly folder: string
  readonly parent: Parent | undefined
}

/** What a branch is refused by. */
export const refuse = (given: string, wanted: string, remedy: string): DomainError =>
  new DomainError({ who: 'runs branch', given, wanted, remedy })

/** A problem as what a step of a branch stops by. */
export const left = (problem: Error): E.Either<Failure, never> => E.left(failureOf(problem))

/** The config of a run as it was asked for. Left: it is of a version that wrote none. */
const configIn = ({ id, folder, config }: StoredRun): E.Either<Failure, Config> => {
  const { format } = (jsonIn(folder, files.config) ?? {}) as { readonly format?: unknown }
  const remedy = 'Run its settings again with janus train, and branch from that run'
  if (format !== 2) return left(refuse(`run ${id}, of an earlier version`, 'a run with its config', remedy))
  return pipe(readConfig(config), E.mapLeft(failed))
}

/** A run of a folder, prepared. Left: its data, rule or task have another content than at its start. */
export const originOf = (run: StoredRun): TE.TaskEither<Failure, Origin> =>
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
            'the data, rule and task that it had at its start',
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
  for (const { metric, standing } of updates(setupFor(origin), unseen, { from })) {
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
export const stoodAt = (out: string, origin: Origin, step: number): TE.TaskEither<Failure, Stood> => {
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
export const requireStep = ({ id, folder, parent }: Origin, step: number): E.Either<Failure, void> => {
  const made = recordedIn(folder).metrics.length - 1
  const first = parent ? parent.step + 1 : 1
  if (Number.isInteger(step) && step >= first && step <= made) return E.right(undefined)
  const other = parent ? `Branch from ${parent.id}, its parent, at an earlier one` : 'janus train begins a run at 0'
  return left(refuse(`--at ${step} of run ${id}`, `an update that it made, from ${first} to ${made}`, other))
}
