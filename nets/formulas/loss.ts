/** Losses from text. */

import { nearest } from '../../ad/did-you-mean.ts'
import { KindError, NameError } from '../../ad/errors.ts'
import { constants, evaluate } from '../../ad/formula/evaluate.ts'
import { statementsOf } from '../../ad/formula/grammar.ts'
import { shapesOf } from '../../ad/formula/infer-shapes.ts'
import { pointed, type Source } from '../../ad/formula/position.ts'
import { perform, simplified } from '../../ad/formula/program.ts'
import { namesIn, type Statement } from '../../ad/formula/statements.ts'
import { requireRecord } from '../../ad/require.ts'
import { type Like, lift, type Value } from '../../ad/value.ts'
import { loss as made, type PerStep } from '../loss.ts'

const given: readonly string[] = ['v', 'target', 'y_star']

/** A loss has no parameters: every name must have a value. */
const checkNames = (source: Source, statements: readonly Statement[], numbers: readonly string[]): void => {
  const known = [...given, ...constants.keys(), ...numbers]
  const own: readonly string[] = [...known]
  for (const { name, at, expression } of statements) {
    const strange = namesIn(expression).find(read => !known.includes(read.name))
    if (strange) {
      const near = strange.name.length > 1 && nearest(strange.name, known)
      throw pointed(NameError, source, strange.at, {
        given: `the name ${strange.name}, which has no value here`,
        wanted: 'v (the logits), target or y_star, a name assigned before, or a number that is given',
        remedy: near ? `Did you mean \`${near}\`?` : `Give { ${strange.name}: 0.5 }`,
      })
    }
    if (own.includes(name))
      throw pointed(NameError, source, at, {
        given: `an assignment to ${name}`,
        wanted: 'another name',
        remedy: 'It is given',
      })
    known.push(name)
  }
}

const checkOptions = ({ who }: Source, statements: readonly Statement[], options: object): void => {
  requireRecord(who, options, 'numbers by name', "Write loss('scale * sum((v - target).^2)', { scale: 0.5 })")
  const read = statements.flatMap(({ expression }) => namesIn(expression).map(({ name }) => name))
  const other = Object.keys(options).find(name => !read.includes(name))
  if (other === undefined) return
  const near = nearest(other, read)
  throw new NameError({
    who,
    given: `a value for ${other}`,
    wanted: 'values for names that the text reads',
    remedy: near ? `Did you mean \`${near}\`?` : 'Leave it out',
  })
}

/** y = g(v): a statement for `y` that is made of v alone; the logits themselves where there is none. */
const outputOf = (statements: readonly Statement[]): ((v: Value) => Value) | undefined => {
  const output = statements.find(({ name }) => name === 'y')
  if (!output || namesIn(output.expression).some(({ name }) => name !== 'v')) return undefined
  return v => lift(evaluate(output.expression, () => v))
}

/**
 * A loss of a text: `loss('0.5 * sum((v - target).^2)')`, or `loss('y = softmax(v); -sum(target .* log(y))')`. v [m] are the
 * logits, target [m] (or y_star) what is wanted; the last statement, with a name or without, is what one timestep costs. A
 * statement `y = …` of v alone is the output. Throws a JanusError that points at the column.
 */
export const loss = (text: string, options: { readonly [name: string]: number } = {}): PerStep => {
  const source = { who: 'loss', text }
  const all = statementsOf(source, true)
  checkOptions(source, all, options)
  checkNames(source, all, Object.keys(options))
  const { statements } = simplified(source, all, new Map(Object.entries(options)))
  const last = statements.at(-1)
  const vectors = new Map(given.map(name => [name, ['m']]))
  const shapes = shapesOf(source, statements, { shapes: vectors, otherwise: 'm' })
  const cost = last ? shapes.get(last.name) : undefined
  if (!last || cost?.length !== 0 || last.expression.kind === 'number')
    throw pointed(KindError, source, last?.at ?? 0, {
      given: cost?.length ? `a loss of shape [${cost.join(', ')}]` : 'a loss of numbers alone',
      wanted: 'one number, made of v and target',
      remedy: 'Add it up: sum(…)',
    })
  const each = (v: Value, target: Value): Value => {
    const worth = (name: string): Like => (name === 'v' ? v : target)
    return lift(perform(statements, worth).get(last.name) as Like)
  }
  return made(each, outputOf(statements))
}
