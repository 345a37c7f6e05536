import { Matrix } from 'ml-matrix'
import { requireConcrete } from '../ad/concrete.ts'
import { pull, toMatrix } from '../ad/linear/apply.ts'
import { compose, type Linear, matrix, type Sparse, sumMaps, zero } from '../ad/linear/linear.ts'
import { type Cotangent, spaceOf } from '../ad/linear/space.ts'
import { after, maskOf } from '../ad/linear/sparsity.ts'
import { matmul } from '../ad/primitives/contraction.ts'
import { mul, sub } from '../ad/primitives/elementwise.ts'
import { requireCount } from '../ad/require.ts'
import { scalar, type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import { item, type Value } from '../ad/value.ts'
import type { Machine, Rule } from '../nets/run/scan.ts'
import { error, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import type { Influence } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { requireSparsity, type Sparsity, sameUnit } from './parts/sparsity.ts'

import { ruleOf } from './parts/synthesiser.ts'
import { blocksOf, recompressed } from './parts/truncated-svd.ts'

/** S on the own units, left [states, r] times right [r, |θ|] for the rest, and a bound on what both leave out. */
export interface Sketch {
  readonly own: Sparse<Param, State>
  readonly left: Value
  readonly right: Value
  readonly bound: Value
}

/** All that a sketch finds: `influence` is S + L R, at most `bound` away from the true one in the Frobenius norm. */
export interface SketchFindings {
  readonly gradient: Cotangent<Param>
  readonly influence: Influence
  readonly bound: Value
}

const numbersOf = (x: Value): Matrix => {
  const { shape, data } = requireConcrete(x, 'sketch finds singular values')
  return Matrix.from1DArray(shape[0] as number, shape[1] as number, data)
}

const tensorFrom = (x: Matrix): Tensor => tensorOf([x.rows, x.columns], Float64Array.from(x.to1DArray()))

const largest = (sums: readonly number[]): number => Math.max(0, ...sums)

/** min(‖J‖_F, √(‖J‖₁ ‖J‖_∞)), no less than the largest singular value. */
const stretchOf = (J: Matrix): number => {
  const sizes = Matrix.abs(J)
  return Math.min(J.norm(), Math.sqrt(largest(sizes.sum('row')) * largest(sizes.sum('column'))))
}

/** S + L R as an arrow. */
export const sketched = ({ own, left, right }: Sketch): Influence => {
  const r = left.shape[1] as number
  if (r === 0) return own
  const narrow = spaceOf(zeros([r]))
  return sumMaps(own, compose(matrix(narrow, own.to, left), matrix(own.from, narrow, right)) as Linear<Param, State>)
}

/** `sketch` as a machine that tells everything it finds, its certificate among it. */
export const sketchFindings = (r: number, wiring: Sparsity): Machine<Sketch, Timestep, SketchFindings, 'past'> => {
  const remedy = 'r = 0 keeps own units alone, as SnAp-1 does; r = the number of states is exact'
  requireCount('sketch', `r = ${r}`, r, remedy, 0)
  requireSparsity('sketch', wiring)
  const together = sameUnit(wiring)
  const influence = after(together, wiring.immediate)
  const remember = keepPattern({ recurrent: together, immediate: wiring.immediate, influence })
  const [unit, blocks, rank] = [maskOf(together), blocksOf(influence), Math.min(r, influence.rows)]
  return {
    facing: 'past',
    init: first => ({
      own: remember(zero(first.immediate), first) as Sparse<Param, State>,
      left: zeros([first.immediate.to.size, rank]),
      right: zeros([rank, first.immediate.from.size]),
      bound: scalar(0),
    }),
    step: ({ own, left, right, bound }, now) => {
      const { from, to } = now.jacobian
      const J = toMatrix(now.jacobian)
      const within = mul(unit, J)
      const old = { left: numbersOf(matmul(J, left)), right: numbersOf(right) }
      const { cut, ...rest } = recompressed(rank, numbersOf(sub(J, within)), own, blocks, old)
      const next: Sketch = {
        own: remember(sumMaps(compose(matrix(from, to, within), own), now.immediate), now) as Sparse<Param, State>,
        left: tensorFrom(rest.left),
        right: tensorFrom(rest.right),
        bound: scalar(stretchOf(numbersOf(J)) * item(bound) + cut),
      }
      const total = sketched(next)
      return [{ gradient: pull(total, error(now)), influence: total, bound: next.bound }, next]
    },
  }
}

/**
 * M ≈ S + L R. S = J' S₋ + B in full, J' the part of J inside units: an LSTM's h and c, a unit's weight to itself. L R, what units
 * hear from each other, is the nearest product of rank r to J L₋ R₋ + (J - J') S₋, by its singular values. Certificate:
 * ‖M - S - L R‖ ≤ e = ρ̄ e₋ + η, η the norm of what is cut, ρ̄ = min(‖J‖_F, √(‖J‖₁ ‖J‖_∞)). Sketched RTRL, 2026.
 *
 * Remembers |S| + r (states + |θ|) numbers. Exact for r of at least the number of states; SnAp-1 by whole units for r = 0 where
 * every weight touches one unit. It branches on numbers, so only eager code runs it. Throws a DomainError for r below 0, a
 * ShapeError for the wiring of another network.
 */
export const sketch = (r: number, wiring: Sparsity): Rule<Sketch, 'past'> => ruleOf(sketchFindings(r, wiring))
