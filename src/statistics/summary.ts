/**
 * The middle of some values. A run that diverged counts as Infinity (or -Infinity where higher is better): it moves the middle as the
 * worst of all would, and is never left out.
 */
import { mean, momentsOf } from '../../ad/moments.ts'

export const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)

/** The value at a share q of the order, linear between two neighbours (Hyndman & Fan 1996, type 7, as numpy and R); NaN of none, and where one is NaN. */
export const quantile = (values: readonly number[], q: number): number => {
  if (values.some(Number.isNaN)) return Number.NaN
  const sorted = ascending(values)
  const place = q * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  const share = place - Math.floor(place)
  return low === high ? low : low * (1 - share) + high * share
}

/** The middle value in order, or the mean of the two; NaN of none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/**
 * The interquartile mean: the mean of what is left when ⌊n/4⌋ values at each end are cut off, as `scipy.stats.trim_mean(x, 0.25)`.
 * Agarwal et al. 2021. Of fewer than four values it is their mean; NaN of none, and where one is NaN.
 */
export const interquartileMean = (values: readonly number[]): number => {
  if (values.some(Number.isNaN)) return Number.NaN
  const cut = Math.floor(values.length / 4)
  const kept = ascending(values).slice(cut, values.length - cut)
  return kept.length === 0 ? Number.NaN : mean(kept)
}

/** The mean over the deviation with n - 1, of paired differences Cohen's d_z; NaN where a value is infinite or all are equal. */
export const standardised = (differences: readonly number[]): number => {
  const n = differences.length
  if (n < 2 || !differences.every(Number.isFinite)) return Number.NaN
  const { mean: middle, deviation } = momentsOf(differences)
  return deviation === 0 ? Number.NaN : middle / (deviation * Math.sqrt(n / (n - 1)))
}
