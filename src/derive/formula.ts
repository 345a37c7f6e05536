/** A formula or a function of values, as LaTeX, Typst or text. */
import { describe } from '../../ad/describe.ts'
import { KindError, NameError } from '../../ad/errors.ts'
import { evaluate } from '../../ad/formula/evaluate.ts'
import { statementsOf } from '../../ad/formula/grammar.ts'
import { shapesOf } from '../../ad/formula/infer-shapes.ts'
import { namesIn } from '../../ad/formula/statements.ts'
import { type Expression, type Mark, symbol } from '../../ad/symbols/expression.ts'
import { type Symbolic, symbolic } from '../../ad/symbols/interpreter.ts'
import { notations, written } from '../../ad/symbols/notation.ts'
import { isValue, lift, type Value } from '../../ad/value.ts'

type Form = keyof typeof notations
type Written = string | Value | ((...args: Value[]) => Value)

const grades = ['scalar', 'column', 'matrix'] as const
const size = 3
const greek: { readonly [name: string]: string } = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ε',
  theta: 'θ',
  lambda: 'λ',
  sigma: 'σ',
  phi: 'φ',
  psi: 'ψ',
}

/** Greek letters are numbers. */
const numbers = Object.entries(greek).flatMap(pair => pair.map(name => [name, []] as [string, string[]]))

const markOf = (name: string, rank: number): Mark => ({
  base: greek[name] ?? name,
  grade: grades[rank] ?? 'matrix',
})

/** Statements as equations; a formula without a name is written alone. */
const ofText = (text: string, form: Form): string => {
  const source = { who: 'tex', text }
  const statements = statementsOf(source, true)
  const shapes = shapesOf(source, statements, { shapes: new Map([['x', ['n']], ...numbers]), otherwise: 'd' })
  const symbols = symbolic()
  const value = (name: string): Value => {
    const rank = shapes.get(name)?.length ?? 0
    return symbols.value(symbol(markOf(name, rank)), new Array<number>(rank).fill(size))
  }
  const write = written(notations[form])
  const names = new Set(statements.flatMap(({ expression }) => namesIn(expression).map(({ name }) => name)))
  return statements
    .map(({ name, expression }) => {
      const right = write(symbols.expressionOf(lift(evaluate(expression, value))))
      return name === '' || (statements.length === 1 && !names.has(name) && !text.includes('='))
        ? right
        : `${write(symbol(markOf(name, 1)))} = ${right}`
    })
    .join(form === 'tex' ? ' \\\\ ' : '\n')
}

/** The names of a function's parameters, as it was typed. */
const parametersOf = (f: (...args: never[]) => unknown): readonly string[] => {
  const head = /^(?:async\s*)?(?:function[^(]*)?\(?([^)=]*)\)?/.exec(String(f))?.[1] ?? ''
  return head
    .split(',')
    .map(name => name.trim())
    .filter(name => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name))
}

/** A capital is a matrix, α a number, anything else a column. */
const rankOf = (name: string): number =>
  /^\p{Lu}/u.test(name) ? 2 : Object.hasOwn(greek, name) || /^\p{Script=Greek}$/u.test(name) ? 0 : 1

const ofFunction = (f: (...args: Value[]) => Value, form: Form): string => {
  const symbols = symbolic()
  const args = parametersOf(f as never).map(name => {
    const rank = rankOf(name)
    return symbols.value(symbol(markOf(name, rank)), new Array<number>(rank).fill(size))
  })
  return written(notations[form])(symbols.expressionOf(lift(f(...args))))
}

const isSymbolic = (x: unknown): x is Symbolic => isValue(x) && x.interpreter !== null && 'expression' in x

/**
 * A formula as LaTeX: of a text, `tex('h = (1-alpha)*h + alpha*tanh(W*h)')`; of a function of values,
 * `tex((W, h) => tanh(matvec(W, h)))`, whose parameters are matrices where they begin with a capital, numbers where they are
 * Greek letters, else columns. `form` may be 'text' or 'typst'. Throws a JanusError that points at the column of a text, a
 * KindError for anything else.
 */
export const tex = (expression: Written, form: Form = 'tex'): string => {
  const forms = Object.keys(notations)
  if (!forms.includes(form))
    throw new NameError({
      who: 'tex',
      given: `form ${describe(form)}`,
      wanted: forms.join(', '),
      remedy: "Write tex('h', 'text')",
    })
  if (typeof expression === 'string') return ofText(expression, form)
  if (typeof expression === 'function') return ofFunction(expression, form)
  if (isSymbolic(expression)) return written(notations[form])(expression.expression as Expression)
  throw new KindError({
    who: 'tex',
    given: typeof expression,
    wanted: 'a text, a function of values, or a symbol',
    remedy: "Try tex('h = tanh(W*h + V*x)')",
  })
}
