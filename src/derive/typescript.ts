/** A rule on a cell as TypeScript that needs nothing else: its equations, line by line. */
import {
  calleeOf,
  type Expression,
  identity,
  type Mark,
  markOf,
  number,
  partsIn,
  renamed,
  same,
  stack,
  symbol,
  within,
} from '../../ad/symbols/expression.ts'
import type { Blocks, Leaf } from '../../nets/formulas/definitions.ts'
import type { Equations } from '../../nets/formulas/equations.ts'
import { callOf } from '../rule-named.ts'
import { identifier, inCode } from './code.ts'
import { gathered } from './components.ts'
import { prelude } from './prelude.ts'
import { type RuleAsked, ruleFor } from './rule.ts'
import { mentions, type RuleEquations } from './rule-equations.ts'
import { given } from './symbolic-timestep.ts'

/** What has to be written: the equations, the rule without what it strikes out, and the names each part is about. */
interface Plan {
  readonly equations: Equations
  readonly rule: RuleEquations
  readonly states: readonly string[]
  readonly params: readonly string[]
  /** What a step hands to the rule beside its state. */
  readonly pieces: readonly string[]
  /** What the caller gives: quantities, and functions of the step. */
  readonly given: readonly Mark[]
  /** What a step gives a name to itself, and hands over: D, z. */
  readonly shared: readonly string[]
  /** What goes from step to step. */
  readonly carried: readonly string[]
}

const untimed = ({ time: _, ...mark }: Mark): Mark => mark
const nameOf = (x: Expression): string => identifier(untimed(markOf(x) as Mark))
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]
const indent = (lines: readonly string[], by: number): string => lines.map(one => ' '.repeat(by) + one).join('\n')

/** The marks that an expression is written with. */
const marksIn = (x: Expression): readonly Mark[] =>
  partsIn(x).flatMap(part => (same(part, identity) ? [] : (markOf(part) ?? [])))

/** An expression without what is struck out. */
const unstruck = (x: Expression): Expression => (calleeOf(x) === 'cancel' ? number(0) : within(x, unstruck))

const matrices = [given.jacobian, given.own, given.immediate, given.local, given.outputMap, given.broadcastMap]
const handed = [given.logitError, given.error]

const planOf = (equations: Equations, asked: RuleAsked): Plan => {
  const full = ruleFor(equations, asked)
  const memory = full.memory.map(one => ({ ...one, is: unstruck(one.is) }))
  const rule = { ...full, memory, gradient: unstruck(full.gradient) }
  const rights = [...memory.map(({ is }) => is), rule.gradient]
  const leaves = [...equations.states, ...equations.params].map(({ name }) => name)
  const z = gathered(equations)?.inputs
  const definitions = equations.definitions.map(({ name }) => name)
  const known = [
    ...leaves,
    ...[...equations.definitions, ...memory].map(({ name }) => name),
    ...matrices,
    ...handed,
    ...(z ? [given.inputs] : []),
  ]
  const names = new Set([...known.map(nameOf), 'W_out', 'x'])
  const inUse = [...equations.definitions.map(({ is }) => is), ...rights].flatMap(marksIn)
  const missing = new Map(inUse.map(mark => [identifier(untimed(mark)), mark] as const))
  for (const known of names) missing.delete(known)
  const away = rule.faces === 'future' ? 1 : -1
  const marks = rights.flatMap(marksIn)
  return {
    equations,
    rule,
    states: equations.states.map(({ name }) => nameOf(name)),
    params: equations.params.map(({ name }) => nameOf(name)),
    pieces: matrices.map(nameOf).filter(one => marks.some(mark => identifier(untimed(mark)) === one)),
    shared: [...definitions, given.inputs].filter(one => rights.some(x => mentions(x, one))).map(nameOf),
    given: [...missing.values()],
    carried: unique(marks.filter(({ time }) => time === away).map(mark => identifier(untimed(mark)))).filter(
      one => !missing.has(one),
    ),
  }
}

