import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { setupsOf } from '../comparison/compare.ts'
import { ranOf } from '../comparison/groups.ts'
import { planned } from '../comparison/plan.ts'
import { tunedBy, tuningNotes, tuningSeeds, withTuned } from '../comparison/tune.ts'
import { overrides } from '../experiments/grammar.ts'
import type { Experiment } from '../experiments/plan.ts'
import { type Failure, failed } from '../failure.ts'
import { type Checked, reader } from '../options.ts'
import type { SettingName } from '../training/settings.ts'
import type { Prepared } from './compare-options.ts'
import { shown, unlessStopped } from './pooled-runs.ts'
import type { Stopping } from './stopping.ts'
import { type Asked, askedFor } from './train.ts'

type Running = Pick<Prepared, 'workers' | 'how' | 'control'>

export interface Chosen {
  readonly experiments: readonly Experiment[]
  readonly notes: readonly string[]
}

/** The setting of --tune and its values. Left: none, or one that is not tuned. */
const tuneOf = (given: string): Checked<SettingName> =>
  pipe(
    overrides([given]),
    E.chain(found => {
      const [name = ''] = Object.keys(found)
      return ['seed', 'rule', 'steps', 'data', 'task'].includes(name)
        ? reader('compare').refuse(
            `--tune ${given}`,
            'a setting that rules may have otherwise',
            'Try --tune lr=0.001,0.01',
          )
        : E.right(name as SettingName)
    }),
  )

/** Experiments with the best value of a setting for each, found on other seeds. */
export const tuned = (
  found: Chosen['experiments'],
  given: string,
  asked: Asked,
  words: readonly string[],
  running: Running,
  stop: Stopping,
): TE.TaskEither<Failure, Chosen> => {
  const seeds = tuningSeeds(found.map(({ config }) => config.seed ?? 1))
  return pipe(
    TE.fromEither(pipe(tuneOf(given), E.mapLeft(failed))),
    TE.bindTo('setting'),
    TE.bind('plan', () =>
      pipe(
        askedFor({ ...asked, seed: seeds.join(',') }, [...words.filter(word => !word.startsWith('seed=')), given]),
        TE.flatMap(planned),
      ),
    ),
    TE.tap(({ plan }) => setupsOf(plan)),
    TE.bind('endings', ({ plan }) =>
      pipe(shown({ ...running, plan }, stop.signal), TE.flatMapEither(unlessStopped(stop))),
    ),
    TE.map(({ setting, plan, endings }) => {
      const ran = plan.map((one, i) => ranOf(one, endings[i]))
      const best = tunedBy(plan, ran, setting)
      return {
        experiments: withTuned(found, setting, best),
        notes: tuningNotes(setting, best, seeds, plan[0]?.options.steps ?? 0),
      }
    }),
  )
}
