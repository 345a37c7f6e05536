/** The equations of a cell under a rule, in sections of lines: what `janus derive` prints. */
import {
  cancel,
  type Expression,
  identity,
  type Mark,
  markOf,
  negative,
  number,
  over,
  product,
  same,
  slope,
  stack,
  sum,
  symbol,
  transposed,
} from '../../ad/symbols/expression.ts'
import type { Blocks, Leaf } from '../../nets/formulas/definitions.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import { byEntries, byParameters, gathered } from './components.ts'
import { type RuleAsked, ruleFor, traitsOf } from './rule.ts'
import { mentions, type RuleEquations, symbolDescriptions } from './rule-equations.ts'
import { at, estimate, type Line, line, type Remark, type Section, spelledOut } from './section.ts'
import { given } from './symbolic-timestep.ts'

const [W_out, b_out] = [given.readout, at('b_out', 'column')]
const before = ({ mark }: Leaf): Expression => symbol({ ...mark, time: -1 })
const isZero = (x: Expression): boolean => same(x, number(0))

/** How many of the definitions make the state; those after it are names for slopes. */
const forwardCount = ({ definitions, states }: Equations): number =>
  1 + Math.max(...states.map(({ name }) => definitions.findIndex(one => same(one.name, name))))

const forward = (equations: Equations): Section => {
  const { definitions, states, output } = equations
  const logits = at(states.some(({ mark }) => mark.base === 'v') ? 'a' : 'v', 'column', 0)
  return {
    title: 'forward',
    lines: [
      ...definitions.slice(0, forwardCount(equations)).map(({ name, is }) => line(name, is)),
      line(logits, sum(product(W_out, output), b_out), 'what the loss is taken of'),
    ],
  }
}

/** The blocks that are not 0, each as the slope of a state by what it comes of. */
const blocksOf = (blocks: Blocks, rows: readonly Leaf[], columns: readonly Expression[]): readonly Line[] =>
  rows.flatMap(({ name }, i) =>
    columns.flatMap((column, j) => {
      const right = (blocks[i] as readonly Expression[])[j] as Expression
      return isZero(right) ? [] : [line(slope(name, column), right)]
    }),
  )

/** J with its cross-unit part struck out. */
const ownUnitOnly = ({ own, crossUnit }: Equations): Blocks =>
  own.map((list, i) => list.map((x, j) => sum(x, cancel((crossUnit[i] as readonly Expression[])[j] as Expression))))

/** P̃ with what goes through other units within the timestep struck out. */
const localOnly = ({ immediate, local }: Equations): Blocks =>
  immediate.map((list, i) =>
    list.map((x, j) => {
      const kept = (local[i] as readonly Expression[])[j] as Expression
      return sum(kept, cancel(sum(x, negative(kept))))
    }),
  )

const uses = ({ memory, gradient }: RuleEquations, name: Expression): boolean =>
  [...memory.map(({ is }) => is), gradient].some(x => mentions(x, name))

const linearised = (equations: Equations, rule: RuleEquations): Section => {
  const { definitions, states, params, immediate, jacobian } = equations
  const { outputIsState } = traitsOf(equations)
  const single = states.length === 1
  const [isOwn, isLocal] = [uses(rule, given.own), uses(rule, given.local)]
  const J = isOwn ? ownUnitOnly(equations) : jacobian
  return {
    title: 'the step linearised',
    remarks: [
      ...(single ? [] : [[given.jacobian, 'the slopes of the state by the state before, in blocks'] as const]),
      [given.immediate, 'the slopes of the state by the parameters side by side, the state before held'],
      ...(isOwn && !single ? partsOfJ : []),
      ...(isLocal ? partsOfP : []),
    ],
    lines: [
      ...(single ? [] : [line(state, stack(states.map(({ name }) => name)))]),
      ...definitions.slice(forwardCount(equations)).map(({ name, is }) => line(name, is)),
      ...(single
        ? [line(isOwn ? given.own : given.jacobian, J[0]?.[0] as Expression)]
        : blocksOf(J, states, states.map(before))),
      ...(params.length === 0 ? [line(given.immediate, number(0))] : []),
      ...blocksOf(
        isLocal ? localOnly(equations) : immediate,
        states,
        params.map(({ name }) => name),
      ),
      ...(outputIsState ? [] : [outputLine(equations)]),
      ...(uses(rule, given.broadcastMap)
        ? [line(given.broadcastMap, slope(stack(equations.broadcastOutputs), state))]
        : []),
      line(given.error, product(given.logitError, W_out, outputIsState ? identity : given.outputMap)),
    ],
  }
}

