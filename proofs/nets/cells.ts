/** The theorem for any recurrence: both folds and complex step, on every cell, every stack of two, every loss. */

import { type Arbitrary, array, constantFrom, integer, record } from 'fast-check'
import { entries } from '../../ad/distance.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import { type Tensor, tensor, tensorOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import { type Cell, cell } from '../../nets/cells/cell.ts'
import { closed } from '../../nets/cells/closed.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { residual, stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { lossNamed } from '../../nets/named.ts'
import {
  type Example,
  example,
  type Network,
  network,
  type ReadoutParams,
  type Theta,
  unrolled,
} from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { padded } from '../../nets/sequence.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { quarters } from '../arbitraries/networks.ts'
import { list } from '../arbitraries/realise.ts'
import { slopeOf } from '../oracles/imaginary.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'
import { bothWays } from './bidirectional.ts'

/** A network of any cell: sizes, loss and start, and quarter-integers for all its numbers, taken round and round. */
export interface PlainCell {
  readonly d: number
  readonly n: number
  readonly m: number
  readonly T: number
  readonly loss: 'half_mse' | 'sse' | 'softmax_ce' | 'rmse_seq'
  readonly start: 'zero' | 'learned'
  readonly weights: readonly number[]
  readonly pool: readonly number[]
}

type Any = Cell<Branch, Branch>
export interface Made {
  readonly net: Network
  readonly θ: Theta
  readonly sequence: readonly Example[]
}

export const drawn = (sizes: { readonly square?: boolean } = {}): Arbitrary<PlainCell> =>
  record({
    d: integer({ min: 1, max: 2 }),
    n: integer({ min: 1, max: 2 }),
    m: integer({ min: 1, max: 2 }),
    T: integer({ min: 1, max: 4 }),
    loss: constantFrom<PlainCell['loss'][]>('half_mse', 'sse', 'softmax_ce', 'rmse_seq'),
    start: constantFrom<PlainCell['start'][]>('zero', 'learned'),
    weights: array(constantFrom(1, 0.5, 2, 0), { minLength: 4, maxLength: 4 }),
    pool: quarters(61),
  }).map(({ d, n, m, ...rest }) => (sizes.square ? { d, n: d, m: d, ...rest } : { d, n, m, ...rest }))

/** Numbers from the pool, one after the other: for a rmse shifted, since it has no derivative at error 0. */
const taking = (pool: readonly number[]) => {
  let at = 0
  return (count: number, shift = 0): readonly number[] =>
    Array.from({ length: count }, () => (pool[at++ % pool.length] ?? 0) / 2 + shift)
}

export const made = (make: (plain: PlainCell) => Any, plain: PlainCell, readout?: 'none'): Made => {
  const { d, n, m, T, start, weights } = plain
  const take = taking(plain.pool)
  const net = network(make(plain), { d, n, m }, lossNamed(plain.loss, 'identity'), {
    start,
    ...(readout && { readout }),
  }) as Network
  const like = net.init(1)
  const θ = rebuild(
    like,
    leavesOf(like).map(({ shape }) => tensorOf(shape, Float64Array.from(take(shape.reduce((a, b) => a * b, 1))))),
  )
  const shift = plain.loss === 'rmse_seq' ? 0.11 : 0
  const weigh = (t: number): number => (t === T - 1 ? 1 : (weights[t] ?? 1))
  const aim = (): Tensor => tensor(plain.loss === 'softmax_ce' ? [1, ...new Array(m - 1).fill(0)] : [...take(m, shift)])
  const sequence = Array.from({ length: T }, (_, t) => example(tensor([...take(n)]), aim(), weigh(t)))
  return { net, θ, sequence }
}

export const inner = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

const describe = ({ d, n, m, T, loss, start, pool }: PlainCell): string =>
  `d=${d} n=${n} m=${m} T=${T} ${loss} start=${start}; numbers ${pool.slice(0, 12).join(' ')} …`

export const onCells = (
  claim: string,
  sides: (plain: PlainCell) => readonly [readonly number[], readonly number[]],
  options: Partial<Equation<PlainCell>> = {},
): Proposition =>
  equation<PlainCell>({
    claim,
    forAll: drawn(),
    sides,
    describe,
    within: 1e-10,
    verdict: 'holds',
    runs: 12,
    ...options,
  })

/** BPTT beside RTRL entry by entry, and beside complex step in one direction. */
export const theorem = (one: Made): readonly [readonly number[], readonly number[]] => {
  const run = unroll(one.net)(one.θ, one.sequence)
  const [future, past] = [list(runGradient(bptt)(run)), list(runGradient(rtrl)(run))]
  const [direction, slope] = slopeOf(whole => unrolled(one.net, one.sequence)(whole).loss, one.θ)
  return [
    [...future, inner(future, direction)],
    [...past, slope],
  ]
}

const byName = (name: CellName): Any => cells[name]({ alpha: 0.5, forgetBias: 1 })

/** The theorem for a cell, whoever's it is. */
export const theoremOn = (claim: string, cell: Any): Proposition =>
  onCells(claim, plain => theorem(made(() => cell, plain)))

