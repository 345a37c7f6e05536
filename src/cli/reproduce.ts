/** `janus reproduce`: published figures, ours beside theirs. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import { attempt, type Command, type Failure, failed } from '../failure.ts'
import type { Checked, Given } from '../options.ts'
import { fitting, minutesIn } from '../reproductions/budget.ts'
import { reproductions as registry } from '../reproductions/index.ts'
import { objectOf, pageOf, type Reported, reportText, rowsOf, timeText } from '../reproductions/report.ts'
import type { Reproduction } from '../reproductions/reproduction.ts'
import { minutesLeft, openOf, type Stands, type Swept, standsIn } from '../reproductions/stand.ts'
import { writeWhole } from '../training/whole-file.ts'
import { workersOf } from './compare-options.ts'
import { shown, unlessFailed, unlessStopped } from './pooled-runs.ts'
import { type Stopping, stopping } from './stopping.ts'

export interface Asked {
  readonly budget?: Given
  readonly full?: boolean
  readonly write?: string
  readonly out?: string
  readonly workers?: Given
  readonly json?: boolean
  readonly quiet?: boolean
  readonly allowOtherEngine?: boolean
}

/** How reproductions are run. */
interface How {
  readonly out: string
  readonly workers: number
  readonly quiet: boolean
  readonly allowOtherEngine: boolean
  readonly stop: Stopping
}

/** The one that is named, or all. Left: there is none of that name. */
const named = (name: string | undefined, all: readonly Reproduction[]): Checked<readonly Reproduction[]> => {
  const found = all.filter(one => name === undefined || one.name === name)
  if (found.length > 0) return E.right(found)
  const names = all.map(one => one.name)
  const near = nearest(name ?? '', names)
  const remedy = near === undefined ? 'Name one of them' : `Did you mean \`${near}\`?`
  return E.left([new NameError({ who: 'reproduce', given: String(name), wanted: names.join(', '), remedy })])
}

/** Minutes that may be spent: all that one takes which is named, 15 on all of them together. */
const budgetOf = (name: string | undefined, { budget, full }: Asked): Checked<number> => {
  if (budget !== undefined) return minutesIn(budget)
  return E.right(full || name !== undefined ? Number.POSITIVE_INFINITY : 15)
}

/** The runs of a sweep that have no end yet. Left: it was stopped, or one failed. */
const sweep = (swept: Swept, { out, workers, quiet, allowOtherEngine, stop }: How): TE.TaskEither<Failure, unknown> => {
  const [plan, { shadow, shadowEvery = 1 }] = [openOf(swept), swept.part]
  if (plan.length === 0) return TE.right(undefined)
  const shadows = shadow === undefined ? undefined : { rules: shadow, every: shadowEvery }
  return pipe(
    shown({ plan, workers, how: { out, shadows, allowOtherEngine }, control: { quiet } }, stop.signal),
    TE.flatMapEither(unlessStopped(stop)),
    TE.flatMapEither(unlessFailed),
  )
}

/** All of a reproduction, and what it came to. */
const run = ({ reproduction, swept }: Stands, how: How): TE.TaskEither<Failure, Reported> =>
  pipe(
    swept,
    TE.traverseSeqArray(one => sweep(one, how)),
    TE.flatMap(() => standsIn(reproduction, how.out)),
    TE.flatMap(stands => attempt(async () => ({ stands, rows: await rowsOf(how.out, stands) }))),
  )

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const announce = (stands: readonly Stands[], quiet: boolean): void => {
  if (quiet) return
  const minutes = stands.reduce((sum, one) => sum + minutesLeft(one), 0)
  say(`${stands.map(({ reproduction }) => reproduction.name).join(', ') || 'none'}: about ${timeText(minutes)} of CPU`)
}

/** Those that fit are run, the others stand as they are. */
const reported = (
  chosen: readonly Reproduction[],
  budget: number,
  how: How,
): TE.TaskEither<Failure, readonly Reported[]> =>
  pipe(
    chosen,
    TE.traverseSeqArray(one => standsIn(one, how.out)),
    TE.flatMap(all => {
      const meant = fitting(all, minutesLeft, budget)
      announce(meant, how.quiet)
      return pipe(
        all,
        TE.traverseSeqArray(
          (one): TE.TaskEither<Failure, Reported> =>
            meant.includes(one) ? run(one, how) : TE.right({ stands: one, rows: null }),
        ),
      )
    }),
  )

const print = (all: readonly Reported[], { json, write }: Asked): void => {
  if (write !== undefined) writeWhole(write, pageOf(all))
  console.log(json ? all.map(one => JSON.stringify(objectOf(one))).join('\n') : reportText(all))
}

/** Nothing, where every figure that was found matches. */
const unlessOther = (all: readonly Reported[]): E.Either<Failure, void> => {
  const others = all.flatMap(({ stands, rows }) =>
    (rows ?? []).flatMap(({ of, matches }) => (matches ? [] : [`${stands.reproduction.name}: ${of}`])),
  )
  if (others.length === 0) return E.right(undefined)
  return E.left({ message: `reproduce: not what was published: ${others.join('; ')}.`, code: 1 })
}

/** `janus reproduce [name]`. Left: a figure is not what was published (1), or it was stopped (75, 130). */
export const reproduce = (name: string | undefined, asked: Asked, all = registry): Command => {
  const stop = stopping()
  const told = pipe(
    TE.fromEither(pipe(named(name, all), E.mapLeft(failed))),
    TE.bindTo('chosen'),
    TE.bind('budget', () => TE.fromEither(pipe(budgetOf(name, asked), E.mapLeft(failed)))),
    TE.bind('workers', () => TE.fromEither(pipe(workersOf(asked.workers, 'reproduce'), E.mapLeft(failed)))),
    TE.flatMap(({ chosen, budget, workers }) => {
      const { out, quiet = false, allowOtherEngine = false } = asked
      return reported(chosen, budget, { out: out || 'runs', workers, quiet, allowOtherEngine, stop })
    }),
    TE.flatMap(found =>
      pipe(
        attempt(() => print(found, asked)),
        TE.map(() => found),
      ),
    ),
    TE.flatMapEither(unlessOther),
  )
  return async () => {
    try {
      return await told()
    } finally {
      stop.release()
    }
  }
}
