/** A network with data as one list of numbers, each with a name: what a search changes, and how it becomes a problem again. */
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, type Network, network, type Theta } from '../../nets/network.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'

export type Numbers = readonly number[]

/** Networks of one size: how many numbers they have with their data, what each is called, and the problem that some numbers are. */
export interface Specimen {
  readonly d: number
  readonly T: number
  readonly names: readonly string[]
  problem(numbers: Numbers): Problem
}

const placesOf = (shape: readonly number[]): readonly string[] =>
  shape.reduce<readonly string[]>(
    (places, size) =>
      places.flatMap(place => Array.from({ length: size }, (_, i) => (place ? `${place},${i}` : `${i}`))),
    [''],
  )

const entriesOf = (name: string, shape: readonly number[]): readonly string[] =>
  placesOf(shape).map(place => (place === '' ? name : `${name}[${place}]`))

/** The names of the numbers of a tree, in its order: `W_rec[0,1]`, and `h at 0[1]` for a start. */
const namesOf = (tree: Branch, after = ''): readonly string[] =>
  Object.entries(tree).flatMap(([name, leaf]) =>
    isValue(leaf)
      ? entriesOf(`${name}${after}`, leaf.shape)
      : namesOf(leaf as Branch, name === 'start' ? ' at 0' : after),
  )

const reading = (numbers: Numbers) => {
  let at = 0
  return (shape: readonly number[]): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1)
    at += size
    return tensorOf(shape, Float64Array.from(numbers.slice(at - size, at)))
  }
}

const steps = (T: number): readonly number[] => Array.from({ length: T }, (_, t) => t + 1)

/** Networks of a cell with d units, one input and one output, half the squared error, a learned start, and T steps of data. */
export const specimen = (cell: Cell<Branch, Branch>, d: number, T: number): Specimen => {
  const net: Network = network(cell, { d, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })
  const like = net.init(1)
  const names = [...namesOf(like), ...steps(T).map(t => `x at ${t}`), ...steps(T).map(t => `target at ${t}`)]
  const problem = (numbers: Numbers): Problem => {
    const take = reading(numbers)
    const leaves = leavesOf(like).map(({ shape }: Value) => take(shape))
    const [xs, ys] = [steps(T).map(() => take([1])), steps(T).map(() => take([1]))]
    const sequence = xs.map((x, t) => example(x, ys[t] as Tensor))
    return { net, θ: rebuild(like, leaves) as Theta, sequence, words: wordsOf(names, numbers) }
  }
  return { d, T, names, problem }
}

/** The numbers that are not 0, by name. */
export const wordsOf = (names: readonly string[], numbers: Numbers): string =>
  names.flatMap((name, i) => (numbers[i] === 0 ? [] : [`${name} = ${numbers[i]}`])).join(', ') || 'all numbers 0'
