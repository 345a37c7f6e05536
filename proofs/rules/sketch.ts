/** Sketched RTRL: own units and a product of low rank in place of the influence, and a certificate of what is left out. */

import { integer } from 'fast-check'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { toMatrix } from '../../ad/linear/apply.ts'
import { maskOf } from '../../ad/linear/sparsity.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { item } from '../../ad/value.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { folded } from '../../nets/run/fold.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { type Sparsity, sparsity } from '../../rules/parts/sparsity.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sketch, sketchDiagnostics } from '../../rules/sketch.ts'
import { snap, snapPattern } from '../../rules/snap.ts'
import { pools } from '../arbitraries/cells.ts'
import { exactly, sumOf } from '../arbitraries/feedback.ts'
import { bigNetwork } from '../arbitraries/networks.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import { realise } from '../arbitraries/realise.ts'
import { equation, type Proposition } from '../proposition.ts'

const plain = (x: Tensor): Matrix => Matrix.from1DArray(x.shape[0] as number, x.shape[1] as number, x.data)
const plainly = (M: Influence): Matrix => plain(toMatrix(M) as Tensor)

/** RTRL's M at every timestep. */
const wholes = (run: Run): readonly Matrix[] => [...scan(rtrl)(run)].map(([, M]) => plainly(M))

/** What a sketch of rank r says at every timestep. */
const found = (r: number, run: Run, wires: Sparsity, project?: number) =>
  [...folded(sketchDiagnostics(r, wires, project))(run)].map(([found]) => found)

/** ‖M - S - L R‖ at every timestep. */
const misses = (r: number, run: Run, wires: Sparsity, project?: number): readonly number[] => {
  const truths = wholes(run)
  return found(r, run, wires, project).map(({ influence }, t) =>
    Matrix.sub(truths[t] as Matrix, plainly(influence)).norm(),
  )
}

const bounds = (r: number, run: Run, wires: Sparsity, project?: number): readonly number[] =>
  found(r, run, wires, project).map(({ bound }) => item(bound))

/** Two units or more, that hear each other for three steps or more. */
const longer = pools({ minD: 2, minT: 3, T: 4 })
const ranks = [0, 1, 2] as const

/** √Σ_{i > r} σ_i². */
const tail = (matrix: Matrix, r: number): number =>
  Math.hypot(...new SingularValueDecomposition(matrix, { autoTranspose: true }).diagonal.slice(r))

/** The nearest matrix of a rank, and the norm of what it leaves out. */
const nearest = (X: Matrix, r: number): readonly [Matrix, number] => {
  const {
    leftSingularVectors: U,
    diagonal: σ,
    rightSingularVectors: V,
  } = new SingularValueDecomposition(X, {
    autoTranspose: true,
  })
  const kept = σ.map((x, i) => (i < r ? x : 0))
  return [U.clone().mulRowVector(kept).mmul(V.transpose()), Math.hypot(...σ.slice(r))]
}

/** Rank r and c directions on the leaky network: S, the rest and e with every matrix written out, [states, |θ|]. */
const wholly = (r: number, c: number, run: Run): readonly number[] => {
  const { from, to } = run[0].immediate
  const none = Matrix.zeros(to.size, from.size)
  let [S, rest, e] = [none, none, 0]
  return run.flatMap(now => {
    const [J, B] = [plain(toMatrix(now.jacobian) as Tensor), plain(toMatrix(now.immediate) as Tensor)]
    const own = Matrix.diag(J.diagonal())
    const [fresh, τc] = nearest(Matrix.sub(J, own).mmul(S), c)
    const [next, τr] = nearest(J.mmul(rest).add(fresh), r)
    const sizes = Matrix.abs(J)
    const [one, infinity] = [Math.max(...sizes.sum('column')), Math.max(...sizes.sum('row'))]
    e = Math.min(J.norm(), Math.sqrt(one * infinity)) * e + τc + τr
    S = own.mmul(S).add(B)
    rest = next
    return [...Matrix.add(S, rest).to1DArray(), e]
  })
}

/** The first timestep at which there is something to cut, and the cross-unit part until then. */
const firstHeard = (run: Run, wires: Sparsity): Matrix => {
  const mask = plain(maskOf(snapPattern(1, wires, 'unit')))
  const M = wholes(run)[1] as Matrix
  return Matrix.sub(M, Matrix.mul(M, mask))
}

