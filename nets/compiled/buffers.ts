/** Numbers in the rows of ports: copied, filled, laid out over time, and indexed once each. */
import type { Machine, Numbers } from '../../ad/compiler/plan.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Example } from '../network.ts'

/** Numbers as a tensor of their own. */
export const copy = (shape: Shape, numbers: Numbers): Tensor => tensorOf(shape, new Float64Array(numbers))

/** Writes a value into numbers from a place on; the place after it. */
export const fill = (into: Numbers, from: Value, at: number): number => {
  const { data } = from as Tensor
  for (let i = 0; i < data.length; i++) into[at + i] = data[i] as number
  return at + data.length
}

/** Fills a row with the same numbers again and again: one sequence's for each. */
export const repeat = (into: Numbers, numbers: ArrayLike<number>): void => {
  if (numbers.length === 1) into.fill(numbers[0]!)
  else for (let at = 0; at < into.length; at += numbers.length) into.set(numbers, at)
}

/** Lays one input of all timesteps of all sequences into the rows of its port, from timestep 1 on. */
export const lay = (
  into: Numbers,
  name: 'x' | 'target' | 'weight',
  sequences: readonly (readonly Example[])[],
): void => {
  const [count, steps] = [sequences.length, sequences[0]!.length]
  const size = sizeOf(sequences[0]![0]![name].shape)
  for (let i = 0; i < count; i++)
    for (let t = 0; t < steps; t++) fill(into, sequences[i]![t]![name], ((t + 1) * count + i) * size)
}

/** One sequence's numbers out of a row that holds a batch's; a vector where no shape is given. */
export const sliceOf = (numbers: Numbers, count: number, sequence: number, shape?: Shape): Tensor => {
  const size = numbers.length / count
  return copy(shape ?? [size], numbers.subarray(sequence * size, (sequence + 1) * size))
}

/** Timesteps a … b as stretches of frames that nowhere go round the end, neighbours included. */
export const stretches = (a: number, b: number, frames: number): readonly (readonly [number, number])[] => {
  const found: [number, number][] = []
  for (let i = a; i <= b; i++) {
    const frame = i % frames
    const last = found.at(-1)
    if (last && frame > 1 && frame < frames - 1) last[1] = frame + 1
    else found.push([frame, frame + 1])
  }
  return found
}

/** The rows of a machine's ports by port and frame, found once each. */
export const rowsOf = (machine: Machine, ports: number) => {
  const views = Array.from({ length: ports }, (): Numbers[] => [])
  return (port: number, frame = 0): Numbers => {
    const known = views[port]!
    known[frame] ??= machine.view(port, frame)
    return known[frame]!
  }
}
