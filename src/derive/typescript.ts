/** A rule on a cell as TypeScript that needs nothing else: its equations, line by line. */
import {
  calleeOf,
  type Expression,
  identity,
  insideOf,
  keyOf,
  type Mark,
  markOf,
  renamed,
  same,
  symbol,
} from '../../ad/symbols/expression.ts'
import { type Notation, written } from '../../ad/symbols/notation.ts'
import type { Blocks, Leaf } from '../../nets/definitions.ts'
import type { Equations } from '../../nets/equations.ts'
import { given, mentions, ruleEquations } from '../../rules/equations.ts'
import { mannerOf } from './document.ts'

const times = { '-1': '_before', '0': '', '1': '_after' } as const
const identifier = ({ base, time, tilde, layer }: Mark): string =>
  `${base.replace(/[^\p{L}\p{N}_]/gu, '')}${tilde ? '_immediate' : ''}${layer === undefined ? '' : `_${layer}`}${
    time === undefined ? '' : times[time]
  }`

const functions: { readonly [name: string]: string } = {
  tanh: 'Math.tanh',
  exp: 'Math.exp',
  log: 'Math.log',
  sqrt: 'Math.sqrt',
  sin: 'Math.sin',
  cos: 'Math.cos',
  abs: 'Math.abs',
  sign: 'Math.sign',
  log1p: 'Math.log1p',
  expm1: 'Math.expm1',
  sigmoid: 'x => 1 / (1 + Math.exp(-x))',
  relu: 'x => Math.max(x, 0)',
  softplus: 'x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))',
}

/** TypeScript over the helpers of the prelude. What is struck out is left out. */
const code: Notation = {
  symbol: identifier,
  number: String,
  sum: terms => {
    const kept = terms.filter(([, text]) => text !== '')
    const signed = kept.map(([sign, text]) => (sign < 0 ? `neg(${text})` : text))
    return signed.length === 1 ? (signed[0] as string) : `add(${signed.join(', ')})`
  },
  product: factors => `mul(${factors.join(', ')})`,
  entrywise: factors => `each(${factors.join(', ')})`,
  kron: (a, b) => `kron(${a}, ${b})`,
  fraction: (a, b) => `over(${a}, ${b})`,
  power: (base, exponent) => `map(x => x ** ${exponent}, ${base})`,
  transposed: x => `turn(${x})`,
  call: (name, x) => (name === 'diag' ? `diag(${x})` : `map(${functions[name] ?? name}, ${x})`),
  cancelled: () => '',
  slope: () => '',
  over: x => x,
  entry: x => x,
  indicator: x => x,
  group: x => x,
}
const inCode = written(code)

const prelude = `type Matrix = readonly (readonly number[])[]
type Quantity = number | Matrix

const isNumber = (x: Quantity): x is number => typeof x === 'number'
const map = (f: (x: number) => number, a: Quantity): Quantity => (isNumber(a) ? f(a) : a.map(row => row.map(f)))
const zip = (f: (x: number, y: number) => number, a: Quantity, b: Quantity): Quantity => {
  if (isNumber(b)) return map(x => f(x, b), a)
  return b.map((row, i) => row.map((y, j) => f(isNumber(a) ? a : a[i]![j]!, y)))
}
const add = (...terms: Quantity[]): Quantity => terms.reduce((a, b) => zip((x, y) => x + y, a, b))
const neg = (a: Quantity): Quantity => map(x => -x, a)
const each = (...factors: Quantity[]): Quantity => factors.reduce((a, b) => zip((x, y) => x * y, a, b))
const over = (a: Quantity, b: Quantity): Quantity => zip((x, y) => x / y, a, b)
const turn = (a: Quantity): Quantity => (isNumber(a) ? a : (a[0] ?? []).map((_, j) => a.map(row => row[j]!)))
const times = (a: Quantity, b: Quantity): Quantity => {
  if (isNumber(a) || isNumber(b)) return each(a, b)
  if (a[0]!.length === 1 && b.length === 1 && b[0]!.length === 1) return each(a, b[0]![0]!)
  return a.map(row => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)))
}
const mul = (...factors: Quantity[]): Quantity => factors.reduce(times)
const diag = (a: Quantity): Quantity => (isNumber(a) ? a : a.map((row, i) => a.map((_, j) => (i === j ? row[0]! : 0))))
const eye = (n: number): Matrix => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)))
const zeros = (m: number, n: number): Matrix => Array.from({ length: m }, () => new Array<number>(n).fill(0))
const kron = (a: Quantity, b: Quantity): Quantity => {
  if (isNumber(a) || isNumber(b)) return each(a, b)
  return a.map(row => row.flatMap(x => b[0]!.map(y => x * y)))
}
/** A matrix of blocks; 0 is a block of zeros. */
const blocks = (heights: number[], widths: number[], grid: Quantity[][]): Matrix =>
  grid.flatMap((list, i) =>
    Array.from({ length: heights[i]! }, (_, k) =>
      list.flatMap((block, j) => (isNumber(block) ? new Array<number>(widths[j]!).fill(block) : block[k]!)),
    ),
  )
const size = (a: Quantity): number => (isNumber(a) ? 1 : a.length * a[0]!.length)`

