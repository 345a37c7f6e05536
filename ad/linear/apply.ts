/** Linear maps followed: forwards by `push`, backwards by `pull`, written out as matrices by `dense`. */

import { backward, collect, pushforward } from '../modes/tape.ts'
import { vmap } from '../modes/transforms.ts'
import { matmul, matvec, outer as outerProduct } from '../primitives/contraction.ts'
import { add as addValues, mul } from '../primitives/elementwise.ts'
import { reshape, transpose } from '../primitives/layout.ts'
import { eye, zeros } from '../tensor.ts'
import type { Value } from '../value.ts'
import { compose, isLinear, type Linear, plus, requireMap, type Taped } from './linear.ts'
import { asCotangent, asTangent, type Cotangent, flatten, type Tangent, times, toValue, unflatten } from './space.ts'
import { sparsePull, sparsePush, toDense } from './sparse.ts'

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
  <A, B>({ tape, sources, from }: Taped<A, B>): Carry =>
  x => {
    const inputs = tape.inputs.map((): Value | undefined => undefined)
    unflatten(from, x).forEach((leaf, i) => {
      inputs[sources[i]!] = leaf
    })
    return flatten(collect(pushforward(tape, inputs), tape.ends, tape.outputs))
  }

const backwardFlat =
  <A, B>({ tape, sources, to }: Taped<A, B>): Carry =>
  x => {
    const carried = backward(tape, unflatten(to, x), sources)
    return flatten(
      collect(
        carried,
        sources,
        sources.map(slot => tape.inputs[slot]!),
      ),
    )
  }

interface Push {
  <A, B, C>(f: Linear<B, C>, M: Linear<A, B>): Linear<A, C>
  <A, B>(f: Linear<A, B>, t: Tangent<A>): Tangent<B>
}
/**
 * Follows a linear map forwards: tangents of A, one or a block [k, A.size], to tangents of B. A map M into A is its columns,
 * tangents of A: pushed through f it is f M.
 */
export const push = ((f: Linear<unknown, unknown>, x: Linear<unknown, unknown> | Tangent<unknown>) => {
  requireMap('push', f)
  return isLinear(x) ? compose(f, x) : pushed(f, x)
}) as Push

const pushed = <A, B>(f: Linear<A, B>, t: Tangent<A>): Tangent<B> => {
  const x = toValue(asTangent(f.from, toValue(t)))
  const out = (value: Value): Tangent<B> => asTangent(f.to, value)
  switch (f.tag) {
    case 'Taped':
      return out(each(onwardFlat(f), x))
    case 'Dense':
      return out(through(f.matrix, x))
    case 'Sparse':
      return out(each(sparsePush(f), x))
    case 'Outer':
      return out(rankOne(toValue(f.column), toValue(f.row), x))
    case 'Identity':
      return out(x)
    case 'Masked':
      return pushed(dense(f), t)
    case 'Compose':
      return pushed(f.outer, pushed(f.inner, t))
    case 'Sum':
      return plus(pushed(f.terms[0], t), pushed(f.terms[1], t))
    case 'Scale':
      return times(f.factor, pushed(f.arrow, t))
    case 'Zero':
      return out(nowhere(x, f.to.size))
  }
}

/** Follows a linear map backwards: cotangents of B, one or a block [k, B.size], to cotangents of A. */
export const pull = <A, B>(f: Linear<A, B>, c: Cotangent<B>): Cotangent<A> => {
  requireMap('pull', f)
  const x = toValue(asCotangent(f.to, toValue(c)))
  const out = (value: Value): Cotangent<A> => asCotangent(f.from, value)
  switch (f.tag) {
    case 'Taped':
      return out(each(backwardFlat(f), x))
    case 'Dense':
      return out(backThrough(f.matrix, x))
    case 'Sparse':
      return out(each(sparsePull(f), x))
    case 'Outer':
      return out(rankOne(toValue(f.row), toValue(f.column), x))
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

/** The columns of a map by pushes of the unit tangents, written out as its matrix. */
const byPushes = <A, B>(f: Linear<A, B>): Value => transpose(toValue(push(f, asTangent(f.from, eye(f.from.size)))))

/** The rows of a map by pulls of the unit cotangents. */
const byPulls = <A, B>(f: Linear<A, B>): Value => toValue(pull(f, asCotangent(f.to, eye(f.to.size))))

/**
 * The matrix of a map. J, square, is made by pushes, as an influence crosses a timestep; B, which belongs to one timestep and has
 * fewer rows than columns, by pulls. Either way gives the same matrix (proofs/ad/linear-maps.ts).
 */
const materialise = <A, B>(f: Linear<A, B>): Value => (f.to.size < f.from.size ? byPulls(f) : byPushes(f))

/** A linear map after a matrix: its own matrix times that one; or, where it would be the larger, pushes of the columns. */
const after = <A, B>(f: Linear<A, B>, entries: Value): Value =>
  f.to.size <= entries.shape[1]!
    ? matmul(toMatrix(f), entries)
    : transpose(toValue(push(f, asTangent(f.from, transpose(entries)))))

/** The matrix of a linear map [to.size, from.size]. What is already a matrix is pushed through the linear map after it, as one block. */
export const toMatrix = <A, B>(f: Linear<A, B>): Value => {
  requireMap('toMatrix', f)
  switch (f.tag) {
    case 'Dense':
      return f.matrix
    case 'Sparse':
      return toDense(f)
    case 'Outer':
      return outerProduct(toValue(f.column), toValue(f.row))
    case 'Identity':
      return eye(f.to.size)
    case 'Masked':
      return mul(f.mask, toMatrix(f.arrow))
    case 'Sum':
      return addValues(toMatrix(f.terms[0]), toMatrix(f.terms[1]))
    case 'Scale':
      return mul(f.factor, toMatrix(f.arrow))
    case 'Zero':
      return zeros([f.to.size, f.from.size])
    case 'Compose':
      return f.inner.tag === 'Dense' ? after(f.outer, f.inner.matrix) : materialise(f)
    case 'Taped':
      return materialise(f)
  }
}

/** Any linear map, a Zero too, as a Dense one. */
export const dense = <A, B>(f: Linear<A, B>): Linear<A, B> & { readonly tag: 'Dense' } => {
  requireMap('dense', f)
  return { tag: 'Dense', from: f.from, to: f.to, matrix: toMatrix(f) }
}
