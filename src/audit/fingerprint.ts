/** A rule's own triangle beside the exact one: which pairs (t, s) it has at all, and how its share fares lag by lag. */
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { alignmentByLag } from '../../rules/readings/alignment-by-lag.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../rules/readings/triangle-by.ts'
import type { Finding, LineId } from './schema.ts'
import { beyondWindow, norm, runOf, type Subject } from './subject.ts'
import { typical } from './typical.ts'

/** Which pairs of t and s ≤ t a triangle has. */
export type Pattern =
  | 'every pair'
  | 'nothing'
  | 'the diagonal alone'
  | `a band of ${number}`
  | `blocks of ${number}`
  | 'other pairs'

const present = (pairs: Pairs): readonly (readonly boolean[])[] => {
  const size = pairs.flat().map(g => norm([...(toValue(g) as Tensor).data]))
  const least = 1e-12 * Math.max(...size)
  return pairs.map(row => row.map(g => norm([...(toValue(g) as Tensor).data]) > least))
}

/** The pattern of a triangle, by which of its entries are not 0. */
export const patternOf = (pairs: Pairs): Pattern => {
  const there = present(pairs)
  const fits = (rule: (t: number, s: number) => boolean): boolean =>
    there.every((row, t) => row.every((is, s) => is === rule(t, s)))
  if (fits(() => false)) return 'nothing'
  if (fits(() => true)) return 'every pair'
  if (fits((t, s) => t === s)) return 'the diagonal alone'
  const lengths = pairs.map((_, i) => i + 1)
  const band = lengths.find(k => fits((t, s) => t - s < k))
  if (band !== undefined) return `a band of ${band}`
  const block = lengths.find(k => fits((t, s) => Math.floor(t / k) === Math.floor(s / k)))
  return block === undefined ? 'other pairs' : `blocks of ${block}`
}

interface Triangles {
  readonly own: Pairs
  readonly exact: Pairs
}

const trianglesOf = (subject: Subject): Triangles | string => {
  const problem = typical(subject, subject.seed, { d: 3, n: 2, m: 2, T: 6 })
  const T = Math.max(6, beyondWindow(subject.rule, problem))
  const { run } = runOf(typical(subject, subject.seed, { d: 3, n: 2, m: 2, T }))
  try {
    const own = triangleBy(subject.rule, { seed: subject.seed })(run)
    return { own: fromStepOne(own), exact: fromStepOne(doubleSum(run)) }
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

/** Row by row which pairs are there: # for one that is, . for one that is not. */
const pictureOf = (pairs: Pairs): NonNullable<Finding['rows']> =>
  present(pairs).map((row, i) => ({ t: i + 1, pairs: row.map(is => (is ? '#' : '.')).join('') }))

/** The kind of a pattern: what facts may say of it. */
export const kindOf = (pattern: Pattern): string => pattern.replace(/ of \d+$/, '')

/** What facts say of the pairs of a rule as it usually is, if it is another kind. */
const against = ({ facts, isUsual }: Subject, kind: string): Pick<Finding, 'contradicts'> =>
  isUsual && facts.pairs !== undefined && facts.pairs !== kind ? { contradicts: `pairs: ${facts.pairs}` } : {}

const pairs = (subject: Subject, found: Triangles | string): Finding => {
  if (typeof found === 'string') return { verdict: 'skipped', reason: found, ...against(subject, 'no pairs') }
  const pattern = patternOf(found.own)
  return {
    verdict: pattern === 'every pair' ? 'holds' : 'refuted',
    value: pattern,
    rows: pictureOf(found.own),
    ...against(subject, kindOf(pattern)),
  }
}

const digits = (x: number): number | null => (Number.isFinite(x) ? Number(x.toPrecision(4)) : null)

const lags = (found: Triangles | string): Finding => {
  if (typeof found === 'string') return { verdict: 'skipped', reason: found }
  const all = alignmentByLag(found.own, found.exact)
  const rows = all.map(({ lag, pairs: count, ratio, cosine }) => ({
    lag,
    pairs: count,
    ratio: digits(ratio),
    cosine: digits(cosine),
  }))
  const worst = Math.max(...all.map(({ error }) => (Number.isFinite(error) ? error : 0)))
  const verdict = worst === 0 ? 'same' : worst < 1e-10 ? 'rounding' : 'different'
  const reason = `off by up to ${digits(100 * worst)} % of the gradient's share at a lag; by lag:`
  return { verdict, value: digits(worst) ?? 0, unit: "of the gradient's share, at worst", reason, rows }
}

/** The lines of the triangle. */
export const fingerprint = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> => {
  let found: Triangles | string | undefined
  const once = (): Triangles | string => {
    found ??= trianglesOf(subject)
    return found
  }
  return { 'fingerprint.pairs': () => pairs(subject, once()), 'fingerprint.lags': () => lags(once()) }
}