/** The names of a document's symbols, as they stand in code. */
const namesIn = (x: Expression): readonly Mark[] => {
  const mark = markOf(x)
  return mark ? [mark] : insideOf(x).flatMap(namesIn)
}

const grid = (blocks: Blocks, rows: readonly Leaf[]): string =>
  `[${blocks
    .map((list, i) => {
      const eye = symbol({ base: `I_${identifier(untimed((rows[i] as Leaf).mark))}`, grade: 'matrix' })
      return `[${list.map(x => inCode(renamed(x, [[identity, eye]]))).join(', ')}]`
    })
    .join(', ')}]`

const untimed = ({ time: _, ...mark }: Mark): Mark => mark
const column = (x: string): string => `${x}: Matrix`
const indent = (lines: readonly string[], by: number): string => lines.map(one => ' '.repeat(by) + one).join('\n')

/** What the code of one step says: definitions, and the matrices that the rule asks for. */
const stepLines = (equations: Equations, wanted: (name: Expression) => boolean): readonly string[] => {
  const { definitions, states, params, output, seen } = equations
  const names = states.map(({ mark }) => identifier(untimed(mark)))
  const heights = `[${names.map(name => `size(${name}_before)`).join(', ')}]`
  const widths = `[${params.map(({ mark }) => `size(${identifier(mark)})`).join(', ')}]`
  const made = (name: Expression, blocks: Blocks, across: string): readonly string[] =>
    wanted(name) ? [`const ${inCode(name)} = blocks(${heights}, ${across}, ${grid(blocks, states)})`] : []
  return [
    ...definitions.map(({ name, is }) => `const ${inCode(name)} = ${inCode(is)}`),
    ...names.map(name => `const I_${name} = eye(size(${name}_before))`),
    ...made(given.recurrent, equations.recurrent, heights),
    ...made(given.own, equations.own, heights),
    ...made(given.immediate, equations.immediate, widths),
    ...made(given.local, equations.local, widths),
    `const output = ${inCode(output)} as Matrix`,
    `const C = blocks([size(output)], ${heights}, ${grid(seen, [{ ...(states[0] as Leaf) }])})`,
  ]
}

/** Numbers and matrices that an equation names and nothing defines: what the caller gives. */
const missing = (expressions: readonly Expression[], known: ReadonlySet<string>): readonly Mark[] => [
  ...new Map(
    expressions.flatMap(namesIn).flatMap(mark => {
      const name = identifier(untimed(mark))
      return known.has(name) || same(symbol(mark), identity) ? [] : [[name, mark] as const]
    }),
  ).values(),
]

/** What the caller gives: a quantity, or a function of the step, counted from 0. */
const asked = (mark: Mark): string => `${identifier(untimed(mark))}${mark.time === undefined ? '' : '_at'}`

const named = (x: Expression): string => identifier(untimed(markOf(x) as Mark))

