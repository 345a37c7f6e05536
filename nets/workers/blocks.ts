/** How a batch is cut into blocks, and what of it is sent: the data of a block in one piece, and where its run begins. */
import { toMatrix } from '../../ad/linear/apply.ts'
import { times, toValue } from '../../ad/linear/space.ts'
import { sizeOf, type Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { firstStep, learnedAtFirst } from '../compiled/executor.ts'
import type { Prepared } from '../compiled/prepare.ts'
import type { Example, Theta } from '../network.ts'
import { initialTimestep } from '../run/timestep.ts'
import type { Packed, Parameters, Place } from './session.ts'

/** Sequences from … up to, but not, `to`. */
export interface Block {
  readonly from: number
  readonly to: number
}

/** Sequences of a block, of a batch and of a large one: fewer make a step's products slow, more leave cores idle. */
const [least, most, large] = [8, 16, 64]

/**
 * A batch as blocks of nearly one size. They depend on the size of the batch alone, not on the number of workers: so neither do
 * sums over blocks.
 */
export const blocksOf = (count: number): readonly Block[] => {
  const blocks = Math.min(count, Math.max(2, Math.ceil(count / (count < large ? least : most))))
  const at = (block: number): number => Math.floor((block * count) / blocks)
  return Array.from({ length: blocks }, (_, i) => ({ from: at(i), to: at(i + 1) }))
}

const numbersOf = (value: Value): Float64Array => (value as Tensor).data

/** Parameters, leaf after leaf. */
export const parametersIn = (θ: Theta): Parameters => leavesOf(θ).map(numbersOf)

/** A 0 stands for many. */
const zero = new Float64Array(1)

/** Where a run begins: what only the rule and the network can say of it, in numbers. */
export const beginningOf = ({ what }: Prepared<unknown>, θ: Theta): Place => {
  const place = { steps: 0, turn: 0, state: null, memory: [], influence: null, gradient: null }
  const { net, windows, batch } = what
  if (windows?.joint) return { ...place, influence: numbersOf(toMatrix(initialTimestep(net)(θ).immediate)) }
  if (windows) return { ...place, memory: learnedAtFirst(what, θ) }
  const { out, memory } = firstStep(what, θ)
  const gradient = numbersOf(toValue(times(batch ?? 1, out)))
  return { ...place, memory: memory.map(numbers => numbers ?? zero), gradient }
}

/** One input of steps of a block: [steps, sequences, size]. */
const rowsOf = (count: number, steps: number, of: (i: number, t: number) => Value): Float64Array => {
  const size = sizeOf(of(0, 0).shape)
  const found = new Float64Array(steps * count * size)
  for (let i = 0; i < count; i++)
    for (let t = 0; t < steps; t++) {
      const numbers = numbersOf(of(i, t))
      const at = (t * count + i) * size
      for (let j = 0; j < size; j++) found[at + j] = numbers[j]!
    }
  return found
}

/** Steps of a block in one piece; `noise` is drawn for each sequence at each step, all of them the batch's. */
export const packed = (
  { staged }: Prepared<unknown>,
  sequences: readonly (readonly Example[])[],
  noise: readonly (readonly Value[])[],
  { from, to }: Block,
  ends: boolean,
): Packed => {
  const [count, steps, { now }] = [to - from, noise.length, staged.ports]
  const rows = {
    x: now.x < 0 ? null : rowsOf(count, steps, (i, t) => sequences[from + i]![t]!.x),
    target: now.target < 0 ? null : rowsOf(count, steps, (i, t) => sequences[from + i]![t]!.target),
    weight: now.weight < 0 ? null : rowsOf(count, steps, (i, t) => sequences[from + i]![t]!.weight),
    noise: now.noise < 0 ? null : rowsOf(count, steps, (i, t) => noise[t]![from + i]!),
  }
  return { steps, rows, ends }
}
