import test from 'ava'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { DomainError, KindError, NameError, ShapeError } from '../../../ad/errors.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { transpose } from '../../../ad/primitives/layout.ts'
import { eye, nested, type Shape, type Tensor, tensor } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Value } from '../../../ad/value.ts'
import { type Cell, cell, type Initialiser } from '../../../nets/cells/cell.ts'
import { cells } from '../../../nets/cells/index.ts'
import {
  identity,
  normal,
  orthogonal,
  radiusOf,
  spectralRadius,
  uniform,
  withInitialisers,
} from '../../../nets/cells/initialisers.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { stacked } from '../../../nets/cells/stacked.ts'
import { rng } from '../../../nets/random.ts'
import { some } from '../../effort.ts'

const drawn = (begin: Initialiser, shape: Shape, seed = 1): Tensor => begin(shape, rng(seed)) as Tensor
const far = (a: Value, b: Value): number =>
  Math.max(...(a as Tensor).data.map((x, i) => Math.abs(x - (b as Tensor).data[i]!)))
/** The largest |eigenvalue|, by a library. */
const radius = (W: Tensor): number => {
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(new Matrix(nested(W) as number[][]))
  return Math.max(...realEigenvalues.map((x, i) => Math.hypot(x, imaginaryEigenvalues[i]!)))
}

test('an orthogonal beginning has rows or columns, whichever are fewer, of length gain at right angles', t => {
  for (const [m, n] of [
    [1, 1],
    [5, 5],
    [3, 7],
    [7, 3],
    [64, 64],
  ] as const) {
    const W = drawn(orthogonal(2), [m, n])
    const gram = m <= n ? matmul(W, transpose(W)) : matmul(transpose(W), W)
    t.deepEqual(W.shape, [m, n])
    t.true(far(gram, mul(4, eye(Math.min(m, n)))) < 1e-13)
  }
})

test('orthogonal beginnings are spread evenly: entries have mean 0, variance 1/d, and both signs of the determinant', t => {
  const d = 2
  const many = Array.from({ length: 4000 }, (_, seed) => drawn(orthogonal(), [d, d], seed).data)
  for (let i = 0; i < d * d; i++) {
    const mean = many.reduce((sum, W) => sum + W[i]!, 0) / many.length
    const square = many.reduce((sum, W) => sum + W[i]! ** 2, 0) / many.length
    t.true(Math.abs(mean) < 0.05 && Math.abs(square - 1 / d) < 0.03, `entry ${i}: mean ${mean}, square ${square}`)
  }
  const turned = many.filter(W => W[0]! * W[3]! - W[1]! * W[2]! > 0).length / many.length
  t.true(Math.abs(turned - 0.5) < 0.05, `${turned}`)
})

test('a beginning of a given spectral radius has it, by the eigenvalues of a library', t => {
  for (const [d, rho] of [
    [1, 0.5],
    [2, 0.9],
    [8, 1.25],
    [64, 0.9],
  ] as const)
    for (const seed of some([1, 2, 3])) {
      const W = drawn(spectralRadius(rho), [d, d], seed)
      t.true(Math.abs(radius(W) / rho - 1) < 1e-11, `d=${d} seed ${seed}`)
    }
})

test('the spectral radius sees complex pairs, opposite signs and nilpotent matrices', t => {
  t.true(
    Math.abs(
      radiusOf(
        tensor([
          [0.6, -0.8],
          [0.8, 0.6],
        ]),
      ) - 1,
    ) < 1e-13,
  )
  t.true(
    Math.abs(
      radiusOf(
        tensor([
          [2, 1],
          [0, -2],
        ]),
      ) - 2,
    ) < 1e-12,
  )
  t.is(
    radiusOf(
      tensor([
        [0, 5],
        [0, 0],
      ]),
    ),
    0,
  )
})

test('identity, uniform and normal begin as they say', t => {
  t.deepEqual(nested(drawn(identity(0.5), [2, 3])), [
    [0.5, 0, 0],
    [0, 0.5, 0],
  ])
  t.deepEqual(nested(drawn(identity(), [1, 1])), [[1]])
  t.deepEqual(nested(drawn(identity(2), [4, 2])), [
    [2, 0],
    [0, 2],
    [0, 0],
    [0, 0],
  ])
  const even = [...drawn(uniform(-3, -1), [2000]).data]
  t.true(even.every(x => x >= -3 && x < -1) && Math.min(...even) < -2.9 && Math.max(...even) > -1.1)
  const { data } = drawn(normal(0.1), [4000])
  t.true(Math.abs(Math.hypot(...data) / Math.sqrt(4000) - 0.1) < 0.01)
})

test('a cell of your own takes them by name', t => {
  const mine = cell({ params: { W: ['d', 'd'] }, state: { h: ['d'] } }, (_, s) => s, { initial: { W: identity(3) } })
  t.deepEqual(nested(mine.params({ d: 2, n: 1, m: 1 }, rng(1)).W as Tensor), [
    [3, 0],
    [0, 3],
  ])
})

