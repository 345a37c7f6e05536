/** `janus derive`: the equations of a cell under a rule, out of the program that runs. */
import { DomainError, NameError } from '../../ad/errors.ts'
import { attempt, type Command } from '../failure.ts'
import { type Member, member, type RuleName, ruleNames } from '../family.ts'
import { numberOf } from '../given.ts'
import { nearest } from '../nearest.ts'
import { isText } from '../written.ts'
import { documentOf } from './document.ts'
import { asTex, asText, asTypst } from './render.ts'
import { equationsFor } from './subjects.ts'
import { asTypeScript } from './typescript.ts'

const forms = { text: asText, tex: asTex, typst: asTypst } as const
/** The forms that equations are written in. */
export type Form = keyof typeof forms | 'ts'
const formNames: readonly string[] = [...Object.keys(forms), 'ts']

/** What `derive` may be told: a rule of the family (rtrl unless said), a form (text unless said), layers (1 unless said). */
export interface DeriveOptions {
  readonly rule?: string
  readonly as?: string
  readonly layers?: number
}

const choose = <A extends string>(what: string, given: string, names: readonly A[]): A => {
  const found = names.find(name => name === given)
  if (found) return found
  const near = nearest(given, names)
  throw new NameError({
    who: 'derive',
    given: `the ${what} '${given}'`,
    wanted: names.join(', '),
    remedy: near ? `Did you mean \`${near}\`?` : 'Take one of these',
  })
}

/** What the table of rules says of one, in two lines. */
const remarks = ({ paper, grade, cost, keeps }: Member): string =>
  `${paper}; ${grade}\n${cost} operations a step, keeps ${keeps} (leaky, d units)`

const titled = (cell: string, layers: number): string => {
  const name = isText(cell) ? 'a cell from text' : cell
  return layers === 1 ? name : `${layers} layers of ${name}`
}

/**
 * The equations of a cell, by its name or as a text, under a rule: forward, linearised, the rule's recursion with the terms it
 * drops struck through. As text of 80 columns, LaTeX for amsmath and cancel (KaTeX reads it too), Typst, or TypeScript
 * that runs by itself. Throws a NameError for names there are not, a KindError for a rule whose step is more than products
 * and sums.
 */
export const derive = (cell: string, { rule = 'rtrl', as = 'text', layers = 1 }: DeriveOptions = {}): string => {
  const [name, form] = [choose('rule', rule, ruleNames), choose('form', as, formNames) as Form]
  const title = `${titled(cell, layers)} under ${name}`
  if (form === 'ts') return asTypeScript(equationsFor(cell, layers, 'tanh'), titled(cell, layers), name)
  const body = forms[form](documentOf(equationsFor(cell, layers), name))
  return form === 'text' ? [title, remarks(member(name as RuleName)), '', body].join('\n') : body
}

const counted = (layers: string): number => {
  const count = numberOf(layers)
  if (Number.isInteger(count) && count >= 1 && count <= 16) return count
  throw new DomainError({
    who: 'derive',
    given: `--layers ${layers}`,
    wanted: 'a whole number from 1 to 16',
    remedy: 'Try --layers 2',
  })
}

/** Prints what `derive` makes. */
export const deriveCommand = (cell: string, options: { rule?: string; as?: string; layers?: string }): Command =>
  attempt(() => {
    const { layers, ...rest } = options
    console.log(derive(cell, { ...rest, ...(layers !== undefined && { layers: counted(layers) }) }))
  })
