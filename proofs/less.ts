/** Rules that remember less of the influence than RTRL, or put something simpler in an arrow's place: when they are each other, when exact. */
import { type Arbitrary, integer, record } from 'fast-check'
import { map } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { masked, matrix, type Sparse } from '../ad/arrow.ts'
import type { Cost } from '../ad/cost.ts'
import { dense, matrixOf, pull, push } from '../ad/follow.ts'
import { transpose } from '../ad/layout.ts'
import { own } from '../ad/own.ts'
import { maskOf, type Pattern } from '../ad/pattern.ts'
import { asCotangent, asTangent, type Cotangent, numbers, plus, spaceOf, times } from '../ad/space.ts'
import { eye, full, ones, type Tensor, tensor } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import { gradientBy } from '../nets/by.ts'
import type { Cell } from '../nets/cell.ts'
import { type CellName, cells } from '../nets/cells.ts'
import { outset } from '../nets/instant.ts'
import { leaky } from '../nets/leaky.ts'
import { halfSquared } from '../nets/loss.ts'
import { backwards, type Facing, forwards, type Rule, total, walk } from '../nets/machine.ts'
import { error, type Moment, type Param, type Run, type State } from '../nets/moment.ts'
import { activations } from '../nets/named.ts'
import { stream } from '../nets/random.ts'
import { unroll } from '../nets/run.ts'
import { stacked, wired } from '../nets/stacked.ts'
import { params, task } from '../nets/task.ts'
import { bptt } from '../rules/bptt.ts'
import { compressed, type Kept } from '../rules/compressed.ts'
import { deltas } from '../rules/deltas.ts'
import { diagonalRtrl } from '../rules/diagonal.ts'
import { drtrl, esdrtrl } from '../rules/drtrl.ts'
import { eprop } from '../rules/eprop.ts'
import { randomFeedback } from '../rules/feedback.ts'
import { fpbptt } from '../rules/fpbptt.ts'
import { kernl } from '../rules/kernl.ts'
import { rflo } from '../rules/rflo.ts'
import { type Influence, influence, rtrl } from '../rules/rtrl.ts'
import { snap, snapPattern } from '../rules/snap.ts'
import { sliding } from '../rules/tbptt.ts'
import { type Wiring, wiring } from '../rules/wiring.ts'
import { list, type Realised, realise } from './build.ts'
import { counted, parametersOf } from './costs.ts'
import { type Pool, pools, runOf, told } from './gated.ts'
import { describe, networks, type PlainNetwork, quarters } from './networks.ts'
import { type Equation, entries, equation, type Proposition } from './proposition.ts'

type Sides = readonly [readonly number[], readonly number[]]

/** A leaky network with numbers to spare: a feedback, a mask, a window. */
interface Fed {
  readonly net: PlainNetwork
  readonly spare: readonly number[]
  readonly k: number
}
/** The network realised, its wiring, and what is made of the spare numbers. */
interface Setting extends Realised {
  readonly wires: Wiring
  /** W_outᵀ [d, m]. */
  readonly back: Value
  /** Any B [d, m]. */
  readonly B: Value
  /** Any mask [d, d] of 0 and 1. */
  readonly mask: Tensor
  readonly exact: readonly number[]
  readonly k: number
}

const fed = (nets: Arbitrary<PlainNetwork>): Arbitrary<Fed> =>
  record({ net: nets, spare: quarters(9), k: integer({ min: 1, max: 6 }) })

const square = (rows: number, columns: number, f: (i: number, j: number) => number): Tensor =>
  tensor(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => f(i, j))))

const settingOf = ({ net, spare, k }: Fed, made: Realised = realise(net)): Setting => {
  const { d, m } = made.task.sizes
  const at = (i: number, j: number): number => spare[3 * i + j] as number
  return {
    ...made,
    wires: wiring(made.task),
    back: transpose(made.θ.readout.W_out),
    B: square(d, m, at),
    mask: square(d, d, (i, j) => +(at(i, j) > 0)),
    exact: list(total(bptt)(made.run)),
    k,
  }
}

