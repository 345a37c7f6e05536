/** Whether a rule's update is the gradient of anything: the Jacobian of its field is symmetric, or a loop shows that it is not. */
import { toValue } from '../../ad/linear/space.ts'
import { sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Theta } from '../../nets/network.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import type { Finding } from './schema.ts'
import { beyondWindow, type Numbers, type Subject } from './subject.ts'
import { named } from './tagged-run.ts'
import { typical } from './typical.ts'

type Field = (θ: Numbers) => Numbers

const numbersOf = (θ: Theta): Numbers => leavesOf(θ).flatMap(leaf => [...(leaf as Tensor).data])

const treeOf = (like: Theta, numbers: Numbers): Theta => {
  let at = 0
  return rebuild(
    like,
    leavesOf(like).map(({ shape }) => {
      const from = at
      at += sizeOf(shape)
      return tensorOf(shape, Float64Array.from(numbers.slice(from, at)))
    }),
  )
}

/** The gradient that the rule gives at parameters, its draws and its data held. */
const fieldOf =
  ({ rule, seed }: Subject, { net, θ, sequence }: Problem): Field =>
  at => [...(toValue(runGradient(rule, { seed })(unroll(net)(treeOf(θ, at), sequence))) as Tensor).data]

const width = 1e-5

/** ∂field_i/∂θ_j by central differences, row j for each θ_j. */
const jacobian = (field: Field, at: Numbers): readonly Numbers[] =>
  at.map((x, j) => {
    const [up, down] = [width, -width].map(by => field(at.with(j, x + by)))
    return (up as Numbers).map((y, i) => (y - ((down as Numbers)[i] as number)) / (2 * width))
  })

/** Points a side of the loop, and how long a side is. */
const [points, side] = [8, 0.1]

/** Σ field · dθ around a square in the plane of two parameters, by midpoints: what is gained by going round; 0 for a gradient. */
const around = (field: Field, at: Numbers, a: number, b: number): number => {
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
    [0, 0],
  ] as const
  const place = (x: number, y: number): Numbers =>
    at.map((θ, i) => θ + side * ((i === a ? x - 0.5 : 0) + (i === b ? y - 0.5 : 0)))
  return corners.slice(1).reduce((sum, [x1, y1], c) => {
    const [x0, y0] = corners[c] as readonly [number, number]
    return Array.from({ length: points }, (_, k) => (k + 0.5) / points).reduce((total, s) => {
      const g = field(place(x0 + s * (x1 - x0), y0 + s * (y1 - y0)))
      return total + (((g[a] as number) * (x1 - x0) + (g[b] as number) * (y1 - y0)) * side) / points
    }, sum)
  }, 0)
}

const nameOf = (θ: Theta, index: number): string => {
  let at = 0
  for (const [name, { shape }] of named(θ as never)) {
    const size = sizeOf(shape)
    if (index < at + size) return `${name}[${index - at}]`
    at += size
  }
  return `θ[${index}]`
}

/** The line of the curl, with the loop in the plane of the two parameters whose derivatives differ most. */
export const curl = (subject: Subject): Finding => {
  const sizes = { d: 3, n: 1, m: 1, T: 4 }
  const T = Math.max(4, beyondWindow(subject.rule, typical(subject, subject.seed, sizes)))
  const problem = typical(subject, subject.seed, { ...sizes, T })
  const [field, at] = [fieldOf(subject, problem), numbersOf(problem.θ)]
  const rows = jacobian(field, at)
  const pairs = at.flatMap((_, i) =>
    at.slice(0, i).map((__, j) => ({
      i,
      j,
      off: Math.abs(((rows[i] as Numbers)[j] as number) - ((rows[j] as Numbers)[i] as number)),
    })),
  )
  const { i, j, off } = pairs.reduce((worst, one) => (one.off > worst.off || Number.isNaN(one.off) ? one : worst))
  const relative = off / Math.max(...rows.flat().map(Math.abs))
  if (!Number.isFinite(relative)) return { verdict: 'undecided', reason: 'its field is 0, or not finite' }
  if (relative < 1e-5) return { verdict: 'holds', value: relative, unit: 'asymmetry of its Jacobian' }
  const [a, b] = [nameOf(problem.θ, i), nameOf(problem.θ, j)]
  const loop = around(field, at, i, j)
  const reason = `going round a square of side ${side} in the plane of ${a} and ${b} sums to ${loop.toExponential(2)}, not 0`
  return { verdict: 'refuted', value: relative, unit: 'asymmetry of its Jacobian', reason }
}