const eyeOf = ({ mark }: Leaf): Expression => symbol({ base: 'I', grade: 'matrix', layer: identifier(untimed(mark)) })

/** Blocks in code; the identity is as large as the leaf it belongs to. */
const grid = (blocks: Blocks, leafAt: (row: number, column: number) => Leaf): string =>
  `[${blocks
    .map((list, i) => `[${list.map((x, j) => inCode(renamed(x, [[identity, eyeOf(leafAt(i, j))]]))).join(', ')}]`)
    .join(', ')}]`

/** The lines that make what a step hands over: definitions, J and P̃ where they are asked for, C. */
const stepLines = ({ equations, pieces, states, params, shared }: Plan): readonly string[] => {
  const { definitions, output, outputMap } = equations
  const sizesOf = (names: readonly string[]): string => `[${names.map(name => `size(${name})`).join(', ')}]`
  const heights = sizesOf(states.map(name => `${name}_before`))
  const made = (name: Expression, blocks: Blocks, widths: string): readonly string[] =>
    pieces.includes(nameOf(name))
      ? [`const ${inCode(name)} = blocks(${heights}, ${widths}, ${grid(blocks, i => equations.states[i] as Leaf)})`]
      : []
  return [
    ...definitions.map(({ name, is }) => `const ${inCode(name)} = ${inCode(is)}`),
    ...(shared.includes(nameOf(given.inputs))
      ? [`const ${inCode(given.inputs)} = ${inCode(stack(gathered(equations)?.inputs ?? []))}`]
      : []),
    ...states.map(name => `const I_${name} = eye(size(${name}_before))`),
    ...made(given.jacobian, equations.jacobian, heights),
    ...made(given.own, equations.own, heights),
    ...made(given.immediate, equations.immediate, sizesOf(params)),
    ...made(given.local, equations.local, sizesOf(params)),
    `const output = ${inCode(output)} as Matrix`,
    `const C = blocks([size(output)], ${heights}, ${grid(outputMap, (_, j) => equations.states[j] as Leaf)})`,
    ...(pieces.includes(nameOf(given.broadcastMap))
      ? [
          `const ${nameOf(given.broadcastMap)} = blocks([${equations.broadcastOutputs.map(x => `size(${inCode(x)})`).join(', ')}], ${heights}, ${grid(equations.broadcastMap, (_, j) => equations.states[j] as Leaf)})`,
        ]
      : []),
    'const logits = add(mul(W_out, output), b_out) as Matrix',
    'const ε = logitError(logits, t)',
    'const δ_immediate = mul(ε, W_out, C)',
  ]
}

/** One step of the network and its linearisation, as a function. */
const timestepLines = (plan: Plan): readonly string[] => {
  const { states, pieces, shared } = plan
  const handed = unique(['output', 'ε', 'δ_immediate', ...pieces, ...shared])
  return [
    `const timestep = ({ ${states.map(name => `${name}: ${name}_before`).join(', ')} }: State, x: Matrix, t: number) => {`,
    indent(stepLines(plan), 2),
    `  return { ${[...handed, ...states.map(name => `${name}: ${name} as Matrix`)].join(', ')} }`,
    '}',
  ]
}

/** A quantity, or a function of the step counted from 0. */
const askedAs = (mark: Mark): string => `${identifier(untimed(mark))}${mark.time === undefined ? '' : '_at'}`

const zerosOf = (name: string): string => {
  const shapes: { readonly [name: string]: string } = {
    P: 'states, params',
    J: 'states, states',
    s_immediate: 'states, 1',
    δ: '1, states',
    D_immediate: 'states, states',
    z_immediate: 'params / states, 1',
    ξ_immediate: 'states, 1',
    S_immediate: 'states, params / states',
  }
  return `zeros(${shapes[name] ?? '1, params'})`
}

