/** The foreign gradient of a case, and what its file lacks. */
import { DomainError } from '../../ad/errors.ts'
import type { Case } from '../cases/case.ts'
import type { Arrays } from '../cases/models/places.ts'
import { isZero } from './blocks.ts'
import { type Blocks, flatAll } from './subject.ts'

const summed = (course: readonly Blocks[]): Blocks =>
  Object.fromEntries(
    Object.keys(course[0] ?? {}).map(name => [
      name,
      (course[0]?.[name] ?? []).map((_, i) => course.reduce((sum, one) => sum + ((one[name] ?? [])[i] ?? 0), 0)),
    ]),
  )

const present = (arrays: object | null | undefined): Blocks =>
  flatAll(Object.fromEntries(Object.entries(arrays ?? {}).filter(([, x]) => x !== null && x !== undefined)) as Arrays)

/** What the file lacks for more to be tried, or to be decided. */
export const lacking = ({ given }: Case, unresolved: boolean, vague: boolean): readonly string[] => [
  ...(vague ? ['foreign.dtype: whether a small gap is rounding cannot be decided'] : []),
  ...(unresolved && !given.feedback
    ? ['feedback [d, m]: random feedback (RFLO, e-prop, feedback alignment) was not tried']
    : []),
  ...(unresolved && !given.theta_t
    ? ['theta_t: parameters that change from step to step, and stale ones, were not tried']
    : []),
  ...(unresolved && !given.noise ? ['noise [T, d]: UORO was not tried'] : []),
  ...(unresolved && !given.signs ? ['signs [T, 2]: KF-RTRL was not tried'] : []),
  ...(unresolved && !given.synthesiser ? ['synthesiser: BP(λ) was not tried'] : []),
  ...(unresolved && !given.dni ? ['dni: DNI was not tried'] : []),
]

export const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'identify', given, wanted, remedy })
}

/** Blocks of the foreign gradient: its own, else the sum of its steps. */
export const foreignOf = ({ given }: Case): { readonly total: Blocks; readonly course: readonly Blocks[] | null } => {
  const { foreign } = given
  const course = foreign?.per_step_grads?.map(present) ?? null
  const { A_final, c_final } = foreign ?? {}
  const learned = present({ A_final, c_final })
  const total = { ...present(foreign?.grads), ...learned }
  if (!foreign || (Object.keys(total).length === 0 && !course && !foreign.traces))
    return refuse(
      'a case without foreign',
      'foreign: { grads, per_step_grads or traces }',
      'docs/cases.md has its keys',
    )
  return { total: Object.keys(total).length > 0 ? total : { ...summed(course ?? []), ...learned }, course }
}

export const requireSteps = (course: readonly Blocks[] | null, { given: { sizes } }: Case): void => {
  if (!course || course.length === sizes.T) return
  refuse(`${course.length} per_step_grads`, `${sizes.T}, one a step`, 'Match sizes.T')
}

export const requireGradient = (exact: Blocks): void => {
  if (!Object.values(exact).every(isZero)) return
  refuse('a case whose gradient is 0', 'one that is not', 'Take other parameters or targets: every rule agrees here')
}
