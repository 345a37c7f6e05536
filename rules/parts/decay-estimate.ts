/** How far back credit must go for a bias: the estimate of Aicher, Foti & Fox 2019 from the measured decay of credit by lag. */

/** What is measured of ∂ℓ_t/∂s_{t-k} for the lags k = 0 … R: the mean of its norm [R + 1], and the mean of itself, a list of R + 1. */
export interface Measured {
  readonly norms: readonly number[]
  readonly credits: readonly (readonly number[])[]
}

/** β, the largest mean factor per lag beyond τ: max (φ_k/φ_τ)^{1/(k-τ)}; 0 where nothing is left at τ. */
export const decayBeyond = (norms: readonly number[], τ: number): number => {
  const at = norms[τ] as number
  if (at === 0) return 0
  return Math.max(0, ...norms.slice(τ + 1).map((φ, i) => (φ / at) ** (1 / (i + 1))))
}

/** Σ_{k ≥ K} φ_k: as measured up to τ, then a geometric series; infinite where that does not decay. */
export const tailFrom = (norms: readonly number[], τ: number, K: number): number => {
  const [β, at] = [decayBeyond(norms, τ), norms[τ] as number]
  if (β >= 1) return Number.POSITIVE_INFINITY
  const beyond = (at * β ** Math.max(0, K - τ)) / (1 - β)
  return norms.slice(K, τ).reduce((a, b) => a + b, beyond)
}

/** ‖Σ_{k < K} mean credit of lag k‖ for K = 1, 2, … */
const partialNorms = (credits: Measured['credits']): readonly number[] => {
  const sum: number[] = []
  return credits.map(credit => {
    for (const [i, x] of credit.entries()) sum[i] = (sum[i] ?? 0) + x
    return Math.hypot(...sum)
  })
}

/**
 * The least K from `least` to R with tail(K) ≤ tolerance · max_K' (‖Σ_{k < K'} credit_k‖ - tail(K')): the bound on the bias over a
 * lower bound of the gradient. R where none is. τ = R/2, rounded down.
 */
export const windowFor = ({ norms, credits }: Measured, tolerance: number, least: number): number => {
  const R = norms.length - 1
  const tail = (K: number): number => tailFrom(norms, Math.floor(R / 2), K)
  const lower = Math.max(...partialNorms(credits.slice(0, R)).map((norm, i) => norm - tail(i + 1)))
  for (let K = least; K < R; K++) if (tail(K) <= tolerance * lower) return K
  return R
}
