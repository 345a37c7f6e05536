/** What is audited: a rule on a cell, what its facts claim, and how its gradient and the exact one are found on a problem. */
import { toValue } from '../../ad/linear/space.ts'
import { singlePrecision } from '../../ad/modes/annotated.ts'
import { once } from '../../ad/once.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { type Branch, leavesOf, mapTree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import type { Theta } from '../../nets/network.ts'
import { type AnyRule, type Facts, resolved } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { horizon, windowsOf } from '../../nets/run/windows.ts'
import {
  type Bounds,
  cellProblems,
  leakyProblems,
  type Problem,
  type Problems,
} from '../../proofs/arbitraries/problems.ts'
import { sampled } from '../../proofs/proposition.ts'
import { bptt } from '../../rules/bptt.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { type Kept, keptAs } from './kept.ts'

/** A rule that is audited. */
export interface Subject {
  readonly name: string
  readonly rule: AnyRule
  /** What it is held to: the facts of the rule that it is sold as, or its own. */
  readonly facts: Facts & Partial<RuleFacts>
  /** The same rule with other options, where it has any. */
  readonly variant: ((options: object) => AnyRule) | null
  /** The rule that it is sold as, where that is another. */
  readonly reference: { readonly name: string; readonly rule: AnyRule } | null
  readonly cell: { readonly name: string; readonly made: Cell<Branch, Branch> }
  /** Whether it has its default options and its usual cell, which is what facts of pairs and of locality are about. */
  readonly isUsual: boolean
  readonly sizes: { readonly d: number; readonly n: number; readonly m: number; readonly T: number }
  readonly seed: number
  readonly networks: number
  readonly command: string
  /** What its lines, and audits of other rules on the same cell, have in common. */
  readonly kept: Kept
}

export type Numbers = readonly number[]

/** The timesteps of a problem. */
const steady = ({ net, θ, sequence }: Problem): Run => unroll(net)(θ, sequence)

/** A run, and how the numbers of its values are read. */
export interface Made {
  readonly run: Run
  readonly read: (x: Value) => Tensor
}

const inDouble = (problem: Problem, by: (problem: Problem) => Run): Made => ({
  run: by(problem),
  read: x => x as Tensor,
})

const inSingle = (problem: Problem, by: (problem: Problem) => Run): Made => {
  const { single, numbers } = singlePrecision()
  const rounded = (x: Value): Value => single(x as Tensor)
  const sequence = problem.sequence.map(({ x, target, weight }) => ({ x: rounded(x), target: rounded(target), weight }))
  return { run: by({ ...problem, θ: mapTree(problem.θ, rounded) as Theta, sequence }), read: numbers }
}

const runsBy = once((by: (problem: Problem) => Run) => ({
  double: once((problem: Problem) => inDouble(problem, by)),
  single: once((problem: Problem) => inSingle(problem, by)),
}))

/** The run of a problem, in double or in single precision, and the numbers of its values. */
export const runOf = (
  problem: Problem,
  precision: 'double' | 'single' = 'double',
  by: (problem: Problem) => Run = steady,
): Made => runsBy(by)[precision](problem)

const sumsOf = once((_: Made) => once((_: AnyRule): Kept => new Map()))

/** What a rule sums to over a run. */
export const sumOver = (rule: AnyRule, made: Made, seed: number): Numbers =>
  keptAs(sumsOf(made)(rule), String(seed), () => [...made.read(toValue(total(rule, { seed })(made.run))).data])

/** How many numbers the parameters of a problem's cell have: they come before those of its start. */
export const cellSize = ({ θ }: Problem): number =>
  leavesOf(θ.cell).reduce((sum, leaf) => sum + (leaf as Tensor).data.length, 0)

/** A rule's gradient and the exact one, cell and start. */
export const both = (
  rule: AnyRule,
  problem: Problem,
  seed: number,
  precision: 'double' | 'single' = 'double',
  by?: (problem: Problem) => Run,
) => {
  const made = runOf(problem, precision, by)
  return [sumOver(rule, made, seed), sumOver(bptt, made, seed)] as const
}

/** The exact gradient of a problem's cell. */
export const exactOf = (problem: Problem, seed: number): Numbers =>
  sumOver(bptt, runOf(problem), seed).slice(0, cellSize(problem))

export const norm = (xs: Numbers): number => Math.hypot(...xs)
const largest = (xs: Numbers): number => xs.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** Largest difference, relative to the largest entry of the second; NaN where anything is. */
export const gapOf = (a: Numbers, b: Numbers): number => {
  const far = a.reduce((most, x, i) => {
    const off = Math.abs(x - (b[i] as number))
    return Number.isNaN(off) || Number.isNaN(most) ? Number.NaN : Math.max(most, off)
  }, 0)
  return far === 0 ? 0 : far / Math.max(largest(b), Number.MIN_VALUE)
}

/** How many steps a rule looks back over, where it has a window: that of `windowed`, or one of its own making. */
export const reachOf = (rule: AnyRule, { net }: Pick<Problem, 'net'>): number | undefined => {
  const found = resolved(rule, net)
  const windows = windowsOf(found)?.windows
  return windows ? horizon(windows) : found.reach
}

/** How many steps a run must have so that the rule's window does not cover it; where windows are joined, so that it has two. */
export const beyondWindow = (rule: AnyRule, problem: Problem): number => {
  const windows = windowsOf(resolved(rule, problem.net))?.windows
  const reach = windows?.joint ? windows.every : reachOf(rule, problem)
  return reach !== undefined && Number.isFinite(reach) ? reach + 1 : 0
}

/** Small problems of the subject's cell. */
export const problemsOf = ({ cell, kept }: Pick<Subject, 'cell' | 'kept'>, bounds: Bounds): Problems =>
  keptAs(kept, `problems ${cell.name} ${JSON.stringify(bounds)}`, () =>
    cell.name === 'leaky' ? leakyProblems(bounds) : cellProblems(cell.made, bounds),
  )

const samplesOf = once((_: Problems): Kept => new Map())

/** Some of random problems: the same ones for the same seed. */
export const drawnFrom = (problems: Problems, runs: number, seed = 1): readonly Problem[] =>
  keptAs(samplesOf(problems), `${runs} ${seed}`, () => sampled(problems, { runs, seed }))
