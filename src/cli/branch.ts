/** `janus runs branch ID --at STEP setting=value…`: a run that goes on from another with other settings. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError } from '../../ad/errors.ts'
import { paragraph } from '../display/chart.ts'
import { branchOf } from '../experiments/branch.ts'
import { attempt, type Command, failed } from '../failure.ts'
import { type Given, reader, wholeUpTo } from '../options.ts'
import { chosen } from './runs.ts'
import { howOf, runAll, secondsBetween } from './train.ts'

export interface BranchOptions {
  readonly out?: string
  readonly at?: Given
  readonly retry?: boolean
  readonly allowOtherEngine?: boolean
  readonly checkpointEvery?: Given
}

const missing = (given: string): DomainError =>
  new DomainError({
    who: 'runs branch',
    given,
    wanted: 'a run, an update of it, and settings that are others',
    remedy: 'Write janus runs branch ID --at 1000 lr=0.001',
  })

/** Runs the branch of a run, which is begun first where it does not stand in its folder yet. */
export const branch = ([id, ...words]: readonly string[], options: BranchOptions): Command => {
  const { out = 'runs', at, checkpointEvery } = options
  if (id === undefined) return TE.left(failed([missing('no ID')]))
  if (at === undefined) return TE.left(failed([missing('no --at')]))
  return pipe(
    TE.fromEither(pipe(reader('runs branch').number('at', at, wholeUpTo(1, 1e9, 1000)), E.mapLeft(failed))),
    TE.bindTo('step'),
    TE.bind('every', () => TE.fromEither(pipe(secondsBetween(checkpointEvery), E.mapLeft(failed)))),
    TE.bind('run', () => attempt(() => chosen(out, id))),
    TE.bind('branch', ({ run, step }) => branchOf({ out, run, step, words })),
    TE.chainFirst(({ branch: { parent, notices } }) =>
      attempt(() => {
        console.log(paragraph('branch', `of run ${parent.id} after update ${parent.step}. ${notices.join(' ')}`.trim()))
      }),
    ),
    TE.flatMap(({ branch: run, every }) => runAll([run], howOf({ out, ...options }, { every, shadows: undefined }))),
  )
}
