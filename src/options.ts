/** Options of the commands: numbers in their ranges, names among those there are. What is wrong is a list of errors, one a problem. */
import * as E from 'fp-ts/lib/Either.js'
import { nearest } from '../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../ad/errors.ts'
import { formerCellNames } from '../nets/cells/index.ts'

/** As the command line gives it. */
export type Given = string | number

/** What was given, found good, or every problem with it. */
export type Checked<A> = E.Either<readonly JanusError[], A>

/** What a number may be, in code and in words, and one of them. */
export interface Range {
  fits(x: number): boolean
  readonly wanted: string
  readonly example: number
  /** The same for a schema, as far as it has words for it. */
  readonly bounds?: { readonly type?: 'integer'; readonly minimum?: number; readonly maximum?: number }
}

/** The whole numbers from one to another. */
export const wholeUpTo = (low: number, high: number, example: number): Range => ({
  fits: x => Number.isInteger(x) && x >= low && x <= high,
  wanted: `a whole number from ${low} to ${high}`,
  example,
  bounds: { type: 'integer', minimum: low, maximum: high },
})

/** The whole numbers from one on. */
export const wholeFrom = (low: number, example: number): Range => ({
  fits: x => Number.isSafeInteger(x) && x >= low,
  wanted: `a whole number of at least ${low}`,
  example,
})

/** All numbers of which something holds. */
export const numberWhere = (fits: (x: number) => boolean, wanted: string, example: number): Range => ({
  fits,
  wanted: `a number ${wanted}`,
  example,
})

/** The ranges that several commands share. */
export const ranges = {
  alpha: numberWhere(x => x > 0 && x <= 1, 'in (0, 1]', 0.5),
  forgetBias: numberWhere(x => Math.abs(x) <= 100, 'from -100 to 100', 1),
  seed: wholeUpTo(0, 2 ** 32 - 1, 1),
} as const satisfies { readonly [name: string]: Range }

/** The option as it is typed: forgetBias is --forget-bias. */
export const flag = (name: string): string => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** A number as the command line gives it; NaN for what is none, the empty string included. */
const numberOf = (given: Given): number => (String(given).trim() === '' ? Number.NaN : Number(given))

/** How a command reads its options; `who` is its name, as errors say it. */
export const reader = (who: string) => {
  const refuse = (given: string, wanted: string, remedy: string): Checked<never> =>
    E.left([new DomainError({ who, given, wanted, remedy })])
  /** What is said of an option that is not as it should be; `option` is how it is written. */
  const problemOf = {
    number: (option: string, given: Given, { wanted, example }: Range): JanusError =>
      new DomainError({ who, given: `${option} ${given}`, wanted, remedy: `Try ${option} ${example}` }),
    oneOf: (option: string, names: readonly string[], given: Given): JanusError => {
      const near = nearest(String(given), names)
      const remedy = near === undefined ? `Try ${option} ${names[0]}` : `Did you mean \`${near}\`?`
      return new NameError({ who, given: `${option} ${given}`, wanted: `one of ${names.join(', ')}`, remedy })
    },
  }
  return {
    problemOf,
    numberOf,
    /** An option that cannot be. */
    refuse,
    /** A number in its range. */
    number: (name: string, given: Given, range: Range): Checked<number> => {
      const x = numberOf(given)
      const good = Number.isFinite(x) && range.fits(x)
      return good ? E.right(x) : E.left([problemOf.number(flag(name), given, range)])
    },
    /** One of some names; `option` where it is not written as the flag of its name. */
    oneOf: <A extends string>(name: string, names: readonly A[], given: Given, option = flag(name)): Checked<A> => {
      const found = names.find(known => known === given)
      return found === undefined ? E.left([problemOf.oneOf(option, names, given)]) : E.right(found)
    },
    /** An option that is given only where it applies. */
    only: (name: string, given: Given | undefined, applies: boolean, to: string): Checked<null> => {
      if (given === undefined || applies) return E.right(null)
      const option = flag(name)
      return refuse(
        `${option} ${given} without ${to}`,
        `${option} only with ${to}`,
        `Leave ${option} out, or add ${to}`,
      )
    },
  }
}

/** What was found good. Throws the first problem. */
export const orThrow = <A>(checked: Checked<A>): A => {
  if (E.isRight(checked)) return checked.right
  throw checked.left[0]
}

/** Options in the words of 0.1.0, in today's: --cell minimal, --forget. */
export const inNewWords = <O extends { readonly cell?: Given; readonly forgetBias?: Given }>(
  options: O & { readonly forget?: Given },
): O => {
  const { forget, ...rest } = options
  const cell = formerCellNames[String(rest.cell)]
  return { ...(forget !== undefined && { forgetBias: forget }), ...rest, ...(cell && { cell }) } as unknown as O
}
