/** Statements as a program of Values over names: numbers are worked out beforehand, the rest runs where it is asked to. */
import { DomainError } from '../errors.ts'
import { item, type Like, lift } from '../value.ts'
import { constants, evaluate } from './evaluate.ts'
import { pointed, type Source } from './position.ts'
import { type Call, type Expr, namesIn, type Statement } from './statements.ts'

type Numbers = ReadonlyMap<string, number>

const unread = (name: string): never => {
  throw new Error(`internal: ${name} is no number`)
}

const worked = (source: Source, call: Call): Expr => {
  const value = item(lift(evaluate(call, unread)))
  if (Number.isFinite(value)) return { kind: 'number', value, at: call.at }
  throw pointed(DomainError, source, call.at, {
    given: `a number that is ${value}`,
    wanted: 'finite numbers',
    remedy: 'Change what it is made of',
  })
}

const isPower = ({ f }: Call): boolean => f === '^' || f === '.^'

/** An expression whose numbers are worked out. Throws a DomainError where an exponent is none, or a number is not finite. */
const folded = (source: Source, e: Expr, numbers: Numbers): Expr => {
  if (e.kind === 'number') return e
  if (e.kind === 'name') {
    const value = numbers.get(e.name)
    return value === undefined ? e : { kind: 'number', value, at: e.at }
  }
  const call = { ...e, args: e.args.map(arg => folded(source, arg, numbers)) }
  if (call.args.every(({ kind }) => kind === 'number')) return worked(source, call)
  if (!isPower(call) || call.args[1]?.kind === 'number') return call
  throw pointed(DomainError, source, call.args[1]?.at ?? call.at, {
    given: 'an exponent that is no number',
    wanted: 'a number, or a name that is given one',
    remedy: 'For a varying exponent write exp(b .* log(a))',
  })
}

/** Statements with their numbers worked out. A name that only stands for a number is taken out, and is one of the numbers. */
export const simplified = (
  source: Source,
  statements: readonly Statement[],
  given: Numbers,
): { readonly statements: readonly Statement[]; readonly numbers: Numbers } => {
  const assigned = new Set(statements.map(({ name }) => name))
  const numbers = new Map([...constants].filter(([name]) => !assigned.has(name)))
  for (const [name, value] of given) numbers.set(name, value)
  const read = new Set<string>()
  const rest: Statement[] = []
  for (const statement of statements) {
    for (const { name } of namesIn(statement.expression)) read.add(name)
    const expression = folded(source, statement.expression, numbers)
    if (expression.kind === 'number' && statement.name !== '' && !read.has(statement.name))
      numbers.set(statement.name, expression.value)
    else rest.push({ ...statement, expression })
  }
  return { statements: rest, numbers }
}

/** Runs statements in their order: a name is worth what was assigned to it before, else what `read` says. */
export const perform = (statements: readonly Statement[], read: (name: string) => Like): ReadonlyMap<string, Like> => {
  const env = new Map<string, Like>()
  for (const { name, expression } of statements)
    env.set(
      name,
      evaluate(expression, of => env.get(of) ?? read(of)),
    )
  return env
}