const partsOfJ: readonly Remark[] = [
  [given.own, 'own-unit recurrence, the blocks without what is struck out'],
  [given.cross, 'cross-unit recurrence, what is struck out of them'],
]
const partsOfP: readonly Remark[] = [
  [given.local, 'the blocks without what is struck out, which goes through other units'],
  [given.nonlocal, 'what is struck out of them'],
]

const state = at('s', 'column', 0)

/** C, the output by the state: a matrix where there is one state. */
const outputLine = ({ states, output, outputMap }: Equations): Line =>
  states.length === 1
    ? line(given.outputMap, outputMap[0]?.[0] as Expression)
    : line(given.outputMap, slope(output, state))

/** The two rules that drop nothing. */
const isExact = (name: string): boolean => name === 'bptt' || name === 'rtrl'

/** Where a memory begins, before the first step or after the last; nothing for what is made anew at each. */
const starts = (name: Expression, rights: readonly Expression[]): readonly Line[] => {
  const { time: _, ...mark } = markOf(name) as Mark
  const isCarried = ([-1, 1] as const).some(time => rights.some(x => mentions(x, symbol({ ...mark, time }))))
  if (!isCarried) return []
  const end = same(name, given.delta) ? '(T+1)' : '0'
  return [line(symbol({ ...mark, base: `${mark.base}_${end}` }), number(0))]
}

const unique = (remarks: readonly Remark[]): readonly Remark[] =>
  remarks.filter(([, words], i) => remarks.findIndex(([, other]) => other === words) === i)

/** z, where a rule is about the inputs of the one drive. */
const inputs = (equations: Equations, rule: RuleEquations): readonly Line[] =>
  uses(rule, given.inputs) ? [line(given.inputs, stack(gathered(equations)?.inputs ?? []))] : []

const recursion = (name: string, equations: Equations, rule: RuleEquations): Section => {
  const rights = [...rule.memory.map(({ is }) => is), rule.gradient]
  return {
    title: name,
    remarks: unique(rights.flatMap(symbolDescriptions)),
    lines: [
      ...inputs(equations, rule),
      ...rule.memory.flatMap(({ name: one, is }) => [...starts(one, rights), line(one, spelledOut(is, equations))]),
      estimate(isExact(name), slope(at('L', 'scalar'), at('θ', 'column')), over(spelledOut(rule.gradient, equations))),
    ],
  }
}

const readout = ({ output }: Equations): Section => ({
  title: 'the readout, exact in every rule',
  lines: [
    line(slope(at('L', 'scalar'), W_out), over(product(transposed(given.logitError), transposed(output)))),
    line(slope(at('L', 'scalar'), b_out), over(transposed(given.logitError))),
  ],
})

/**
 * The equations of a cell under a rule. Throws a KindError for a rule whose step is more than products and sums, a NameError
 * for a cell whose names are those of the equations.
 */
export const documentOf = (equations: Equations, asked: RuleAsked): readonly Section[] => {
  const { name } = asked
  const rule = ruleFor(equations, asked)
  return [
    forward(equations),
    linearised(equations, rule),
    recursion(name, equations, rule),
    ...byParameters(equations, rule, isExact(name)),
    ...byEntries(equations, rule, isExact(name)),
    readout(equations),
  ]
}
