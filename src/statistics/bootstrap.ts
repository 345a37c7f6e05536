/** Percentile bootstrap. Efron 1979; recommended for the interquartile mean of few runs by Agarwal et al. 2021. */
import { rng } from '../../nets/random.ts'
import { ascending } from './summary.ts'

/** From low to high. */
export type Interval = readonly [low: number, high: number]

interface Options {
  /** How much of the bootstrap distribution lies inside, in (0, 1). */
  readonly level?: number
  readonly draws?: number
  readonly seed?: number
}

/** The value at a share q of sorted ones, none made up between two: infinite ones stay what they are. */
const atShare = (sorted: readonly number[], q: number): number =>
  sorted[Math.round(q * (sorted.length - 1))] ?? Number.NaN

/**
 * The interval of a statistic by resampling the values with replacement: the (1 - level)/2 and (1 + level)/2 quantiles of the
 * statistic over the draws. A draw without one, as the median of -Infinity and Infinity, counts as the least below and as the most above. The same seed gives the same interval. Of one value it is that value.
 */
export const bootstrap = (
  values: readonly number[],
  statistic: (values: readonly number[]) => number,
  { level = 0.95, draws = 2000, seed = 0 }: Options = {},
): Interval => {
  const random = rng(seed)
  const pick = (): number => values[Math.floor(random.uniform() * values.length)] ?? Number.NaN
  if (values.some(Number.isNaN)) return [Number.NaN, Number.NaN]
  const found = Array.from({ length: draws }, () => statistic(values.map(pick)))
  const counting = (unknown: number) => ascending(found.map(x => (Number.isNaN(x) ? unknown : x)))
  return [atShare(counting(-Infinity), (1 - level) / 2), atShare(counting(Infinity), (1 + level) / 2)]
}
