/** A rule's equations for a cell: how the cell is, as far as they ask; and its names, which must not be theirs. */
import { NameError } from '../../ad/errors.ts'
import { type Expression, markOf, partsIn, same } from '../../ad/symbols/expression.ts'
import type { Leaf } from '../../nets/formulas/definitions.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import { type Manner, type RuleEquations, ruleEquations } from './rule-equations.ts'

/** Whether the readout sees the whole state, and whether parameters act on their own units alone. */
export const mannerOf = ({ states, output, immediate, local, reached }: Equations): Manner => ({
  plain: states.length === 1 && same(output, (states[0] as Leaf).name),
  confined: immediate.flat().every((x, i) => same(x, local.flat()[i] as Expression)),
  alone: reached.length === 1,
})

const basesIn = (x: Expression): readonly string[] => partsIn(x).flatMap(part => markOf(part)?.base ?? [])
const always = ['I', 'L', 's', 'J', 'C', 'P', 'θ', 'ε', 'δ', 'W_out', 'b_out']

/** A rule's equations for a cell. Throws a NameError where the cell has a name that they use for something else. */
export const ruleFor = (equations: Equations, name: string): RuleEquations => {
  const rule = ruleEquations(name, mannerOf(equations))
  const taken = [...always, ...[...rule.memory.map(({ is }) => is), rule.gradient].flatMap(basesIn)]
  const clash = [...equations.states, ...equations.params].find(({ mark }) => taken.includes(mark.base))
  if (!clash) return rule
  throw new NameError({
    who: 'derive',
    given: `a cell with the name ${clash.mark.base}, which the equations of ${name} have a use of their own for`,
    wanted: `names other than ${[...new Set(taken)].join(', ')}`,
    remedy: `Call it ${clash.mark.base}_h, say`,
  })
}
