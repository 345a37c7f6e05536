/** How a batch is cut into blocks, and what of it is sent: the data of a block in one piece, and where its run begins. */
import { toMatrix } from '../../ad/linear/apply.ts'
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
  const gradient = out.map(x => (batch ?? 1) * x)
  return { ...place, memory: memory.map(numbers => numbers ?? zero), gradient }
}

/** The inputs of a timestep that are laid out. */
const names = ['x', 'target', 'weight', 'noise'] as const
type Name = (typeof names)[number]

/** Numbers in memory that all threads see, where there is such memory. */
const sharedNumbers = (length: number): Shared =>
  typeof SharedArrayBuffer === 'undefined'
    ? new Float64Array(length)
    : new Float64Array(new SharedArrayBuffer(8 * length))
type Shared = Float64Array<ArrayBufferLike>

/** Writes a value of `size` numbers as the place-th of its kind. */
const put = (into: Shared | null, { data }: Tensor, place: number): void => {
  if (!into) return
  const size = data.length
  for (let j = 0, at = place * size; j < size; j++, at++) into[at] = data[j] as number
}

/** Sequences of a batch, and what refuses an example where nobody has looked at them yet. */
interface Sequences {
  readonly sequences: readonly (readonly Example[])[]
  check?(example: Example, t: number): void
}

/**
 * Memory of a share of the work that all threads see: its data, laid out, and its gradient. Kept from one time to the next,
 * so what it gave before is overwritten; nobody may be at work on it then.
 */
export interface SharedBuffers {
  /** Steps of a block in one piece, each example checked first; `noise` is drawn for each sequence at each step, all of them the batch's. */
  pack(batch: Sequences, noise: readonly (readonly Value[])[], block: Block, ends: boolean): Packed
  /** Where the gradient of the share goes. */
  readonly gradient: Float64Array
}

export const sharedBuffersOf = ({ staged }: Prepared<unknown>): SharedBuffers => {
  const { plan, ports } = staged
  const held = new Map<Name, Shared>()
  const room = (name: Name, length: number): Shared => {
    const known = held.get(name)
    const found = known?.length === length ? known : sharedNumbers(length)
    held.set(name, found)
    return found
  }
  return {
    gradient: sharedNumbers(sizeOf(plan.ports[ports.gradient]?.shape ?? [])) as Float64Array,
    pack: ({ sequences, check }, noise, { from, to }, ends) => {
      const [count, steps, first] = [to - from, noise.length, sequences[from]?.[0] as Example]
      const likes = { ...first, noise: noise[0]?.[from] as Value }
      const [x, target, weight, drawn] = names.map(name =>
        ports.now[name] === -1 ? null : room(name, steps * count * sizeOf(likes[name].shape)),
      ) as [Shared | null, Shared | null, Shared | null, Shared | null]
      for (let i = 0; i < count; i++) {
        const sequence = sequences[from + i] as readonly Example[]
        for (let t = 0, place = i; t < steps; t++, place += count) {
          const now = sequence[t] as Example
          check?.(now, t + 1)
          put(x, now.x as Tensor, place)
          put(target, now.target as Tensor, place)
          put(weight, now.weight as Tensor, place)
          if (drawn) put(drawn, noise[t]?.[from + i] as Tensor, place)
        }
      }
      return { steps, rows: { x, target, weight, noise: drawn } as Packed['rows'], ends }
    },
  }
}

/** Copies parameters, leaf after leaf, to memory that all threads see. */
export const sharedParameters = (θ: Theta, into?: Parameters): Parameters => {
  const leaves = parametersIn(θ)
  const fits = into?.every((place, i) => place.length === leaves[i]?.length)
  const places = into && fits ? into : leaves.map(({ length }) => sharedNumbers(length) as Float64Array)
  places.forEach((place, i) => {
    place.set(leaves[i] as Float64Array)
  })
  return places
}
