/**
 * Linear maps as data. In follow.ts, `push` follows a linear map forwards on tangents, `pull` backwards on cotangents, and
 * `dense` writes it out as a matrix.
 *
 * Laws (proofs/adjointness.ts):
 * 1. ⟨pull(f, c), t⟩ = ⟨c, push(f, t)⟩
 * 2. compose(h, compose(g, f)) = compose(compose(h, g), f)
 * 3. compose(f, identity) = f = compose(identity, f)
 * 4. pull(compose(g, f), c) = pull(f, pull(g, c))
 * 5. push, pull and dense are linear in f: add and scale go through them
 */
import type { Semigroupoid2 } from 'fp-ts/lib/Semigroupoid.js'
import { describe } from '../describe.ts'
import { bracket, KindError, ShapeError } from '../errors.ts'
import { isReached, type Tape } from '../modes/tape.ts'
import { add as addValues } from '../primitives/elementwise.ts'
import type { Value } from '../value.ts'
import { type Cotangent, type Space, type Tangent, toValue } from './space.ts'

interface Ends<in out A, in out B> {
  readonly from: Space<A>
  readonly to: Space<B>
}

/** A recorded step: `sources` are the tape's input slots that make up A; all its outputs make up B. */
export interface Taped<A, B> extends Ends<A, B> {
  readonly tag: 'Taped'
  readonly tape: Tape
  readonly sources: readonly number[]
}
/** A matrix [B.size, A.size], and the part of it that does not mix units, where it is known which that is. */
interface Dense<A, B> extends Ends<A, B> {
  readonly tag: 'Dense'
  readonly matrix: Value
  readonly own?: Value
}
/**
 * A matrix with few entries in a column: entries [slots, A.size], that of slot i and column j in row rows[i * A.size + j].
 * A slot that a column has no use for holds 0.
 */
export interface Sparse<A, B> extends Ends<A, B> {
  readonly tag: 'Sparse'
  readonly rows: Float64Array
  readonly entries: Value
}
/** b aᵀ: a column [B.size] times a row [A.size]. */
interface Outer<A, B> extends Ends<A, B> {
  readonly tag: 'Outer'
  readonly column: Tangent<B>
  readonly row: Cotangent<A>
}
interface Identity<A, B> extends Ends<A, B> {
  readonly tag: 'Identity'
}
/** The part of a linear map on the entries [B.size, A.size] where the mask is not 0. */
interface Masked<A, B> extends Ends<A, B> {
  readonly tag: 'Masked'
  readonly mask: Value
  readonly arrow: Linear<A, B>
}
interface Compose<A, B> extends Ends<A, B> {
  readonly tag: 'Compose'
  readonly outer: Linear<unknown, B>
  readonly inner: Linear<A, unknown>
}
interface Sum<A, B> extends Ends<A, B> {
  readonly tag: 'Sum'
  readonly terms: readonly [Linear<A, B>, Linear<A, B>]
}
interface Scale<A, B> extends Ends<A, B> {
  readonly tag: 'Scale'
  readonly factor: Value
  readonly arrow: Linear<A, B>
}
/** Nothing goes through. Remembers the linear map it stands in for, if it replaced one. */
interface Zero<A, B> extends Ends<A, B> {
  readonly tag: 'Zero'
  readonly replaced?: Linear<A, B>
}

/** A linear map from changes of A to changes of B. */
export type Linear<A, B> =
  | Taped<A, B>
  | Dense<A, B>
  | Sparse<A, B>
  | Outer<A, B>
  | Identity<A, B>
  | Masked<A, B>
  | Compose<A, B>
  | Sum<A, B>
  | Scale<A, B>
  | Zero<A, B>

export const taped = <A, B>(from: Space<A>, to: Space<B>, tape: Tape, sources: readonly number[]): Linear<A, B> => ({
  tag: 'Taped',
  from,
  to,
  tape,
  sources,
})

/**
 * A linear map from its matrix [to.size, from.size], and the own part of that where it is known. Throws a ShapeError when the
 * matrix does not fit.
 */
export const matrix = <A, B>(from: Space<A>, to: Space<B>, entries: Value, own?: Value): Linear<A, B> => {
  if (entries.shape.length === 2 && entries.shape[0] === to.size && entries.shape[1] === from.size)
    return { tag: 'Dense', from, to, matrix: entries, ...(own && { own }) }
  throw new ShapeError({
    who: 'matrix',
    given: `entries ${bracket(entries.shape)}`,
    wanted: `[${to.size}, ${from.size}], rows of the output by columns of the input`,
    remedy: 'Transpose the entries if they are the other way round',
  })
}

