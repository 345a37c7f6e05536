/** Means of numbers of any size: a sum keeps what rounding takes, and squares neither overflow nor vanish. */

/** Σ v, what each addition loses to rounding summed separately. Neumaier 1974. */
const sum = (values: readonly number[]): number => {
  let [total, lost] = [0, 0]
  for (const v of values) {
    const next = total + v
    lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total
    total = next
  }
  return Number.isFinite(lost) ? total + lost : total
}

/** A power of two by which no number of values makes their sum overflow. */
const far = 2 ** -60

const rounded = (values: readonly number[]): number => {
  const total = sum(values)
  if (Number.isFinite(total) || !values.every(Number.isFinite)) return total / values.length
  return sum(values.map(v => v * far)) / values.length / far
}

/** The mean of some values, at least one: between the least and the largest, whatever a sum or a quotient is rounded to. */
export const mean = (values: readonly number[]): number => {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
  return Math.min(Math.max(rounded(values), low), high)
}

/** √(mean of the squares), at least one. */
export const rootMeanSquare = (values: readonly number[]): number => {
  const scale = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  return scale > 0 && scale < Infinity ? scale * Math.sqrt(mean(values.map(v => (v / scale) ** 2))) : scale
}

/** Mean and population deviation. */
export interface Moments {
  readonly mean: number
  readonly deviation: number
}

/**
 * Mean and population deviation √(mean (d - mean d)²), d = v - mean: the mean of large numbers need be no double, and what it
 * misses is taken off. Chan, Golub & LeVeque 1983. Equal values have deviation 0.
 */
export const momentsOf = (values: readonly number[]): Moments => {
  const middle = mean(values)
  const off = values.map(v => v - middle)
  const missed = mean(off)
  const equal = values.every(v => v === values[0])
  return { mean: middle, deviation: equal ? 0 : rootMeanSquare(off.map(d => d - missed)) }
}
