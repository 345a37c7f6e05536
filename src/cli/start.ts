/** `janus start`: the main job. One network on real data, by BPTT and by RTRL, from one seed. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { flatten } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { factsOf, type RuleName, registry } from '../../rules/registry.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { distance } from '../cases/compare.ts'
import { chart, colourful, paragraph } from '../display/chart.ts'
import { attempt, type Command } from '../failure.ts'
import { firstSteps } from '../training/data/first.ts'
import { setupOf, type Trained } from '../training/experiment.ts'
import type { TrainOptions } from '../training/options.ts'
import { type RunRecord, withRecords } from '../training/records.ts'
import { besides, comparison, type Prepared, prepared, protocol, recordedRun } from './train.ts'

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
  const window = firstSteps('start', net, course, options.window)
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

/** The options that a rule of the registry changes. */
const choiceOf = (name: RuleName): Pick<TrainOptions, 'rule' | 'choice'> => {
  const choice = { name, facts: factsOf(registry[name]), entry: registry[name], options: {}, digest: null }
  return { rule: name, choice: () => choice }
}

const explanation = 'Here they differ: BPTT cuts between windows, and RTRL’s influence is stale by the updates.'

type Two<A> = readonly [A, A]

const report = ([run, rival]: Two<Prepared>, [first, second]: Two<RunRecord>): void => {
  const { data, options } = run
  console.log('One network, two ways to give the past its due: BPTT and RTRL from one seed.\n')
  console.log(
    `${protocol(run, [options.choice(), rival.options.choice()])}\n\n${theorem(options.window, totalsOf(run))}\n`,
  )
  console.log(`${paragraph('files', `BPTT in ${first.folder}, RTRL in ${second.folder}`)}\n`)
  const rows = besides(run)
  const back = recordedRun(run, first, rows)
  const on = recordedRun(rival, second, rows)
  console.log(`Held-out error while learning (${options.steps} updates, left to right)`)
  console.log(`${chart([named('BPTT', back), named('RTRL', on)], colourful())}\n`)
  console.log(
    comparison(
      data,
      [
        ['BPTT', back],
        ['RTRL', on],
      ],
      rows,
    ),
  )
  console.log(`\n${paragraph('', explanation)}`)
}

const named = (name: string, trained: Trained) => ({ name, values: trained.looks.map(({ held }) => held) })

/** The main job on the shipped sunspots; takes no options, and the same files come of it every time. */
export const start = (): Command =>
  pipe(
    prepared({ data: source }),
    TE.flatMap(run =>
      attempt(() => {
        const rival: Prepared = { ...run, options: { ...run.options, ...choiceOf('rtrl') } }
        withRecords(out, [run, rival], records => report([run, rival], records))
      }),
    ),
  )
