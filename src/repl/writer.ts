/** Values as the prompt prints them. */
import { inspect, types } from 'node:util'
import { isMaker } from '../display/guards.ts'
import { shown } from '../display/show.ts'
import { wrapped } from '../display/table.ts'
import { docOf, type Entry } from './docs.ts'
import { messageOf } from './messages.ts'
import { scope } from './scope.ts'

/** The first line of the docstring of a name, or else its type. */
const sentence = ({ name, doc, signature }: Entry): string => doc.split('\n')[0] || signature.replace(`${name}: `, '')

/** A public function by its name and docstring. */
const introduced = (value: unknown): string | undefined => {
  const name = Object.keys(scope).find(key => scope[key] === value)
  const entry = name === undefined ? undefined : docOf(name)
  return entry && wrapped(`${name}: ${sentence(entry)} (.help ${name})`, 80, '  ')
}

const written = (value: unknown, line: string): string => {
  if (types.isNativeError(value)) return messageOf(value, line)
  return (typeof value === 'function' && !isMaker(value) && introduced(value)) || shown(value)
}

/** A value without what its own functions say of it. */
const bare = (value: unknown): string => {
  try {
    return inspect(value, { depth: 0, customInspect: false, showProxy: true })
  } catch {
    return 'a value that cannot be shown: reading its parts throws'
  }
}

/**
 * A value in text: the project's own by their kind, errors by their message without a stack; `line` is what made it. Throws
 * nothing: of a value whose parts throw when they are read, that it is one.
 */
export const writer = (value: unknown, line = ''): string => {
  try {
    return written(value, line)
  } catch {
    return bare(value)
  }
}
