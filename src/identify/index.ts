/**
 * What somebody's gradient is: `identify(case)` holds the foreign gradient of a case, block by block, to the gradient, to every variant of
 * it in the registry, to two at once, and to each with a factor. What fits with the fewest changes is what it is; all that fit as
 * well are named, and what the file lacks.
 */
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { type Case, readCase } from '../cases/case.ts'
import type { Arrays } from '../cases/models/places.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import type { Scales } from './factors.ts'
import { type Match, matchOf } from './match.ts'
import type { Row } from './matrix.ts'
import { type OverTime, perStep, tracesOf } from './steps.ts'
import { type Blocks, flatAll, type Subject, subjectOf } from './subject.ts'

/** `silent`: the gradient of the block is 0, and so is the foreign one; `absent`: the file does not have it. */
export type Verdict = 'same' | 'rounding' | 'variant' | 'unknown' | 'undecided' | 'silent' | 'absent'

/** One way to have a block. */
export interface Reading {
  readonly ids: readonly string[]
  readonly says: readonly string[]
  readonly match: Match
  /** How much is changed: variants, and a factor as one more. */
  readonly changes: number
}

/** What a block is. */
export interface BlockFinding {
  readonly name: string
  readonly verdict: Verdict
  /** All that fit with as few changes. */
  readonly readings: readonly Reading[]
  /** The nearest, where none fits. */
  readonly nearest: Reading | null
}

/** What a foreign gradient is. */
export interface Identity {
  readonly id: string
  readonly source: string | null
  readonly dtype: string | null
  readonly blocks: readonly BlockFinding[]
  /** Ids that all blocks have in common: the gradient itself is an empty list; null where no single reading explains them. */
  readonly whole: readonly Reading[] | null
  readonly perStep: OverTime | 'unknown' | null
  readonly traces: OverTime | 'unknown' | null
  /** Single variants that are the gradient on this case, so that it cannot tell them apart from it. */
  readonly alike: readonly string[]
  /** What the file lacks for more to be tried, or to be decided. */
  readonly missing: readonly string[]
  readonly tried: number
}

/** Gaps that rounding explains, by the precision of the foreign program. */
const tolerances = { f64: 1e-9, f32: 2e-5, f16: 2e-2, bf16: 5e-2 } as const
const negligible = 1e-12

const isZero = (xs: Row): boolean => xs.every(x => Math.abs(x) <= negligible)

const scalesOf = ({ problem, context }: Subject): Scales => {
  const { sizes, params } = problem.given
  const γ = params.γ_log?.data
  const units = γ ? [{ says: 'with γ_log in place of exp γ_log', values: [...γ].map(x => x / Math.exp(x)) }] : []
  return { T: sizes.T, m: sizes.m, α: context.leaky?.α ?? null, units }
}

const readingOf = ({ ids, says }: Candidate, match: Match): Reading => ({
  ids,
  says,
  match,
  changes: ids.length + (match.words === '' ? 0 : 1),
})

const readings = (name: string, block: Row, list: readonly Candidate[], tolerance: number, scales: Scales) =>
  list.map(one => readingOf(one, matchOf(block, one.blocks[name] ?? [], tolerance, scales)))

const fits = ({ match }: Reading, tolerance: number): boolean => match.gap <= tolerance && match.words !== null

const fewest = (list: readonly Reading[]): readonly Reading[] => {
  const least = Math.min(...list.map(({ changes }) => changes))
  return list.filter(({ changes }) => changes === least)
}

const nearer = (a: Reading, b: Reading): number => a.match.gap - b.match.gap || a.changes - b.changes

interface Asked {
  readonly subject: Subject
  readonly list: readonly Candidate[]
  readonly tolerance: number
  readonly scales: Scales
  /** Whether the precision is not known. */
  readonly vague: boolean
}

const verdictOf = ([best]: readonly Reading[], { vague }: Asked): Verdict => {
  if (!best) return 'unknown'
  if (vague && best.match.gap > tolerances.f64) return 'undecided'
  if (best.changes > 0) return 'variant'
  return best.match.gap === 0 ? 'same' : 'rounding'
}

const finding = (name: string, foreign: Blocks, asked: Asked): BlockFinding => {
  const block = foreign[name]
  const exact = asked.list[0]?.blocks[name] ?? []
  if (!block) return { name, verdict: 'absent', readings: [], nearest: null }
  if (isZero(exact) && isZero(block)) return { name, verdict: 'silent', readings: [], nearest: null }
  const all = readings(name, block, asked.list, asked.tolerance, asked.scales)
  const good = fewest(all.filter(one => fits(one, asked.tolerance)))
  const nearest = good.length > 0 ? null : (all.toSorted(nearer)[0] ?? null)
  return { name, verdict: verdictOf(good, asked), readings: good, nearest }
}

/** Readings that explain every block that says anything: by the same variants, each block by a factor of its own. */
const wholeOf = (blocks: readonly BlockFinding[], foreign: Blocks, asked: Asked): readonly Reading[] | null => {
  const names = blocks.filter(({ verdict }) => verdict !== 'absent' && verdict !== 'silent').map(({ name }) => name)
  if (names.length === 0) return null
  const { list, tolerance, scales } = asked
  const found = list.flatMap(one => {
    const each = names.map(name =>
      readingOf(one, matchOf(foreign[name] as Row, one.blocks[name] ?? [], tolerance, scales)),
    )
    if (!each.every(reading => fits(reading, tolerance))) return []
    const words = [...new Set(each.map(({ match }) => match.words))].filter(word => word !== '')
    const worst = each.toSorted((a, b) => b.changes - a.changes || b.match.gap - a.match.gap)[0] as Reading
    return [{ ...worst, changes: one.ids.length + words.length }]
  })
  return found.length === 0 ? null : fewest(found)
}

