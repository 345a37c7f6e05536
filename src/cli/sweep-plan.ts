/** `janus plan`: the runs of a sweep file, or what a scheduler is given of them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { setupsOf } from '../comparison/compare.ts'
import { attempt, type Command, failed } from '../failure.ts'
import { type Checked, reader } from '../options.ts'
import { type EngineName, engineNames, engines } from '../sweeps/engines/index.ts'
import { type SweepRun, sweepIn } from '../sweeps/sweep.ts'

interface Asked {
  readonly as?: string
}

const engineOf = (given: string | undefined): Checked<EngineName | null> =>
  given === undefined ? E.right(null) : reader('plan').oneOf('as', engineNames, given)

const line = ({ position, id, config }: SweepRun): string => JSON.stringify({ position, id, config })

/** Nothing is started; a cell that cannot be run, as of a rule that does not serve its network, is refused here. */
export const plan = (path: string, { as }: Asked): Command =>
  pipe(
    TE.fromEither(pipe(engineOf(as), E.mapLeft(failed))),
    TE.bindTo('engine'),
    TE.bind('runs', () => sweepIn(path)),
    TE.tap(({ runs }) => setupsOf(runs)),
    TE.flatMap(({ engine, runs }) =>
      attempt(() =>
        console.log(engine === null ? runs.map(line).join('\n') : engines[engine]({ path, count: runs.length })),
      ),
    ),
  )
