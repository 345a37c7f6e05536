/** What an expression is worth, by mathjs: it evaluates nodes and texts alike, independently of how they were made. */
import {
  ConstantNode,
  FunctionNode,
  isFunctionNode,
  isOperatorNode,
  isSymbolNode,
  type MathNode,
  map,
  OperatorNode,
  parse,
} from 'mathjs'

/** A number, or rows of numbers; a column has rows of one. */
export type Worth = number | readonly (readonly number[])[]
/** What names are worth, by their whole names: `h@-1`, `W_rec`. */
export type Known = ReadonlyMap<string, Worth>

const diag = (column: Worth): Worth =>
  typeof column === 'number' ? column : column.map(([x = 0], i) => column.map((_, j) => (i === j ? x : 0)))

/** A row times a column is a number. */
const squeezed = (x: Worth): Worth =>
  typeof x !== 'number' && x.length === 1 && x[0]?.length === 1 ? (x[0][0] as number) : x

const slopes: { readonly [name: string]: (x: number) => number } = {
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  f: x => Math.atan(x),
  "f'": x => 1 / (1 + x * x),
}
const functions = new Map<string, unknown>([
  ['diag', diag],
  ['squeezed', squeezed],
  ['cancel', () => 0],
  ...Object.entries(slopes).map(
    ([name, f]) => [name, (x: never) => (typeof x === 'number' ? f(x) : map(x, f))] as const,
  ),
])

/** A product that ends in a column and begins with a row is marked, so that mathjs's 1 × 1 matrix becomes a number. */
const marked = (node: MathNode): MathNode => {
  const inner = node.map(marked)
  return isOperatorNode(inner) && String(inner.fn) === 'multiply' ? new FunctionNode('squeezed', [inner]) : inner
}

/** The worth of a node or a text of mathjs where names are worth what is known; what is struck out is worth 0. Sizes of 2 or more. */
export const worthOf = (x: MathNode | string, known: Known): Worth => {
  const node = marked(typeof x === 'string' ? parse(x) : x)
  return node.compile().evaluate(new Map([...functions, ...known])) as Worth
}

/** Indices by their letters, from 0. */
export type Indices = { readonly [letter: string]: number }

const nameIn = (node: MathNode | undefined): string => (node && isSymbolNode(node) ? node.name : '')

/** x[k] of a column or a row, x[k, j] of a matrix, x[k, a, j] of one whose columns are pairs (a, j). */
const entryAt = (x: readonly number[][], letters: readonly string[], at: Indices, size: (letter: string) => number) => {
  const [i = 0, a, j] = letters.map(letter => at[letter] as number)
  if (a === undefined) return (x.length === 1 ? x[0]?.[i] : x[i]?.[0]) ?? Number.NaN
  return x[i]?.[j === undefined ? a : a * size(letters[2] as string) + j] ?? Number.NaN
}

/** Entries, indicators and sums over an index written out, where each index is a number below `size` of its letter. */
export const writtenOut = (x: MathNode, known: Known, indices: Indices, size: (letter: string) => number): MathNode => {
  const inside = (node: MathNode, more: Indices = indices): MathNode => writtenOut(node, known, more, size)
  if (!isFunctionNode(x)) return x.map(node => inside(node))
  const [body, index] = x.args
  const letters = (node: MathNode | undefined): readonly string[] => nameIn(node).split(/[,=]/)
  if (x.fn.name === 'indicator') {
    const [k, a] = letters(body).map(letter => indices[letter])
    return new ConstantNode(k === a ? 1 : 0)
  }
  if (x.fn.name === 'entry') {
    return new ConstantNode(entryAt(known.get(nameIn(body)) as readonly number[][], letters(index), indices, size))
  }
  if (x.fn.name !== 'over') return x.map(node => inside(node))
  const letter = nameIn(index)
  const terms = Array.from({ length: size(letter) }, (_, i) => inside(body as MathNode, { ...indices, [letter]: i }))
  return terms.reduce((a, b) => new OperatorNode('+', 'add', [a, b]))
}
