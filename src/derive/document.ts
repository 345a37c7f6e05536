/** What `janus derive` says: the equations of a cell under a rule, in sections of lines. */
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
import { byEntries, byParameters } from './components.ts'
import { mannerOf, ruleFor } from './rule.ts'
import { given, legendOf, mentions, type RuleEquations } from './rule-equations.ts'
import { at, estimate, type Line, line, type Remark, type Section, spelledOut } from './section.ts'

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

/** What is heard struck out beside what is kept, for a rule that is deaf. */
const deafened = ({ own, heard }: Equations): Blocks =>
  own.map((list, i) => list.map((x, j) => sum(x, cancel((heard[i] as readonly Expression[])[j] as Expression))))

/** What runs through other units within the instant struck out beside what stays on a parameter's own. */
const confinedTo = ({ immediate, local }: Equations): Blocks =>
  immediate.map((list, i) =>
    list.map((x, j) => {
      const kept = (local[i] as readonly Expression[])[j] as Expression
      return sum(kept, cancel(sum(x, negative(kept))))
    }),
  )

const uses = ({ memory, gradient }: RuleEquations, name: Expression): boolean =>
  [...memory.map(({ is }) => is), gradient].some(x => mentions(x, name))

const linearised = (equations: Equations, rule: RuleEquations): Section => {
  const { definitions, states, params, immediate, recurrent } = equations
  const { plain } = mannerOf(equations)
  const single = states.length === 1
  const deaf = uses(rule, given.own)
  const J = deaf ? deafened(equations) : recurrent
  return {
    title: 'the step linearised',
    remarks: [
      ...(single ? [] : [[given.recurrent, 'the slopes of the state by the state before, in blocks'] as const]),
      [given.immediate, 'the slopes of the state by the parameters side by side, the state before held'],
      ...(deaf && !single ? deafRemarks : []),
    ],
    lines: [
      ...(single ? [] : [line(state, stack(states.map(({ name }) => name)))]),
      ...definitions.slice(forwardCount(equations)).map(({ name, is }) => line(name, is)),
      ...(single
        ? [line(deaf ? given.own : given.recurrent, J[0]?.[0] as Expression)]
        : blocksOf(J, states, states.map(before))),
      ...blocksOf(
        uses(rule, given.local) ? confinedTo(equations) : immediate,
        states,
        params.map(({ name }) => name),
      ),
      ...(plain ? [] : [seenLine(equations)]),
      ...(uses(rule, given.reached) ? [line(given.reached, slope(stack(equations.audience), state))] : []),
      line(given.error, product(given.mistake, W_out, plain ? identity : given.seen)),
    ],
  }
}

const deafRemarks: readonly Remark[] = [
  [given.own, 'the blocks without what is struck out'],
  [given.heard, 'what is struck out of them'],
]

const state = at('s', 'column', 0)

/** C, what the readout sees of the state: a matrix where there is one state. */
const seenLine = ({ states, output, seen }: Equations): Line =>
  states.length === 1 ? line(given.seen, seen[0]?.[0] as Expression) : line(given.seen, slope(output, state))

/** The two rules that leave nothing out. */
const isExact = (name: string): boolean => name === 'bptt' || name === 'rtrl'

/** Where a memory begins: before the first step, or after the last. */
const starts = (name: Expression): readonly Line[] => {
  const { time: _, ...mark } = markOf(name) as Mark
  const end = same(name, given.credit) ? '(T+1)' : '0'
  return [line(symbol({ ...mark, base: `${mark.base}_${end}` }), number(0))]
}

const unique = (remarks: readonly Remark[]): readonly Remark[] =>
  remarks.filter(([, words], i) => remarks.findIndex(([, other]) => other === words) === i)

const recursion = (name: string, equations: Equations, rule: RuleEquations): Section => ({
  title: name,
  remarks: unique([...rule.memory.map(({ is }) => is), rule.gradient].flatMap(legendOf)),
  lines: [
    ...rule.memory.flatMap(({ name: one, is }) => [...starts(one), line(one, spelledOut(is, equations))]),
    estimate(isExact(name), slope(at('L', 'scalar'), at('θ', 'column')), over(spelledOut(rule.gradient, equations))),
  ],
})

const readout = ({ output }: Equations): Section => ({
  title: 'the readout, exact in every rule',
  lines: [
    line(slope(at('L', 'scalar'), W_out), over(product(transposed(given.mistake), transposed(output)))),
    line(slope(at('L', 'scalar'), b_out), over(transposed(given.mistake))),
  ],
})

/**
 * The equations of a cell under a rule. Throws a KindError for a rule whose step is more than products and sums, a NameError
 * for a cell whose names are those of the equations.
 */
export const documentOf = (equations: Equations, name: string): readonly Section[] => {
  const rule = ruleFor(equations, name)
  return [
    forward(equations),
    linearised(equations, rule),
    recursion(name, equations, rule),
    ...byParameters(equations, rule, isExact(name)),
    ...byEntries(equations, rule, isExact(name)),
    readout(equations),
  ]
}
