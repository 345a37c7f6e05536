import { pull, push, toMatrix } from '../ad/linear/apply.ts'
import { compose, type Linear, matrix, plus, type Sparse, sumMaps, zero } from '../ad/linear/linear.ts'
import { type Cotangent, spaceOf } from '../ad/linear/space.ts'
import { after, maskOf } from '../ad/linear/sparsity.ts'
import { matmul } from '../ad/primitives/contraction.ts'
import { abs, add, min, mul, sqrt, sub } from '../ad/primitives/elementwise.ts'
import { sum } from '../ad/primitives/layout.ts'
import { largestOf } from '../ad/primitives/spectral.ts'
import { requireCount } from '../ad/require.ts'
import { scalar, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import type { Fold } from '../nets/run/rule.ts'
import { error, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence } from './parts/influence.ts'
import { nearest, ofMatrices, product } from './parts/low-rank.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { type Sparsity, sameUnit, sparsity } from './parts/sparsity.ts'
import { gradientOf } from './parts/synthesiser.ts'

/** The influence within units, left [S, r] times right [r, P] for the rest, and a bound on what both leave out. */
export interface Sketch {
  readonly own: Sparse<Param, State>
  readonly left: Value
  readonly right: Value
  readonly bound: Value
}

export interface SketchOptions {
  /** Rank of the part between units that is kept, at least 0; 2 by default. */
  readonly rank?: number
  /** Rank to which what is new between units is cut before it is added to L R, at least 1; by default it is not cut before. */
  readonly project?: number
}

/** All that a sketch finds: `influence` is M' + L R, at most `bound` away from the true one in the Frobenius norm. */
export interface SketchDiagnostics {
  readonly gradient: Cotangent<Param>
  readonly influence: Influence
  readonly bound: Value
}

/** min(‖J‖_F, √(‖J‖₁ ‖J‖_∞)), an upper bound of the largest singular value. */
const stretchOf = (J: Value): Value => {
  const sizes = abs(J)
  return min(sqrt(sum(mul(J, J))), sqrt(mul(largestOf(sum(sizes, 0)), largestOf(sum(sizes, 1)))))
}

/** S + L R as a linear map. */
export const sketched = ({ own, left, right }: Sketch): Influence => {
  const r = left.shape[1] as number
  if (r === 0) return own
  const narrow = spaceOf(zeros([r]))
  return sumMaps(own, compose(matrix(narrow, own.to, left), matrix(own.from, narrow, right)) as Linear<Param, State>)
}

/** `sketch` as a fold that emits everything it computes, its error bound included. */
export const sketchDiagnostics = (
  r: number,
  structure: Sparsity,
  project = Number.POSITIVE_INFINITY,
): Fold<Sketch, Timestep, SketchDiagnostics, 'past'> => {
  const together = sameUnit(structure)
  const influence = after(together, structure.immediate)
  const remember = keepPattern({ recurrent: together, immediate: structure.immediate, influence })
  const [unit, rank] = [maskOf(together), Math.min(r, influence.rows)]
  const isCut = rank > 0 && rank < influence.rows && Number.isFinite(project)
  return {
    faces: 'past',
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
      const fresh = product(sub(J, within), own)
      const old = ofMatrices(own.from, { left: matmul(J, left), right })
      const first = isCut ? nearest(Math.min(project, influence.rows), [fresh]) : null
      const kept = nearest(rank, [old, first ? ofMatrices(own.from, first) : fresh])
      const cut = first ? add(first.cut, kept.cut) : kept.cut
      const next: Sketch = {
        own: remember(plus(push(matrix(from, to, within), own), now.immediate), now) as Sparse<Param, State>,
        left: kept.left,
        right: kept.right,
        bound: add(mul(stretchOf(J), bound), cut),
      }
      const total = sketched(next)
      return [{ gradient: pull(total, error(now)), influence: total, bound: next.bound }, next]
    },
  }
}

const facts: RuleFacts<'past'> = {
  name: 'sketch',
  title: 'Sketched RTRL',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'a trace, r(d + |θ|)',
  structure: 'own + rank k',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd³+r²d²', memory: 'r (d + |θ|)' },
  options: {
    rank: { range: 'whole number ≥ 0', default: '2', means: 'rank between units' },
    project: {
      range: 'whole number ≥ 1',
      default: 'none',
      means: 'rank to which what is new between units is cut first',
    },
  },
  count: { option: 'rank', least: 0, begins: () => 2 },
  papers: [
    {
      authors: 'Sketched RTRL',
      year: 2026,
      title: 'Low-rank real-time recurrent learning with a certificate',
      id: 'github:sonaradarcn/sketched-rtrl',
    },
  ],
}

/**
 * M ≈ M' + L R. M' = J' M'₋ + B in full, J' the blocks of J within units: an LSTM's h and c, and W_ii too, so that it is more than the
 * own-unit part. L R, the rest, is the nearest product of rank r to J L₋ R₋ + (J - J') M'₋, by its singular values. Error bound:
 * ‖M - M' - L R‖ ≤ e = ρ̄ e₋ + η, η the Frobenius norm of what is cut, ρ̄ = min(‖J‖_F, √(‖J‖₁ ‖J‖_∞)). Sketched RTRL, 2026.
 *
 * Remembers the entries of M' and r (S + P) numbers. Exact for r of at least the number of states; SnAp-1 by whole units for r = 0 where
 * every weight touches one unit. The paper's program first cuts (J - J') M'₋ to c directions, max(4, ⌈r/4⌉) by default, unless r is
 * at least d: `project: c`, η the sum of both norms; here all of it is kept until the one cut. Throws a DomainError for r below 0, c below 1.
 */
export const sketch = maker(facts, (options: SketchOptions = {}) => {
  const { rank = 2, project } = options
  const remedy = 'rank = 0 keeps own units alone, as SnAp-1 does; rank = the number of states is exact'
  requireCount('sketch', `rank = ${rank}`, rank, remedy, 0)
  if (project !== undefined) requireCount('sketch', `project = ${project}`, project, 'Leave it out to cut once')
  return ruleFor(facts, net => gradientOf(sketchDiagnostics(rank, sparsity(net), project)))
})
