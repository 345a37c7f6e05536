/** Random runs of any cell, of quarter-integers, that shrink to few units, few steps and zeros. */
import { type Arbitrary, integer, record } from 'fast-check'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { type Branch, leavesOf, mapTree, type Tree } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network, type Theta } from '../../nets/network.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { quarters } from './networks.ts'

/** Sizes and a pool of numbers, from which parameters, states and inputs are read in turn. */
export interface Pool {
  readonly d: number
  readonly n: number
  readonly T: number
  readonly pool: readonly number[]
}

const enough = 96

/** Pools for so many steps at most. */
export const pools = ({ minT = 1, T = 3, minD = 1 } = {}): Arbitrary<Pool> =>
  record({
    d: integer({ min: minD, max: 2 }),
    n: integer({ min: 1, max: 2 }),
    T: integer({ min: minT, max: T }),
    pool: quarters(enough),
  })

/** A tree filled from a pool, from a place on; the pool begins again where it ends. */
const filled = <A extends Branch>(tree: A, pool: readonly number[], from: number): A => {
  let at = from
  const next = (): number => pool[at++ % pool.length] as number
  return mapTree(tree, ({ shape }) =>
    tensorOf(shape, Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next)),
  )
}

const sizeOf = (tree: Tree): number => leavesOf(tree).reduce((sum, leaf) => sum + (leaf as Tensor).data.length, 0)

/** A cell's parameters and its run from a start that is no zero, both read off a pool. */
export interface Made {
  readonly θ: Branch
  readonly run: Run
}

/** A cell run on a pool; `fixed` puts some parameters in the place of those that were drawn. */
export const runOf = (
  cell: Cell<Branch, Branch>,
  { d, n, T, pool }: Pool,
  fixed: (θ: Branch) => Branch = θ => θ,
): Made => {
  const net = network(cell, { d, n, m: 1 }, halfSquaredError(), { start: 'learned' })
  const drawn: Theta = net.init(1)
  const xs = filled({ x: tensorOf([T * n], new Float64Array(T * n)) }, pool, 0).x as Tensor
  const start = filled(drawn.start, pool, T * n)
  const θ = fixed(filled(drawn.cell, pool, T * n + sizeOf(start)))
  const sequence = Array.from({ length: T }, (_, t) =>
    example(tensorOf([n], xs.data.slice(t * n, (t + 1) * n)), tensorOf([1], Float64Array.of(0))),
  )
  return { θ, run: unroll(net)({ ...drawn, cell: θ, start }, sequence) }
}

const plain = (tree: Branch): string =>
  Object.entries(tree)
    .map(([name, leaf]) => {
      const data = (leaf as Tensor).data ? [...(leaf as Tensor).data] : undefined
      if (!data) return `${name}: { ${plain(leaf as Branch)} }`
      return `${name}=${data.every(x => x === data[0]) ? data[0] : `[${data.join(',')}]`}`
    })
    .join(' ')

/** A run in words: sizes, parameters, start and inputs; equal numbers are shown as one. */
export const describeRun = ({ d, n, T }: Pool, { θ, run }: Made): string => {
  const inputs = run.slice(1).map(now => `[${[...(now.x as Tensor).data]}]`)
  return `d=${d} n=${n} T=${T}\n${plain(θ)}\nstart: ${plain(run[0].after)}; inputs ${inputs.join(' ')}`
}
