/** Values as the prompt prints them. */
import { types } from 'node:util'
import { shown } from '../display/show.ts'
import { wrapped } from '../display/table.ts'
import { docOf, type Entry } from './docs.ts'
import { messageOf } from './messages.ts'
import { scope } from './scope.ts'

/** The first sentence that is said of a name, or else its type. */
const sentence = ({ name, doc, signature }: Entry): string => doc.split('\n')[0] || signature.replace(`${name}: `, '')

/** A function of this project by its name and what is said of it. */
const introduced = (value: unknown): string | undefined => {
  const name = Object.keys(scope).find(key => scope[key] === value)
  const entry = name === undefined ? undefined : docOf(name)
  return entry && wrapped(`${name}: ${sentence(entry)} (.help ${name})`, 80, '  ')
}

/** A value in text: the project's own by what they are, errors by their message without a stack; `line` is what made it. */
export const writer = (value: unknown, line = ''): string => {
  if (types.isNativeError(value)) return messageOf(value, line)
  return (typeof value === 'function' && introduced(value)) || shown(value)
}
