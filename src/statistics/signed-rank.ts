/**
 * Wilcoxon's signed-rank test (Wilcoxon 1945), exact for every number of pairs and for ties: the p-value is counted over all 2ⁿ
 * signs of the ranks that there are. Differences of zero are ranked with the rest and then left out (Pratt 1959).
 */

/** The sum of the ranks of positive differences, the pairs that differ, and the two-sided p-value. */
export interface SignedRank {
  readonly positive: number
  readonly pairs: number
  readonly p: number
}

/** The ranks of |d| from 1, doubled so that the mean rank of ties is a whole number. */
const doubledRanks = (differences: readonly number[]): readonly number[] => {
  const sizes = differences.map(Math.abs)
  return sizes.map(size => sizes.reduce((sum, other) => sum + (other < size ? 2 : other === size ? 1 : 0), 1))
}

/** P(S = s) of the sum S of the ranks with a + sign, every sign + or - by a fair coin: p_s ← ½ p_s + ½ p_{s-r}. */
const distribution = (ranks: readonly number[]): Float64Array => {
  const p = new Float64Array(ranks.reduce((a, b) => a + b, 0) + 1)
  p[0] = 1
  for (const rank of ranks)
    for (let s = p.length - 1; s >= 0; s--) p[s] = ((p[s] ?? 0) + (s < rank ? 0 : (p[s - rank] ?? 0))) / 2
  return p
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

/** The test of paired differences against a distribution symmetric about 0; p = 1 where no pair differs. */
export const signedRank = (differences: readonly number[]): SignedRank => {
  const ranked = doubledRanks(differences).map((rank, i) => ({ rank, sign: Math.sign(differences[i] ?? 0) }))
  const kept = ranked.filter(({ sign }) => sign !== 0)
  const positive = sum(kept.filter(({ sign }) => sign > 0).map(({ rank }) => rank))
  const p = distribution(kept.map(({ rank }) => rank))
  const tail = Math.min(sum(p.subarray(0, positive + 1)), sum(p.subarray(positive)))
  return { positive: positive / 2, pairs: kept.length, p: Math.min(1, 2 * tail) }
}

/** The least number of pairs at which a two-sided p can be below α in each of some comparisons by Holm: tests · 2^(1-n) < α. */
export const leastPairs = (alpha = 0.05, tests = 1): number => Math.floor(Math.log2((2 * tests) / alpha)) + 1
