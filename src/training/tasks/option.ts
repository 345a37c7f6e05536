/** Options of a task: what each may be, what it is by default, and what it does. */
import { describe } from '../../../ad/describe.ts'
import { DomainError } from '../../../ad/errors.ts'
import { requireNames } from '../../../ad/require.ts'
import type { OptionFacts } from '../../../rules/index.ts'

/** An option of type A: its facts, its default, and whether a value can be it. */
export interface Option<A> extends OptionFacts {
  readonly value: A
  fits(x: unknown): boolean
}

/** What an option may be: a number, a word, or null where there may be none. */
export type OptionValue = number | string | boolean | null

export type Options = Readonly<Record<string, Option<OptionValue>>>

/** The values of options, by name. */
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K]['value'] }

/** A whole number from `least` to `most`. */
export const whole = (value: number, means: string, least = 1, most = 1_000_000): Option<number> => ({
  value,
  range: `whole number from ${least} to ${most}`,
  default: String(value),
  means,
  fits: x => Number.isInteger(x) && (x as number) >= least && (x as number) <= most,
})

/** A number from `least` to `most`, both counted; greater than 0 where `least` is 0 and `open`. */
export const real = (value: number, means: string, least: number, most: number, open = false): Option<number> => ({
  value,
  range: `${open ? '(' : '['}${least}, ${most}]`,
  default: String(value),
  means,
  fits: x => typeof x === 'number' && (open ? x > least : x >= least) && x <= most,
})

/** One of some words, the first by default. */
export const oneOf = <const W extends readonly [string, ...string[]]>(words: W, means: string): Option<W[number]> => ({
  value: words[0],
  range: words.map(word => `'${word}'`).join(' or '),
  default: `'${words[0]}'`,
  means,
  fits: x => words.some(word => word === x),
})

/** An option that may also be null. */
export const orNull = <A extends OptionValue>(option: Option<A>, value: A | null, means: string): Option<A | null> => ({
  value,
  range: `${option.range} or null`,
  default: String(value),
  means,
  fits: x => x === null || option.fits(x),
})

/** All options, by default or as given. Throws a NameError for one that is not known, a DomainError for one that cannot be. */
export const valuesOf = <O extends Options>(who: string, options: O, given: object): ValuesOf<O> => {
  requireNames(who, given, Object.keys(options))
  const pairs = Object.entries(options).map(([name, option]): readonly [string, OptionValue] => {
    const asked = (given as Readonly<Record<string, OptionValue | undefined>>)[name]
    const x = asked === undefined ? option.value : asked
    if (option.fits(x)) return [name, x]
    throw new DomainError({
      who,
      given: `${name} = ${describe(x)}`,
      wanted: `${name} ${option.range}`,
      remedy: `The default is ${option.default}`,
    })
  })
  return Object.fromEntries(pairs) as ValuesOf<O>
}
