/** The same gradient in smaller parts: parameter by parameter, entry by entry. */
import { entryOf } from '../../ad/symbols/entries.ts'
import {
  argumentsOf,
  type Expression,
  entry,
  expanded,
  kron,
  type Mark,
  markOf,
  number,
  over,
  product,
  renamed,
  same,
  slope,
  stack,
  sum,
  symbol,
  transposed,
} from '../../ad/symbols/expression.ts'
import type { Blocks, Leaf } from '../../nets/formulas/definitions.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import type { RuleEquations } from './rule-equations.ts'
import { at, estimate, type Line, line, type Remark, type Section, spelledOut } from './section.ts'
import { given } from './symbolic-timestep.ts'

/** A row for all of a parameter, in the parameter's shape. */
const inShape = (x: Expression): Expression => {
  const [left, right] = argumentsOf(x, 'kron') ?? []
  return left && right ? product(transposed(left), right) : transposed(x)
}

/** The gradient of each parameter, by a rule that faces the future. */
export const byParameters = (
  { states, params, immediate, outputMap }: Equations,
  { faces }: RuleEquations,
  exact: boolean,
): readonly Section[] => {
  if (faces !== 'future') return []
  const mark = markOf(given.delta) as Mark
  const shares = states.map(({ mark: { base, layer = '' } }) =>
    states.length === 1 ? given.delta : symbol({ ...mark, layer: `${base}${layer}` }),
  )
  const lines = params.map(({ name }, j) => {
    const terms = shares.map((share, i) =>
      inShape(product(share, (immediate[i] as readonly Expression[])[j] as Expression)),
    )
    return estimate(exact, slope(at('L', 'scalar'), name), over(sum(...terms)))
  })
  const parts: readonly Remark[] =
    states.length === 1 ? [] : [[given.delta, 'in parts, one for each part of the state']]
  const split = exact && states.length > 1 ? states.map((_, j) => partly(states, shares, outputMap, j)) : []
  return [{ title: 'parameter by parameter', lines: [...split, ...lines], remarks: parts }]
}

/** The recursion of δ for one part of the state: its own error, and the credit through every part of the next state. */
const partly = (states: readonly Leaf[], shares: readonly Expression[], seen: Blocks, j: number): Line => {
  const { name } = states[j] as Leaf
  const later = states.map((leaf, i) =>
    product(atNext(shares[i] as Expression), slope(symbol({ ...leaf.mark, time: 1 }), name)),
  )
  return line(
    shares[j] as Expression,
    sum(product(given.logitError, given.readout, seen[0]?.[j] as Expression), ...later),
  )
}
const atNext = (x: Expression): Expression => symbol({ ...(markOf(x) as Mark), time: 1 })

/** D and the parts of z of P̃ = D ⊗ zᵀ, where all parameters enter by one drive; else null. */
export const gathered = ({ states, immediate, definitions }: Equations) => {
  const parts = (immediate[0] as readonly Expression[]).map(x => argumentsOf(x, 'kron') ?? [x, number(1)])
  const D = parts[0]?.[0]
  if (!D) return null
  const isNamed = definitions.some(({ name }) => same(name, D))
  if (states.length > 1 || !isNamed || !parts.every(([left]) => same(left as Expression, D))) return null
  return { D, inputs: parts.map(([, right]) => transposed(right as Expression)) }
}

/** The recursion of an influence entry by entry, of a cell with one state and one drive. */
export const byEntries = (
  equations: Equations,
  { memory, gradient }: RuleEquations,
  exact: boolean,
): readonly Section[] => {
  const { states, params, own, crossUnit, definitions } = equations
  const isTaken = [...states, ...params].some(({ mark }) => mark.base === 'z')
  const found = memory.find(({ name }) => same(name, given.influence))
  const drive = gathered(equations)
  if (!found || !drive || isTaken) return []
  const z = given.inputs
  const meanings = definitions.filter(({ name }) => same(name, drive.D)).map(({ name, is }) => [name, is] as const)
  const B = renamed(kron(drive.D, transposed(z)), meanings)
  const parts = sum(own[0]?.[0] as Expression, crossUnit[0]?.[0] as Expression)
  const whole = renamed(spelledOut(found.is, equations), [
    [given.immediate, B],
    [given.jacobian, parts],
  ])
  const inner = renamed(expanded(whole), meanings)
  const P = (x: Expression): Expression => entry(x, 'k,a,j')
  const slopeOf = entry(slope(at('L', 'scalar'), at('θ', 'column')), 'a,j')
  return [
    {
      title: `entry by entry, of [${params.map(({ mark }) => mark.base).join(', ')}][a,j]`,
      lines: [
        line(z, stack(drive.inputs)),
        line(P(given.immediate), entryOf(B, 'k', 'a,j')),
        line(P(given.influence), entryOf(inner, 'k', 'a,j')),
        estimate(exact, slopeOf, over(entryOf(gradient, 'k', 'a,j'))),
      ],
    },
  ]
}
