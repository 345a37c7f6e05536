/** The results of two rules on a problem, and when they count as different. */
import type { AnyRule } from '../../nets/run/rule.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { cellSize, type Numbers, runOf, sumOver } from '../audit/subject.ts'

/** A part of the gradient: of the cell's parameters, or of the learned start. */
export type Part = 'cell' | 'start'

/** Results of two rules. */
export type Sides = (problem: Problem) => readonly [first: Numbers, second: Numbers]

/** A part of all the numbers of a gradient of a problem. */
export const partOf =
  (part: Part, problem: Problem) =>
  (all: Numbers): Numbers =>
    part === 'cell' ? all.slice(0, cellSize(problem)) : all.slice(cellSize(problem))

/** What two rules sum to over a problem's run, the part that is asked for. */
export const sidesOf =
  (a: AnyRule, b: AnyRule, seed: number, part: Part): Sides =>
  problem => {
    const [made, kept] = [runOf(problem), partOf(part, problem)]
    const of = (rule: AnyRule): Numbers => kept(sumOver(rule, made, seed))
    return [of(a), of(b)]
  }

const largest = (xs: Numbers): number => xs.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** Far above rounding, and seen in six digits. */
const seen = 1e-4

/** Whether two results differ by more than 10⁻⁴ of the largest entry of either; one that is not finite differs from nothing. */
export const differ = (first: Numbers, second: Numbers): boolean => {
  const off = first.reduce((most, x, i) => Math.max(most, Math.abs(x - (second[i] as number))), 0)
  return off > seen * Math.max(largest(first), largest(second)) && off > 1e-9
}
