/** `janus derive`: the equations of a cell under a rule, out of the program that runs. */

import { describe } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, KindError, NameError } from '../../ad/errors.ts'
import { requireNames } from '../../ad/require.ts'
import { factsOf, type RuleFacts, registry } from '../../rules/index.ts'
import { attempt, type Command } from '../failure.ts'
import { orThrow, reader, wholeUpTo } from '../options.ts'
import { callOf, namedRule } from '../rule-named.ts'
import { isText } from '../training/cell-text.ts'
import { equationsFor } from './cells.ts'
import { documentOf } from './document.ts'
import { asTex, asText, asTypst } from './render.ts'
import { asTypeScript } from './typescript.ts'

const forms = { text: asText, tex: asTex, typst: asTypst } as const
/** The forms that equations are written in. */
export type Form = keyof typeof forms | 'ts'
const formNames: readonly string[] = [...Object.keys(forms), 'ts']

/** Options of `derive`: a rule of `janus rules` (rtrl by default), with options of its own in parentheses, a form (text by default), layers (1 by default). */
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

/** The facts of a rule in two lines. */
const remarks = ({ papers: [paper], exactness, cost, keeps }: RuleFacts): string =>
  `${paper.authors} ${paper.year}; ${exactness}\n${cost.time} operations a step, keeps ${keeps} (leaky, d units)`

const requireText = (cell: unknown): void => {
  if (typeof cell === 'string') return
  throw new KindError({
    who: 'derive',
    given: describe(cell),
    wanted: "a cell by its name or as a text: 'lstm', 'h = tanh(W*h + V*x)'",
    remedy: "derive('leaky', { rule: 'rflo' }), or derive('leaky', 'rflo')",
  })
}

const titled = (cell: string, layers: number): string => {
  const name = isText(cell) ? 'a cell from text' : cell
  return layers === 1 ? name : `${layers} layers of ${name}`
}

const checkLayers = (layers: number): void => {
  if (Number.isInteger(layers) && layers >= 1 && layers <= 16) return
  throw new DomainError({
    who: 'derive',
    given: `${layers} layers`,
    wanted: 'a whole number from 1 to 16',
    remedy: 'Two layers show what a stack is like',
  })
}

/**
 * The equations of a cell, by its name or as a text, under a rule: forward, linearised, the rule's recursion with the terms it
 * drops struck through. As text of 80 columns, LaTeX for amsmath and cancel (KaTeX reads it too), Typst, or TypeScript
 * that runs by itself. Throws a NameError for unknown names and for a cell one of whose names the equations use for
 * something else, a KindError for a rule whose step is more than products and sums (branches, roots, a synthesiser), a
 * DomainError for layers outside 1 to 16.
 */
export const derive = (cell: string, options: DeriveOptions | string = {}): string => {
  if (typeof options !== 'string') requireNames('derive', options, ['rule', 'as', 'layers'])
  const { rule = 'rtrl', as = 'text', layers = 1 } = typeof options === 'string' ? { rule: options } : options
  requireText(cell)
  const asked = orThrow(namedRule(rule, { who: 'derive' }))
  const { name } = asked
  const form = choose('form', as, formNames) as Form
  checkLayers(layers)
  const title = `${titled(cell, layers)} under ${callOf(asked)}`
  if (form === 'ts') return asTypeScript(equationsFor(cell, layers, 'tanh'), titled(cell, layers), asked)
  const body = forms[form](documentOf(equationsFor(cell, layers), asked))
  return form === 'text'
    ? [title, remarks(factsOf(registry[name as keyof typeof registry])), '', body].join('\n')
    : body
}

/** Prints what `derive` makes. */
export const deriveCommand = (cell: string, options: { rule?: string; as?: string; layers?: string }): Command =>
  attempt(() => {
    const { layers, ...rest } = options
    console.log(
      derive(cell, {
        ...rest,
        ...(layers !== undefined && {
          layers: orThrow(reader('derive').number('layers', layers, wholeUpTo(1, 16, 2))),
        }),
      }),
    )
  })
