/** Calls written by hand, and what their kernels do to memory, one number after the other. */
import { offsetIn, rootOf } from '../../../ad/compiler/allocate.ts'
import { type Argument, type Call, isView, type Operation, type Repeat } from '../../../ad/compiler/operations.ts'
import { type Store, type View, wholeOf } from '../../../ad/compiler/views.ts'

export const place = (size: number): Store => ({ size, made: -1, stored: false })
export const view = (...shape: readonly number[]): View => wholeOf(place(shape.reduce((a, b) => a * b, 1)), shape)
export const call = (kernel: string, args: readonly Argument[], repeats: readonly Repeat[] = []): Call => ({
  kind: 'call',
  kernel,
  args,
  repeats,
})

/** Where every argument of a call begins, each time that it is repeated. */
const turns = ({ args, repeats }: Call): readonly (readonly number[])[] =>
  repeats.reduce<readonly (readonly number[])[]>(
    (all, { count, steps }) =>
      all.flatMap(at => Array.from({ length: count }, (_, i) => at.map((from, k) => from + i * (steps[k] ?? 0)))),
    [args.map(arg => (isView(arg) ? offsetIn(arg) : 0))],
  )

/** Adds numbers, in up to two axes: their sizes, the strides where they go, and those where they come from. */
const moved = (into: Float64Array, from: Float64Array, o: number, x: number, words: readonly number[]): void => {
  const rank = words.length / 3
  const at = (list: number, i: number, j: number): number =>
    (rank === 2 ? i * words[list * 2]! : 0) + j * words[list * rank + rank - 1]!
  const [height, length] = [rank === 2 ? words[0]! : 1, words[rank - 1]!]
  for (let i = 0; i < height; i++) for (let j = 0; j < length; j++) into[o + at(1, i, j)]! += from[x + at(2, i, j)]!
}

/** What the kernels do, one number after the other. */
export const carryOut = (operations: readonly Operation[]) => {
  const held = new Map<Store, Float64Array>()
  const numbers = (of: Argument): Float64Array => {
    const root = rootOf((of as View).store)
    const known = held.get(root)
    if (known) return known
    const made = new Float64Array(root.size)
    for (let i = 0; i < made.length; i++) made[i] = ((i * 7) % 11) - 5
    held.set(root, made)
    return made
  }
  for (const one of operations as readonly Call[]) {
    const [out, a, b] = one.args as readonly [View, View, View]
    const rest = one.args.slice(3) as readonly number[]
    for (const [o, x, y] of turns(one) as readonly (readonly [number, number, number])[]) {
      const product = (
        m: number,
        k: number,
        n: number,
        [r, c]: readonly number[],
        [s, d]: readonly number[],
        row: number,
        adds: number,
      ) => {
        const [into, left, right] = [numbers(out), numbers(a), numbers(b)]
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = adds ? into[o + i * row + j]! : 0
            for (let l = 0; l < k; l++) sum += left[x + i * r! + l * c!]! * right[y + l * s! + j * d!]!
            into[o + i * row + j] = sum
          }
      }
      if (one.kernel === 'gemm') product(rest[0]!, rest[1]!, rest[2]!, rest.slice(3), rest.slice(5), rest[7]!, rest[8]!)
      if (one.kernel === 'vecmat') product(1, rest[0]!, rest[1]!, [0, 1], [rest[1]!, 1], 0, 0)
      if (one.kernel === 'move') moved(numbers(out), numbers(a), o, x, one.args[3] as readonly number[])
      if (one.kernel === 'outer') product(rest[0]!, 1, rest[1]!, [1, 0], [0, 1], rest[2]!, rest[3]!)
    }
  }
  return numbers
}