/** A linear map from its entries in slots [slots, from.size] and the rows they are in. Throws a ShapeError when these do not fit. */
export const sparse = <A, B>(from: Space<A>, to: Space<B>, rows: Float64Array, entries: Value): Linear<A, B> => {
  const [slots, columns] = entries.shape
  if (entries.shape.length === 2 && columns === from.size && rows.length === (slots as number) * from.size)
    return { tag: 'Sparse', from, to, rows, entries }
  throw new ShapeError({
    who: 'sparse',
    given: `entries ${bracket(entries.shape)} in ${rows.length} rows`,
    wanted: `[slots, ${from.size}], and a row for each`,
    remedy: 'Give every column as many slots as the fullest, 0 in those it has no use for',
  })
}

export const identity = <A>(space: Space<A>): Linear<A, A> => ({ tag: 'Identity', from: space, to: space })

export const zeroMap = <A, B>(from: Space<A>, to: Space<B>): Linear<A, B> => ({ tag: 'Zero', from, to })

/** The Zero linear map in place of another, which it remembers. */
export const zero = <A, B>(replaced: Linear<A, B>): Linear<A, B> => ({
  tag: 'Zero',
  from: replaced.from,
  to: replaced.to,
  replaced,
})

const meet = <A, B>(who: string, a: Space<A>, b: Space<B>): void => {
  if (a.size === b.size) return
  throw new ShapeError({
    who,
    given: `a linear map into a space of ${a.size} and one out of a space of ${b.size}`,
    wanted: 'the same space',
    remedy: 'Linear maps are written right to left: compose(g, f) is g after f',
  })
}

/** g after f. */
export const compose = <A, B, C>(g: Linear<B, C>, f: Linear<A, B>): Linear<A, C> => {
  requireMap('compose', g)
  requireMap('compose', f)
  meet('compose', f.to, g.from)
  return {
    tag: 'Compose',
    from: f.from,
    to: g.to,
    outer: g as unknown as Linear<unknown, C>,
    inner: f as unknown as Linear<A, unknown>,
  }
}

export const sumMaps = <A, B>(f: Linear<A, B>, g: Linear<A, B>): Linear<A, B> => {
  meet('add', f.to, g.to)
  meet('add', f.from, g.from)
  return { tag: 'Sum', from: f.from, to: f.to, terms: [f, g] }
}

/** Whether something is a linear map, and not a tangent or a cotangent. */
export const isLinear = (x: unknown): x is Linear<unknown, unknown> =>
  typeof x === 'object' && x !== null && 'tag' in x && 'from' in x

/** Refuses what is no linear map: the function itself, a matrix, a cotangent in its place. Throws a KindError. */
export const requireMap = (who: string, f: unknown): void => {
  if (!isLinear(f))
    throw new KindError({
      who,
      given: describe(f),
      wanted: 'a linear map, such as now.jacobian or now.immediate',
      remedy: 'The map comes first: push(now.jacobian, t), pull(now.immediate, c)',
    })
}

interface Sums {
  <A, B>(f: Linear<A, B>, g: Linear<A, B>): Linear<A, B>
  <A>(a: Cotangent<A>, b: Cotangent<A>): Cotangent<A>
  <A>(a: Tangent<A>, b: Tangent<A>): Tangent<A>
}
/** Adds two linear maps, two tangents or two cotangents of one space; never one of each. Throws a ShapeError for maps of other spaces. */
export const plus = ((a: never, b: never) =>
  isLinear(a) && isLinear(b) ? sumMaps(a, b) : addValues(toValue(a), toValue(b))) as unknown as Sums

/** What a map made of another one takes over from it. */
const madeOf = <A, B>(who: string, arrow: Linear<A, B>) => {
  requireMap(who, arrow)
  return { from: arrow.from, to: arrow.to, arrow }
}

export const scale = <A, B>(factor: Value, arrow: Linear<A, B>): Linear<A, B> => ({
  tag: 'Scale',
  factor,
  ...madeOf('scale', arrow),
})

/** Whether anything can come through a map, whatever the numbers in it: for a recorded one, whether what is followed reaches an output. */
export const reaches = <A, B>(f: Linear<A, B>): boolean =>
  f.tag === 'Taped' ? isReached(f.tape, f.sources) : f.tag !== 'Zero'

/** The linear map `t ↦ column · ⟨row, t⟩`. */
export const outer = <A, B>(from: Space<A>, to: Space<B>, column: Tangent<B>, row: Cotangent<A>): Linear<A, B> => ({
  tag: 'Outer',
  from,
  to,
  column,
  row,
})

/** Keeps the entries of the matrix where the mask [to.size, from.size] is 1. */
export const masked = <A, B>(mask: Value, arrow: Linear<A, B>): Linear<A, B> => ({
  tag: 'Masked',
  mask,
  ...madeOf('masked', arrow),
})

declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> {
    readonly Linear: Linear<E, A>
  }
}
/** Linear maps as fp-ts sees them: a category whose identities are indexed by spaces, so a Semigroupoid with `identity`. */
export const Arrows: Semigroupoid2<'Linear'> = { URI: 'Linear', compose }
