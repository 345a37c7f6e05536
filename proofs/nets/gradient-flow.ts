/** How a gradient flows back through time: bounds on what a step stretches, highways, and own-unit recurrence. */
import { determinant, Matrix, SingularValueDecomposition } from 'ml-matrix'
import { toMatrix } from '../../ad/linear/apply.ts'
import { own } from '../../ad/linear/own.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, sub } from '../../ad/primitives/elementwise.ts'
import { full, type Nested, nested, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { cells } from '../../nets/cells/index.ts'
import { radiusOf } from '../../nets/cells/initialisers.ts'
import type { LeakyParams } from '../../nets/cells/leaky.ts'
import { activations } from '../../nets/named.ts'
import { logits } from '../../nets/network.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { spectrum } from '../../nets/run/spectrum.ts'
import type { Run, Timestep } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { describeRun, type Pool, pools, runOf } from '../arbitraries/cells.ts'
import { describe, networks } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import { list, type Realised, realise } from '../arbitraries/realise.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, equation, type Proposition } from '../proposition.ts'
import { recurrenceSplit } from './recurrence-split.ts'

/** Singular values by a library, the largest first: an SVD that shares nothing with ours. */
const singular = (M: Matrix): readonly number[] => new SingularValueDecomposition(M, { autoTranspose: true }).diagonal
const largest = (M: Matrix): number => Math.max(...singular(M))
const smallest = (M: Matrix): number => Math.min(...singular(M))
const matrix = (value: Value): Matrix => new Matrix(nested(value as Tensor) as number[][])
const jacobian = (now: Timestep): Matrix => matrix(toMatrix(now.jacobian))
/** J_T … J_1, the newest on the left. */
const product = (Js: readonly Matrix[]): Matrix => Js.reduce((after, J) => J.mmul(after))
const through = (run: Run): Matrix => product(run.slice(1).map(jacobian))
const recurrentOf = ({ params }: PlainNetwork): Matrix => new Matrix(params.W_rec as number[][])

/** sup |f'|. */
const steepest: Readonly<Record<PlainNetwork['activation'], number>> = {
  tanh: 1,
  sigmoid: 0.25,
  relu: 1,
  softplus: 1,
  identity: 1,
}
const reach = (net: PlainNetwork): number => net.alpha * steepest[net.activation] * largest(recurrentOf(net))

/** A claim that no excess is above 0; each is relative to what it is an excess over. */
const bounded = (
  claim: string,
  excess: (made: Realised, net: PlainNetwork) => readonly number[],
): Proposition<PlainNetwork> => ({
  claim,
  forAll: networks(),
  residual: net => Math.max(0, ...excess(realise(net), net)),
  within: 1e-12,
  verdict: 'holds',
  show: describe,
  runs: 60,
})

const over = (x: number, limit: number): number => (x - limit) / Math.max(1, limit)

const bounds: readonly Proposition[] = [
  bounded("no step stretches more than σ_max(J) ≤ (1 - α) + α sup|f'| σ_max(W_rec)", ({ run }, net) =>
    run.slice(1).map(now => over(largest(jacobian(now)), 1 - net.alpha + reach(net))),
  ),
  bounded("no step shrinks more than σ_min(J) ≥ (1 - α) - α sup|f'| σ_max(W_rec)", ({ run }, net) =>
    run.slice(1).map(now => over(1 - net.alpha - reach(net), smallest(jacobian(now)))),
  ),
  bounded('the product ∂h_T/∂h_0 stays between the products of both bounds', ({ run, sequence }, net) => {
    const [high, low] = [1 - net.alpha + reach(net), Math.max(0, 1 - net.alpha - reach(net))]
    const [P, T] = [through(run), sequence.length]
    return [over(largest(P), high ** T), over(low ** T, smallest(P))]
  }),
]

const stretches: readonly Proposition[] = [
  onNetworks('singular values kept as logarithms beside directions are those of the product J_T … J_1', ({ run }) => {
    const logs = spectrum(run).singular.at(-1) ?? []
    return [logs.map(Math.exp), [...singular(through(run))].sort((a, b) => b - a)]
  }),
  onNetworks('the Lyapunov exponents and the singular values add up to the logarithm of |det J_T … J_1|', ({ run }) => {
    const { singular: logs, lyapunov } = spectrum(run)
    const volume = (xs: readonly number[] = []): number => xs.reduce((sum, x) => sum + x, 0)
    const det = run.slice(1).reduce((all, now) => all * Math.abs(determinant(jacobian(now))), 1)
    return [
      [Math.exp(volume(logs.at(-1))), Math.exp(lyapunov.length * volume(lyapunov.at(-1)))],
      [det, det],
    ]
  }),
]

/** h + α (f(u) - h), one layer a step, each with parameters of its own: gradients of all of them, those of the copies added. */
const deep = ({ net, θ, sequence }: Realised, { alpha, activation }: PlainNetwork): readonly number[] => {
  type Layers = { readonly layers: readonly LeakyParams[]; readonly h: Value; readonly readout: typeof θ.readout }
  const cost = ({ layers, h: h0, readout }: Layers): Value => {
    let [h, total] = [h0, full([], 0) as Value]
    layers.forEach(({ W_rec, W_in, b_rec }, t) => {
      const { x, target, weight } = sequence[t] as (typeof sequence)[number]
      const u = add(add(matvec(W_rec, h), matvec(W_in, x)), b_rec)
      h = add(h, mul(alpha, sub(activations[activation](u), h)))
      total = add(total, mul(weight, net.loss.each(logits(net, { cell: θ.cell, readout }, { h }, x), target)))
    })
    return total
  }
  const start = (θ.start as { readonly h: Value }).h
  const g = grad(cost)({ layers: sequence.map(() => θ.cell), h: start, readout: θ.readout }) as Layers
  const copies = g.layers.map(entries)
  const shared = copies.reduce((sum, copy) => sum.map((x, i) => x + (copy[i] as number)))
  return [...shared, ...entries(g.h), ...entries(g.readout)]
}

const residual = onNetworks(
  'a leaky network is a residual network, h + α (f(u) - h) a layer, of shared weights: its gradient adds up the layers’',
  (made, net) => [list(runGradient(bptt)(made.run)), deep(made, net)],
  { forAll: networks({ losses: ['half_mse', 'sse', 'softmax_ce'] }) },
)

/** ∂c_T/∂c_0, the lower right of a matrix over (h, c). */
const cellBlock = (M: Matrix): readonly number[] => {
  const d = M.rows / 2
  return M.subMatrix(d, 2 * d - 1, d, 2 * d - 1).to1DArray()
}
const direct = (run: Run): Matrix => product(run.slice(1).map(now => matrix(toMatrix(own(now.jacobian)))))
const cellOf = (state: Branch | undefined): readonly number[] => entries(state?.c as Value)

/** σ(±1000) is 1 or 0 in double precision. */
const open = (θ: Branch): Branch => {
  const { shape } = θ.b_f as Value
  return { ...θ, b_f: full(shape, 1000), b_i: full(shape, -1000) }
}

const onLstm = (
  claim: string,
  { fixed = θ => θ, ...rest }: { readonly fixed?: (θ: Branch) => Branch; readonly minT?: number; readonly T?: number },
  sides: (run: Run) => readonly [readonly number[], readonly number[]],
  options: Partial<Pick<Proposition, 'verdict' | 'within'>> & { readonly between?: readonly [string, string] } = {},
): Proposition => {
  const made = (pool: Pool) => runOf(cells.lstm(), pool, fixed)
  return equation<Pool>({
    claim,
    forAll: pools(rest),
    sides: pool => sides(made(pool).run),
    describe: pool => describeRun(pool, made(pool)),
    within: 1e-12,
    verdict: 'holds',
    runs: 40,
    ...options,
  })
}

const highway = onLstm(
  "an LSTM's highway: with f = 1 and i = 0 its cell is kept, and ∂c_T/∂c_0 = I, the direct path's and the whole",
  { fixed: open, T: 5 },
  run => {
    const first = cellOf(run[0].after)
    const eye = Matrix.eye(first.length).to1DArray()
    return [
      [...cellOf(run.at(-1)?.after), ...cellBlock(direct(run)), ...cellBlock(through(run))],
      [...first, ...eye, ...eye],
    ]
  },
  { within: 0 },
)

/** A refuted bound on σ_max(∂h_T/∂h_0), with its counterexample. */
const commonlySaid = (
  claim: string,
  forAll: Proposition<PlainNetwork>['forAll'],
  wrong: (σ: number) => number,
): Proposition<PlainNetwork> => {
  const σ = (net: PlainNetwork): number => largest(through(realise(net).run))
  return {
    claim,
    forAll,
    residual: net => Math.max(0, wrong(σ(net))),
    within: 1e-9,
    verdict: 'refuted',
    runs: 300,
    show: net =>
      `${describe(net)}\nσ_max(W_rec) = ${largest(recurrentOf(net)).toPrecision(4)}, σ_max(∂h_T/∂h_0) = ${σ(net).toPrecision(4)}`,
  }
}

const simple = { losses: ['half_mse'], alphas: [1], n: 1, m: 1 } as const
const linear = networks({ ...simple, activations: ['identity'], minT: 2 })

const refuted: readonly Proposition[] = [
  commonlySaid(
    'σ_max(W_rec) > 1 makes gradients explode',
    linear.filter(net => largest(recurrentOf(net)) > 1),
    σ => 1 - σ,
  ),
  commonlySaid(
    "tanh' ≤ 1, so a tanh network's gradients vanish",
    networks({ ...simple, activations: ['tanh'] }),
    σ => σ - 1,
  ),
  commonlySaid(
    'where no eigenvalue of W_rec is beyond 1, no gradient grows',
    networks({ ...simple, activations: ['identity'] }).filter(
      ({ params }) => radiusOf(tensor(params.W_rec as Nested)) <= 1,
    ),
    σ => σ - 1,
  ),
  onLstm(
    'over two steps ∂c_T/∂c_0 of an LSTM is the product of its forget gates',
    { minT: 2, T: 2 },
    run => [cellBlock(direct(run)), cellBlock(through(run))],
    { verdict: 'refuted', between: ['product of f', '∂c_2/∂c_0'] },
  ),
]

export const gradientFlow: readonly Proposition[] = [
  ...bounds,
  ...stretches,
  highway,
  ...recurrenceSplit,
  residual,
  ...refuted,
]
