/** Plans walked in JavaScript: no code is generated, so it runs wherever JavaScript does. The numbers are eager code's. */

import { type Graph, isConstant } from '../modes/trace.ts'
import { sizeOf, type Tensor, tensorOf } from '../tensor.ts'
import { knownAs } from './known.ts'
import {
  type Collected,
  type Dtype,
  type Machine,
  type Numbers,
  type Plan,
  type Ref,
  type Stage,
  tooLarge,
} from './plan.ts'

/** Numbers of a dtype; rows read and write both alike, so they pass for doubles. */
const numbers = (dtype: Dtype, length: number): Float64Array => {
  const Numbers = dtype === 'f64' ? Float64Array : Float32Array
  try {
    return new Numbers(length) as Float64Array
  } catch (thrown) {
    throw thrown instanceof RangeError ? tooLarge(length * Numbers.BYTES_PER_ELEMENT) : thrown
  }
}

/** One place for every node; a reshape shares its argument's. */
const placesOf = ({ inputs, steps }: Graph, dtype: Dtype): readonly Tensor[] => {
  const places = inputs.map(shape => tensorOf(shape, numbers(dtype, sizeOf(shape))))
  for (const step of steps) {
    if (isConstant(step)) places.push(step)
    else if (knownAs(step.row) === 'reshape') places.push(tensorOf(step.shape, places[step.args[0]!]!.data))
    else places.push(tensorOf(step.shape, numbers(dtype, sizeOf(step.shape))))
  }
  return places
}

const movesOf = ({ inputs, steps }: Graph, places: readonly Tensor[]): readonly (() => void)[] =>
  steps.flatMap((step, i) => {
    if (isConstant(step) || knownAs(step.row) === 'reshape') return []
    const { row, options, shape } = step
    const args = step.args.map(arg => places[arg]!)
    const { data } = places[inputs.length + i]!
    return [() => row.write(data, args, options, shape)]
  })

type Look = (port: number, frame?: number) => Numbers

/** A stage as a list of moves, what it reads copied in and what it writes copied out. */
const walked = ({ graph, reads, writes }: Stage, dtype: Dtype, look: Look) => {
  const places = placesOf(graph, dtype)
  const moves = movesOf(graph, places)
  return (before: number, here: number, after: number): void => {
    const frame = { before, here, after }
    const at = (ref: Ref): Numbers => look(ref.port, frame[ref.frame])
    reads.forEach((ref, i) => {
      places[i]!.data.set(at(ref))
    })
    for (const move of moves) move()
    writes.forEach((ref, i) => {
      at(ref).set(places[graph.outputs[i]!]!.data)
    })
  }
}

/** The rows of each port, found once each. */
const looking = (plan: Plan, frames: number, dtype: Dtype) => {
  const held = plan.ports.map(({ shape, framed }) => numbers(dtype, sizeOf(shape) * (framed ? frames : 1)))
  const rows = plan.ports.map(({ shape, framed }, port) =>
    Array.from({ length: framed ? frames : 1 }, (_, i) =>
      held[port]!.subarray(i * sizeOf(shape), (i + 1) * sizeOf(shape)),
    ),
  )
  const look: Look = (port, frame = 0) => rows[port]![plan.ports[port]!.framed ? frame : 0]!
  return { look, held, bytes: held.reduce((sum, { byteLength }) => sum + byteLength, 0) }
}

/** Adds the products of rows [m] and [n], or the rows themselves, frame by frame. */
const collect = (look: Look, { into, at, left, right, stride = 0 }: Collected, from: number, to: number): void => {
  const out = look(into)
  const [m, n] = [left.size, right?.size ?? 1]
  for (let frame = from; frame < to; frame++) {
    const a = look(left.port, frame + left.shift)
    const b = right ? look(right.port, frame + right.shift) : null
    const shared = b ? (a.length * n) / (m * b.length) : 1
    for (let row = 0; row * m < a.length; row++) {
      const [place, other] = [at + row * stride, Math.floor(row / shared) * n]
      for (let i = 0; i < m; i++) {
        const factor = a[row * m + i]!
        if (!b) out[place + i]! += factor
        else for (let j = 0; j < n; j++) out[place + i * n + j]! += factor * b[other + j]!
      }
    }
  }
}

/** A plan walked as it is; each call gives a machine with memory for so many frames. */
export const interpreted =
  (plan: Plan, dtype: Dtype): ((frames: number) => Machine) =>
  frames => {
    const { look, held, bytes } = looking(plan, frames, dtype)
    const stages = plan.stages.map(stage => walked(stage, dtype, look))
    const sum = (one: Collected, from: number, to: number): void =>
      collect((port, frame) => look(port, frame && (frame + frames) % frames), one, from, to)
    return {
      frames,
      bytes,
      view: look,
      all: port => held[port]!,
      run: (stage, before, here, after) => stages[stage]!(before, here, after),
      sweep: (stage, from, to) => {
        const step = Math.sign(to - from)
        for (let frame = from; frame !== to; frame += step) stages[stage]!(frame - 1, frame, frame + 1)
      },
      collect: sum,
      perform: (program, before, here, after) => {
        for (const action of plan.programs![program]!)
          if (typeof action === 'number') stages[action]!(before, here, after)
          else if ('anew' in action) {
            const { into, at, left, right } = action.anew
            look(into).fill(0, at, at + left.size * (right?.size ?? 1))
            sum(action.anew, here, here + 1)
          } else sum(action, here, here + 1)
      },
    }
  }
