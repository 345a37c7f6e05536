/** Random small problems of any cell, a network with data, which shrink to few units, few steps and zeros: what rules are audited on. */
import { type Arbitrary, integer, record } from 'fast-check'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, mapTree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../../nets/network.ts'
import { describe, type Limits, networks, quarters } from './networks.ts'
import { realise } from './realise.ts'

/** Random problems. */
export type Problems = Arbitrary<Problem>

/** A network, its parameters and a sequence; the start is learned. */
export interface Problem {
  readonly net: Network
  readonly θ: Theta
  readonly sequence: readonly Example[]
  /** All of it in a few lines. */
  readonly words: string
}

/** The largest sizes, and the fewest units and steps. */
export interface Bounds {
  readonly d: number
  readonly n: number
  readonly m: number
  readonly T: number
  readonly minT?: number
  readonly minD?: number
}

const kinds = { losses: ['half_mse', 'sse', 'softmax_ce'] } as const

/** Problems of the leaky network, as the propositions have them; `limits` may name activations and leaks. */
export const leakyProblems = ({ minD = 1, ...bounds }: Bounds, limits: Limits = {}): Arbitrary<Problem> =>
  networks({ ...kinds, ...bounds, ...limits })
    .filter(({ params }) => params.h0.length >= minD)
    .map(plain => ({ ...realise(plain), words: describe(plain) }))

const enough = 160

/** A tree filled from a pool, each number with the place it is read from. */
const filled = (pool: readonly number[]) => {
  let at = 0
  return <A extends Branch>(tree: A): A =>
    mapTree(tree, ({ shape }) => {
      const size = shape.reduce((a, b) => a * b, 1)
      return tensorOf(
        shape,
        Float64Array.from({ length: size }, () => pool[at++ % pool.length] as number),
      )
    })
}

const numbers = (tree: Branch): string =>
  Object.entries(tree)
    .map(([name, leaf]) => {
      const { data } = leaf as Tensor
      if (!data) return numbers(leaf as Branch)
      return `${name}=${data.every(x => x === data[0]) ? data[0] : `[${data.join(',')}]`}`
    })
    .join(' ')

const vectors = (all: Float64Array, size: number): readonly Tensor[] =>
  Array.from({ length: all.length / size }, (_, t) => tensorOf([size], all.slice(t * size, (t + 1) * size)))

/** Problems of any cell with half the squared error, all numbers quarter-integers in [-2, 2]. */
export const cellProblems = (
  cell: Cell<Branch, Branch>,
  { d, n, m, T, minT = 1, minD = 1 }: Bounds,
): Arbitrary<Problem> =>
  record({
    T: integer({ min: minT, max: Math.max(minT, T) }),
    d: integer({ min: minD, max: Math.max(minD, d) }),
    n: integer({ min: 1, max: n }),
    m: integer({ min: 1, max: m }),
    pool: quarters(enough),
  }).map(({ pool, T: steps, ...sizes }) => {
    const net: Network = network(cell, sizes, halfSquaredError(), { start: 'learned' })
    const fill = filled(pool)
    const of = (size: number): Float64Array =>
      (fill({ v: tensorOf([size], new Float64Array(size)) }).v as Tensor).data as Float64Array
    const [xs, ys] = [of(steps * sizes.n), of(steps * sizes.m)]
    const θ = fill(net.init(1)) as Theta
    const targets = vectors(ys, sizes.m)
    const sequence = vectors(xs, sizes.n).map((x, t) => example(x, targets[t] as Tensor))
    const size = `d=${sizes.d} n=${sizes.n} m=${sizes.m} T=${steps}`
    return { net, θ, sequence, words: `${size} inputs [${[...xs]}] targets [${[...ys]}] ${numbers(θ)}` }
  })

/** The same problem with the parameters of its cell changed; what is changed is said in its words. */
export const withCell = (
  { net, θ, sequence, words }: Problem,
  what: string,
  change: (leaf: Value) => Value,
): Problem => ({ net, θ: { ...θ, cell: mapTree(θ.cell, change) as Branch }, sequence, words: `${what}: ${words}` })

/** Whether a parameter is a matrix between the units of a problem's cell, where units and inputs are not as many. */
export const isRecurrent = ({ net: { sizes } }: Problem, { shape }: Value): boolean =>
  shape.length === 2 && shape[0] === sizes.d && shape[1] === sizes.d && sizes.d !== sizes.n

/** Numbers in a tree. */
export const countOf = (tree: Branch): number =>
  leavesOf(tree).reduce((sum, leaf) => sum + (leaf as Tensor).data.length, 0)