const sumOf = <M>(rule: Rule<M, Facing>, { run }: { readonly run: Run }): readonly number[] =>
  list(total(rule.facing === 'future' ? backwards(rule as Rule<M, 'future'>) : forwards(rule as Rule<M, 'past'>))(run))

const onFed = (
  claim: string,
  sides: (setting: Setting) => Sides,
  options: Partial<Equation<Fed>> = {},
): Proposition<never> =>
  equation<Fed>({
    claim,
    forAll: fed(networks()),
    sides: one => sides(settingOf(one)),
    describe: ({ net, spare, k }) => `${describe(net)}\nspare ${spare.join(' ')}; k=${k}`,
    within: 1e-10,
    verdict: 'holds',
    runs: 25,
    ...options,
  }) as never

const refuted = (between: readonly [string, string], rest: Partial<Equation<Fed>> = {}): Partial<Equation<Fed>> => ({
  verdict: 'refuted',
  runs: 200,
  between,
  ...rest,
})

/** Networks whose W_rec is made of the one drawn. */
const rewired = (f: (w: number, i: number, j: number) => number, limits = {}): Arbitrary<Fed> =>
  fed(
    networks(limits).map(net => {
      const W_rec = net.params.W_rec.map((row, i) => row.map((w, j) => f(w, i, j)))
      return { ...net, params: { ...net.params, W_rec } }
    }),
  ).filter(({ net }) => net.activation !== 'relu')

const lonely = rewired(() => 0)
const diagonals = rewired((w, i, j) => (i === j ? w : 0))
const hollow = rewired((w, i, j) => (i === j ? 0 : w))

const traces: readonly Proposition<never>[] = [
  onFed('RFLO whose feedback is the transposed readout is e-prop with the true readout, on rate units', s => [
    sumOf(rflo(s.back, s.wires), s),
    sumOf(eprop(undefined, s.wires), s),
  ]),
  onFed(
    'RFLO is e-prop with the true readout, whatever its feedback',
    s => [sumOf(rflo(s.B, s.wires), s), sumOf(eprop(undefined, s.wires), s)],
    refuted(['RFLO', 'e-prop']),
  ),
  onFed('RFLO is e-prop with the same feedback', s => [sumOf(rflo(s.B, s.wires), s), sumOf(eprop(s.B, s.wires), s)]),
  onFed(
    'RFLO computes the gradient where nothing is heard, W_rec = 0, and the feedback is the transposed readout',
    s => [sumOf(rflo(s.back, s.wires), s), s.exact],
    { forAll: lonely },
  ),
  onFed(
    'where W_rec = 0 RFLO computes the gradient through any feedback',
    s => [sumOf(rflo(s.B, s.wires), s), s.exact],
    refuted(['RFLO', 'gradient'], { forAll: lonely }),
  ),
  onFed('D-RTRL is RFLO with the transposed readout, on the leaky network', s => [
    sumOf(drtrl(s.wires), s),
    sumOf(rflo(s.back, s.wires), s),
  ]),
  onFed('ES-D-RTRL that remembers nothing is the one-step truncation', s => {
    const size = spaceOf(s.θ.cell).size
    return [sumOf(esdrtrl(0), s).slice(0, size), sumOf(sliding(1), s).slice(0, size)]
  }),
  onFed(
    'the one outer product of ES-D-RTRL is the trace of D-RTRL',
    s => [sumOf(esdrtrl(0.5), s), sumOf(drtrl(s.wires), s)],
    refuted(['ES-D-RTRL', 'D-RTRL']),
  ),
  onFed('KeRNL whose kernel is the identity and whose units forget as they leak, A = I and γ = α, is RFLO', s => {
    const { d } = s.task.sizes
    return [sumOf(kernl(eye(d), full([d], alphaOf(s)), s.wires), s), sumOf(rflo(s.back, s.wires), s)]
  }),
  onFed(
    'KeRNL computes the gradient of linear units that hear themselves, with A = I and γ = α (1 - w)',
    s => {
      const W = s.θ.cell.W_rec as Tensor
      const { d } = s.task.sizes
      const γ = tensor(Array.from({ length: d }, (_, i) => alphaOf(s) * (1 - (W.data[i * (d + 1)] as number))))
      return [sumOf(kernl(eye(d), γ, s.wires), s), s.exact]
    },
    { forAll: rewired((w, i, j) => (i === j ? w : 0), { activations: ['identity'] }) },
  ),
  onFed('KeRNL hears its error through the kernel: g = Σ (q A) E', s => {
    const { d } = s.task.sizes
    const A = square(d, d, (i, j) => s.mask.data[i * d + j] as number)
    return [sumOf(kernl(A, full([d], alphaOf(s)), s.wires), s), kernelled(s, A)]
  }),
  onFed('ES-D-RTRL is Σ (q ⊙ ε_f) ε_xᵀ, written out in plain numbers for W_rec', s => [
    sumOf(esdrtrl(0.75), s).slice(0, s.task.sizes.d ** 2),
    smoothed(s, 0.75),
  ]),
  onFed('BPTT that hears its errors through the transposed readout is BPTT', s => [
    sumOf(randomFeedback(s.back), s),
    s.exact,
  ]),
  onFed(
    'BPTT computes the gradient through any feedback',
    s => [sumOf(randomFeedback(s.B), s), s.exact],
    refuted(['feedback', 'gradient']),
  ),
]

