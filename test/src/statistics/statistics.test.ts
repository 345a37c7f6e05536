import test from 'ava'
import { mean, momentsOf } from '../../../ad/moments.ts'
import { rng } from '../../../nets/random.ts'
import { bootstrap } from '../../../src/statistics/bootstrap.ts'
import { holm } from '../../../src/statistics/holm.ts'
import { against, allPairs, stars } from '../../../src/statistics/paired.ts'
import { leastPairs, signedRank } from '../../../src/statistics/signed-rank.ts'
import { interquartileMean, median, quantile, standardised } from '../../../src/statistics/summary.ts'

const close = (a: number, b: number, within = 1e-12): boolean => Math.abs(a - b) <= within * Math.max(1, Math.abs(b))

/** Student 1908: hours of sleep gained by ten patients under one drug, less those under another; R's `sleep`. */
const sleep = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]

/** The p-value by trying every choice of signs for the ranks, written apart from the recursion. */
const enumerated = (ranks: readonly number[], positive: number): number => {
  const sums = Array.from({ length: 2 ** ranks.length }, (_, signs) =>
    ranks.reduce((sum, rank, i) => sum + ((signs >> i) & 1 ? rank : 0), 0),
  )
  const share = (holds: (sum: number) => boolean): number => sums.filter(holds).length / sums.length
  return Math.min(
    1,
    2 *
      Math.min(
        share(sum => sum <= positive),
        share(sum => sum >= positive),
      ),
  )
}

test('the median of an odd and an even number of values, and of infinite ones', t => {
  t.is(median([3, 1, 2]), 2)
  t.is(median([4, 1, 3, 2]), 2.5)
  t.is(median([1, 2, Infinity]), 2)
  t.is(median([1, Infinity, Infinity, 2]), Infinity)
  t.is(median([Infinity, Infinity]), Infinity)
  t.is(median([]), NaN)
})

test('quantiles are those of R and numpy (type 7); an infinite neighbour makes them infinite', t => {
  t.deepEqual(
    [0, 0.25, 0.5, 0.75, 1].map(q => quantile([10, 20, 30, 40], q)),
    [10, 17.5, 25, 32.5, 40],
  )
  t.is(quantile([1, 2, Infinity], 0.75), Infinity)
  t.is(quantile([1, 2, Infinity], 0.5), 2)
})

test('the interquartile mean is that of the worked example with twelve values, and of scipy.stats.trim_mean(x, 0.25)', t => {
  t.is(interquartileMean([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]), 6.5)
  t.is(interquartileMean([0, 1, 2, 3, 100]), 2)
  t.is(interquartileMean([1, 2, 6]), 3)
  t.is(interquartileMean([1, 2, 3, Infinity]), 2.5)
  t.is(interquartileMean([1, 2, 3, Infinity, Infinity]), Infinity)
})

test("Cohen's d_z of Student's sleep data is t/√n = 4.0621/√10", t => {
  t.true(close(standardised(sleep), 4.0621 / Math.sqrt(10), 2e-5))
  t.is(standardised([1, Infinity]), NaN)
  t.is(standardised([2, 2, 2]), NaN)
})

