/**
 * What somebody's gradient is: `identify(case)` holds the foreign gradient of a case, block by block, to the gradient, to every variant of
 * it in the registry, to two at once, and to each with a factor. What fits with the fewest changes is what it is; all that fit as
 * well are named, and what the file lacks.
 */
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe } from '../../ad/describe.ts'
import { type Case, readCase } from '../cases/case.ts'
import { type Asked, type BlockFinding, finding, negligible, type Reading, tolerances, wholeOf } from './blocks.ts'
import { type Candidate, type Candidates, candidatesOf } from './candidates.ts'
import type { Scales } from './factors.ts'
import { foreignOf, lacking, refuse, requireGradient, requireSteps } from './foreign.ts'
import { matchOf } from './match.ts'
import type { Row } from './matrix.ts'
import { type OverTime, perStep, tracesOf } from './steps.ts'
import { type Blocks, type Subject, subjectOf } from './subject.ts'

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

const scalesOf = ({ problem, context }: Subject): Scales => {
  const { sizes, params } = problem.given
  const γ = params.γ_log?.data
  const units = γ ? [{ says: 'with γ_log in place of exp γ_log', values: [...γ].map(x => x / Math.exp(x)) }] : []
  return { T: sizes.T, m: sizes.m, α: context.leaky?.α ?? null, root: context.root, units }
}

const sameFactor = (a: Row, b: Row): boolean =>
  a.every((x, i) => Math.abs(x - (b[i] as number)) <= 1e-9 * Math.max(...b.map(Math.abs), negligible))

/** Ids of single variants that are the gradient on this case. */
const alikeIn = (list: readonly Candidate[], exact: Blocks, scales: Scales): readonly string[] =>
  list
    .filter(
      ({ ids, blocks: own }) =>
        ids.length === 1 &&
        Object.keys(exact).every(
          name =>
            matchOf(own[name] ?? [], exact[name] as Row, 1e-9, { ...scales, units: [] }).gap <= 1e-9 &&
            sameFactor(own[name] as Row, exact[name] as Row),
        ),
    )
    .flatMap(({ ids }) => ids)

/** What was found by the candidates so far. */
interface Found {
  readonly list: readonly Candidate[]
  readonly blocks: readonly BlockFinding[]
  readonly whole: readonly Reading[] | null
}

/** Holds a gradient to more and more candidates, until one explains all of it with no more changes than were tried. */
const searched = (stages: Candidates['stages'], total: Blocks, asked: Omit<Asked, 'list'>): Found => {
  let list: readonly Candidate[] = []
  let found: Found = { list, blocks: [], whole: null }
  for (const [i, stage] of stages.entries()) {
    list = [...list, ...stage()]
    const exact = (list[0] as Candidate).blocks
    requireGradient(exact)
    const names = [...new Set([...Object.keys(exact), ...Object.keys(total)])]
    const blocks = Object.keys(total).length === 0 ? [] : names.map(name => finding(name, total, { ...asked, list }))
    const whole = wholeOf(blocks, total, { ...asked, list })
    found = { list, blocks, whole }
    if (blocks.length > 0 && (whole?.[0]?.changes ?? Number.POSITIVE_INFINITY) <= i + 1) return found
  }
  return found
}

/** Identifies the foreign gradient of a case. Throws a DomainError for a case that has none, or whose own gradient is 0, or that has no causal run. */
export const identifyCase = (source: Case): Identity => {
  if (typeof source?.given !== 'object' || source.given === null)
    refuse(describe(source), 'a case that was read', 'Write identify(json), which reads it first')
  const { total, course } = foreignOf(source)
  requireSteps(course, source)
  const subject = subjectOf(source)
  if (typeof subject === 'string') return refuse(`a case of ${subject.split(' has')[0]}`, 'a causal model', subject)
  const { dtype, traces, source: from } = source.given.foreign ?? {}
  const tolerance = tolerances[dtype ?? 'f32']
  const { stages, paired } = candidatesOf(subject, total, tolerance)
  const scales = scalesOf(subject)
  const { list, blocks, whole } = searched(stages, total, { tolerance, scales, vague: dtype === undefined })
  const unresolved = blocks.some(({ verdict }) => verdict === 'unknown')
  const vague = blocks.some(({ verdict }) => verdict === 'undecided')
  const first = whole ? list.filter(({ ids }) => whole.some(one => String(one.ids) === String(ids))) : list
  return {
    ...{ id: source.given.id, source: from ?? null, dtype: dtype ?? null, blocks, whole },
    perStep: course && (perStep(subject, course, [...first, ...list], tolerance) ?? 'unknown'),
    traces: traces ? (tracesOf(subject, traces, [...first, ...list], tolerance) ?? 'unknown') : null,
    alike: alikeIn(list, (list[0] as Candidate).blocks, scales),
    missing: [
      ...lacking(source, unresolved, vague),
      ...(unresolved && !paired ? ['a smaller case: two variants at once were not tried on one of this size'] : []),
    ],
    tried: list.length,
  }
}

/** Identifies the foreign gradient of a case that is parsed JSON: docs/cases.md, second version. Throws a DomainError for a case that cannot be used. */
export const identify = (json: unknown): Identity => {
  const read = readCase(json)
  if (isLeft(read)) return refuse(`a case that cannot be used:\n${read.left}\n`, 'a case of docs/cases.md', 'Mend it')
  return identifyCase(read.right)
}

export type { BlockFinding, Reading, Verdict } from './blocks.ts'
