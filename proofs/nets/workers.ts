/**
 * Work that is shared out over workers has the bits that one of them alone would find: a batch by blocks of its sequences, an
 * influence by blocks of its columns. Two and three are threads.
 */
import { type Arbitrary, constantFrom, integer, record } from 'fast-check'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import type { Branch, Tree } from '../../ad/tree.ts'
import { gru } from '../../nets/cells/gru.ts'
import type { PerStep } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { lossAndGradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { adam } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, sliding } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { bigNetwork } from '../arbitraries/networks.ts'
import { realise } from '../arbitraries/realise.ts'
import { type Equation, entries, equation, type Proposition } from '../proposition.ts'

/** A leaky network or a gated one, a batch, and steps between updates. */
interface Case {
  readonly seed: number
  readonly d: number
  readonly T: number
  readonly B: number
  readonly every: number
  readonly cell: 'leaky' | 'gru'
  readonly loss: 'half_mse' | 'rmse_seq'
  readonly engine: EngineLike
}

const inDoubles: readonly EngineLike[] = ['compiled-js', 'compiled-wasm', 'compiled']

/** Units of a network whose influence comes apart in as many parts as there are workers. */
const wide = constantFrom(12, 16, 20, 24)

const cases = ({
  d = integer({ min: 2, max: 8 }),
  loss = ['half_mse', 'rmse_seq'],
  engine = [...inDoubles, { name: 'compiled', dtype: 'f32' }],
}: Partial<Limits> = {}): Arbitrary<Case> =>
  record({
    seed: integer({ min: 1, max: 1000 }),
    d,
    T: integer({ min: 2, max: 9 }),
    B: integer({ min: 2, max: 20 }),
    every: integer({ min: 1, max: 4 }),
    cell: constantFrom('leaky', 'gru'),
    loss: constantFrom(...loss),
    engine: constantFrom(...engine),
  })

interface Limits {
  readonly d: Arbitrary<number>
  readonly loss: readonly Case['loss'][]
  readonly engine: readonly EngineLike[]
}

interface Made {
  readonly net: Network
  readonly θ: Theta
  readonly batch: readonly (readonly Example[])[]
}

/** The network, and a batch of its sequence with other inputs. */
const madeOf = ({ seed, d, T, B, cell, loss }: Case): Made => {
  const { net, θ, sequence } = realise({ ...bigNetwork(seed, d, 3, 2, T), loss })
  const batch = Array.from({ length: B }, (_, i) =>
    sequence.map(({ x, target, weight }) => example(mul(x, 1 - i / B), target, weight)),
  )
  if (cell === 'leaky') return { net, θ, batch }
  const gated = network(gru(), net.sizes, net.loss, { start: 'learned' }) as unknown as Network
  return { net: gated, θ: gated.init(seed), batch }
}

type Data = readonly Example[] | readonly (readonly Example[])[]

/** Losses and gradients by rules, of a batch or of a sequence, by so many workers; on one core without them where it is null. */
const graded = (rules: readonly AnyRule[], net: Network, θ: Theta, data: Data, engine: EngineLike) => {
  return (workers: number | null): readonly number[] =>
    rules.flatMap(rule => {
      const { loss, gradient } = lossAndGradient(rule, net, { engine, ...(workers !== null && { workers }) })(θ, data)
      return [loss, ...entries(gradient)]
    })
}

/** The rules of a loss that is a sum over time, and those of one of the whole run. */
const rulesFor = ({ every, loss }: Case): readonly AnyRule[] =>
  loss === 'rmse_seq' ? [bptt] : [bptt, rtrl, uoro(), chunked({ k: every })(bptt), sliding({ k: every + 1 })(bptt)]

type Pass = (
  start: unknown,
  data: Data,
) => Iterable<{
  readonly loss: number
  readonly output: Tree
  readonly θ: Tree
  state(): unknown
}>

const passBy = (
  { every, engine }: Case,
  { net }: Made,
  rule: AnyRule<unknown, 'past'>,
  workers: number | null,
): Pass => {
  const how = { optimiser: adam({ lr: 0.05 }), every, seed: 3, engine, ...(workers !== null && { workers }) }
  return train(rule, net as Network<Branch, Branch, PerStep>, how) as unknown as Pass
}

/** All that is seen of steps of training. */
const seen = (steps: ReturnType<Pass>): readonly number[] =>
  [...steps].flatMap(({ loss, output, θ }) => [loss, ...entries(output), ...entries(θ)])

/** Steps from … of a sequence, or of all of a batch. */
const cut = (data: Data, from: number, to?: number): Data =>
  (Array.isArray(data[0])
    ? (data as readonly (readonly Example[])[]).map(one => one.slice(from, to))
    : data.slice(from, to)) as Data

