/**
 * How a run stretches what passes through it: ∂s_t/∂s_0 = J_t … J_1, the newest on the left. Lengths are kept as natural
 * logarithms beside directions of length 1, so that products of any length neither overflow nor underflow.
 */

import { describe } from '../../ad/describe.ts'
import { checkFinite } from '../../ad/finite.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { matmul } from '../../ad/primitives/contraction.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { requireCount } from '../../ad/require.ts'
import { eye, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { divided, dot, type Logs, normalise, orthonormal, type Scaled, type Vector } from '../cells/orthonormal.ts'
import { type Run, requireRun } from './timestep.ts'

/** `normalise` for a vector whose length is near 1, quicker. */
const shorten = (v: Vector): number => divided(v, Math.sqrt(dot(v, v)))

/** Cosines below this count as 0. */
const square = 1e-14

/**
 * Rotates a longer vector e^a p and a shorter e^b q in their plane until they are at right angles, r = e^(b - a) ≤ 1:
 * p ← p - r² k q, q ← q + k p with k = -2g / (1 - r² + √((1 - r²)² + 4 r² g²)), g = p·q, both times 1/√(1 + r² k²).
 * Returns false where they already were. One step of one-sided Jacobi (Hestenes 1958), with the lengths left as logarithms.
 */
const rotate = (vectors: readonly Vector[], logs: number[], long: number, short: number): boolean => {
  const [p, q] = [vectors[long] as Vector, vectors[short] as Vector]
  const g = dot(p, q)
  if (Math.abs(g) <= square) return false
  const r2 = Math.exp(2 * ((logs[short] as number) - (logs[long] as number)))
  const k = (-2 * g) / (1 - r2 + Math.sqrt((1 - r2) ** 2 + 4 * r2 * g * g))
  turn(p, q, k, r2 * k)
  const log = Math.log1p(r2 * k * k) / 2
  logs[long] = (logs[long] as number) + shorten(p) - log
  logs[short] = (logs[short] as number) + shorten(q) - log
  return true
}

/** p ← p - y q and q ← q + x p at once. */
const turn = (p: Vector, q: Vector, x: number, y: number): void => {
  for (let i = 0; i < p.length; i++) {
    const [a, b] = [p[i] as number, q[i] as number]
    p[i] = a - y * b
    q[i] = b + x * a
  }
}

const sweeps = 60

/** The singular values, as logarithms, of the matrix whose rows are vectors e^log v, and the vectors on its other side. */
const orthogonalised = ({ directions, logs }: Scaled): Scaled => {
  const vectors = directions.map(v => v.slice())
  const lengths = logs.map((log, i) => log + normalise(vectors[i] as Vector))
  for (let again = true, sweep = 0; again && sweep < sweeps; sweep++) {
    again = false
    for (let i = 0; i < vectors.length; i++)
      for (let j = i + 1; j < vectors.length; j++) {
        const [long, short] = (lengths[i] as number) >= (lengths[j] as number) ? [i, j] : [j, i]
        if (rotate(vectors, lengths, long, short)) again = true
      }
  }
  const order = lengths.map((_, i) => i).sort((i, j) => ((lengths[j] as number) > (lengths[i] as number) ? 1 : -1))
  return { directions: order.map(i => vectors[i] as Vector), logs: order.map(i => lengths[i] as number) }
}

const rowsOf = ({ shape, data }: Tensor): readonly Vector[] => {
  const [count, width] = shape as readonly [number, number]
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width))
}

/** J v for each of some vectors. */
const through = (J: Tensor, vectors: readonly Vector[]): readonly Vector[] => {
  const block = tensorOf([vectors.length, J.shape[1] as number], Float64Array.from(vectors.flatMap(v => [...v])))
  return rowsOf(matmul(block, transpose(J)) as Tensor)
}

/** log σ of J_t … J_1 for t = 1, 2, …: the left singular vectors go through the next J, and are made orthogonal again. */
const stretches = (Js: readonly Tensor[]): readonly Logs[] => {
  let kept: Scaled | undefined
  return Js.map(J => {
    const size = J.shape[1] as number
    kept ??= { directions: rowsOf(eye(size)), logs: new Array<number>(size).fill(0) }
    kept = orthogonalised({ directions: through(J, kept.directions), logs: kept.logs })
    return kept.logs
  })
}

/** (1/t) Σ log R_ii for t = 1, 2, …, largest first, with J_t Q_{t-1} = Q_t R_t. Benettin et al. 1980. */
const exponents = (Js: readonly Tensor[]): readonly Logs[] => {
  let directions: readonly Vector[] | undefined
  let sums: Logs = []
  return Js.map((J, i) => {
    const next = orthonormal(through(J, directions ?? rowsOf(eye(J.shape[1] as number))))
    directions = next.directions
    sums = next.logs.map((log, j) => log + (sums[j] ?? 0))
    return sums.map(sum => sum / (i + 1)).sort((a, b) => (b > a ? 1 : -1))
  })
}

const jacobians = (run: Run): readonly Tensor[] =>
  run.slice(1).map((now, i) => {
    const J = toMatrix(now.jacobian) as Tensor
    checkFinite('spectrum', i + 1, { J })
    return J
  })

/** How far a run stretches and shrinks; entry t - 1 is about the steps up to t, S numbers, the largest first. */
export interface Spectrum {
  /** log σ of ∂s_t/∂s_0 = J_t … J_1; -∞ for a singular value of 0. */
  readonly singular: readonly Logs[]
  /** The Lyapunov exponents as estimated so far by QR from the unit basis, the mean growth of log length per step; those of the run are the last. */
  readonly lyapunov: readonly Logs[]
}

/** The singular values of J_t … J_1 and the Lyapunov exponents of a finished run. Throws a NonFiniteError for a J that is not finite. */
export const spectrum = (run: Run): Spectrum => {
  requireRun('spectrum', run)
  const Js = jacobians(run)
  return { singular: stretches(Js), lyapunov: exponents(Js) }
}

/**
 * log ‖∂s_t/∂s_{t-l}‖ for l = 1 … reach, the largest singular value, averaged over t: what a gradient keeps by lag. Throws a DomainError
 * for a reach below 1.
 */
export const byLag = (run: Run, reach = Number.POSITIVE_INFINITY): Logs => {
  requireRun('byLag', run)
  if (reach !== Number.POSITIVE_INFINITY)
    requireCount('byLag', `reach = ${describe(reach)}`, reach, 'Leave it out for every lag of the run')
  const Js = jacobians(run)
  const norms = Js.map((_, s) => stretches(Js.slice(s, s + reach)).map(logs => logs[0] as number))
  return Array.from({ length: Math.min(reach, Js.length) }, (_, l) => {
    const some = norms.flatMap(list => list[l] ?? [])
    return some.reduce((sum, x) => sum + x, 0) / some.length
  })
}