/** KeRNL by its formula: Σ_t (q_t A) E_t, E a trace that forgets as the units leak. */
const kernelled = (s: Setting, A: Value): readonly number[] => {
  const shares = [...walk(drtrl())(s.run)].map(([, E], t) => {
    const q = error(s.run[t] as Moment)
    return pull(E, pull(matrix(E.to, E.to, A), q))
  })
  return list(shares.reduce((a, b) => plus(a, b)))
}

/** ES-D-RTRL of the leaky network in plain numbers, for W_rec: (q_a ε_f,a) ε_x,j, summed. */
const smoothed = (s: Setting, λ: number): readonly number[] => {
  const { d, n } = s.task.sizes
  let [heard, done] = [new Array<number>(d).fill(0), new Array<number>(d).fill(0)]
  const sum = new Array<number>(d * d).fill(0)
  for (const now of s.run.slice(1)) {
    const slopes = list(pull(now.immediate, asCotangent(now.immediate.to, ones([d])))).slice(d * d + d * n)
    const q = list(error(now))
    heard = entries(now.before).map((h, j) => λ * (heard[j] as number) + h)
    done = done.map((ε, a) => λ * (1 - alphaOf(s)) * ε + (1 - λ) * (slopes[a] as number))
    for (const i of sum.keys()) {
      const a = Math.floor(i / d)
      sum[i] = (sum[i] as number) + (q[a] as number) * (done[a] as number) * (heard[i % d] as number)
    }
  }
  return sum
}

/** A mask of units as one of the influence: M[k, a, j] = mask[k, a], the parameters in the order of θ. */
const byUnits = (s: Setting): Tensor => {
  const { d, n } = s.task.sizes
  const units = [d, n, 1, 1].flatMap(width => Array.from({ length: d * width }, (_, i) => Math.floor(i / width)))
  return square(d, units.length, (k, i) => s.mask.data[k * d + (units[i] as number)] as number)
}

/** α as the network has it: the slope of its leak. */
const alphaOf = ({ run, task: { sizes } }: Setting): number =>
  1 - (entries(matrixOf(own((run[1] as Moment).recurrent)))[sizes.d * sizes.d - 1] as number)

/** A network with fewer wires, its mask known to the program. */
const sparsely = (one: Fed, mask?: Tensor): Setting => {
  const made = realise(one.net)
  const net = one.net
  const W_rec = mask ?? settingOf(one, made).mask
  const cell = wired(leaky({ alpha: net.alpha, f: activations[net.activation] }), { W_rec })
  const sparse = task(cell, made.task.sizes, made.task.loss, 'learned') as unknown as Realised['task']
  return settingOf(one, { ...made, task: sparse, run: unroll(sparse)(made.θ, made.sequence) })
}