/** A module that exports `gradient(θ, start, inputs, mistake, given)`. Throws a KindError for a rule that is more than sums and products. */
export const asTypeScript = (equations: Equations, title: string, ruleName: string): string => {
  const rule = ruleEquations(ruleName, mannerOf(equations))
  const { states, params, definitions } = equations
  const inRule = [...rule.memory.map(({ is }) => is), rule.gradient]
  const wanted = (name: Expression): boolean =>
    inRule.some(x => mentions(renamedAway(x), name) || mentions(renamedAway(x), laterOf(name)))
  const known = new Set([
    ...[...states, ...params].map(({ mark }) => identifier(untimed(mark))),
    ...definitions.map(({ name }) => named(name)),
    ...rule.memory.map(({ name }) => named(name)),
    ...[given.recurrent, given.own, given.immediate, given.local, given.mistake, given.error, given.seen].map(named),
    ...['W_out', 'x', 'heard', 'E'],
  ])
  const extra = missing([...definitions.map(({ is }) => is), ...inRule.map(renamedAway)], known)
  const future = rule.facing === 'future'
  const names = [...states.map(({ mark }) => identifier(untimed(mark)))]
  const step = [
    ...stepLines(equations, wanted),
    'const logits = add(mul(W_out, output), b_out) as Matrix',
    'const ε = mistake(logits, t)',
    'const δ_immediate = mul(ε, W_out, C)',
  ]
  const kept = ['output', 'ε', 'δ_immediate', ...names, ...rulePieces(wanted)]
  const timed = extra.filter(({ time }) => time !== undefined)
  const loop = [
    ...timed.map(mark => `const ${identifier(mark)} = ${asked(mark)}(t${mark.time === 1 ? ' + 1' : ''})`),
    ...rule.memory.map(({ name, is }) => `const ${inCode(name)} = ${inCode(is)}`),
    `total = add(total, ${inCode(rule.gradient)}) as Matrix`,
  ]
  const carried = [
    ...new Set(
      inRule
        .flatMap(namesIn)
        .filter(({ time }) => time === (future ? 1 : -1))
        .map(mark => identifier(untimed(mark))),
    ),
  ].filter(name => !timed.some(mark => identifier(untimed(mark)) === name))
  const after = future ? '_after' : '_before'
  return [
    `// ${title} under ${ruleName}: written from its equations. A column is a matrix of one column.`,
    prelude,
    '',
    `export interface Theta { ${[...params.map(({ mark }) => column(identifier(mark))), column('W_out'), column('b_out')].join('; ')} }`,
    `export interface State { ${names.map(column).join('; ')} }`,
    `export interface Given { ${extra.map(mark => `${asked(mark)}: ${mark.time === undefined ? 'Quantity' : '(t: number) => Quantity'}`).join('; ')} }`,
    '',
    '/** ∂L/∂θ by name, each as one row; `mistake` gives ∂L/∂logits [1, m] at step t, counted from 0. */',
    'export const gradient = (',
    '  θ: Theta,',
    '  start: State,',
    '  inputs: readonly Matrix[],',
    '  mistake: (logits: Matrix, t: number) => Matrix,',
    `  ${extra.length > 0 ? `{ ${extra.map(asked).join(', ')} }: Given` : '_: Given = {}'},`,
    ') => {',
    `  const { ${[...params.map(({ mark }) => identifier(mark)), 'W_out', 'b_out'].join(', ')} } = θ`,
    `  const moment = ({ ${names.map(name => `${name}: ${name}_before`).join(', ')} }: State, x: Matrix, t: number) => {`,
    indent(step, 4),
    `    return { ${kept.map(name => (names.includes(name) ? `${name}: ${name} as Matrix` : name)).join(', ')} }`,
    '  }',
    '  let state = start',
    '  const run = inputs.map((x, t) => {',
    '    const now = moment(state, x, t)',
    '    state = now',
    '    return now',
    '  })',
    `  const [states, params] = [${names.map(name => `size(start.${name})`).join(' + ')}, ${params.map(({ mark }) => `size(${identifier(mark)})`).join(' + ')}]`,
    '  let total = zeros(1, params)',
    ...carried.map(name => `  let ${name}${after}: Quantity = ${startOf(name)}`),
    `  for (const [${timed.length > 0 ? 't' : ''}, now] of [...run.entries()]${future ? '.reverse()' : ''}) {`,
    `    const { ${['ε', 'δ_immediate', ...rulePieces(wanted), 'C'].filter((name, i, all) => all.indexOf(name) === i && kept.includes(name)).join(', ')} } = now`,
    indent(loop, 4),
    ...carried.map(name => `    ${name}${after} = ${name}`),
    '  }',
    '  const out = run.reduce((sum, { ε, output }) => add(sum, mul(turn(ε), turn(output))) as Matrix, mul(0, W_out) as Matrix)',
    '  const bias = run.reduce((sum, { ε }) => add(sum, ε) as Matrix, turn(mul(0, b_out)) as Matrix)',
    '  return { total: total[0]!, W_out: out, b_out: bias[0]! }',
    '}',
    '',
  ].join('\n')
}

/** An expression without what is struck out. */
const renamedAway = (x: Expression): Expression =>
  calleeOf(x) === 'cancel' ? symbol({ base: 'E', grade: 'scalar' }) : insideOf(x).length > 0 ? strip(x) : x
const strip = (x: Expression): Expression => {
  const struck = insideOf(x).filter(part => calleeOf(part) === 'cancel')
  return struck.length === 0
    ? x
    : renamed(
        x,
        struck.map(part => [part, symbol({ base: 'E', grade: 'scalar' })]),
      )
}

const laterOf = (x: Expression): Expression => symbol({ ...(markOf(x) as Mark), time: 1 })

const rulePieces = (wanted: (name: Expression) => boolean): readonly string[] =>
  [given.recurrent, given.own, given.immediate, given.local, given.seen].filter(wanted).map(named)

const startOf = (name: string): string => {
  if (name === 'P') return 'zeros(states, params)'
  if (name === 'J') return 'zeros(states, states)'
  if (name === 's') return 'zeros(states, 1)'
  return name === 'δ' ? 'zeros(1, states)' : 'zeros(1, params)'
}

export { keyOf }
