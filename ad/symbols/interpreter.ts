/** The interpreter whose values are expressions: a program that runs on it says what it computes. */
import { KindError } from '../errors.ts'
import { Inside } from '../guarded.ts'
import { type Shape, sameShape, sizeOf, type Tensor } from '../tensor.ts'
import { type Interpreter, nextLevel, type Row, type Value } from '../value.ts'
import {
  applied,
  calleeOf,
  diag,
  type Expression,
  entrywise,
  gradeOf,
  identity,
  keyOf,
  kron,
  negative,
  number,
  product,
  quotient,
  raised,
  renamed,
  stack,
  sum,
  symbol,
  transposed,
} from './expression.ts'

/**
 * A value as an expression. `along` says that the expression holds many tangents side by side, as columns, or many cotangents,
 * as rows, where `shape` is that of one: pushed or pulled through a program, the unit ones give its Jacobian.
 */
export class Symbolic extends Inside<Interpreter> {
  readonly expression: Expression
  readonly along: 'columns' | 'rows' | undefined
  constructor(interpreter: Interpreter, shape: Shape, expression: Expression, along?: 'columns' | 'rows') {
    super(interpreter, shape)
    this.expression = expression
    this.along = along
  }
}

type Along = Symbolic['along']
type Operand = { readonly expression: Expression; readonly along: Along; readonly shape: Shape }
type Meaning = (args: readonly Operand[], shape: Shape, row: Row) => Expression

const refuse = (given: string): never => {
  throw new KindError({
    who: 'equations',
    given,
    wanted: 'a program of products of matrices and vectors, and of what acts entry by entry',
    remedy: 'Write it without reshaping, slicing or tables of numbers; its numbers can be had from any engine',
  })
}

const isUniform = ({ data }: Tensor): boolean => data.every(x => x === data[0])
const isEye = ({ shape: [m, n], data }: Tensor): boolean =>
  m === n && n !== undefined && data.every((x, i) => x === (i % (n + 1) === 0 ? 1 : 0))

/** Numbers in a program: one number, however often it is repeated, or the identity. */
const constant = (x: Tensor): Expression => {
  if (x.shape.length === 2 && x.shape[0] !== 1 && isEye(x)) return identity
  return isUniform(x) && x.data.length > 0 ? number(x.data[0] as number) : refuse(`numbers of shape [${x.shape}]`)
}

/** All the unit matrices of a parameter at once: what a matrix is differentiated along. */
const units = symbol({ base: 'E', grade: 'matrix' }, 'units')
const isUnits = (x: Expression): boolean => keyOf(x) === keyOf(units)

/** a ⊙ b, of which one may be many: many columns are multiplied from the left, many rows from the right, by diag. */
const times: Meaning = ([a, b]) => {
  const [x, y] = [a as Operand, b as Operand]
  if (!x.along && !y.along) return onDiagonal(x, y) ?? onDiagonal(y, x) ?? entrywise(x.expression, y.expression)
  const [many, single] = x.along ? [x, y.expression] : [y, x.expression]
  if (gradeOf(single) === 'scalar') return product(single, many.expression)
  if (isUnits(many.expression)) return refuse('a matrix of parameters multiplied entry by entry')
  if (many.along === 'rows') return product(many.expression, diag(single))
  return gradeOf(many.expression) !== 'matrix'
    ? product(single, many.expression)
    : product(diag(single), many.expression)
}

/** I ⊙ v, where v is repeated over the rows, is diag(v). */
const onDiagonal = (x: Operand, y: Operand): Expression | null =>
  keyOf(x.expression) === keyOf(identity) && gradeOf(y.expression) === 'column' ? diag(y.expression) : null

/** A vector in a product must be one: equal numbers have lost their length. */
const checkVector = ({ expression, shape }: Operand): void => {
  if (sizeOf(shape) !== 1 && gradeOf(expression) === 'scalar' && keyOf(expression) !== '0')
    refuse(`equal numbers of shape [${shape}] in a product`)
}

const through: Meaning = ([w, x]) => {
  const [left, right] = [w as Operand, x as Operand]
  checkVector(right)
  return isUnits(left.expression)
    ? kron(identity, transposed(right.expression))
    : product(left.expression, right.expression)
}

/** From a vector to a matrix of one row, or back: a transpose, unless it is many rows already. */
const reshaped: Meaning = ([x], shape) => {
  const { expression, along, shape: from } = x as Operand
  if (along || sizeOf(from) === 1 || sameShape(from, shape)) return expression
  const flat = (s: Shape) => s.length === 1 || (s.length === 2 && s[0] === 1)
  return flat(from) && flat(shape) ? transposed(expression) : refuse(`[${from}] reshaped to [${shape}]`)
}

