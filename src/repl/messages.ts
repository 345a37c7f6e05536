/** Errors at the prompt in a line or two, without a stack. */
import { fileURLToPath } from 'node:url'
import { inspect, types } from 'node:util'
import { nearest } from '../../ad/did-you-mean.ts'
import { JanusError } from '../../ad/errors.ts'
import { freely, names, scope } from './scope.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The modules of this project in a stack, innermost first, as ad/primitives/contraction; with source maps or without. */
const inside = (error: Error): readonly string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter(frame => frame.includes(root))
    .flatMap(frame => /\/((?:ad|nets|rules|proofs)\/[\w/-]+)\.[jt]s:\d+:\d+\)?$/.exec(frame)?.[1] ?? [])

/** The public functions that a line calls. */
const calledIn = (code: string): readonly string[] => [
  ...new Set(
    [...code.matchAll(new RegExp(`${freely}([\\p{ID_Start}$][\\p{ID_Continue}$]*)\\s*\\(`, 'gu'))]
      .map(([, name = '']) => name)
      .filter(name => typeof scope[name] === 'function'),
  ),
]

/** The name that was probably meant. */
const meant = (message: string): string | undefined => {
  const [, unknown] = /^(\S+) is not defined$/.exec(message) ?? []
  const near = unknown === undefined ? undefined : nearest(unknown, names)
  return near && `Did you mean ${near}?`
}

/** Where an error was thrown, and which help to read. */
const misuse = (error: Error, code: string): string | undefined => {
  const [module] = inside(error)
  if (!module) return undefined
  const called = calledIn(code).slice(0, 3)
  const ways = called.map(name => `.help ${name}`).join(', ')
  return `Thrown in ${module}${ways && `; see ${ways}`}.`
}

/** An error in one line, two at most: a JanusError's own sentence, or the name and message of any other. */
export const messageOf = (thrown: unknown, code = ''): string => {
  if (thrown instanceof JanusError) return thrown.message
  if (!types.isNativeError(thrown)) return inspect(thrown)
  const [first = '', second] = `${thrown.name}: ${thrown.message}`.split('\n')
  const more = second ?? meant(thrown.message) ?? misuse(thrown, code)
  return more === undefined ? first : `${first}\n${more}`
}
