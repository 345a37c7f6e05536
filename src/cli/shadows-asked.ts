/** The shadows that a command line asks for. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readShadows, type ShadowPlan } from '../experiments/shadows.ts'
import { type Failure, failed } from '../failure.ts'
import { type Checked, flag, type Given, reader, wholeUpTo } from '../options.ts'

interface Asked {
  readonly shadow?: string
  readonly shadowEvery?: Given
  readonly shadowLags?: boolean
  readonly shadowEigenvalues?: boolean
}

const { number, refuse } = reader('train')

/** Options of shadows are refused where there are none. */
const none = (asked: Asked): Checked<undefined> => {
  const names = ['shadowEvery', 'shadowLags', 'shadowEigenvalues'] as const
  const given = names.find(name => asked[name] !== undefined)
  if (given === undefined) return E.right(undefined)
  const option = flag(given)
  return refuse(
    `${option} without --shadow`,
    `${option} only with --shadow`,
    `Leave ${option} out, or add --shadow rtrl`,
  )
}

/** The shadows that are asked for; undefined for none. */
export const shadowsAsked = (asked: Asked): TE.TaskEither<Failure, ShadowPlan | undefined> => {
  const { shadow, shadowEvery, shadowLags: lags, shadowEigenvalues: eigenvalues } = asked
  if (shadow === undefined) return TE.fromEither(pipe(none(asked), E.mapLeft(failed)))
  return pipe(
    TE.fromEither(pipe(number('shadowEvery', shadowEvery ?? 1, wholeUpTo(1, 1e9, 10)), E.mapLeft(failed))),
    TE.bindTo('every'),
    TE.bind('choices', () => pipe(() => readShadows(shadow), TE.mapLeft(failed))),
    TE.map(plan => ({ ...plan, lags, eigenvalues })),
  )
}
