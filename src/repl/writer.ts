/** Values as the prompt prints them. */
import { inspect, types } from 'node:util'
import { isMaker } from '../display/guards.ts'
import { shown } from '../display/show.ts'
import { cut, wrapped } from '../display/table.ts'
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

/** What a function takes, out of its source: (θ, data) of (θ, data) => …; nothing where it is native. */
const parametersOf = (f: (...given: never[]) => unknown): string | undefined => {
  const source = Function.prototype.toString.call(f)
  const found =
    /^(?:async\s+)?(?:function\b[^(]*)?\*?\s*(\((?:[^()]|\([^()]*\))*\)|[\p{ID_Start}$_][\p{ID_Continue}$]*(?=\s*=>))/u
  return source.includes('[native code]') ? undefined : found.exec(source)?.[1]?.replace(/\s+/g, ' ')
}

/** A function without a docstring: its name, if it has one, and what it takes. */
const described = (f: (...given: never[]) => unknown): string | undefined => {
  const taken = parametersOf(f)
  if (taken === undefined || /^class\b/.test(Function.prototype.toString.call(f))) return undefined
  return cut(`a function${f.name && ` ${f.name}`} of ${taken.startsWith('(') ? taken : `(${taken})`}`)
}

/** A promise by how it stands: its value is had by await. */
const promised = (value: Promise<unknown>): string => {
  const text = inspect(value, { depth: 0 })
  if (text.includes('<pending>')) return 'a promise, not yet kept: await has its value'
  return text.startsWith('Promise {\n  <rejected>') || text.includes('{ <rejected>')
    ? 'a promise, broken'
    : 'a promise, kept: await has its value'
}

const written = (value: unknown, line: string): string => {
  if (types.isNativeError(value)) return messageOf(value, line)
  if (types.isPromise(value)) return promised(value)
  if (typeof value !== 'function' || isMaker(value)) return shown(value)
  return introduced(value) ?? described(value as never) ?? shown(value)
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
