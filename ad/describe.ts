import { bracket } from './errors.ts'

/** Whether a method of some name can be called on it. */
export const hasMethod = (given: unknown, method: string): boolean =>
  typeof (given as { readonly [name: string]: unknown } | null | undefined)?.[method] === 'function'

export const isPromise = (given: unknown): boolean => hasMethod(given, 'then')

const isShaped = (given: object): given is { readonly shape: readonly number[] } =>
  'interpreter' in given && 'shape' in given && Array.isArray(given.shape)

/** The first names of a record; the class of any other object. */
const describeObject = (given: object): string => {
  const [names, kind]: [readonly string[], unknown] = [Object.keys(given), given.constructor?.name]
  if (typeof kind === 'string' && kind !== 'Object') return `an object ${kind}`.trim()
  if (names.length === 0) return 'an empty object'
  const first = names.slice(0, 3).map(name => (name.length > 30 ? `${name.slice(0, 30)}…` : name))
  return `an object of ${first.join(', ')}${names.length > 3 ? ', …' : ''}`
}

/** What was given in place of what was wanted, in a few words: of whatever it is, without running any of it. */
export const describe = (given: unknown): string => {
  if (given === undefined) return 'nothing'
  if (Array.isArray(given)) return `a list of ${given.length}`
  if (typeof given === 'function') return `the function ${given.name || 'without a name'}`
  if (isPromise(given)) return 'a promise, not yet awaited'
  if (typeof given !== 'object' || given === null) return typeof given === 'string' ? `'${given}'` : String(given)
  return isShaped(given) ? `a value ${bracket(given.shape)}` : describeObject(given)
}

/** The same of what stands under a name, where `undefined` says more than `nothing`. */
export const described = (given: unknown): string => (given === undefined ? 'undefined' : describe(given))