/** A ring: every unit hears the one before it. */
const ringOf = (d: number): Tensor => square(d, d, (i, j) => +((j + 1) % d === i))
const rings = fed(networks({ losses: ['half_mse'], activations: ['tanh'], minT: 4 })).filter(
  ({ net }) => net.params.h0.length === 3 && net.output === 'identity',
)

/** The same of networks with fewer wires: those that the spare numbers leave, or a mask's. */
const onWired = (
  claim: string,
  sides: (setting: Setting) => Sides,
  options: Partial<Equation<Fed>> = {},
  mask?: Tensor,
): Proposition<never> => onFed(claim, sides, { sides: one => sides(sparsely(one, mask)), ...options })

/** How far SnAp-n is from the gradient, parameter by parameter, n = 1, 2, 3. */
const misses = (s: Setting): readonly (readonly number[])[] =>
  [1, 2, 3].map(n => sumOf(snap(n, s.wires), s).map((g, i) => Math.abs(g - (s.exact[i] as number))))

const masks: readonly Proposition<never>[] = [
  onFed('SnAp-1 computes the gradient where units hear only themselves', s => [sumOf(snap(1, s.wires), s), s.exact], {
    forAll: diagonals,
  }),
  onFed('where every unit may hear every other, SnAp-2 is RTRL', s => [
    sumOf(snap(2, s.wires), s),
    list(total(rtrl)(s.run)),
  ]),
  onWired('SnAp-d computes the gradient of any wiring of d units', s => [
    sumOf(snap(s.task.sizes.d, s.wires), s),
    s.exact,
  ]),
  onWired(
    "SnAp-n computes the gradient of the cell's parameters over n steps, whatever the wiring",
    s => {
      const size = spaceOf(s.θ.cell).size
      return [sumOf(snap(s.sequence.length, s.wires), s).slice(0, size), s.exact.slice(0, size)]
    },
    { forAll: fed(networks({ T: 3 })) },
  ),
  onFed(
    'SnAp-1 is RFLO with the transposed readout where no unit hears itself',
    s => [sumOf(snap(1, s.wires), s), sumOf(rflo(s.back, s.wires), s)],
    { forAll: hollow },
  ),
  onFed(
    'SnAp-1 is RFLO with the transposed readout',
    s => [sumOf(snap(1, s.wires), s), sumOf(rflo(s.back, s.wires), s)],
    refuted(['SnAp-1', 'RFLO']),
  ),
  onWired(
    'SnAp-2 computes the gradient of a ring of three units',
    s => [sumOf(snap(2, s.wires), s), s.exact],
    refuted(['SnAp-2', 'gradient'], { forAll: rings }),
    ringOf(3),
  ),
  onWired(
    'what SnAp-n says of a parameter is no further off for a larger n',
    s => {
      const [one, two, three] = misses(s) as [number[], number[], number[]]
      const larger = [...two, ...three].map((x, i) => Math.max(x, [...one, ...two][i] as number))
      return [larger, [...one, ...two]]
    },
    refuted(['error of n + 1', 'error of n'], { forAll: rings }),
    ringOf(3),
  ),
]

/** The rule that carries the whole influence and then puts 0 where the mask is 0. */
const thinnedBy = (mask: Value) => influence(total => dense(masked(mask, total)))
const thinned = (pattern: Pattern) => thinnedBy(maskOf(pattern))

const kept = (wires: Wiring, pattern: Pattern): Kept => ({ ...wires, influence: pattern })

const each = ['leaky', 'membrane', 'lstm', 'peephole', 'gru', 'gru-pytorch', 'minimal', 'lru'] as const
const netOf = (cell: Cell<Branch, Branch>, { d, n }: Pool) => task(cell, { d, n, m: 1 }, halfSquared(), 'learned')
const cellOf = (name: CellName): Cell<Branch, Branch> => cells[name]({ alpha: 0.25 })

/** With a mistake at every step that is worth charging for. */
const loudly = (now: Moment): Moment => ({
  ...now,
  mistake: asCotangent(now.readout.to, full([now.readout.to.size], 64)),
})

