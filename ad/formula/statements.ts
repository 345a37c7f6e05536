/** What a formula says, as data: numbers, names, and calls of the operators and functions there are. */

/** One expression; `at` is its place in the source: of a call, that of its operator or function. */
export type Expr = Numeral | Name | Call

export interface Numeral {
  readonly kind: 'number'
  readonly value: number
  readonly at: number
}

export interface Name {
  readonly kind: 'name'
  readonly name: string
  readonly at: number
}

/** `f` is one of + - * / ^ .* ./ .^, `neg`, or a function's name. */
export interface Call {
  readonly kind: 'call'
  readonly f: string
  readonly args: readonly Expr[]
  readonly at: number
}

/** `name = expression`; of a loss, the last statement may go without a name. */
export interface Statement {
  readonly name: string
  readonly at: number
  readonly expression: Expr
}

const strengths: Readonly<Record<string, number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '.*': 2,
  './': 2,
  neg: 3,
  '^': 4,
  '.^': 4,
}
/** Of numbers, names and calls of functions: they hold together whatever is around them. */
const strongest = Number.POSITIVE_INFINITY
const strengthOf = (e: Expr): number => (e.kind === 'call' && strengths[e.f]) || strongest

/** In parentheses where it binds less than what is around it asks for. */
const within = (least: number, e: Expr): string =>
  strengthOf(e) < least ? `(${formatExpression(e)})` : formatExpression(e)

/** An expression as text that reads back as itself, with no more parentheses than it needs. */
export const formatExpression = (e: Expr): string => {
  if (e.kind === 'number') return String(e.value)
  if (e.kind === 'name') return e.name
  const [a, b] = e.args
  const strength = strengths[e.f]
  if (!a || strength === undefined) return `${e.f}(${e.args.map(formatExpression).join(', ')})`
  if (!b) return `-${within(4, a)}`
  if (strength === 4) return `${within(strongest, a)}${e.f}${within(strongest, b)}`
  return `${within(strength, a)} ${e.f} ${within(strength + 1, b)}`
}

/** Statements as text that reads back as themselves. */
export const formatStatements = (statements: readonly Statement[]): string =>
  statements.map(({ name, expression }) => (name === '' ? '' : `${name} = `) + formatExpression(expression)).join('; ')

/** Calls a function on an expression and all its parts, the outermost first. */
export const visit = (e: Expr, see: (part: Expr) => void): void => {
  see(e)
  if (e.kind === 'call') for (const arg of e.args) visit(arg, see)
}

/** The names that an expression reads, in the order in which it does. */
export const namesIn = (e: Expr): readonly Name[] => {
  const names: Name[] = []
  visit(e, part => {
    if (part.kind === 'name') names.push(part)
  })
  return names
}
