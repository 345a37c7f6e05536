/** Small cells written by hand, number by number, as mathjs texts; mathjs differentiates them. No vector appears here. */
import { derivative, type EvalFunction, parse } from 'mathjs'

/** A step: for each leaf of the state, the text of its number i. Numbers are called `W_rec_0_1`, `h_0`, `x_0`. */
interface Written {
  readonly [leaf: string]: (i: number, sizes: Sizes) => string
}
interface Sizes {
  readonly d: number
  readonly n: number
}

const total = (count: number, term: (k: number) => string): string =>
  Array.from({ length: count }, (_, k) => term(k)).join(' + ')
const row = (W: string, i: number, count: number, to: (k: number) => string): string =>
  total(count, k => `${W}_${i}_${k} * ${to(k)}`)
const own = (name: string) => (k: number) => `${name}_${k}`
const σ = (x: string): string => `(1 / (1 + exp(-(${x}))))`

/** W_h h + W_x x + b of a gate k. */
const drive = (k: string, i: number, { d, n }: Sizes, previous = own('h')): string =>
  `${row(`W_h${k}`, i, d, previous)} + ${row(`W_x${k}`, i, n, own('x'))} + b_${k}_${i}`
const gate = (k: string) => (i: number, sizes: Sizes) => σ(drive(k, i, sizes))

const heldBy = (i: number, sizes: Sizes): string =>
  `(${gate('f')(i, sizes)} * c_${i} + ${gate('i')(i, sizes)} * tanh(${drive('g', i, sizes)}))`

/** The textbook's cells, leaks at 1/4. */
export const components = {
  leaky: {
    h: (i, { d, n }) =>
      `0.75 * h_${i} + 0.25 * tanh(${row('W_rec', i, d, own('h'))} + ${row('W_in', i, n, own('x'))} + b_rec_${i})`,
  },
  membrane: {
    v: (i, { d, n }) =>
      `0.75 * v_${i} + 0.25 * (${row('W_rec', i, d, k => `tanh(v_${k})`)} + ${row('W_in', i, n, own('x'))} + b_rec_${i})`,
  },
  lstm: { h: (i, sizes) => `${gate('o')(i, sizes)} * tanh(${heldBy(i, sizes)})`, c: heldBy },
  gru: {
    h: (i, sizes) => {
      const reset = (k: number) => `${gate('r')(k, sizes)} * h_${k}`
      return `(1 - ${gate('z')(i, sizes)}) * tanh(${drive('n', i, sizes, reset)}) + ${gate('z')(i, sizes)} * h_${i}`
    },
  },
  mgu: {
    h: (i, sizes) => {
      const kept = (k: number) => `${gate('f')(k, sizes)} * h_${k}`
      return `(1 - ${gate('f')(i, sizes)}) * h_${i} + ${gate('f')(i, sizes)} * tanh(${drive('n', i, sizes, kept)})`
    },
  },
} satisfies { readonly [name: string]: Written }
export type ComponentCell = keyof typeof components

interface Compiled {
  readonly value: EvalFunction
  readonly slope: (variable: string) => EvalFunction
}

const compiledOnce = new Map<string, Compiled>()
const compiled = (text: string): Compiled => {
  const found = compiledOnce.get(text)
  if (found) return found
  const node = parse(text)
  const slopes = new Map<string, EvalFunction>()
  const slope = (variable: string): EvalFunction => {
    const f = slopes.get(variable) ?? derivative(node, variable, { simplify: false }).compile()
    slopes.set(variable, f)
    return f
  }
  const made = { value: node.compile(), slope }
  compiledOnce.set(text, made)
  return made
}

/** The state after a step, and its derivative by every variable, a row for each number of the state. */
export const stepBy = (
  name: ComponentCell,
  sizes: Sizes,
  scope: Readonly<Record<string, number>>,
  variables: readonly string[],
): { readonly after: readonly number[]; readonly slopes: readonly (readonly number[])[] } => {
  const texts = Object.values(components[name] as Written).flatMap(leaf =>
    Array.from({ length: sizes.d }, (_, i) => leaf(i, sizes)),
  )
  const numbers = { ...scope }
  return {
    after: texts.map(text => compiled(text).value.evaluate(numbers)),
    slopes: texts.map(text => variables.map(variable => compiled(text).slope(variable).evaluate(numbers))),
  }
}