/** A claim about runs of a cell, and its wiring. */
const onCell = (
  claim: string,
  cell: (pool: Pool) => Cell<Branch, Branch>,
  sides: (run: Run, wires: Wiring, pool: Pool) => Sides,
  options: Partial<Equation<Pool>> = {},
): Proposition<never> => {
  const made = (pool: Pool) => {
    const one = runOf(cell(pool), pool)
    return { ...one, run: map(loudly)(one.run) }
  }
  return equation<Pool>({
    claim,
    forAll: pools(),
    sides: pool => sides(made(pool).run, wiring(netOf(cell(pool), pool)), pool),
    describe: pool => told(pool, made(pool)),
    within: 1e-10,
    verdict: 'holds',
    runs: 15,
    ...options,
  }) as never
}

const strangers = (f: Parameters<typeof matrixOf>[0], { columns }: Pattern): readonly number[] => {
  const matrix = matrixOf(f) as Tensor
  return [...matrix.data].filter((_, i) => {
    const width = columns.length
    return !columns[i % width]?.includes(Math.floor(i / width))
  })
}

/** Every cell below a leaky one, and alone. */
const everyCell = each.flatMap(name => [
  onCell(
    `the wiring of ${name} names every entry of J, own(J) and B that is not 0, alone and in a stack`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (run, wires) => {
      const found = run.flatMap(now => [
        ...strangers(now.recurrent as never, wires.recurrent),
        ...(now.recurrent.tag === 'Zero' ? [] : strangers(own(now.recurrent) as never, wires.own)),
        ...strangers(now.immediate as never, wires.immediate),
      ])
      return [found, found.map(() => 0)]
    },
    { within: 0, runs: 8 },
  ),
  onCell(
    `what is kept of ${name} by its pattern alone is what is kept of the whole influence by a mask`,
    () => cellOf(name),
    (run, wires) => {
      const patterns = [1, 2].flatMap(n => [snapPattern(n, wires), snapPattern(n, wires, 'unit')])
      const [few, many] = [
        patterns.map(pattern => influence(compressed(kept(wires, pattern)))),
        patterns.map(thinned),
      ].map(rules => rules.flatMap(rule => [...walk(rule)(run)].flatMap(([, M]) => entries(matrixOf(M)))))
      return [few as number[], many as number[]]
    },
    { runs: 8 },
  ),
])

const diagonalMasks = ({ d }: Pool, gates: string): { readonly [name: string]: Value } =>
  Object.fromEntries([...gates].map(k => [`W_h${k}`, eye(d)]))
const lonelyLstm = (pool: Pool) => wired(cellOf('lstm'), diagonalMasks(pool, 'fiog'))
const exactly = (run: Run): readonly number[] => list(total(bptt)(run))

/** Pools whose runs have errors worth charging for: three steps or more. */
const longer = pools({ minT: 3, T: 4 })

const gated: readonly Proposition<never>[] = [
  onCell(
    'SnAp-1 computes the gradient of an LSTM whose units hear only themselves, entry by entry',
    lonelyLstm,
    (run, wires) => [sumOf(snap(1, wires), { run }), exactly(run)],
    { verdict: 'refuted', forAll: longer, runs: 100, between: ['SnAp-1', 'gradient'] },
  ),
  onCell(
    'SnAp-1 by whole units computes the gradient of an LSTM whose units hear only themselves, and so does SnAp-2 entry by entry',
    lonelyLstm,
    (run, wires) => [
      [...sumOf(snap(1, wires, 'unit'), { run }), ...sumOf(snap(2, wires), { run })],
      [...exactly(run), ...exactly(run)],
    ],
    { forAll: longer },
  ),
  onCell(
    'RTRL by the diagonal pattern computes the gradient of a linear recurrent unit',
    () => cellOf('lru'),
    (run, wires) => [sumOf(diagonalRtrl(wires), { run }), exactly(run)],
    { forAll: longer, runs: 30 },
  ),
  onCell(
    'e-prop is D-RTRL on the LSTM',
    () => cellOf('lstm'),
    (run, wires) => [sumOf(eprop(undefined, wires), { run }), sumOf(drtrl(wires), { run })],
  ),
  onCell(
    'e-prop is D-RTRL on every cell',
    () => cellOf('gru'),
    (run, wires) => [sumOf(eprop(undefined, wires), { run }), sumOf(drtrl(wires), { run })],
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['e-prop', 'D-RTRL'] },
  ),
  ...each.map(name =>
    onCell(
      `∂L/∂θ of ${name} is Σ λ_t e_t, e-prop's factors: λ = q + what others make of the state later, e without synapses`,
      () => cellOf(name),
      run => [list(factorised(run)), exactly(run)],
      { forAll: longer, runs: 10 },
    ),
  ),
]

