/** What options may be: numbers in their ranges, names among those there are. */
import * as E from 'fp-ts/lib/Either.js'
import { nearest } from '../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../ad/errors.ts'
import { formerCellNames } from '../nets/cells/index.ts'

/** A number as the command line gives it; NaN for what is none, the empty string included. */
export const numberOf = (given: string | number): number => (String(given).trim() === '' ? Number.NaN : Number(given))

/** As the command line gives it. */
export type Given = string | number

/** What was given, found good, or every problem with it. */
export type Checked<A> = E.Either<readonly JanusError[], A>
type Range = { readonly fits: (x: number) => boolean; readonly wanted: string; readonly example: number }

/** The whole numbers from one to another. */
export const wholeUpTo = (low: number, high: number, example: number): Range => ({
  fits: x => Number.isInteger(x) && x >= low && x <= high,
  wanted: `a whole number from ${low} to ${high}`,
  example,
})
const above0: Omit<Range, 'example'> = { fits: x => x > 0, wanted: 'a number above 0' }

/** What numbers may be. */
export const ranges = {
  k: wholeUpTo(1, 1e6, 5),
  hidden: wholeUpTo(1, 1024, 16),
  alpha: { fits: x => x > 0 && x <= 1, wanted: 'a number in (0, 1]', example: 0.5 },
  window: wholeUpTo(1, 1e6, 20),
  batch: wholeUpTo(1, 4096, 8),
  layers: wholeUpTo(1, 16, 2),
  embed: wholeUpTo(1, 1024, 16),
  forgetBias: { fits: x => Math.abs(x) <= 100, wanted: 'a number from -100 to 100', example: 1 },
  steps: wholeUpTo(1, 1e9, 1000),
  lr: { ...above0, example: 0.005 },
  momentum: { fits: x => x >= 0 && x < 1, wanted: 'a number in [0, 1)', example: 0.9 },
  clip: { ...above0, example: 1 },
  seed: wholeUpTo(0, 2 ** 32 - 1, 1),
} satisfies { readonly [name: string]: Range }

/** An option that cannot be. */
export const refuse = (given: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'train', given, wanted, remedy })])

/** The option as it is typed: forgetBias is --forget-bias. */
export const flag = (name: string): string => `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** Options in the words of 0.1.0, in today's: --cell minimal, --forget. */
export const inNewWords = <O extends { readonly cell?: Given; readonly forgetBias?: Given }>(
  options: O & { readonly forget?: Given },
): O => {
  const { forget, ...rest } = options
  const cell = formerCellNames[String(rest.cell)]
  return { ...(forget !== undefined && { forgetBias: forget }), ...rest, ...(cell && { cell }) } as unknown as O
}

/** A number in its range; in another where that is given. */
export const number = (
  name: keyof typeof ranges,
  given: Given,
  { fits, wanted, example }: Range = ranges[name],
): Checked<number> => {
  const x = numberOf(given)
  return Number.isFinite(x) && fits(x)
    ? E.right(x)
    : refuse(`${flag(name)} ${given}`, wanted, `Try ${flag(name)} ${example}`)
}

/** One of some names. */
export const oneOf = <A extends string>(name: string, names: readonly A[], given: Given): Checked<A> => {
  const found = names.find(known => known === given)
  if (found !== undefined) return E.right(found)
  const near = nearest(String(given), names)
  const wanted = `one of ${names.join(', ')}`
  const remedy = near === undefined ? `Try --${name} ${names[0]}` : `Did you mean \`${near}\`?`
  return E.left([new NameError({ who: 'train', given: `--${name} ${given}`, wanted, remedy })])
}

/** An option that is given only where it applies. */
export const only = (
  name: keyof typeof ranges,
  given: Given | undefined,
  applies: boolean,
  to: string,
): Checked<null> =>
  given === undefined || applies
    ? E.right(null)
    : refuse(
        `${flag(name)} ${given} without ${to}`,
        `${flag(name)} only with ${to}`,
        `Leave ${flag(name)} out, or add ${to}`,
      )