test('the signed-rank test gives the p-values that scipy and R print for published data', t => {
  // scipy.stats.wilcoxon, its example (heights of maize, Darwin 1876): statistic 24.0, p 0.041259765625
  const maize = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
  t.deepEqual(signedRank(maize), { positive: 96, pairs: 15, p: 0.041259765625 })
  // R's example of wilcox.test (Hollander & Wolfe 1973, p. 29f): V = 40, one-sided p 0.01953
  const [before, after] = [
    [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
  ]
  t.deepEqual(signedRank(before.map((x, i) => x - after[i]!)), { positive: 40, pairs: 9, p: 0.0390625 })
})

/** The largest of the two rank sums' lesser at which the two-sided p is at most .05: the table of Wilcoxon 1949 and Siegel 1956. */
const critical: Readonly<Record<number, number>> = {
  6: 0,
  7: 2,
  8: 3,
  9: 5,
  10: 8,
  11: 10,
  12: 13,
  13: 17,
  14: 21,
  15: 25,
  16: 29,
  17: 34,
  18: 40,
  19: 46,
  20: 52,
  25: 89,
}

/** Differences of ranks 1 … n of which the positive ones add up to so much. */
const withPositive = (n: number, positive: number): readonly number[] => {
  let left = positive
  return Array.from({ length: n }, (_, i) => n - i).map(rank => {
    if (rank > left) return -rank
    left -= rank
    return rank
  })
}

for (const [n, value] of Object.entries(critical))
  test(`with ${n} pairs p is at most .05 up to the tabulated ${value}, and above it at ${value + 1}`, t => {
    const p = (positive: number): number => signedRank(withPositive(Number(n), positive)).p
    t.true(p(value) <= 0.05)
    t.true(p(value + 1) > 0.05)
  })

test('ties share their mean rank, and p is that of all signs of these ranks', t => {
  const { positive, p } = signedRank([1, 1, -1, 2, 3, -3, 4])
  t.is(positive, 2 + 2 + 4 + 5.5 + 7)
  t.is(p, enumerated([2, 2, 2, 4, 5.5, 5.5, 7], positive))
})

test('zeros take the lowest ranks and are then left out, as Pratt does', t => {
  const { positive, pairs, p } = signedRank(sleep)
  // |d| in order: 0 | .8 1 1.2 1.3 1.3 1.4 1.8 2.4 4.6 have the ranks 2 3 4 5.5 5.5 7 8 9 10
  t.is(positive, 54)
  t.is(pairs, 9)
  t.is(p, enumerated([2, 3, 4, 5.5, 5.5, 7, 8, 9, 10], 54))
  t.is(p, 2 / 2 ** 9)
})

test('p is that of all signs for random differences with ties, zeros and infinities', t => {
  const random = rng(5)
  for (let trial = 0; trial < 40; trial++) {
    const differences = Array.from(
      { length: 9 },
      () => [-3, -2, -1, 0, 1, 2, 3, Infinity, -Infinity][Math.floor(9 * random.uniform())]!,
    )
    const sizes = differences.map(Math.abs)
    const ranks = sizes.map(x => sizes.filter(y => y < x).length + (sizes.filter(y => y === x).length + 1) / 2)
    const kept = ranks.filter((_, i) => differences[i] !== 0)
    const positive = ranks.reduce((sum, rank, i) => sum + (differences[i]! > 0 ? rank : 0), 0)
    const found = signedRank(differences)
    t.is(found.positive, positive)
    t.true(close(found.p, enumerated(kept, positive)))
  }
})

test('no pair that differs is no evidence: p is 1', t => {
  t.is(signedRank([0, 0, 0]).p, 1)
  t.is(signedRank([]).p, 1)
})

test('p < .05 takes six pairs, and more when it is corrected for more comparisons', t => {
  t.deepEqual(
    [1, 2, 3, 4, 9].map(tests => leastPairs(0.05, tests)),
    [6, 7, 7, 8, 9],
  )
  for (const [n, below] of [
    [5, false],
    [6, true],
  ] as const)
    t.is(signedRank(Array.from({ length: n }, (_, i) => i + 1)).p < 0.05, below)
})

test("Holm's correction of .01, .04, .03, .005 is .03, .06, .06, .02", t => {
  const corrected = holm([0.01, 0.04, 0.03, 0.005])
  for (const [i, p] of [0.03, 0.06, 0.06, 0.02].entries()) t.true(close(corrected[i]!, p))
  t.deepEqual(holm([0.9, 0.8]), [1, 1])
  t.deepEqual(holm([]), [])
})

test('the median of three values drawn from three is the least of them in 7 of 27 draws: its interval ends there from that level on', t => {
  // quantiles at (1 ∓ level)/2: .3 is above 7/27 = .259, .2 below
  t.deepEqual(bootstrap([0, 1, 2], median, { level: 0.4 }), [1, 1])
  t.deepEqual(bootstrap([0, 1, 2], median, { level: 0.6 }), [0, 2])
})

test('the interval of the mean of many values is 1.96 σ/√n to each side', t => {
  const random = rng(3)
  const values = Array.from({ length: 400 }, () => random.normal())
  const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length
  const [low, high] = bootstrap(values, mean)
  const half = (1.96 * Math.sqrt(mean(values.map(x => (x - mean(values)) ** 2)))) / 20
  t.true(close(low, mean(values) - half, 0.01))
  t.true(close(high, mean(values) + half, 0.01))
})

test('the same seed gives the same interval, and an infinite value stays infinite in it', t => {
  const values = [3, 1, 4, 1, 5, 9]
  t.deepEqual(bootstrap(values, median, { seed: 2 }), bootstrap(values, median, { seed: 2 }))
  t.deepEqual(bootstrap([7], median), [7, 7])
  t.is(bootstrap([1, 2, Infinity], median)[1], Infinity)
})

const sample = (name: string, values: readonly number[]) => ({ name, values: new Map(values.map((x, i) => [i, x])) })

test('rules are paired by seed; seeds that one of them lacks are left out', t => {
  const one = {
    name: 'b',
    values: new Map([
      [2, 5],
      [1, 3],
      [7, 100],
    ]),
  }
  const [paired] = against(
    {
      name: 'a',
      values: new Map([
        [1, 1],
        [2, 2],
        [3, 0],
      ]),
    },
    [one],
  )
  t.is(paired!.pairs, 2)
  t.is(paired!.difference, 2.5)
})

test('a run that diverged counts as the worst: two that did are equal', t => {
  const base = sample('a', [1, 1, 1, 1, 1, 1, Infinity])
  const [paired] = against(base, [sample('b', [2, 2, 2, 2, 2, Infinity, Infinity])])
  t.is(paired!.pairs, 7)
  t.is(paired!.p, 2 / 2 ** 6)
  t.is(paired!.effect, NaN)
  t.is(paired!.difference, 1)
  const all = sample('c', [Infinity, Infinity])
  t.is(against(all, [sample('d', [Infinity, Infinity])])[0]!.difference, 0)
})

test('stars stand from .05 down, and none where there are fewer than six pairs', t => {
  t.is(stars({ corrected: 0.04, pairs: 5 }), '')
  t.deepEqual(
    [0.05, 0.04, 0.009, 0.0009].map(corrected => stars({ corrected, pairs: 9 })),
    ['', '*', '**', '***'],
  )
})

test('p is corrected over the comparisons that are made together: against one, or all pairs', t => {
  const [a, b, c] = [
    sample('a', [1, 2, 3, 4, 5, 6, 7]),
    sample('b', [2, 4, 6, 8, 10, 12, 14]),
    sample('c', [1, 2, 4, 3, 5, 8, 6]),
  ]
  const base = against(a, [a, b, c])
  t.deepEqual(
    base.map(({ name }) => name),
    ['b', 'c'],
  )
  t.is(base[0]!.corrected, 2 * base[0]!.p)
  const pairs = allPairs([a, b, c])
  t.deepEqual(
    pairs.map(one => `${one.name}-${one.against}`),
    ['b-a', 'c-a', 'c-b'],
  )
  t.is(pairs[0]!.corrected, 3 * pairs[0]!.p)
})

test('means of the largest numbers stay between them, and what is not known is not ordered', t => {
  t.is(mean([1e308, 1e308]), 1e308)
  t.is(momentsOf([1e308, 1.5e308]).mean, 1.25e308)
  t.true(Math.abs(momentsOf([1e308, 1.5e308]).deviation / 0.25e308 - 1) < 1e-14)
  t.is(mean([Infinity, 1]), Infinity)
  t.is(interquartileMean([1e308, 1.2e308, 1.4e308, 1.7e308]) / 1.3e308, 1)
  for (const of of [median, interquartileMean])
    for (const at of [0, 1, 2]) t.is(of([1, 2, 3].with(at, Number.NaN)), Number.NaN)
  const [low, high] = bootstrap([-Infinity, Infinity], median)
  t.deepEqual([low, high], [-Infinity, Infinity])
  t.deepEqual(bootstrap([Number.NaN, 1], median), [Number.NaN, Number.NaN])
})