const everyCell = cellNames.map(name => theoremOn(`BPTT, RTRL and complex step agree on ${name}`, byName(name)))

/** Two different cells by a number in the pool. */
const pairOf = ({ pool }: PlainCell): readonly [CellName, CellName] => {
  const first = Math.abs(Math.round(4 * (pool[0] ?? 0))) % cellNames.length
  const step = 1 + (Math.abs(Math.round(4 * (pool[1] ?? 0))) % (cellNames.length - 1))
  return [cellNames[first] as CellName, cellNames[(first + step) % cellNames.length] as CellName]
}

const layered = (plain: PlainCell): Any => stacked(pairOf(plain).map(byName), [3, plain.d])

const combined: readonly Proposition[] = [
  onCells(
    'BPTT, RTRL and complex step agree on every stack of two different cells',
    plain => theorem(made(layered, plain)),
    {
      runs: 60,
      describe: plain => `${pairOf(plain).join(' below ')}: ${describe(plain)}`,
    },
  ),
  onCells('BPTT, RTRL and complex step agree on a layer with its input added, and on an embedded one', plain =>
    theorem(made(() => embedded(residual(byName('gru')), plain.d), plain)),
  ),
  onCells(
    'BPTT, RTRL and complex step agree on a network with fewer connections, and missing connections have no gradient',
    plain => {
      const mask = tensor(
        Array.from({ length: plain.d }, (_, i) => Array.from({ length: plain.d }, (_, j) => +(i !== j))),
      )
      const one = made(() => withConnectivity(byName('leaky'), { W_rec: mask }), plain)
      const [left, right] = theorem(one)
      const cut = Array.from({ length: plain.d }, (_, i) => left[i * plain.d + i] ?? Number.NaN)
      return [
        [...left, ...cut],
        [...right, ...cut.map(() => 0)],
      ]
    },
  ),
  onCells(
    'BPTT, RTRL and complex step agree on a closed loop, where each output is the next input',
    plain => theorem(made(() => closed(byName('gru')), plain, 'none')),
    { forAll: drawn({ square: true }) },
  ),
]

/** A closed loop's gradient, and that of the same run with its inputs taken for data. */
const opened = (plain: PlainCell): readonly [readonly number[], readonly number[]] => {
  const one = made(() => closed(byName('leaky')), plain, 'none')
  const run = unroll(one.net)(one.θ, one.sequence)
  const { cell: own, ...readout } = one.θ.cell as { readonly cell: Branch } & ReadoutParams
  const loss = one.net.loss
  const open = network(byName('leaky'), one.net.sizes, loss) as Network
  const outputs = run.map(now => now.prediction)
  const sequence = one.sequence.map((now, t) => ({ ...now, x: outputs[t] as Tensor }))
  const given: Theta = { cell: own, start: {}, readout }
  const whole = list(runGradient(bptt)(run))
  return [whole, list(runGradient(bptt)(unroll(open)(given, sequence)))]
}

/** The leaky network written as its residual unrolling. */
const unfolded = (alpha: number): Any =>
  cell({ params: { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] }, state: { h: ['d'] } }, (θ, { h }, x) => {
    const u = add(add(matvec(θ.W_rec, h), matvec(θ.W_in, x)), θ.b_rec)
    return { h: add(h, mul(alpha, add(tanh(u), mul(-1, h)))) }
  })

const readings: readonly Proposition[] = [
  onCells(
    'a leaky network is a residual network that shares its weights: h + α (f(u) - h) (Liao & Poggio 2016)',
    plain => {
      const both = [cells.leaky({ alpha: 0.25 }), unfolded(0.25)].map(one => {
        const { net, θ, sequence } = made(() => one, plain)
        return list(runGradient(bptt)(unroll(net)(θ, sequence)))
      })
      return both as [readonly number[], readonly number[]]
    },
  ),
  onCells('the gradient of a closed loop is that of the same run with its inputs taken for data', opened, {
    verdict: 'refuted',
    between: ['closed', 'taken for data'],
    forAll: drawn({ square: true })
      .filter(({ T, loss }) => T > 1 && loss === 'half_mse')
      .map(plain => ({ ...plain, start: 'zero' as const })),
  }),
]

/** A batch whose sequences end early: the steps past their ends weigh nothing. */
const masked: readonly Proposition[] = [
  onCells('the gradient of a batch of unequal lengths, padded, is the mean of the gradients one by one', plain => {
    const { net, θ, sequence } = made(() => byName('lstm'), { ...plain, loss: 'half_mse', T: 4 })
    const [short, long] = [sequence.slice(0, 2), sequence]
    const of = (data: readonly Example[]) => entries(gradient(bptt, net, { engine: 'eager' })(θ, data))
    const mean = of(short).map((g, i) => (g + (of(long)[i] ?? Number.NaN)) / 2)
    const batches = [bptt as AnyRule, rtrl].flatMap(rule =>
      entries(gradient(rule, net, { engine: 'compiled' })(θ, padded([short, long]))),
    )
    return [batches, [...mean, ...mean]]
  }),
]

export const everyNetwork: readonly Proposition[] = [...everyCell, ...combined, bothWays, ...readings, ...masked]