/** Σ_t λ_t e_t with λ_t = q_t + δ_{t+1} heard_{t+1} and e_t the influence that passes through no synapse. */
const factorised = (run: Run): Cotangent<Param> => {
  const worth = deltas(run)
  const traces = [...walk(drtrl())(run)].map(([, memory]) => memory)
  const shares = run.map((now, t) => {
    const next = run[t + 1]
    const λ = next ? plus(error(now), heard(next, worth[t + 1] as Cotangent<State>)) : error(now)
    return pull(traces[t] as Influence, λ)
  })
  return shares.reduce((a, b) => plus(a, b))
}

const heard = ({ recurrent }: Moment, δ: Cotangent<State>): Cotangent<State> =>
  plus(pull(recurrent, δ), times(-1, pull(own(recurrent), δ)))

const inner = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

/** The cosine between RFLO with the transposed readout and the gradient. */
const alignment = (one: Fed): number => {
  const s = settingOf(one)
  const size = spaceOf(s.θ.cell).size
  const [a, b] = [sumOf(rflo(s.back, s.wires), s).slice(0, size), s.exact.slice(0, size)]
  const lengths = Math.hypot(...a) * Math.hypot(...b)
  return lengths < 1e-6 ? 1 : inner(a, b) / lengths
}

const folds: readonly Proposition<never>[] = [
  onFed('FP-BPTT computes the gradient for every window k, whether or not it divides T', s => [
    sumOf(fpbptt(s.k), s),
    s.exact,
  ]),
  onFed('what FP-BPTT carries at the end of a window is the influence of RTRL', s => {
    const ends = [...walk(fpbptt(s.k))(s.run)].map(([, fold]) => fold)
    const whole = [...walk(influence(dense))(s.run)].map(([, memory]) => memory)
    const due = [...ends.keys()].filter(t => ends[t]?.moments.length === 0)
    const at = (M: Influence | undefined): readonly number[] => entries(matrixOf(M as Influence))
    return [due.flatMap(t => at(ends[t]?.influence)), due.flatMap(t => at(whole[t]))]
  }),
  {
    claim: 'RFLO through the transposed readout points downhill',
    forAll: fed(networks({ losses: ['half_mse'], activations: ['tanh', 'identity'], d: 2, n: 1, m: 1, minT: 3 })),
    residual: (one: Fed) => Math.max(0, -alignment(one)),
    // far enough from 0 to be no rounding
    within: 0.05,
    verdict: 'refuted',
    runs: 1500,
    show: (one: Fed) => `${describe(one.net)}\ncosine ${alignment(one).toPrecision(4)}`,
  } as Proposition<Fed> as never,
]

/** Rules by name, each at work on a network and its wiring. */
const working = ({ B, wires, mask, back, task: { sizes } }: Setting): readonly Rule<never, 'past'>[] =>
  [
    rflo(B, wires),
    rflo(B),
    eprop(undefined, wires),
    drtrl(wires),
    esdrtrl(0.5),
    kernl(
      square(sizes.d, sizes.d, (i, j) => 1 / (1 + i + j)),
      full([sizes.d], 0.25),
      wires,
    ),
    snap(1, wires),
    snap(2, wires, mask),
    rflo(back, wires),
  ] as unknown as readonly Rule<never, 'past'>[]

