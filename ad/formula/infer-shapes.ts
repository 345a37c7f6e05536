/** The shapes of a formula's names, found from how they are used: unification of ranks and sizes over all statements. */
import { ShapeError } from '../errors.ts'
import { pointed, type Source } from './position.ts'
import { relate } from './relations.ts'
import { type Call, type Expr, formatExpression, type Name, type Statement } from './statements.ts'
import { type Box, box, narrowed, type Rank, rankOf, root, shapeOf, shown, united } from './unify.ts'

/** What is known of names before their use is read, and the size that stands where nothing decides. */
export interface Known {
  readonly shapes: ReadonlyMap<string, readonly string[]>
  readonly otherwise: string
}

/**
 * A capital may be a matrix; what begins with a small letter is a vector or a number. So `W*h` is a product and `a*h` scales,
 * and no number that was forgotten becomes a matrix.
 */
const unread = (name: string): Box => box(/^_*\p{Lu}/u.test(name) ? [0, 1, 2] : [0, 1])

const declared = (shape: readonly string[]): Box => box([shape.length as Rank], ...shape)

/** What one statement, or one part of it, has to say when it is asked again. */
type Ask = () => boolean

const agree = (source: Source, { name, at }: Statement, target: Box, value: Box, expression: Expr): boolean => {
  const refuse = (): never => {
    throw pointed(ShapeError, source, at, {
      given: `${name} ${shown(target)} = ${formatExpression(expression).slice(0, 24)} ${shown(value)}`,
      wanted: 'one shape on both sides; every state is a vector [d]',
      remedy: 'Put a matrix before what has another length, as in V*x',
    })
  }
  const changed =
    narrowed(
      [target, value],
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ) ?? refuse()
  const rank = rankOf(target)
  if (rank === undefined) return changed
  const sides = [[target.rows, value.rows] as const, [target.columns, value.columns] as const].slice(0, rank)
  return sides.every(united) ? changed : refuse()
}

/** A list of questions about boxes, one for each call and each assignment. */
const questions = (
  source: Source,
  statements: readonly Statement[],
  named: (name: Name | string) => Box,
): readonly Ask[] => {
  const asks: Ask[] = []
  const boxOf = (e: Expr): Box => {
    if (e.kind === 'number') return box([0])
    if (e.kind === 'name') return named(e)
    return called(e)
  }
  const called = (call: Call): Box => {
    const boxes = [...call.args.map(boxOf), box([0, 1, 2])]
    asks.push(() => relate(source, call, boxes))
    return boxes.at(-1) as Box
  }
  for (const statement of statements) {
    const value = boxOf(statement.expression)
    const target = named(statement.name)
    asks.push(() => agree(source, statement, target, value, statement.expression))
  }
  return asks
}

/** Asks until no rank is learned any more; each round that goes on takes one away. Sizes need no other round: once made one, they stay it. */
const settle = (asks: readonly Ask[]): void => {
  for (let news = true; news; ) news = asks.reduce((learned, ask) => ask() || learned, false)
}

/** The highest rank that is left, as the only one; false where there was only one. */
const chosen = (one: Box): boolean => {
  if (rankOf(one) !== undefined) return false
  one.ranks = 1 << Math.floor(Math.log2(one.ranks))
  return true
}

/**
 * The shape of every name, in the names of sizes: ['d', 'n'], ['d'], []. Where use leaves a choice, it is the higher rank:
 * `b` in u + b is a vector, `W` in W*h a matrix. Throws a ShapeError at the operator whose sides cannot be brought together.
 */
export const shapesOf = (
  source: Source,
  statements: readonly Statement[],
  { shapes, otherwise }: Known,
): ReadonlyMap<string, readonly string[]> => {
  const assigned = new Set(statements.map(({ name }) => name))
  const boxes = new Map([...shapes].map(([name, shape]) => [name, declared(shape)]))
  const named = (of: Name | string): Box => {
    const name = typeof of === 'string' ? of : of.name
    const found = boxes.get(name) ?? (assigned.has(name) ? box([0, 1, 2]) : unread(name))
    boxes.set(name, found)
    return found
  }
  const asks = questions(source, statements, named)
  settle(asks)
  for (const [, one] of boxes) if (chosen(one)) settle(asks)
  for (const [, one] of boxes) for (const size of [root(one.rows), root(one.columns)]) size.name ??= otherwise
  return new Map([...boxes].map(([name, one]) => [name, shapeOf(one)]))
}
