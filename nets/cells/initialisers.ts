/** Where parameters may begin: matrices that keep lengths, matrices of a given spectral radius, numbers of a given law. */

import { bracket, NameError, ShapeError } from '../../ad/errors.ts'
import { matmul } from '../../ad/primitives/contraction.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { transpose } from '../../ad/primitives/layout.ts'
import { ranges, requireRange, requireRecord } from '../../ad/require.ts'
import { type Shape, type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { type Cell, type Initialiser, requireCell } from './cell.ts'
import { orthonormal } from './orthonormal.ts'

const above0 = (who: string, name: string, x: number): void =>
  requireRange(who, name, x, ranges.positive, `Try ${who}(0.9)`)

const matrixOnly = (who: string, shape: Shape, wanted: string, fits: boolean): void => {
  if (fits) return
  throw new ShapeError({ who, given: `shape ${bracket(shape)}`, wanted, remedy: 'Use normal or uniform for the rest' })
}

/** Numbers N(0, deviation²). Throws a DomainError for a deviation below 0. */
export const normal = (deviation: number): Initialiser => {
  requireRange('normal', 'deviation', deviation, ranges.atLeast0, 'Try normal(0.1)')
  return (shape, random) => mul(deviation, random.draw({ law: 'normal', shape }))
}

/** Numbers spread evenly over [low, high). Throws a DomainError for low above high. */
export const uniform = (low: number, high: number): Initialiser => {
  requireRange('uniform', 'low', low, ranges.finite, 'Try uniform(-0.1, 0.1)')
  requireRange(
    'uniform',
    'high',
    high,
    { wanted: `from low = ${low}`, has: x => x >= low && x - low < Infinity },
    'Try uniform(-0.1, 0.1)',
  )
  return (shape, random) => {
    const { data } = random.draw({ law: 'uniform', shape })
    return tensorOf(
      shape,
      data.map(x => low + (high - low) * x),
    )
  }
}

/**
 * Rows or columns, whichever are fewer, of length `gain` and at right angles, every such matrix alike (Haar): Q of a
 * normal matrix, signs by R_ii > 0. Saxe et al. 2014, Mezzadri 2007. W [m, n]; gain above 0.
 */
export const orthogonal = (gain = 1): Initialiser => {
  above0('orthogonal', 'gain', gain)
  return (shape, random) => {
    matrixOnly('orthogonal', shape, 'a matrix [m, n]', shape.length === 2)
    const [m, n] = shape as readonly [number, number]
    const [few, many] = [Math.min(m, n), Math.max(m, n)]
    const { data } = random.draw({ law: 'normal', shape: [few, many] })
    const rows = Array.from({ length: few }, (_, i) => data.slice(i * many, (i + 1) * many))
    const Q = tensorOf([few, many], Float64Array.from(orthonormal(rows).directions.flatMap(row => [...row])))
    return mul(gain, m > n ? transpose(Q) : Q)
  }
}

/** `scale` on the diagonal, 0 elsewhere. Le et al. 2015. W [m, n]; scale finite. */
export const identity = (scale = 1): Initialiser => {
  requireRange('identity', 'scale', scale, ranges.finite, 'Try identity(1)')
  return shape => {
    matrixOnly('identity', shape, 'a matrix [m, n]', shape.length === 2)
    const W = zeros(shape)
    const [m, n] = shape as readonly [number, number]
    for (let i = 0; i < Math.min(m, n); i++) W.data[i * (n + 1)] = scale
    return W
  }
}

/** Squarings: what is left of the norm's constant c is log(c) / 2⁴⁸. */
const squarings = 48

/**
 * The largest |eigenvalue| of W [d, d]: ρ = lim |W^k|^(1/k) (Gelfand 1941), k = 2⁴⁸ by squaring. An error made at k counts
 * 1/k, so the better conditioned W's eigenvectors are, the closer: to 1e-12 for normal matrices of 64 units. 48 products of d³.
 */
export const radiusOf = (W: Value): number => {
  let [power, log] = [W as Tensor, 0]
  for (let k = 0; k <= squarings; k++) {
    const size = Math.hypot(...power.data)
    if (size === 0) return 0
    log += Math.log(size) / 2 ** k
    const one = mul(1 / size, power)
    power = matmul(one, one) as Tensor
  }
  return Math.exp(log)
}

/** A normal matrix W [d, d] times what gives its largest |eigenvalue| rho. Jaeger 2001. Throws a DomainError for rho <= 0. */
export const spectralRadius = (rho: number): Initialiser => {
  above0('spectralRadius', 'rho', rho)
  return (shape, random) => {
    matrixOnly('spectralRadius', shape, 'a square matrix [d, d]', shape.length === 2 && shape[0] === shape[1])
    const W = random.draw({ law: 'normal', shape })
    return mul(rho / radiusOf(W), W)
  }
}

/** Beginnings by the names of the parameters; in a stack, by layer and then by name. */
export type Beginnings<P> = {
  readonly [K in keyof P]?: P[K] extends Value
    ? Initialiser
    : P[K] extends Branch
      ? Beginnings<P[K]>
      : Initialiser | Beginnings<Branch>
}
type Given = { readonly [name: string]: Initialiser | Given | undefined }

const unknown = (path: readonly string[], wanted: string): never => {
  throw new NameError({
    who: 'withInitialisers',
    given: `a beginning for ${path.join('.')}`,
    wanted,
    remedy: 'Give an initialiser for a parameter, and a record of them for a layer',
  })
}

/** Refuses a name that the parameters have not, an initialiser for a layer, a record for a parameter. */
const check = (θ: Branch, given: Given, above: readonly string[]): void => {
  for (const [name, beginning] of Object.entries(given)) {
    const [leaf, path] = [θ[name], [...above, name]]
    if (leaf === undefined || beginning === undefined || isValue(leaf) !== (typeof beginning === 'function'))
      unknown(path, `one of ${Object.keys(θ).join(', ')}${leaf && !isValue(leaf) ? `, and what is in ${name}` : ''}`)
    else if (!isValue(leaf)) check(leaf as Branch, beginning as Given, path)
  }
}

const replaced = (θ: Branch, given: Given, draw: (begin: Initialiser, shape: Shape) => Value): Branch =>
  Object.fromEntries(
    Object.entries(θ).map(([name, leaf]) => {
      const beginning = given[name]
      if (beginning === undefined) return [name, leaf]
      if (typeof beginning === 'function') return [name, draw(beginning, (leaf as Value).shape)]
      return [name, replaced(leaf as Branch, beginning, draw)]
    }),
  )

/**
 * A cell some of whose parameters begin otherwise: `withInitialisers(lstm(), { W_hg: orthogonal() })`, and in a stack
 * `{ layer1: { W_rec: orthogonal() } }`. The others keep theirs. Throws a NameError for a parameter that the cell has not.
 */
export const withInitialisers = <P extends Branch, S extends Branch>(
  cell: Cell<P, S>,
  beginnings: Beginnings<P>,
): Cell<P, S> => {
  requireCell('withInitialisers', cell)
  const wanted = 'initialisers by the names of parameters'
  requireRecord(
    'withInitialisers',
    beginnings,
    wanted,
    'Write withInitialisers(leaky(), { W_rec: initial.orthogonal })',
  )
  return {
    ...cell,
    params: (sizes, random) => {
      const θ = cell.params(sizes, random)
      check(θ, beginnings as Given, [])
      return replaced(θ, beginnings as Given, (begin, shape) => begin(shape, random)) as P
    },
  }
}
