/**
 * The smallest network on which two rules differ: `refute(rflo(), bptt, { cell: 'leaky' })`. Fewest units, then fewest steps, then
 * fewest quarter-integers that are not 0. Where none is found: what was tried, and whether both rules are one program.
 */
import { requireCount, requireNames } from '../../ad/require.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type AnyRule, requireRule, resolved } from '../../nets/run/rule.ts'
import { unroll } from '../../nets/run/unroll.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { beyondWindow } from '../audit/subject.ts'
import { type Parting, partingOf } from './parting.ts'
import { sameProgram } from './same-program.ts'
import { type Found, type Freedom, freedoms, search, type Tried } from './search.ts'
import { type Part, partOf, sidesOf } from './sides.ts'
import { type Numbers, specimen, wordsOf } from './specimen.ts'

/** Options of a search; all may be left out but the cell. */
export interface RefuteOptions {
  readonly cell: Cell<Branch, Branch>
  /** Units at most; 3 by default. */
  readonly units?: number
  /** Steps at most; 5 by default, or two more than the longest window of the rules. */
  readonly steps?: number
  /** Networks of each size; 12 by default. */
  readonly networks?: number
  readonly seed?: number
}

/** A number of the smallest network, its name, and what it may be. */
export interface Entry {
  readonly name: string
  readonly value: number
  readonly may: Freedom
}

/** The smallest network on which two rules differ. */
export interface Counterexample {
  readonly units: number
  readonly steps: number
  /** The gradient that differs: of the cell's parameters, or, where that agrees, of the start. */
  readonly part: Part
  readonly names: readonly string[]
  readonly first: Numbers
  readonly second: Numbers
  readonly parting: Parting
  readonly numbers: readonly Entry[]
  /** Whether every choice of fewer numbers was tried. */
  readonly proven: boolean
  /** The rules that draw: their results are those of one draw. */
  readonly draws: readonly string[]
  readonly words: string
  readonly problem: Problem
}

/** What a search for a difference came to. */
export interface Refutation {
  readonly seed: number
  readonly tried: readonly Tried[]
  readonly counterexample: Counterexample | null
  /** Where none was found: whether both trace to the same equations; null where one cannot be traced. */
  readonly sameProgram: boolean | null
}

const isOf = (part: Part, name: string): boolean => (part === 'start') === / at 0/.test(name)
const isParameter = (name: string): boolean => !/^(x|target) at |^(W|b)_out/.test(name)

const shown = (a: AnyRule, b: AnyRule, found: Found, part: Part, seed: number): Counterexample | null => {
  if (!found.smallest) return null
  const { of, test, numbers, proven } = found.smallest
  const problem = of.problem(numbers)
  const [first, second] = sidesOf(a, b, seed, part)(problem)
  const may = freedoms(numbers, test)
  return {
    ...{ units: of.d, steps: of.T, part, first, second, proven, problem },
    names: of.names.filter(name => isParameter(name) && isOf(part, name)),
    parting: partingOf(a, b, unroll(problem.net)(problem.θ, problem.sequence), seed, partOf(part, problem)),
    numbers: of.names.map((name, i) => ({ name, value: numbers[i] as number, may: may[i] as Freedom })),
    draws: [a, b].filter(rule => resolved(rule, problem.net, seed).draws !== undefined).map(({ name }) => name),
    words: wordsOf(of.names, numbers),
  }
}

const ones = (count: number): Numbers => Array.from({ length: count }, () => 0.5)

/** Refuses rules and options that cannot be used, and a rule that does not serve the cell, by its own error. */
const requireUsable = (
  rules: readonly AnyRule[],
  { cell, units = 3, steps = 5, networks = 12 }: RefuteOptions,
): void => {
  for (const rule of rules) requireRule('refute', rule)
  for (const [name, count] of Object.entries({ units, steps, networks }))
    requireCount('refute', `${name} = ${count}`, count, 'Leave it out for the default')
  const small = specimen(cell, 1, 1)
  for (const rule of rules) sidesOf(rule, rule, 0, 'cell')(small.problem(ones(small.names.length)))
}

/** The smallest network of a cell on which two rules differ. Throws a KindError for what is no rule, a DomainError for a count below 1, and what a rule throws that does not serve the cell. */
export const refute = (a: AnyRule, b: AnyRule, options: RefuteOptions): Refutation => {
  requireNames('refute', options, ['cell', 'units', 'steps', 'networks', 'seed'])
  requireUsable([a, b], options)
  const { cell, units = 3, networks = 12, seed = 1 } = options
  const small = specimen(cell, 1, 1)
  const one = small.problem(ones(small.names.length))
  const steps = options.steps ?? Math.max(5, ...[a, b].map(rule => beyondWindow(rule, one)))
  const reach = { units, steps, networks, seed }
  const parts = ['cell', 'start'] as const
  let tried: readonly Tried[] = []
  for (const part of parts) {
    const found = search(cell, sidesOf(a, b, seed, part), reach)
    tried = found.tried
    const counterexample = shown(a, b, found, part, seed)
    if (counterexample) return { seed, tried, counterexample, sameProgram: false }
  }
  const last = specimen(cell, Math.min(2, units), Math.min(3, steps))
  return { seed, tried, counterexample: null, sameProgram: sameProgram(a, b, last.problem(ones(last.names.length))) }
}
