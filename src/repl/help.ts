/** `.help NAME`: the docstring and the type of a name, and an example, run now. */

import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import { cut, wrapped } from '../display/table.ts'
import { docOf, documented } from './docs.ts'
import { evaluate } from './evaluate.ts'
import { examples, pageExample } from './examples.ts'
import { writer } from './writer.ts'

const longest = 320

/** A type in a few lines; an interface in full. */
const signatureLines = (signature: string): string =>
  signature.includes('\n') ? signature : wrapped(cut(signature, longest), 80, '    ')

/** Prose filled to the page; paragraphs and numbered laws keep their lines. */
const filled = (doc: string): string =>
  doc
    .split(/\n\n|\n(?=\d\. |- )/)
    .map(part => wrapped(part.replaceAll('\n', ' '), 80, /^\d/.test(part) ? '   ' : ''))
    .join('\n')

/** An example with its value: the names it uses first. */
const played = async (lines: readonly string[]): Promise<string> => {
  const [last = ''] = lines.slice(-1)
  const made = lines.slice(0, -1).map(line => `const ${line}`)
  const value = await evaluate(`(() => { ${made.join('\n')}\nreturn ${last} })()`)
  return [...made, last, writer(value)].join('\n').replace(/^/gm, '  ')
}

const exampleOf = async (name: string): Promise<string | undefined> => {
  const lines = examples[name]
  if (lines) return played(lines)
  return pageExample(name)?.replace(/^/gm, '  ')
}

/** The help text of a name. Throws a NameError for an unknown one. */
export const helpOf = async (name: string): Promise<string> => {
  const entry = docOf(name)
  if (!entry) {
    const near = nearest(name, documented())
    const remedy = near ? `Did you mean ${near}?` : 'Press tab after .help to see the names'
    throw new NameError({ who: '.help', given: `no public name ${name}`, wanted: 'a name in scope, or a type', remedy })
  }
  const example = await exampleOf(name)
  return [
    `${entry.name}   (${entry.home})`,
    ...(entry.doc ? [filled(entry.doc)] : []),
    signatureLines(entry.signature),
    ...(example ? ['example', example] : []),
  ].join('\n')
}
