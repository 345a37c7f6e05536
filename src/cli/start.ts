/** `janus start`: the main job. One network on real data, by BPTT and by RTRL, from one seed. */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { flatten } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { batchOf, type Sequences } from '../../nets/train/data.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { distance } from '../cases/compare.ts'
import { chart, colourful, paragraph } from '../display/chart.ts'
import type { Prepared } from '../experiments/prepared.ts'
import type { Outcome } from '../experiments/run.ts'
import { attempt, type Command, type Failure } from '../failure.ts'
import { setupOf } from '../training/experiment.ts'
import { type Stopping, stopping } from './stopping.ts'
import { askedFor, comparison, protocol, type Ready, ready, shownRun } from './train.ts'

const source = 'sunspots'
const out = 'runs'

const vector = (gradient: Theta): Tensor => flatten(leavesOf(gradient)) as Tensor

/** The two totals of the triangle on the first window at fixed parameters, and their difference. */
export interface Totals {
  readonly bptt: number
  readonly rtrl: number
  /** max |difference| / max(1, max |g|), over the entries of θ. */
  readonly residual: number
}

/** Both gradients of the first window, nothing being updated inside it. */
export const totalsOf = ({ data, options, engine }: Prepared): Totals => {
  const { net, course, θ } = setupOf(data, options, engine)
  const [piece = []] = course.pieces()
  const [first = []] = batchOf('start', net, piece as Sequences).sequences
  const window = first.slice(0, options.window)
  const of = (rule: AnyRule): Tensor =>
    vector(gradient(rule, net as unknown as Network, { engine: 'eager' })(θ, window))
  const [future, past] = [of(bptt), of(rtrl)]
  return { bptt: Math.hypot(...future.data), rtrl: Math.hypot(...past.data), residual: distance(past, future) }
}

const theorem = (window: number, totals: Totals): string =>
  [
    paragraph(
      'theorem',
      `On the first window (${window} steps), parameters fixed: BPTT's sum faces the future and is computed backwards, RTRL's sum faces the past and is computed forwards, and both reach the same total.`,
    ),
    paragraph('', `|dL/dθ|  BPTT ${totals.bptt.toPrecision(12)}   RTRL ${totals.rtrl.toPrecision(12)}`),
    paragraph('', `residual max |difference| / max(1, max |g|) = ${totals.residual.toExponential(1)}`),
  ].join('\n')

const explanation = 'Here they differ: BPTT cuts between windows, and RTRL’s influence is stale by the updates.'

/** The two runs, and what came of them. Left: one failed, or was stopped. */
const report = ([run, rival]: readonly [Ready, Ready], stop: Stopping): Command => {
  const { data, options } = run
  const shown = (one: Ready): TE.TaskEither<Failure, Outcome> =>
    pipe(
      shownRun(one, { out, signal: stop.signal }),
      TE.filterOrElse(
        ({ state }) => state === 'finished',
        outcome => stop.failure(outcome, one.options.steps),
      ),
    )
  return pipe(
    attempt(() => {
      console.log('One network, two ways to give the past its due: BPTT and RTRL from one seed.\n')
      console.log(
        `${protocol(run, [options.choice(), rival.options.choice()])}\n\n${theorem(options.window, totalsOf(run))}\n`,
      )
      console.log(`${paragraph('files', `BPTT in ${join(out, run.id)}, RTRL in ${join(out, rival.id)}`)}\n`)
    }),
    TE.flatMap(() => shown(run)),
    TE.bindTo('back'),
    TE.bind('on', () => shown(rival)),
    TE.tapIO(({ back, on }) => () => {
      console.log(`Held-out error while learning (${options.steps} updates, left to right)`)
      console.log(`${chart([named('BPTT', back), named('RTRL', on)], colourful())}\n`)
      console.log(
        comparison(
          data,
          [
            ['BPTT', back],
            ['RTRL', on],
          ],
          back.baselines,
        ),
      )
      console.log(`\n${paragraph('', explanation)}`)
    }),
    TE.asUnit,
  )
}

const named = (name: string, { looks }: Outcome) => ({ name, values: looks.map(({ held }) => held) })

/** The main job on the shipped sunspots; takes no options, and the same files come of it every time. */
export const start = (): Command =>
  pipe(
    askedFor({ data: source, rule: 'bptt,rtrl' }),
    TE.flatMap(TE.traverseSeqArray(ready)),
    TE.flatMap(runs => {
      const stop = stopping()
      const told = report(runs as unknown as readonly [Ready, Ready], stop)
      return async () => {
        try {
          return await told()
        } finally {
          stop.release()
        }
      }
    }),
  )
