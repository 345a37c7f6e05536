/** What the operators and functions of a formula compute: rows of the table, each by its name. */

import { dot, matmul, matvec } from '../primitives/contraction.ts'
import { add, div, mul, neg, pow, sub } from '../primitives/elementwise.ts'
import { sum } from '../primitives/layout.ts'
import { logSoftmax, logsumexp, mean, softmax } from '../primitives/reduction.ts'
import { table } from '../primitives/table.ts'
import { type Like, lift, run } from '../value.ts'
import type { Expr } from './statements.ts'

/** How the shape of a call follows from its arguments': entry by entry, to one number, along a vector, of two vectors. */
export type Manner = 'entrywise' | 'total' | 'along' | 'gathered' | 'pair'

export interface Word {
  readonly manner: Manner
  readonly call: (...args: readonly Like[]) => Like
}

const one = (manner: Manner, f: (x: Like) => Like): Word => ({ manner, call: x => f(x as Like) })

/** Every row that takes one value and acts entry by entry. */
const entrywise = Object.values(table)
  .filter(({ kind, specimens }) => kind === 'elementwise' && specimens?.every(({ shapes }) => shapes.length === 1))
  .map(row => [row.name, one('entrywise', x => run(row, [lift(x)]))] as const)

const named = new Map<string, Word>([
  ...entrywise,
  ['sum', one('total', x => sum(x))],
  ['mean', one('total', x => mean(x))],
  ['softmax', one('along', x => softmax(x))],
  ['logSoftmax', one('along', x => logSoftmax(x))],
  ['logsumexp', one('gathered', x => logsumexp(x))],
  ['dot', { manner: 'pair', call: (a, b) => dot(a as Like, b as Like) }],
])

/** Other names of the same functions. */
const aliases: readonly (readonly [name: string, known: string])[] = [
  ['σ', 'sigmoid'],
  ['ln', 'log'],
]

/** The functions there are, by name. */
export const functions: ReadonlyMap<string, Word> = new Map([
  ...named,
  ...aliases.map(([name, known]) => [name, named.get(known) as Word] as const),
])

/** Names that are numbers. */
export const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['π', Math.PI],
])

const rankOf = (x: Like): number => (typeof x === 'number' ? 0 : x.shape.length)

/** A scalar scales; a matrix acts on what is to its right. */
const product = (a: Like, b: Like): Like => {
  if (rankOf(a) === 0 || rankOf(b) === 0) return mul(a, b)
  return rankOf(b) === 1 ? matvec(a, b) : matmul(a, b)
}

/** A square is a product, which costs less and loses nothing. */
const power = (a: Like, b: Like): Like => (b === 2 ? mul(a, a) : pow(a, b))

type Two = (a: Like, b: Like) => Like
/** The operators between two values. */
export const operators: ReadonlyMap<string, Two> = new Map<string, Two>([
  ['+', add],
  ['-', sub],
  ['*', product],
  ['/', div],
  ['^', power],
  ['.*', mul],
  ['./', div],
  ['.^', power],
])

/** What an expression is worth, where names are worth what `read` says. */
export const evaluate = (e: Expr, read: (name: string) => Like): Like => {
  if (e.kind === 'number') return e.value
  if (e.kind === 'name') return read(e.name)
  const [a, b] = e.args as readonly [Expr, Expr?]
  const first = evaluate(a, read)
  if (e.f === 'neg') return neg(first)
  if (b === undefined) return (functions.get(e.f) as Word).call(first)
  const second = evaluate(b, read)
  return (operators.get(e.f) ?? (functions.get(e.f) as Word).call)(first, second)
}
