/** What is wrong in a source text, as data; where it can be shown by numbers, the claims that show it. */
import type { Arbitrary } from 'fast-check'
import { ShapeError } from '../../ad/errors.ts'
import { type Shape, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { describe } from '../arbitraries/networks.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { type Equation, equation, gap, type Proposition } from '../proposition.ts'

/** A formula that is not what was meant; one that is true under a condition not stated; a word; a remark on what is right. */
export type Kind = 'misprint' | 'hypothesis' | 'wording' | 'remark'

/** A number of a fixed network, as it was written down, and what computes it. */
export interface Figure {
  readonly of: string
  /** Decimal digits, all of them checked: '0.2096'. */
  readonly digits: string
  value(): number
}

/** A place in a source text that says something else than is true. */
export interface Erratum {
  /** The number of the text and of the place in it, '001-2': stable, for others to refer to. */
  readonly id: string
  /** Which of the source texts, 0 to 4. */
  readonly text: number
  readonly kind: Kind
  /** The words of the source as they stand, … where they are shortened. */
  readonly quote: string
  /** The same in English. */
  readonly gloss: string
  readonly printed: string
  readonly corrected: string
  readonly because: string
  readonly figures: readonly Figure[]
  /** What is printed, refuted; what it should be, which holds. None for what is found by reading. */
  readonly proofs: readonly Proposition[]
}

interface Draft extends Omit<Erratum, 'text' | 'figures' | 'proofs'> {
  readonly figures?: readonly Figure[]
  /** Claims that take the text at its word. */
  readonly wrong?: readonly Proposition[]
  /** Claims that take the correction at its word. */
  readonly right?: readonly Proposition[]
}

/** A counterexample should show in the digits that are printed. */
const plainly = 1e-3

const refuted = (one: Proposition): Proposition => ({
  ...one,
  verdict: 'refuted',
  within: plainly,
  runs: one.runs ?? 200,
})

/** An erratum whose claims say where they come from and what is expected of them. */
export const erratum = ({ figures = [], wrong = [], right = [], ...rest }: Draft): Erratum => {
  const text = rest.id.slice(0, 3)
  const printed = `as printed in text ${text} (${rest.id}), `
  const corrected = `as corrected in text ${text} (${rest.id}), `
  return {
    ...rest,
    text: Number(text),
    figures,
    proofs: [
      ...wrong.map(one => refuted({ ...one, claim: printed + one.claim })),
      ...right.map(one => ({ ...one, claim: corrected + one.claim, runs: one.runs ?? 30 })),
    ],
  }
}

/** Number by number, what a formula gives and what is true. */
export type Sides<A> = (a: A) => readonly [formula: readonly number[], truth: readonly number[]]

/** A claim that a formula gives what is true. */
export const equal = <A>(
  claim: string,
  forAll: Arbitrary<A>,
  sides: Sides<A>,
  options: Partial<Equation<A>> = {},
): Proposition =>
  equation<A>({
    claim,
    forAll,
    sides,
    within: 1e-10,
    verdict: 'holds',
    between: ['formula', 'true'],
    ...options,
  })

/** The same of networks. */
export const onNets = (claim: string, forAll: Arbitrary<PlainNetwork>, sides: Sides<PlainNetwork>): Proposition =>
  equal(claim, forAll, sides, { describe })

/** A claim that something is at most so much: `excess` is how far above it is. */
export const atMost = <A>(
  claim: string,
  forAll: Arbitrary<A>,
  excess: (a: A) => number,
  show: (a: A) => string,
  runs?: number,
): Proposition => {
  // rounding of a power or of a norm
  const one = {
    claim,
    forAll,
    residual: (a: A) => Math.max(0, excess(a)),
    within: 1e-9,
    verdict: 'holds' as const,
    show,
  }
  return runs === undefined ? one : { ...one, runs }
}

const shapeOf = (product: () => Value): Shape | ShapeError => {
  try {
    return product().shape
  } catch (error) {
    if (error instanceof ShapeError) return error
    throw error
  }
}

/** What is multiplied, of matrices of zeros, and the shape that is wanted. */
export interface Fit {
  readonly product: () => Value
  readonly wanted: Shape
}

/** A claim that shapes fit, checked by the engine: a product that it refuses, or of another shape, does not. */
export const fits = <A>(claim: string, forAll: Arbitrary<A>, of: (a: A) => Fit): Proposition<A> => {
  const found = (a: A) => shapeOf(of(a).product)
  const shapeText = (shape: Shape | ShapeError) =>
    shape instanceof ShapeError ? shape.message : `[${shape.join(', ')}]`
  return {
    claim,
    forAll,
    residual: a => {
      const shape = found(a)
      return shape instanceof ShapeError ? Number.POSITIVE_INFINITY : gap(shape, of(a).wanted)
    },
    within: 0,
    verdict: 'holds',
    show: a => `${JSON.stringify(a)}\nformula ${shapeText(found(a))}\nwanted  ${shapeText(of(a).wanted)}`,
  }
}

/** A matrix of zeros, for its shape. */
export const blank = (...shape: readonly number[]): Value => zeros(shape)
