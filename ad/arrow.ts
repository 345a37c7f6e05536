/**
 * Linear maps as data. `push` follows an arrow forwards on tangents, `pull` backwards on cotangents; `dense` writes
 * it out as a matrix.
 *
 * Laws (proofs/adjointness.ts):
 * 1. ⟨pull(f, c), t⟩ = ⟨c, push(f, t)⟩
 * 2. compose(h, compose(g, f)) = compose(compose(h, g), f)
 * 3. compose(f, identity) = f = compose(identity, f)
 * 4. pull(compose(g, f), c) = pull(f, pull(g, c))
 * 5. push, pull and dense are linear in f: add and scale go through them
 */
import type { Semigroupoid2 } from 'fp-ts/lib/Semigroupoid.js'
import { vmap } from './calculus.ts'
import { matmul, matvec, outer as outerProduct } from './contraction.ts'
import { add as addValues, mul } from './elementwise.ts'
import { bracket, ShapeError } from './errors.ts'
import { reshape, transpose } from './layout.ts'
import { arrived, backward, onward, type Tape } from './reverse.ts'
import {
  asCotangent,
  asTangent,
  type Cotangent,
  join,
  numbers,
  plus,
  type Space,
  split,
  type Tangent,
  times,
} from './space.ts'
import { eye, zeros } from './tensor.ts'
import type { Value } from './value.ts'

interface Ends<in out A, in out B> {
  readonly from: Space<A>
  readonly to: Space<B>
}

/** A recorded step: `sources` are the tape's input slots that make up A; all its outputs make up B. */
interface Taped<A, B> extends Ends<A, B> {
  readonly tag: 'Taped'
  readonly tape: Tape
  readonly sources: readonly number[]
}
/** A matrix [B.size, A.size]. */
interface Dense<A, B> extends Ends<A, B> {
  readonly tag: 'Dense'
  readonly matrix: Value
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
/** The part of an arrow on the entries [B.size, A.size] where the mask is not 0. */
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
/** Nothing goes through. Remembers the arrow it stands in for, if it replaced one. */
interface Zero<A, B> extends Ends<A, B> {
  readonly tag: 'Zero'
  readonly replaced?: Linear<A, B>
}

/** A linear map from changes of A to changes of B. */
export type Linear<A, B> =
  | Taped<A, B>
  | Dense<A, B>
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

/** An arrow from its matrix [to.size, from.size]. Throws a ShapeError when the matrix does not fit. */
export const matrix = <A, B>(from: Space<A>, to: Space<B>, entries: Value): Linear<A, B> => {
  if (entries.shape.length === 2 && entries.shape[0] === to.size && entries.shape[1] === from.size)
    return { tag: 'Dense', from, to, matrix: entries }
  throw new ShapeError({
    who: 'matrix',
    given: `entries ${bracket(entries.shape)}`,
    wanted: `[${to.size}, ${from.size}], rows of the output by columns of the input`,
    remedy: 'Transpose the entries if they are the other way round',
  })
}

export const identity = <A>(space: Space<A>): Linear<A, A> => ({ tag: 'Identity', from: space, to: space })

export const nothing = <A, B>(from: Space<A>, to: Space<B>): Linear<A, B> => ({ tag: 'Zero', from, to })

/** The Zero arrow in place of another, which it remembers. */
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
    given: `an arrow into a space of ${a.size} and one out of a space of ${b.size}`,
    wanted: 'the same space',
    remedy: 'Arrows are written right to left: compose(g, f) is g after f',
  })
}

/** g after f. */
export const compose = <A, B, C>(g: Linear<B, C>, f: Linear<A, B>): Linear<A, C> => {
  meet('compose', f.to, g.from)
  return {
    tag: 'Compose',
    from: f.from,
    to: g.to,
    outer: g as unknown as Linear<unknown, C>,
    inner: f as unknown as Linear<A, unknown>,
  }
}

export const add = <A, B>(f: Linear<A, B>, g: Linear<A, B>): Linear<A, B> => {
  meet('add', f.to, g.to)
  meet('add', f.from, g.from)
  return { tag: 'Sum', from: f.from, to: f.to, terms: [f, g] }
}

export const scale = <A, B>(factor: Value, arrow: Linear<A, B>): Linear<A, B> => ({
  tag: 'Scale',
  from: arrow.from,
  to: arrow.to,
  factor,
  arrow,
})

/** The arrow `t ↦ column · ⟨row, t⟩`. */
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
  from: arrow.from,
  to: arrow.to,
  mask,
  arrow,
})

type Carry = (vector: Value) => Value

/** A map of single vectors, used on a block by its leading axis. */
const each = (carry: Carry, x: Value): Value => (x.shape.length === 2 ? vmap(carry)(x) : carry(x))

const nowhere = (x: Value, size: number): Value => zeros([...x.shape.slice(0, -1), size])

/** x [n] or [k, n] through the matrix [m, n]. */
const through = (entries: Value, x: Value): Value =>
  x.shape.length === 2 ? matmul(x, transpose(entries)) : matvec(entries, x)

/** x [m] or [k, m] back through the matrix [m, n]. */
const backThrough = (entries: Value, x: Value): Value =>
  x.shape.length === 2
    ? matmul(x, entries)
    : reshape(matmul(reshape(x, [1, x.shape[0]!]), entries), [entries.shape[1]!])

