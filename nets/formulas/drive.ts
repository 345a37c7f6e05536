/** The one drive of a formula, u = Σ W z + b, where it has one: what the rules with Kronecker factors need. */
import { type Expr, namesIn, type Statement, visit } from '../../ad/formula/statements.ts'
import type { Formula } from './parse.ts'

/** A formula cut at its drive: the input of each parameter (1 for a bias), and the state made of u. */
export interface Driven {
  readonly inputs: { readonly [name: string]: Expr | 1 }
  readonly rest: readonly Statement[]
}

/** The name of the drive in `rest`: none that a text can have. */
export const drive = ' u'

/** The terms of a sum that is added up from the left. */
const termsOf = (e: Expr): readonly Expr[] => {
  const terms: Expr[] = []
  let at = e
  for (; at.kind === 'call' && at.f === '+'; at = at.args[0] as Expr) terms.push(at.args[1] as Expr)
  return [at, ...terms.reverse()]
}

type Term = readonly [name: string, input: Expr | 1]

/** A bias, or a matrix on what holds no parameter and is known before the step. */
const termOf = ({ params }: Formula, known: (name: string) => boolean, e: Expr): Term | undefined => {
  if (e.kind === 'name') return params[e.name]?.length === 1 ? [e.name, 1] : undefined
  if (e.kind !== 'call' || e.f !== '*') return undefined
  const [W, z] = e.args as readonly [Expr, Expr]
  if (W.kind !== 'name' || params[W.name]?.length !== 2) return undefined
  return namesIn(z).every(({ name }) => known(name)) ? [W.name, z] : undefined
}

const replaced = (e: Expr, part: Expr): Expr => {
  if (e === part) return { kind: 'name', name: drive, at: e.at }
  return e.kind === 'call' ? { ...e, args: e.args.map(arg => replaced(arg, part)) } : e
}

/** Whether every parameter has one input, in the order in which they were found, and makes d numbers. */
const isWhole = ({ params }: Formula, terms: readonly (Term | undefined)[]): terms is readonly Term[] => {
  const names = Object.keys(params)
  return terms.length === names.length && terms.every((term, i) => term?.[0] === names[i])
}

const fromUnits = ({ params }: Formula): boolean => Object.values(params).every(([rows]) => rows === 'd')

/** The part of a statement that is the whole drive. */
const found = (
  formula: Formula,
  statement: Statement,
  before: ReadonlySet<string>,
): readonly [Expr, readonly Term[]] | undefined => {
  const known = (name: string): boolean => name === 'x' || (formula.states.includes(name) && !before.has(name))
  let hit: readonly [Expr, readonly Term[]] | undefined
  visit(statement.expression, part => {
    if (hit || part.kind === 'number') return
    const terms = termsOf(part).map(term => termOf(formula, known, term))
    if (isWhole(formula, terms)) hit = [part, terms]
  })
  return hit
}

/** A formula cut at its drive; nothing where its parameters do not all meet in one, or something else reads the input. */
export const drivenBy = (formula: Formula): Driven | undefined => {
  if (!fromUnits(formula)) return undefined
  const before = new Set<string>()
  for (const statement of formula.statements) {
    const hit = found(formula, statement, before)
    before.add(statement.name)
    if (!hit) continue
    const rest = formula.statements.map(one =>
      one === statement ? { ...one, expression: replaced(one.expression, hit[0]) } : one,
    )
    const others = rest.flatMap(({ expression }) => namesIn(expression).map(({ name }) => name))
    if (others.some(name => name === 'x' || Object.hasOwn(formula.params, name))) return undefined
    return { inputs: Object.fromEntries(hit[1]), rest }
  }
  return undefined
}
