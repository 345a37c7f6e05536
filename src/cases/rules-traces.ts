/** What cases ask of the rules that remember a trace, or a part of the influence. */

import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { asCotangent, toValue } from '../../ad/linear/space.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { ones, type Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { eprop } from '../../rules/eprop.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { rflo } from '../../rules/rflo.ts'
import { snap } from '../../rules/snap.ts'
import type { Computed } from './compare.ts'
import type { Answers } from './models/model.ts'
import { arranged } from './models/past.ts'
import { ofCell, online } from './rules.ts'
import type { Problem } from './solve.ts'

/** What a rule remembers at the end of a run. */
const remembered = (rule: AnyRule<Influence, 'past'>, { run }: Problem): Influence => {
  let end: Influence | null = null
  for (const [, memory] of scan(rule)(run)) end = memory
  return end as unknown as Influence
}

/** The one entry of each column, as it is where a weight touches a single unit: [d, d + n + 1]. */
const traceOf = (rule: AnyRule<Influence, 'past'>, problem: Problem): Tensor => {
  const end = remembered(rule, problem)
  const sums = toValue(pull(end, asCotangent(end.to, ones([end.to.size]))))
  const { d, n } = problem.given.sizes
  return reshape(arranged(reshape(sums, [1, end.from.size]) as Tensor, problem.given.sizes), [d, d + n + 1]) as Tensor
}

const traced = (problem: Problem, rule: AnyRule<Influence, 'past'>): Computed => ({
  ...ofCell(problem, rule),
  trace_T: traceOf(rule, problem),
})

const shrunk = (problem: Problem, mask: Value): Computed => {
  const rule = snap({ mask })
  const wanted = problem.given.sizes.d <= 4
  return {
    ...ofCell(problem, rule),
    P_T: wanted ? arranged(toMatrix(remembered(rule, problem)) as Tensor, problem.given.sizes) : null,
  }
}

/** Whether a case wants a quantity of the rule with these arguments; one that does not say what it expects wants all. */
const wants = ({ given }: Problem, args: object, name: string): boolean => {
  const expected = given.rules?.find(rule => rule.args === args)?.expected
  return !expected || name in expected
}

const through = (args: { readonly feedback: string; readonly B?: Tensor | undefined }): Tensor | 'readout' =>
  args.feedback === 'random' && args.B ? args.B : 'readout'

const firstOf = (rows: Tensor): Tensor => reshape(slice(rows, 0, 1), [rows.shape[1] as number]) as Tensor

/** The traces of a network whose rate leaks. */
export const traces: Answers<Problem> = {
  rflo: (problem, { B }) => traced(problem, rflo({ feedback: B })),
  eprop_rate: (problem, args) => {
    const rule = eprop({ feedback: through(args) })
    return wants(problem, args, 'trace_T') ? traced(problem, rule) : ofCell(problem, rule)
  },
  snap: (problem, { unit_mask }) => shrunk(problem, unit_mask),
  online_rflo: (problem, { lr, B }) => online(problem, rflo({ feedback: B }), lr),
  online_snap1: (problem, { lr }) => online(problem, snap({ n: 1, mask: 'strict' }), lr),
}

/** Those of one whose membrane leaks: every unit has the same, a number for each of its inputs. */
export const vectors: Answers<Problem> = {
  eprop_membrane: (problem, args) => {
    const { trace_T, ...rest } = traced(problem, eprop({ feedback: through(args) }))
    return { ...rest, eligibility_vector_T: firstOf(trace_T as Tensor) }
  },
}