/** The fold: on from the first step, or back from the last. */
const foldLines = ({ rule, given, carried, pieces, shared, params }: Plan): readonly string[] => {
  const future = rule.faces === 'future'
  const timed = given.filter(({ time }) => time !== undefined)
  const after = future ? '_after' : '_before'
  return [
    'let total = zeros(1, params)',
    ...carried.map(name => `let ${name}${after}: Quantity = ${zerosOf(name)}`),
    `for (const [${timed.length > 0 ? 't' : ''}, now] of [...run.entries()]${future ? '.reverse()' : ''}) {`,
    `  const { ${unique(['ε', 'δ_immediate', ...pieces, ...shared]).join(', ')} } = now`,
    ...timed.map(mark => `  const ${identifier(mark)} = ${askedAs(mark)}(t${mark.time === 1 ? ' + 1' : ''})`),
    ...rule.memory.map(({ name, is }) => `  const ${inCode(name)} = ${inCode(is)}`),
    `  total = add(total, ${inCode(rule.gradient)}) as Matrix`,
    ...carried.map(name => `  ${name}${after} = ${name}`),
    '}',
    ...(carried.some(name => name === 'z_immediate' || name === 'S_immediate')
      ? [`total = apart(total, states, [${params.map(name => `${name}[0]!.length`).join(', ')}])`]
      : []),
  ]
}

const listed = (names: readonly string[], type: string): string => names.map(name => `${name}: ${type}`).join('; ')

const interfaces = ({ params, states, given }: Plan): readonly string[] => [
  `export interface Theta { ${listed([...params, 'W_out', 'b_out'], 'Matrix')} }`,
  `export interface State { ${listed(states, 'Matrix')} }`,
  `export interface Given { ${given
    .map(mark => `${askedAs(mark)}: ${mark.time === undefined ? 'Quantity' : '(t: number) => Quantity'}`)
    .join('; ')} }`,
]

const signature = ({ given }: Plan): readonly string[] => [
  '/** ∂L/∂θ: `total` of the parameters in a row; `logitError` gives ∂L/∂logits [1, m] at step t, counted from 0. */',
  'export const gradient = (',
  '  θ: Theta,',
  '  start: State,',
  '  inputs: readonly Matrix[],',
  '  logitError: (logits: Matrix, t: number) => Matrix,',
  `  ${given.length > 0 ? `{ ${given.map(askedAs).join(', ')} }: Given` : '_: Given = {}'},`,
  ') => {',
]

const runLines = ({ params, states }: Plan): readonly string[] => [
  'let state = start',
  'const run = inputs.map((x, t) => {',
  '  const now = timestep(state, x, t)',
  '  state = now',
  '  return now',
  '})',
  `const states = ${states.map(name => `size(start.${name})`).join(' + ')}`,
  `const params = ${params.map(name => `size(${name})`).join(' + ') || 0}`,
]

const readoutLines = [
  'const out = run.reduce((sum, { ε, output }) => add(sum, mul(turn(ε), turn(output))) as Matrix, mul(0, W_out) as Matrix)',
  'const bias = run.reduce((sum, { ε }) => add(sum, ε) as Matrix, turn(mul(0, b_out)) as Matrix)',
  'return { total: total[0]!, W_out: out, b_out: bias[0]! }',
]

/** A module that exports `gradient(θ, start, inputs, logitError, given)`. Throws a KindError for a rule that is more than sums and products. */
export const asTypeScript = (equations: Equations, title: string, asked: RuleAsked): string => {
  const plan = planOf(equations, asked)
  const body = [...timestepLines(plan), ...runLines(plan), ...foldLines(plan), ...readoutLines]
  return [
    `// ${title} under ${callOf({ options: {}, ...asked })}: written from its equations. A column is a matrix of one column.`,
    prelude,
    '',
    ...interfaces(plan),
    '',
    ...signature(plan),
    `  const { ${[...plan.params, 'W_out', 'b_out'].join(', ')} } = θ`,
    ...body.flatMap(line => line.split('\n')).map(line => `  ${line}`),
    '}',
    '',
  ].join('\n')
}
