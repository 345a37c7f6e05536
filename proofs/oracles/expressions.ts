/** What an expression is worth, by mathjs: it evaluates nodes and texts alike, independently of how they were made. */
import {
  ConstantNode,
  type EvalFunction,
  isFunctionNode,
  isOperatorNode,
  isSymbolNode,
  type MathNode,
  map,
  OperatorNode,
  parse,
  SymbolNode,
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
  step: x => (x > 0 ? 1 : 0),
  "f'": x => 1 / (1 + x * x),
}
const functions = new Map<string, unknown>([
  ['diag', diag],
  ['squeezed', squeezed],
  ['cancel', () => 0],
  ['norm', (x: Worth) => Math.hypot(...[x].flat(2))],
  ['choice', (condition: number, a: Worth, b: Worth) => (condition > 0 ? a : b)],
  ...Object.entries(slopes).map(
    ([name, f]) => [name, (x: never) => (typeof x === 'number' ? f(x) : map(x, f))] as const,
  ),
])

/** One operation of mathjs, on parts that are worked out before it. */
interface Operation {
  readonly parts: readonly MathNode[]
  readonly code: EvalFunction
}

const operations = new WeakMap<MathNode, Operation>()

const part = (i: number): string => `part ${i}`

/** The operation that a node begins with, compiled once, however many numbers it is evaluated on. */
const operationOf = (node: MathNode): Operation => {
  const known = operations.get(node)
  if (known) return known
  const parts: MathNode[] = []
  const found = { code: node.map(inner => new SymbolNode(part(parts.push(inner) - 1))).compile(), parts }
  operations.set(node, found)
  return found
}

/** What nodes are worth, by mathjs, where names are worth what is known: a part that several share is worked out once. */
export const worthIn = (known: Known): ((node: MathNode) => Worth) => {
  const scope = new Map([...functions, ...known])
  const found = new Map<MathNode, Worth>()
  const evaluated = (node: MathNode): Worth => {
    const { parts, code } = operationOf(node)
    const worths = parts.map(worth)
    for (const [i, x] of worths.entries()) scope.set(part(i), x)
    const result = code.evaluate(scope) as Worth
    /** A product that ends in a column and begins with a row is a number; mathjs has a matrix of one entry. */
    return isOperatorNode(node) && String(node.fn) === 'multiply' ? squeezed(result) : result
  }
  const worth = (node: MathNode): Worth => {
    const result = found.get(node) ?? evaluated(node)
    found.set(node, result)
    return result
  }
  return worth
}

/** The worth of a node or a text of mathjs where names are worth what is known; what is struck out is worth 0. Sizes of 2 or more. */
export const worthOf = (x: MathNode | string, known: Known): Worth =>
  worthIn(known)(typeof x === 'string' ? parse(x) : x)

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