test('withInitialisers replaces what is named, in any cell and any layer, and leaves the rest as it was', t => {
  const sizes = { d: 3, n: 2, m: 1 }
  const before = stacked([leaky(), lstm({ forgetBias: 1 })])
  const after = withInitialisers(before, { layer1: { W_rec: identity() }, layer2: { W_hf: orthogonal() } })
  const [was, is] = [before, after].map(one => one.params(sizes, rng(4))) as [Layers, Layers]
  t.deepEqual(is.layer1.W_rec, eye(3))
  t.true(far(matmul(is.layer2.W_hf!, transpose(is.layer2.W_hf!)), eye(3)) < 1e-14)
  const { W_rec: _, ...one } = was.layer1
  const { W_hf: __, ...two } = was.layer2
  t.like(is, { layer1: one, layer2: two })
  for (const make of Object.values(cells) as (() => Cell<Branch, Branch>)[]) {
    const name = Object.keys(make().params(sizes, rng(1)))[0] as string
    t.true(
      [...(withInitialisers(make(), { [name]: normal(0) }).params(sizes, rng(1))[name] as Tensor).data].every(
        x => x === 0,
      ),
    )
  }
})

type Layers = { readonly layer1: Branch & Record<string, Value>; readonly layer2: Branch & Record<string, Value> }

const sizes = { d: 2, n: 1, m: 1 }
const refused: Readonly<
  Record<
    string,
    readonly [() => unknown, typeof DomainError | typeof KindError | typeof NameError | typeof ShapeError, RegExp]
  >
> = {
  'a spectral radius of 0': [
    () => spectralRadius(0),
    DomainError,
    /^spectralRadius: rho = 0; wanted rho above 0.*Try spectralRadius\(0.9\)/,
  ],
  'a spectral radius that is no number': [() => spectralRadius(Number.NaN), DomainError, /^spectralRadius: rho = NaN/],
  'a gain below 0': [() => orthogonal(-1), DomainError, /^orthogonal: gain = -1; wanted gain above 0/],
  'an interval the wrong way round': [() => uniform(1, 0), DomainError, /^uniform: high = 0; wanted high from low = 1/],
  'a negative deviation': [() => normal(-1), DomainError, /^normal: deviation = -1; wanted deviation of at least 0/],
  'an endless identity': [() => identity(Number.POSITIVE_INFINITY), DomainError, /^identity: scale = Infinity/],
  'an orthogonal vector': [
    () => drawn(orthogonal(), [3]),
    ShapeError,
    /^orthogonal: shape \[3\]; wanted a matrix \[m, n\]/,
  ],
  'the radius of what is not square': [
    () => drawn(spectralRadius(1), [2, 3]),
    ShapeError,
    /^spectralRadius: shape \[2, 3\]; wanted a square matrix/,
  ],
  'the radius of what is no matrix': [() => drawn(spectralRadius(1), [2, 2, 2]), ShapeError, /wanted a square matrix/],
  'an identity that is no matrix': [
    () => drawn(identity(), [3]),
    ShapeError,
    /^identity: shape \[3\]; wanted a matrix/,
  ],
  'an initialiser of no cell': [
    () => withInitialisers(leaky as never, {}),
    KindError,
    /^withInitialisers: the function leaky/,
  ],
  'no record of initialisers': [
    () => withInitialisers(leaky(), identity() as never),
    KindError,
    /^withInitialisers: the function .*wanted initialisers by the names of parameters/,
  ],
  'a parameter that is not there': [
    () => withInitialisers(leaky() as unknown as Cell<Branch, Branch>, { W_rek: identity() }).params(sizes, rng(1)),
    NameError,
    /^withInitialisers: a beginning for W_rek; wanted one of W_rec, W_in, b_rec\./,
  ],
  'an initialiser for a layer': [
    () => withInitialisers(stacked([leaky()]), { layer1: identity() }).params(sizes, rng(1)),
    NameError,
    /^withInitialisers: a beginning for layer1; wanted one of layer1, and what is in layer1/,
  ],
}

for (const [what, [make, kind, message]] of Object.entries(refused))
  test(`${what} is refused, saying who, what was given, what was wanted and what to do`, t => {
    const error = t.throws(make, { instanceOf: kind, message })
    for (const part of [error?.who, error?.given, error?.wanted, error?.remedy]) t.truthy(part)
  })

test('the numbers of a uniform beginning lie no further apart than the largest double', t => {
  t.throws(() => uniform(-1e308, 1e308), { instanceOf: DomainError, message: /^uniform: high/ })
  t.notThrows(() => uniform(-8e307, 8e307))
  t.deepEqual(nested(drawn(uniform(3, 3), [2])), [3, 3])
})
