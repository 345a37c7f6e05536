/** Gradients of single steps and traces of a foreign program: which way their sum faces, and at which time they stand. */
import { nested, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { arranged } from '../cases/models/past.ts'
import type { Candidate } from './candidates.ts'
import { fold, influences, type LinearRun } from './linear-run.ts'
import { gapOf } from './match.ts'
import { type Matrix, type Row, row } from './matrix.ts'
import { type Blocks, named, type Subject } from './subject.ts'

/** What was found of a list over time; its words are empty where nothing fits. */
export interface OverTime {
  readonly says: string
  readonly ids: readonly string[]
  readonly gap: number
}

type Course = readonly Blocks[]

const zeros = (like: Blocks | undefined): Blocks =>
  Object.fromEntries(Object.entries(like ?? {}).map(([name, xs]) => [name, row(xs.length)]))

/** A list over time as it is, or as programs misplace it. */
const orders = (course: Course): readonly (readonly [says: string, course: Course])[] => [
  ['', course],
  [', one step late', [zeros(course[0]), ...course.slice(0, -1)]],
  [', one step early', [...course.slice(1), zeros(course[0])]],
  [', in the opposite order of time', course.toReversed()],
]

const gapOfCourses = (given: Course, found: Course): number =>
  Math.max(
    ...Object.keys(given[0] ?? {}).map(name =>
      gapOf(
        given.flatMap(one => one[name] ?? []),
        found.flatMap(one => one[name] ?? []),
      ),
    ),
  )

/** What a run gives over time, by the way its sum faces. */
const courses = (subject: Subject, run: LinearRun): readonly (readonly [says: string, course: Course])[] => {
  const { byLoss, byUse } = fold(run)
  const of = (rows: readonly Row[]): Course =>
    rows.slice(1).map(one =>
      named(
        subject,
        one.map(x => subject.scale * x),
      ),
    )
  return [
    ['what each loss charges all uses so far (past-facing, as RTRL emits it)', of(byLoss)],
    ...(byUse
      ? [['what each use is charged by all losses to come (future-facing, as BPTT emits it)', of(byUse)] as const]
      : []),
  ]
}

/** Which candidate the gradients of single steps are of: of those that the sum is, else of all. */
export const perStep = (
  subject: Subject,
  given: Course,
  candidates: readonly Candidate[],
  tolerance: number,
): OverTime | null => {
  for (const { ids, run } of candidates) {
    for (const [says, course] of courses(subject, run))
      for (const [placed, ordered] of orders(course)) {
        const gap = gapOfCourses(given, ordered)
        if (gap <= tolerance) return { says: `${says}${placed}`, ids, gap }
      }
  }
  return null
}

const flat = (M: Matrix, { problem }: Subject): Row => {
  const data = Float64Array.from(M.flat())
  const all = tensorOf([M.length, M[0]?.length ?? 0], data)
  return [...arranged(all, problem.given.sizes).data]
}

/** Which candidate a trace [T, d, d, d + n + 1] is the influence of. */
export const tracesOf = (
  subject: Subject,
  given: Tensor,
  candidates: readonly Candidate[],
  tolerance: number,
): OverTime | null => {
  const steps = nested(given) as unknown as readonly unknown[]
  const wanted = [...given.data]
  for (const { ids, run, says } of candidates) {
    if (run.carried) continue
    const found = influences(run)
      .slice(1)
      .map(M => flat(M, subject))
    const empty = row(found[0]?.length ?? 0)
    const placed: readonly (readonly [string, readonly Row[]])[] = [
      ['', found],
      [', one step late', [empty, ...found.slice(0, -1)]],
      [', one step early', [...found.slice(1), empty]],
    ]
    for (const [where, course] of placed) {
      const gap = course.length === steps.length ? gapOf(wanted, course.flat()) : Number.POSITIVE_INFINITY
      if (gap <= tolerance) return { says: ['the influence', ...says].join(' ') + where, ids, gap }
    }
  }
  return null
}