/** Trained without a stop, and with one after half of the steps, at which others go on: with the noise where it was. */
const resumed = (of: Case, made: Made, data: Data, rule: AnyRule<unknown, 'past'>, by: readonly (number | null)[]) => {
  const half = Math.floor(of.T / 2)
  const steps: unknown[] = []
  const found: number[] = []
  for (const step of passBy(of, made, rule, by[0] ?? null)(made.θ, data)) {
    found.push(step.loss, ...entries(step.output), ...entries(step.θ))
    steps.push(step.state())
    if (steps.length === half) break
  }
  return [...found, ...seen(passBy(of, made, rule, by[1] ?? null)(steps.at(-1) ?? made.θ, cut(data, half)))]
}

/** By two workers and by three, beside one; or beside one core where nothing is shared out. */
const beside = (
  by: (workers: number | null) => readonly number[],
  one: number | null = 1,
): readonly [readonly number[], readonly number[]] => {
  const alone = by(one)
  return [[2, 3].flatMap(by), [...alone, ...alone]]
}

const describe = ({ cell, loss, d, T, B, every, engine, seed }: Case): string =>
  `${cell} d=${d} T=${T} B=${B} every=${every} ${loss} by ${JSON.stringify(engine)}, the network of seed ${seed}`

const onWorkers = (
  claim: string,
  sides: (of: Case, made: Made) => readonly [readonly number[], readonly number[]],
  rest: Partial<Equation<Case>> = {},
): Proposition =>
  equation<Case>({
    claim,
    forAll: cases(),
    sides: of => sides(of, madeOf(of)),
    describe,
    between: ['several', 'one'],
    within: 0,
    verdict: 'holds',
    runs: 4,
    ...rest,
  })

export const byWorkers: readonly Proposition[] = [
  onWorkers(
    'by every compiled engine, the gradient of a batch has the same bits by one, two and three workers',
    (of, { net, θ, batch }) => beside(graded(rulesFor(of), net, θ, batch, of.engine)),
    { runs: 16 },
  ),
  onWorkers(
    'the gradient of a batch by three workers is the eager one',
    (of, { net, θ, batch }) => {
      const rules = rulesFor(of).filter(rule => !('draws' in rule))
      return [graded(rules, net, θ, batch, of.engine)(3), graded(rules, net, θ, batch, 'eager')(null)]
    },
    { forAll: cases({ engine: inDoubles }), within: 1e-10, between: ['workers', 'eager'] },
  ),
  onWorkers(
    'by every compiled engine, RTRL of one sequence has the bits of one core by columns on two workers and on three',
    ({ engine }, { net, θ, batch }) => beside(graded([rtrl], net, θ, batch[0] as Data, engine), null),
    { forAll: cases({ d: wide, loss: ['half_mse'] }), runs: 16 },
  ),
  onWorkers(
    'training on a batch has the same bits by one, two and three workers, noise and windows included',
    (of, made) =>
      beside(w =>
        [rtrl, uoro(), chunked({ k: of.every })(bptt)].flatMap(rule =>
          seen(passBy(of, made, rule, w)(made.θ, made.batch)),
        ),
      ),
    { forAll: cases({ loss: ['half_mse'] }) },
  ),
  onWorkers(
    'training by RTRL on one sequence has the bits of one core by columns on two workers and on three',
    (of, made) => beside(w => seen(passBy(of, made, rtrl, w)(made.θ, made.batch[0] as Data)), null),
    { forAll: cases({ d: wide, loss: ['half_mse'] }) },
  ),
  onWorkers(
    'a run of training that one number of workers leaves goes on bit for bit by another',
    (of, made) => {
      const data = [made.batch, made.batch[0] as Data]
      const by = (rule: AnyRule<unknown, 'past'>, then: readonly (number | null)[]) =>
        data.flatMap(one => resumed(of, made, one, rule, then))
      const straight = data.flatMap(one => seen(passBy(of, made, rtrl, 1)(made.θ, one)))
      return [
        [...by(rtrl, [3, 2]), ...by(rtrl, [2, 3])],
        [...straight, ...straight],
      ]
    },
    { forAll: cases({ d: wide, loss: ['half_mse'] }), between: ['with a stop', 'straight'] },
  ),
  onWorkers(
    'the gradient of a batch by blocks of its sequences has the bits of the batch as a whole',
    ({ engine }, { net, θ, batch }) => {
      const by = graded([bptt], net, θ, batch, engine)
      return [by(1), by(null)]
    },
    { verdict: 'refuted', between: ['blocks', 'whole'], runs: 20 },
  ),
]
