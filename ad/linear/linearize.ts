import { record } from '../modes/tape.ts'
import { leavesOf, rebuild, type Tree } from '../tree.ts'
import { type Linear, taped } from './linear.ts'
import { type Space, spaceOf } from './space.ts'

/** A program of two trees, recorded once: its value, and the linear map from each, both on one tape. */
export const linearizePair = <A extends Tree, B extends Tree, C extends Tree>(
  program: (a: A, b: B) => C,
  a: A,
  b: B,
): readonly [out: C, fromA: Linear<A, C>, fromB: Linear<B, C>] => {
  const [inA, inB] = [leavesOf(a), leavesOf(b)]
  let tree: C | undefined
  const tape = record(
    inputs => {
      tree = program(rebuild(a, inputs), rebuild(b, inputs.slice(inA.length)))
      return leavesOf(tree)
    },
    [...inA, ...inB],
  )
  const out = rebuild(tree as C, tape.outputs)
  const slots = [...tape.inputs.keys()]
  const arrow = <From>(from: Space<From>, sources: readonly number[]): Linear<From, C> =>
    taped(from, spaceOf(out), tape, sources)
  return [out, arrow(spaceOf(a), slots.slice(0, inA.length)), arrow(spaceOf(b), slots.slice(inA.length))]
}
