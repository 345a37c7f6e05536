import { describe, described, hasMethod, isPromise } from './describe.ts'
import { nearest } from './did-you-mean.ts'
import { DomainError, KindError, NameError } from './errors.ts'
import { isValue } from './value.ts'

/** Refuses what is not a whole number of at least 1, or of another least. Throws a DomainError that says who, what was given and what to do. */
export const requireCount = (who: string, given: string, count: number, remedy: string, least = 1): void => {
  if (Number.isInteger(count) && count >= least) return
  throw new DomainError({ who, given, wanted: `a whole number of at least ${least}`, remedy })
}

/** The numbers of which something holds, and its words. */
export interface Range {
  readonly wanted: string
  has(x: number): boolean
}

/** The ranges that options have. */
export const ranges = {
  finite: { wanted: 'finite', has: Number.isFinite },
  positive: { wanted: 'above 0, and finite', has: x => x > 0 && x < Infinity },
  atLeast0: { wanted: 'of at least 0, and finite', has: x => x >= 0 && x < Infinity },
  from0below1: { wanted: 'in [0, 1)', has: x => x >= 0 && x < 1 },
  from0to1: { wanted: 'in [0, 1]', has: x => x >= 0 && x <= 1 },
  above0to1: { wanted: 'in (0, 1]', has: x => x > 0 && x <= 1 },
} as const satisfies { readonly [name: string]: Range }

/** Refuses what is no number of a range. Throws a DomainError. */
export const requireRange = (who: string, name: string, x: unknown, { has, wanted }: Range, remedy: string): void => {
  if (typeof x === 'number' && has(x)) return
  const given = `${name} = ${described(x)}`
  throw new DomainError({ who, given, wanted: `${name} ${wanted}`, remedy })
}

/** Refuses what lacks a method: a cell without `step`, an optimiser that was not called. Throws a KindError that says `where`. */
export const requireMethod = (
  who: string,
  given: unknown,
  method: string,
  wanted: string,
  remedy: string,
  where = '',
): void => {
  if (!hasMethod(given, method)) throw new KindError({ who, given: `${describe(given)}${where}`, wanted, remedy })
}

/** Whether it is a list, or an array of numbers of one kind, such as a Float64Array. */
const isList = (given: unknown): boolean => Array.isArray(given) || (ArrayBuffer.isView(given) && 'length' in given)

/** Refuses what is no list: a value, an iterable, a promise, a list left out. Throws a KindError. */
export const requireList = (who: string, given: unknown, wanted: string, remedy: string): void => {
  if (!isList(given)) throw new KindError({ who, given: describe(given), wanted, remedy })
}

/** Refuses what is no record: nothing, a number, a list, a function, a promise. Throws a KindError. */
export const requireRecord = (who: string, given: unknown, wanted: string, remedy: string): void => {
  const fits = typeof given === 'object' && given !== null && !isList(given) && !isPromise(given) && !isValue(given)
  if (!fits) throw new KindError({ who, given: describe(given), wanted, remedy })
}

/** Refuses what is no function: `grad(f(x))` in place of `grad(f)(x)`. Throws a KindError. */
export const requireFunction = (who: string, given: unknown, wanted: string, remedy: string): void => {
  if (typeof given !== 'function') throw new KindError({ who, given: describe(given), wanted, remedy })
}

/** Refuses a text, which another entry reads: this one does without a parser. */
export const refuseText = (who: 'cell' | 'loss', given: unknown): void => {
  if (typeof given !== 'string') return
  throw new KindError({
    who,
    given: `the text '${given.slice(0, 40)}'`,
    wanted: 'a function of values',
    remedy: `import { ${who} } from 'janusgrad/symbols' reads texts; at the prompt symbols.${who}('…')`,
  })
}

/** Whether parameters were given where options belong: `gradient(bptt, net, θ, data)`. */
const isTheta = (options: object): boolean => 'cell' in options && 'readout' in options
const theta = 'Parameters come in a call of their own: gradient(rule, net)(θ, data)'

/** Refuses options that are no record, or of names that are not known. Throws a KindError or a NameError with did-you-mean. */
export const requireNames = (who: string, options: unknown, known: readonly string[]): void => {
  if (typeof options !== 'object' || options === null || isList(options) || isPromise(options) || isValue(options))
    throw new KindError({
      who,
      given: `options ${described(options)}`,
      wanted: known.length === 0 ? 'no options' : `a record of ${known.join(', ')}`,
      remedy: 'Options are named: { name: value }',
    })
  const other = Object.keys(options).find(name => !known.includes(name))
  if (other === undefined) return
  const near = nearest(other, known)
  throw new NameError({
    who,
    given: `an option ${other}`,
    wanted: known.length === 0 ? 'no options' : known.join(', '),
    remedy: near === undefined ? (isTheta(options) ? theta : 'Leave it out') : `Did you mean ${near}?`,
  })
}
