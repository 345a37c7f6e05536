/** Sketched RTRL: own units and a product of low rank in place of the influence, and a certificate of what is left out. */

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
import type { Sparsity } from '../../rules/parts/sparsity.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sketch, sketchFindings } from '../../rules/sketch.ts'
import { snap, snapPattern } from '../../rules/snap.ts'
import { pools } from '../arbitraries/cells.ts'
import { exactly, sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import type { Proposition } from '../proposition.ts'

const plain = (x: Tensor): Matrix => Matrix.from1DArray(x.shape[0] as number, x.shape[1] as number, x.data)
const plainly = (M: Influence): Matrix => plain(toMatrix(M) as Tensor)

/** RTRL's M at every timestep. */
const wholes = (run: Run): readonly Matrix[] => [...scan(rtrl)(run)].map(([, M]) => plainly(M))

/** What a sketch of rank r says at every timestep. */
const found = (r: number, run: Run, wires: Sparsity) =>
  [...folded(sketchFindings(r, wires))(run)].map(([found]) => found)

/** ‖M - S - L R‖ at every timestep. */
const misses = (r: number, run: Run, wires: Sparsity): readonly number[] => {
  const truths = wholes(run)
  return found(r, run, wires).map(({ influence }, t) => Matrix.sub(truths[t] as Matrix, plainly(influence)).norm())
}

const bounds = (r: number, run: Run, wires: Sparsity): readonly number[] =>
  found(r, run, wires).map(({ bound }) => item(bound))

/** Two units or more, that hear each other for three steps or more. */
const longer = pools({ minD: 2, minT: 3, T: 4 })
const ranks = [0, 1, 2] as const

/** √Σ_{i > r} σ_i². */
const tail = (matrix: Matrix, r: number): number =>
  Math.hypot(...new SingularValueDecomposition(matrix, { autoTranspose: true }).diagonal.slice(r))

/** The first timestep at which there is something to cut, and what was heard from others until then. */
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
      const [far, said] = [ranks.flatMap(r => misses(r, run, wires)), ranks.flatMap(r => bounds(r, run, wires))]
      return [far.map((miss, i) => Math.max(miss, said[i] as number)), said]
    },
    { forAll: longer, runs: 10 },
  ),
  onPools(
    `sketched RTRL of a rank of all states computes the gradient of ${name}`,
    () => cellOf(name),
    (run, wires) => [sumOf(sketch({ rank: wires.units.length }), { run }), exactly(run)],
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
      const said = ranks.flatMap(r => [...misses(r, run, wires), ...bounds(r, run, wires)])
      return [said, said.map(() => 0)]
    },
    { forAll: longer },
  ),
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