const onEach = each.flatMap(name => [
  onPools(
    `a sketch of the influence of ${name}, of any rank, is never further off than its certificate, alone and in a stack`,
    () => stacked([cellOf(name), cellOf('leaky')]),
    (run, wires) => {
      const [far, certified] = [ranks.flatMap(r => misses(r, run, wires)), ranks.flatMap(r => bounds(r, run, wires))]
      return [far.map((miss, i) => Math.max(miss, certified[i] as number)), certified]
    },
    { forAll: longer, runs: 10 },
  ),
  onPools(
    `sketched RTRL of a rank of all states computes the gradient of ${name}`,
    () => cellOf(name),
    (run, wires) => [sumOf(sketch({ rank: wires.unitOf.length }), { run }), exactly(run)],
    { forAll: longer, runs: 10 },
  ),
])

const bySnap = (run: Run) =>
  [sumOf(sketch({ rank: 0 }), { run }), sumOf(snap({ n: 1, mask: 'unit' }), { run })] as const

/** What sketches keep, what they say of it, and what they do not. */
export const sketches: readonly Proposition[] = [
  ...onEach,
  ...(['leaky', 'lstm'] as const).map(name =>
    onPools(`sketched RTRL of rank 0 is SnAp-1 by whole units on ${name}`, () => cellOf(name), bySnap, {
      forAll: longer,
    }),
  ),
  onPools('sketched RTRL of rank 0 is SnAp-1 by whole units on every cell', () => cellOf('gru'), bySnap, {
    verdict: 'refuted',
    runs: 100,
    forAll: longer,
    between: ['sketch', 'SnAp-1'],
  }),
  ...([0, 1] as const).map(r =>
    onPools(
      `what a sketch of rank ${r} first cuts is the least that a product of its rank must`,
      () => cellOf('leaky'),
      (run, wires) => {
        const least = tail(firstHeard(run, wires), r)
        return [
          [misses(r, run, wires)[1] as number, bounds(r, run, wires)[1] as number],
          [least, least],
        ]
      },
      { forAll: longer },
    ),
  ),
  onPools(
    'where no unit depends on another a sketch of any rank is the whole influence, and its certificate is 0',
    () => cellOf('lru'),
    (run, wires) => {
      const both = ranks.flatMap(r => [...misses(r, run, wires), ...bounds(r, run, wires)])
      return [both, both.map(() => 0)]
    },
    { forAll: longer },
  ),
  onPools(
    'a sketch that first cuts what is new to one direction is never further off than its certificate',
    () => cellOf('lstm'),
    (run, wires) => {
      const [far, certified] = [misses(2, run, wires, 1), bounds(2, run, wires, 1)]
      return [far.map((miss, i) => Math.max(miss, certified[i] as number)), certified]
    },
    { forAll: longer },
  ),
  onPools(
    'a sketch that first cuts to as many directions as there are states is the sketch that cuts once, and so is its certificate',
    () => cellOf('leaky'),
    (run, wires) => {
      const all = wires.unitOf.length
      return [
        [...misses(1, run, wires, all), ...bounds(1, run, wires, all)],
        [...misses(1, run, wires), ...bounds(1, run, wires)],
      ]
    },
    { forAll: longer },
  ),
  equation<number>({
    claim: 'a sketch with one cut or two, and its certificate, are those of a program of whole matrices',
    forAll: integer({ min: 1, max: 2 ** 20 }),
    sides: seed => {
      const { net, run } = realise(bigNetwork(seed, 4, 1, 1, 5))
      const cuts = [1, 2, Number.POSITIVE_INFINITY]
      const ours = (project: number) =>
        found(2, run, sparsity(net), project).flatMap(({ influence, bound }) => [
          ...plainly(influence).to1DArray(),
          item(bound),
        ])
      return [cuts.flatMap(ours), cuts.flatMap(project => wholly(2, project, run))]
    },
    within: 1e-9,
    verdict: 'holds',
    runs: 10,
  }),
  onPools(
    'sketched RTRL of rank 1 computes the gradient',
    () => cellOf('leaky'),
    run => [sumOf(sketch({ rank: 1 }), { run }), exactly(run)],
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['rank 1', 'gradient'] },
  ),
  onPools(
    'the certificate of a sketch is how far off it is',
    () => cellOf('leaky'),
    (run, wires) => [misses(1, run, wires), bounds(1, run, wires)],
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['‖M - S - LR‖', 'e'] },
  ),
]