const isNought = (x: Operand | undefined): boolean => x !== undefined && keyOf(x.expression) === '0'

/** Whether two values are the same where a condition is 0. */
const agree = (condition: Expression, a: Expression, b: Expression): boolean => {
  const [left, right] = [a, b].map(x =>
    keyOf(
      renamed(x, [
        [condition, number(0)],
        [diag(condition), number(0)],
      ]),
    ),
  )
  return left === right
}

/** One of two by a number, by a step of 0 and 1, or the first where the condition makes no difference between them. */
const chosen: Meaning = args => {
  const [condition, a, b] = args as readonly [Operand, Operand, Operand]
  const p = condition.expression
  const known = Number(keyOf(p))
  if (!Number.isNaN(known)) return known === 0 ? b.expression : a.expression
  if (agree(p, a.expression, b.expression)) return a.expression
  if (calleeOf(p) !== 'step') return refuse('a choice by a number')
  const none = { ...condition, expression: sum(number(1), negative(p)) }
  const parts = [[condition, a] as const, [none, b] as const].filter(([, x]) => !isNought(x))
  return sum(...parts.map(pair => times(pair, [], null as never)))
}

const meanings: { readonly [name: string]: Meaning } = {
  add: args => sum(...args.map(arg => arg.expression)),
  sub: ([a, b]) => sum((a as Operand).expression, negative((b as Operand).expression)),
  neg: ([a]) => negative((a as Operand).expression),
  mul: times,
  div: ([a, b]) => {
    const [x, y] = [a as Operand, b as Operand]
    return x.along
      ? times([x, { ...y, expression: quotient(number(1), y.expression) }], [], null as never)
      : quotient(x.expression, y.expression)
  },
  pow: ([a, b]) => raised((a as Operand).expression, (b as Operand).expression),
  greater: ([a, b]) =>
    isNought(b) ? applied('step', (a as Operand).expression) : refuse('a comparison with another number than 0'),
  where: chosen,
  matvec: through,
  matmul: ([a, b]) => product((a as Operand).expression, (b as Operand).expression),
  outer: ([a, b]) => {
    const [x, y] = [a as Operand, b as Operand]
    return x.along === 'rows'
      ? kron(x.expression, transposed(y.expression))
      : product(x.expression, transposed(y.expression))
  },
  dot: ([a, b]) => product(transposed((a as Operand).expression), (b as Operand).expression),
  spread: ([x]) => (x as Operand).expression,
  concat: args =>
    args.some(({ along }) => along) ? refuse('a Jacobian of joined vectors') : stack(args.map(arg => arg.expression)),
  reshape: reshaped,
  transpose: ([x]) => transposed((x as Operand).expression),
}

const entryByEntry: Meaning = ([x, ...more], _, { kind, name }) =>
  kind === 'elementwise' && more.length === 0 && !(x as Operand).along
    ? applied(name, (x as Operand).expression)
    : refuse(`the operation ${name}`)

/** An interpreter whose values are expressions. */
export const symbolic = () => {
  const mine = (x: Value): x is Symbolic => x.interpreter === self
  const made = (expression: Expression, shape: Shape, along?: Along): Symbolic =>
    new Symbolic(self, shape, expression, along)
  const operandOf = (x: Value): Operand => {
    if (mine(x)) return { expression: x.expression, along: x.along, shape: x.shape }
    return x.interpreter
      ? refuse('a value of another derivative')
      : { expression: constant(x), along: undefined, shape: x.shape }
  }
  const self: Interpreter = {
    level: nextLevel(),
    run(row, args, options) {
      const shape = row.shape(
        args.map(arg => arg.shape),
        options,
      )
      const known = args.map(operandOf)
      const along = known.find(arg => arg.along)?.along
      const expression = (meanings[row.name] ?? entryByEntry)(known, shape, row)
      return made(expression, shape, along)
    },
  }
  return {
    /** A value that is a symbol. */
    value: (expression: Expression, shape: Shape): Symbolic => made(expression, shape),
    /** All unit tangents, or cotangents, of a value of this shape. */
    unit: (shape: Shape, along: 'columns' | 'rows'): Symbolic =>
      made(shape.length === 2 ? units : shape.length === 0 ? number(1) : identity, shape, along),
    /** The expression of a value of this interpreter, or of a plain number. */
    expressionOf: (x: Value): Expression => operandOf(x).expression,
  }
}