/** ⟨row, x⟩ column, for one x or a block of them. */
const rankOne = (column: Value, row: Value, x: Value): Value => {
  const weight = matvec(x.shape.length === 2 ? x : reshape(x, [1, x.shape[0]!]), row)
  return x.shape.length === 2 ? outerProduct(weight, column) : mul(column, reshape(weight, []))
}

const onwardFlat =
  <A, B>({ tape, sources, from, to }: Taped<A, B>): Carry =>
  x => {
    const inputs = tape.inputs.map((): Value | undefined => undefined)
    split(from, x).forEach((leaf, i) => {
      inputs[sources[i]!] = leaf
    })
    return to.size === 0 ? zeros([0]) : join(arrived(onward(tape, inputs), tape.ends, tape.outputs))
  }

const backwardFlat =
  <A, B>({ tape, sources, to }: Taped<A, B>): Carry =>
  x => {
    const carried = backward(tape, split(to, x), sources)
    return join(
      arrived(
        carried,
        sources,
        sources.map(slot => tape.inputs[slot]!),
      ),
    )
  }

/** Follows an arrow forwards: tangents of A, one or a block [k, A.size], to tangents of B. */
export const push = <A, B>(f: Linear<A, B>, t: Tangent<A>): Tangent<B> => {
  const x = numbers(asTangent(f.from, numbers(t)))
  const out = (value: Value): Tangent<B> => asTangent(f.to, value)
  switch (f.tag) {
    case 'Taped':
      return out(each(onwardFlat(f), x))
    case 'Dense':
      return out(through(f.matrix, x))
    case 'Outer':
      return out(rankOne(numbers(f.column), numbers(f.row), x))
    case 'Identity':
      return out(x)
    case 'Masked':
      return push(dense(f), t)
    case 'Compose':
      return push(f.outer, push(f.inner, t))
    case 'Sum':
      return plus(push(f.terms[0], t), push(f.terms[1], t))
    case 'Scale':
      return times(f.factor, push(f.arrow, t))
    case 'Zero':
      return out(nowhere(x, f.to.size))
  }
}

/** Follows an arrow backwards: cotangents of B, one or a block [k, B.size], to cotangents of A. */
export const pull = <A, B>(f: Linear<A, B>, c: Cotangent<B>): Cotangent<A> => {
  const x = numbers(asCotangent(f.to, numbers(c)))
  const out = (value: Value): Cotangent<A> => asCotangent(f.from, value)
  switch (f.tag) {
    case 'Taped':
      return out(each(backwardFlat(f), x))
    case 'Dense':
      return out(backThrough(f.matrix, x))
    case 'Outer':
      return out(rankOne(numbers(f.row), numbers(f.column), x))
    case 'Identity':
      return out(x)
    case 'Masked':
      return pull(dense(f), c)
    case 'Compose':
      return pull(f.inner, pull(f.outer, c))
    case 'Sum':
      return plus(pull(f.terms[0], c), pull(f.terms[1], c))
    case 'Scale':
      return times(f.factor, pull(f.arrow, c))
    case 'Zero':
      return out(nowhere(x, f.from.size))
  }
}

/** The matrix of an arrow by pulls of its rows or pushes of its columns, whichever are fewer. */
const tabulated = <A, B>(f: Linear<A, B>): Value =>
  f.to.size <= f.from.size
    ? numbers(pull(f, asCotangent(f.to, eye(f.to.size))))
    : transpose(numbers(push(f, asTangent(f.from, eye(f.from.size)))))

/** The entries [to.size, from.size]. What is already a matrix is pushed through the arrow after it, as one block. */
const entriesOf = <A, B>(f: Linear<A, B>): Value => {
  switch (f.tag) {
    case 'Dense':
      return f.matrix
    case 'Outer':
      return outerProduct(numbers(f.column), numbers(f.row))
    case 'Identity':
      return eye(f.to.size)
    case 'Masked':
      return mul(f.mask, entriesOf(f.arrow))
    case 'Sum':
      return addValues(entriesOf(f.terms[0]), entriesOf(f.terms[1]))
    case 'Scale':
      return mul(f.factor, entriesOf(f.arrow))
    case 'Zero':
      return zeros([f.to.size, f.from.size])
    case 'Compose':
      return f.inner.tag === 'Dense'
        ? transpose(numbers(push(f.outer, asTangent(f.outer.from, transpose(f.inner.matrix)))))
        : tabulated(f)
    case 'Taped':
      return tabulated(f)
  }
}

/** Any arrow, a Zero too, as a Dense one. */
export const dense = <A, B>(f: Linear<A, B>): Linear<A, B> & { readonly tag: 'Dense' } => ({
  tag: 'Dense',
  from: f.from,
  to: f.to,
  matrix: entriesOf(f),
})

/** The matrix of an arrow as a Value [to.size, from.size]. */
export const matrixOf = <A, B>(f: Linear<A, B>): Value => entriesOf(f)

declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> {
    readonly Linear: Linear<E, A>
  }
}
/** Arrows as fp-ts sees them: a category whose identities are indexed by spaces, so a Semigroupoid with `identity`. */
export const Arrows: Semigroupoid2<'Linear'> = { URI: 'Linear', compose }
