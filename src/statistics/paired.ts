/** Rules compared by what they came to on the same seeds: the differences, how large they are, and how likely by chance. */
import { bootstrap, type Interval } from './bootstrap.ts'
import { holm } from './holm.ts'
import { leastPairs, signedRank } from './signed-rank.ts'
import { median, standardised } from './summary.ts'

/** What one rule came to, by seed: finite, or infinite where it diverged. */
export interface Sample {
  readonly name: string
  readonly values: ReadonlyMap<number, number>
}

/** A rule against another over the seeds that both have. */
export interface Paired {
  readonly name: string
  readonly against: string
  readonly pairs: number
  /** The median difference by seed, rule - other, and its interval. */
  readonly difference: number
  readonly interval: Interval
  /** Two-sided, exact, and the same by Holm's correction over the comparisons made together. */
  readonly p: number
  readonly corrected: number
  /** Cohen's d_z; NaN where a run diverged or all differences are equal. */
  readonly effect: number
}

/** Both diverged: no difference. */
const minus = (a: number, b: number): number => (a === b ? 0 : a - b)

const differencesOf = (one: Sample, other: Sample): readonly number[] =>
  [...one.values].flatMap(([seed, value]) => {
    const against = other.values.get(seed)
    return against === undefined ? [] : [minus(value, against)]
  })

const compared = ([one, other]: readonly [Sample, Sample]): Omit<Paired, 'corrected'> => {
  const differences = differencesOf(one, other)
  return {
    name: one.name,
    against: other.name,
    pairs: differences.length,
    difference: median(differences),
    interval: bootstrap(differences, median),
    p: signedRank(differences).p,
    effect: standardised(differences),
  }
}

const corrected = (found: readonly Omit<Paired, 'corrected'>[]): readonly Paired[] => {
  const ps = holm(found.map(({ p }) => p))
  return found.map((one, i) => ({ ...one, corrected: ps[i] ?? Number.NaN }))
}

/** Every sample but one against that one; p corrected over them. */
export const against = (base: Sample, samples: readonly Sample[]): readonly Paired[] =>
  corrected(samples.filter(({ name }) => name !== base.name).map(one => compared([one, base])))

/** Every pair of samples; p corrected over all of them. */
export const allPairs = (samples: readonly Sample[]): readonly Paired[] =>
  corrected(samples.flatMap((other, i) => samples.slice(i + 1).map(one => compared([one, other]))))

/** Stars of a corrected p: three below .001, two below .01, one below .05; none where there are too few pairs for any. */
export const stars = ({ corrected: p, pairs }: Pick<Paired, 'corrected' | 'pairs'>): string =>
  pairs < leastPairs() ? '' : '*'.repeat([0.05, 0.01, 0.001].filter(alpha => p < alpha).length)
