/** What `janus derive` says: the equations of a cell under a rule, in sections of lines. */
import { entryOf } from '../../ad/symbols/entries.ts'
import {
  argumentsOf,
  cancel,
  type Expression,
  entry,
  expanded,
  identity,
  type Mark,
  markOf,
  negative,
  number,
  over,
  product,
  renamed,
  same,
  slope,
  sum,
  symbol,
  transposed,
} from '../../ad/symbols/expression.ts'
import type { Blocks, Leaf } from '../../nets/definitions.ts'
import type { Equations } from '../../nets/equations.ts'
import { given, type Manner, mentions, type RuleEquations, ruleEquations } from '../../rules/equations.ts'

/** One equation; the note says in a few words what it is. */
export interface Line {
  readonly left: Expression
  readonly right: Expression
  readonly note?: string
}

/** Lines about one thing. */
export interface Section {
  readonly title: string
  readonly lines: readonly Line[]
}

const at = (base: string, grade: 'scalar' | 'column' | 'row' | 'matrix', time?: -1 | 0 | 1): Expression =>
  symbol({ base, grade, ...(time !== undefined && { time }) })
const line = (left: Expression, right: Expression, note?: string): Line => ({ left, right, ...(note && { note }) })

const [W_out, b_out] = [given.readout, at('b_out', 'column')]
const before = ({ mark }: Leaf): Expression => symbol({ ...mark, time: -1 })
const isZero = (x: Expression): boolean => same(x, number(0))

/** Whether the readout sees the whole state, and whether parameters act on their own units alone. */
export const mannerOf = ({ states, output, immediate, local }: Equations): Manner => ({
  plain: states.length === 1 && same(output, (states[0] as Leaf).name),
  confined: immediate.flat().every((x, i) => same(x, local.flat()[i] as Expression)),
})

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
  const deaf = uses(rule, given.own)
  const J = blocksOf(deaf ? deafened(equations) : recurrent, states, states.map(before))
  return {
    title: plain ? 'the step linearised: J and P̃' : 'the step linearised: J and P̃ in blocks',
    lines: [
      ...definitions.slice(forwardCount(equations)).map(({ name, is }) => line(name, is)),
      ...(states.length === 1 ? [line(deaf ? given.own : given.recurrent, (J[0] as Line).right)] : J),
      ...blocksOf(
        uses(rule, given.local) ? confinedTo(equations) : immediate,
        states,
        params.map(({ name }) => name),
      ),
      ...(plain ? [] : [seenLine(equations)]),
      line(given.error, product(given.mistake, W_out, plain ? identity : given.seen)),
    ],
  }
}

/** C, what the readout sees of the state: a matrix where there is one state. */
const seenLine = (equations: Equations): Line => {
  const { states, output, seen } = equations
  if (states.length === 1) return line(given.seen, seen[0]?.[0] as Expression)
  return line(given.seen, slope(output, at('s', 'column', 0)), `s the state, ${statesIn(equations)}`)
}
const statesIn = ({ states }: Equations): string => `[${states.map(({ mark }) => nameOf(mark)).join('; ')}]`
const nameOf = ({ base, layer }: Mark): string => (layer === undefined ? base : `${base} of layer ${layer}`)

/** Own and heard by what they are, where there is one state. */
const spelledOut = (x: Expression, { states, own, heard }: Equations): Expression =>
  states.length > 1
    ? x
    : renamed(x, [
        [given.own, own[0]?.[0] as Expression],
        [given.heard, heard[0]?.[0] as Expression],
      ])

/** Where a memory begins: before the first step, or after the last. */
const starts = (name: Expression): readonly Line[] => {
  const { time: _, ...mark } = markOf(name) as Mark
  const end = same(name, given.credit) ? '(T+1)' : '0'
  return [line(symbol({ ...mark, base: `${mark.base}_${end}` }), number(0))]
}

const recursion = (name: string, equations: Equations, rule: RuleEquations): Section => ({
  title: name,
  lines: [
    ...rule.memory.flatMap(({ name: one, is }) => [...starts(one), line(one, spelledOut(is, equations))]),
    line(slope(at('L', 'scalar'), at('θ', 'column')), over(spelledOut(rule.gradient, equations))),
  ],
})

/** A row for all of a parameter, in the parameter's shape. */
const inShape = (x: Expression): Expression => {
  const [left, right] = argumentsOf(x, 'kron') ?? []
  return left && right ? product(transposed(left), right) : transposed(x)
}

/** What a rule that faces the future charges each parameter. */
const byParameters = ({ states, params, immediate }: Equations, { facing }: RuleEquations): readonly Section[] => {
  if (facing !== 'future') return []
  const mark = markOf(given.credit) as Mark
  const shares = states.map(({ mark: { base, layer = '' } }) =>
    states.length === 1 ? given.credit : symbol({ ...mark, layer: `${base}${layer}` }),
  )
  const lines = params.map(({ name }, j) => {
    const terms = shares.map((share, i) =>
      inShape(product(share, (immediate[i] as readonly Expression[])[j] as Expression)),
    )
    return line(slope(at('L', 'scalar'), name), over(sum(...terms)))
  })
  return [{ title: 'parameter by parameter', lines }]
}

/** The recursion of an influence entry by entry, for the first matrix of parameters of a cell with one state. */
const byEntries = (equations: Equations, { memory }: RuleEquations): readonly Section[] => {
  const { states, params, immediate, own, heard } = equations
  const found = memory.find(({ name }) => same(name, given.influence))
  const which = params.findIndex(({ mark }) => mark.grade === 'matrix')
  const drive = equations.definitions.filter(({ name }) => mentions(name, at('D', 'matrix', 0)))
  if (states.length > 1 || !found || which < 0 || drive.length !== 1) return []
  const names = drive.map(({ name, is }) => [name, is] as const)
  const B = renamed(immediate[0]?.[which] as Expression, names)
  const parts = sum(own[0]?.[0] as Expression, heard[0]?.[0] as Expression)
  const whole = renamed(spelledOut(found.is, equations), [
    [given.immediate, B],
    [given.recurrent, parts],
  ])
  const inner = renamed(expanded(whole), names)
  const P = (x: Expression): Expression => entry(x, 'k,a,j')
  return [
    {
      title: `entry by entry, of ${(params[which] as Leaf).mark.base}[a,j]`,
      lines: [line(P(given.immediate), entryOf(B, 'k', 'a,j')), line(P(given.influence), entryOf(inner, 'k', 'a,j'))],
    },
  ]
}

const readout = ({ output }: Equations): Section => ({
  title: 'the readout, exact in every rule',
  lines: [
    line(slope(at('L', 'scalar'), W_out), over(product(transposed(given.mistake), transposed(output)))),
    line(slope(at('L', 'scalar'), b_out), over(transposed(given.mistake))),
  ],
})

/** The equations of a cell under a rule. Throws a KindError for a rule whose step is more than products and sums. */
export const documentOf = (equations: Equations, name: string): readonly Section[] => {
  const rule = ruleEquations(name, mannerOf(equations))
  return [
    forward(equations),
    linearised(equations, rule),
    recursion(name, equations, rule),
    ...byParameters(equations, rule),
    ...byEntries(equations, rule),
    readout(equations),
  ]
}
