/** The equations of a rule for a cell, whose names must not be those of the equations. */
import { NameError } from '../../ad/errors.ts'
import { type Expression, markOf, partsIn, same } from '../../ad/symbols/expression.ts'
import type { Leaf } from '../../nets/formulas/definitions.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import { type CellTraits, type RuleEquations, ruleEquations } from './rule-equations.ts'

/** What the equations of a rule depend on of a cell. */
export const traitsOf = ({ states, output, immediate, local, broadcastMap }: Equations): CellTraits => ({
  outputIsState: states.length === 1 && same(output, (states[0] as Leaf).name),
  isLocal: immediate.flat().every((x, i) => same(x, local.flat()[i] as Expression)),
  isOneLayer: broadcastMap.length === 1,
})

const basesIn = (x: Expression): readonly string[] => partsIn(x).flatMap(part => markOf(part)?.base ?? [])
const always = ['I', 'L', 's', 'J', 'C', 'P', 'θ', 'ε', 'δ', 'W_out', 'b_out']

/** A rule's equations for a cell. Throws a NameError where the cell has a name that they use for something else. */
export const ruleFor = (equations: Equations, name: string): RuleEquations => {
  const rule = ruleEquations(name, traitsOf(equations))
  const used = [...always, ...[...rule.memory.map(({ is }) => is), rule.gradient].flatMap(basesIn)]
  const clash = [...equations.states, ...equations.params].find(({ mark }) => used.includes(mark.base))
  if (!clash) return rule
  throw new NameError({
    who: 'derive',
    given: `a cell with the name ${clash.mark.base}, which the equations of ${name} use for something else`,
    wanted: `names other than ${[...new Set(used)].join(', ')}`,
    remedy: `Call it ${clash.mark.base}_h, say`,
  })
}