const perStep = networks({ losses: ['half_mse', 'softmax_ce'] })
const laws: readonly Proposition<never>[] = [
  onFed('a trace by its pattern is the trace by matrices: RFLO, e-prop, D-RTRL', s => [
    [rflo(s.B, s.wires), eprop(s.B, s.wires), drtrl(s.wires)].flatMap(rule => sumOf(rule, s)),
    [rflo(s.B), eprop(s.B), drtrl()].flatMap(rule => sumOf(rule, s)),
  ]),
  onFed('SnAp by a mask that is given keeps what the mask keeps, and the mask acts at every step', s => [
    sumOf(snap(1, s.wires, s.mask), s),
    sumOf(thinnedBy(byUnits(s)), s),
  ]),
  onFed('an arrow with few entries in a column is its matrix: pushed, pulled, one or a block', s => {
    const [, M] = [...walk(snap(2, s.wires, s.mask))(s.run)].at(-1) as readonly [
      unknown,
      Influence & Sparse<Param, State>,
    ]
    const whole = dense(M)
    const [t, c] = [asTangent(M.from, eye(M.from.size)), asCotangent(M.to, eye(M.to.size))]
    const [t1, c1] = [asTangent(M.from, ones([M.from.size])), asCotangent(M.to, ones([M.to.size]))]
    const of = (f: Influence): readonly number[] =>
      [push(f, t), pull(f, c), push(f, t1), pull(f, c1)].flatMap(x => entries(numbers(x as Cotangent<unknown>)))
    return [of(M), of(whole)]
  }),
  onFed(
    'rules that remember less compute compiled what they compute one operation at a time',
    s => {
      const all = working(s)
      const by = (engine: 'compiled' | 'eager') =>
        all.flatMap(rule => list(gradientBy(engine, rule)(s.task)(s.θ, s.sequence).gradient))
      return [by('compiled'), by('eager')]
    },
    { forAll: fed(perStep), runs: 4 },
  ),
]

interface Size {
  readonly d: number
  readonly n: number
}

/** One step of a rule that keeps a pattern of the influence, its entries coming in and going out. */
const stepCost = (size: Size, rule: (wires: Wiring) => Rule<Influence, 'past'>): Cost => {
  const net = task(leaky({ alpha: 0.5 }), { ...size, m: 1 }, halfSquared())
  const made = rule(wiring(net))
  const begun = outset(net, made)(params(net, stream(1))).memory as Influence & Sparse<Param, State>
  return counted(
    size,
    (now, carried) => {
      const [out, next] = made.step({ ...begun, entries: carried as Value }, now)
      return [numbers(out), (next as Sparse<Param, State>).entries]
    },
    begun.entries.shape,
  )
}

/** One step of RFLO on the leaky network, its trace coming in and going out. */
export const rfloCost = (size: Size): Cost => stepCost(size, wires => rflo(full([size.d, 1], 0.5), wires))
/** One step of SnAp-1 on it. */
export const snapCost = (size: Size): Cost => stepCost(size, wires => snap(1, wires))

const sizes = record({ d: integer({ min: 2, max: 16 }), n: integer({ min: 1, max: 6 }) })
const about = (claim: string, residual: (size: Size) => number): Proposition<never> =>
  ({ claim, forAll: sizes, residual, within: 0, verdict: 'holds', runs: 10 }) as Proposition<Size> as never

const costs: readonly Proposition<never>[] = [
  about(
    'a step of RFLO on the leaky network takes at most 20 |θ| operations, O(d²), and holds no value larger than |θ| + d',
    size => {
      const { operations, largest } = rfloCost(size)
      const parameters = parametersOf(size)
      return Math.max(0, operations - 20 * parameters, largest - parameters - size.d)
    },
  ),
  about('a step of SnAp-1 takes at most 2 d³ operations for J and 20 |θ| besides', size => {
    const { operations, largest } = snapCost(size)
    const parameters = parametersOf(size)
    return Math.max(0, operations - 2 * size.d ** 3 - 20 * parameters, largest - parameters - size.d)
  }),
]

export const less: readonly Proposition<never>[] = [
  ...traces,
  ...masks,
  ...everyCell,
  ...gated,
  ...folds,
  ...laws,
  ...costs,
]