const summed = (course: readonly Blocks[]): Blocks =>
  Object.fromEntries(
    Object.keys(course[0] ?? {}).map(name => [
      name,
      (course[0]?.[name] ?? []).map((_, i) => course.reduce((sum, one) => sum + ((one[name] ?? [])[i] ?? 0), 0)),
    ]),
  )

const present = (arrays: object | null | undefined): Blocks =>
  flatAll(Object.fromEntries(Object.entries(arrays ?? {}).filter(([, x]) => x !== null && x !== undefined)) as Arrays)

const lacking = ({ given }: Case, unresolved: boolean, vague: boolean): readonly string[] => [
  ...(vague ? ['foreign.dtype: whether a small gap is rounding cannot be decided'] : []),
  ...(unresolved && !given.feedback
    ? ['feedback [d, m]: random feedback (RFLO, e-prop, feedback alignment) was not tried']
    : []),
  ...(unresolved && !given.theta_t
    ? ['theta_t: parameters that change from step to step, and stale ones, were not tried']
    : []),
  ...(unresolved && !given.noise ? ['noise [T, d]: UORO was not tried'] : []),
  ...(unresolved && !given.synthesiser ? ['synthesiser: BP(λ) was not tried'] : []),
]

const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'identify', given, wanted, remedy })
}

/** Blocks of the foreign gradient: its own, else the sum of its steps. */
const foreignOf = ({ given }: Case): { readonly total: Blocks; readonly course: readonly Blocks[] | null } => {
  const { foreign } = given
  const course = foreign?.per_step_grads?.map(present) ?? null
  const total = present(foreign?.grads)
  if (!foreign || (Object.keys(total).length === 0 && !course && !foreign.traces))
    return refuse(
      'a case without foreign',
      'foreign: { grads, per_step_grads or traces }',
      'docs/cases.md has its keys',
    )
  return { total: Object.keys(total).length > 0 ? total : summed(course ?? []), course }
}

const requireSteps = (course: readonly Blocks[] | null, { given: { sizes } }: Case): void => {
  if (!course || course.length === sizes.T) return
  refuse(`${course.length} per_step_grads`, `${sizes.T}, one a step`, 'Match sizes.T')
}

const requireGradient = (exact: Blocks): void => {
  if (!Object.values(exact).every(isZero)) return
  refuse('a case whose gradient is 0', 'one that is not', 'Take other parameters or targets: every rule agrees here')
}

/** Identifies the foreign gradient of a case. Throws a DomainError for a case that has none, or whose own gradient is 0, or that has no causal run. */
export const identifyCase = (source: Case): Identity => {
  const { total, course } = foreignOf(source)
  requireSteps(course, source)
  const subject = subjectOf(source)
  if (typeof subject === 'string') return refuse(`a case of ${subject.split(' has')[0]}`, 'a causal model', subject)
  const { list, paired } = candidatesOf(subject, source)
  const exact = (list[0] as Candidate).blocks
  requireGradient(exact)
  const { dtype, traces, source: from } = source.given.foreign ?? {}
  const tolerance = tolerances[dtype ?? 'f32']
  const asked: Asked = { subject, list, tolerance, scales: scalesOf(subject), vague: dtype === undefined }
  const blocks = Object.keys(total).length === 0 ? [] : Object.keys(exact).map(name => finding(name, total, asked))
  const whole = wholeOf(blocks, total, asked)
  const alike = list.filter(
    ({ ids, blocks: own }) =>
      ids.length === 1 &&
      Object.keys(exact).every(
        name =>
          matchOf(own[name] ?? [], exact[name] as Row, 1e-9, { ...asked.scales, units: [] }).gap <= 1e-9 &&
          sameFactor(own[name] as Row, exact[name] as Row),
      ),
  )
  const unresolved = blocks.some(({ verdict }) => verdict === 'unknown')
  const vague = blocks.some(({ verdict }) => verdict === 'undecided')
  const first = whole ? list.filter(({ ids }) => whole.some(one => String(one.ids) === String(ids))) : list
  return {
    ...{ id: source.given.id, source: from ?? null, dtype: dtype ?? null, blocks, whole },
    perStep: course && (perStep(subject, course, [...first, ...list], tolerance) ?? 'unknown'),
    traces: traces ? (tracesOf(subject, traces, [...first, ...list], tolerance) ?? 'unknown') : null,
    alike: alike.flatMap(({ ids }) => ids),
    missing: [
      ...lacking(source, unresolved, vague),
      ...(unresolved && !paired ? ['a smaller case: two variants at once were not tried on one of this size'] : []),
    ],
    tried: list.length,
  }
}

const sameFactor = (a: Row, b: Row): boolean =>
  a.every((x, i) => Math.abs(x - (b[i] as number)) <= 1e-9 * Math.max(...b.map(Math.abs), negligible))

/** Identifies the foreign gradient of a case that is parsed JSON: docs/cases.md, second version. Throws a DomainError for a case that cannot be used. */
export const identify = (json: unknown): Identity => {
  const read = readCase(json)
  if (isLeft(read)) return refuse(`a case that cannot be used:\n${read.left}\n`, 'a case of docs/cases.md', 'Mend it')
  return identifyCase(read.right)
}
