import test from 'ava'
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix'
import { compile } from '../../../ad/compiler/compile.ts'
import { DomainError, type JanusError, KindError, ShapeError } from '../../../ad/errors.ts'
import { grad, jvp, vmap } from '../../../ad/modes/transforms.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { add, mul, stopGradient } from '../../../ad/primitives/elementwise.ts'
import { reshape, slice, stack, sum, transpose } from '../../../ad/primitives/layout.ts'
import {
  isUndifferentiated,
  largestOf,
  leadingEigenvectors,
  singularTriplets,
} from '../../../ad/primitives/spectral.ts'
import { eye, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { rng } from '../../../nets/random.ts'

const normal = (seed: number, ...shape: readonly number[]): Tensor => rng(seed).draw({ law: 'normal', shape }) as Tensor
const plain = (x: Value): Matrix => Matrix.from1DArray(x.shape[0]!, x.shape[1]!, (x as Tensor).data)
const numbers = (x: Value): readonly number[] => [...(x as Tensor).data]
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(0, ...a.map((x, i) => Math.abs(x - b[i]!)))
/** X Xᵀ of n rows and k columns: of rank k where k is below n. */
const gram = (seed: number, n: number, k: number): Tensor => {
  const X = normal(seed, n, k)
  return matmul(X, transpose(X)) as Tensor
}

const tried: readonly (readonly [what: string, matrix: Tensor])[] = [
  ['one number', tensor([[3]])],
  ['zeros', zeros([3, 3])],
  ['the identity', eye(4)],
  [
    'a diagonal with pairs that are equal',
    tensor([2, 5, 2, 5].map((x, i) => [0, 0, 0, 0].map((_, j) => (i === j ? x : 0)))),
  ],
  ['ones, of rank 1', tensor([1, 1, 1].map(() => [1, 1, 1]))],
  [
    'two blocks',
    tensor([
      [2, 1, 0, 0],
      [1, 2, 0, 0],
      [0, 0, 2, 1],
      [0, 0, 1, 2],
    ]),
  ],
  [
    'negative numbers',
    tensor([
      [-1, 2],
      [2, -3],
    ]),
  ],
  ...[2, 3, 5, 16, 33].map(n => [`a product of ${n} rows`, gram(n, n, n + 2)] as const),
  ...[3, 8, 20].map(n => [`a product of ${n} rows of rank 2`, gram(n, n, 2)] as const),
]

/** U W Uᵀ as a diagonal of the largest eigenvalues, and U Uᵀ as 1: how far off both are, relative to the largest. */
const wrong = (matrix: Tensor, U: Value): number => {
  const [W, rows] = [plain(matrix), plain(U)]
  const values = new EigenvalueDecomposition(W, { assumeSymmetric: true }).realEigenvalues.toSorted((a, b) => b - a)
  const among = rows.mmul(W).mmul(rows.transpose())
  const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE)
  const wanted = Matrix.diag(values.slice(0, rows.rows))
  return Math.max(
    Matrix.sub(among, wanted).norm() / largest,
    Matrix.sub(rows.mmul(rows.transpose()), Matrix.eye(rows.rows)).norm(),
  )
}

for (const [what, matrix] of tried)
  test(`the leading eigenvectors of ${what} are orthonormal and have the largest eigenvalues, eager and compiled`, t => {
    const n = matrix.shape[0]!
    for (let count = 1; count <= n; count += count < 4 ? 1 : 7) {
      const f = (x: Value): Value => leadingEigenvectors(x, count)
      const eager = f(matrix)
      t.true(wrong(matrix, eager) < 1e-13, `${count}: ${wrong(matrix, eager)}`)
      t.deepEqual(numbers(compile(f, 'compiled-js')(matrix)), numbers(eager))
      const compiled = compile(f, 'compiled-wasm')(matrix)
      t.true(wrong(matrix, compiled) < 1e-13, `${count} by the kernel: ${wrong(matrix, compiled)}`)
    }
  })

test('the kernel finds the vectors that JavaScript finds, also of a batch, in single precision, and where memory is too small for it', t => {
  for (const n of [1, 4, 17, 200]) {
    const both = stack([gram(1, n, n + 1), gram(2, n, n + 1)])
    const f = vmap((x: Value): Value => leadingEigenvectors(x, Math.min(n, 3)))
    const eager = numbers(f(both))
    t.true(apart(numbers(compile(f, 'compiled-wasm')(both)), eager) < 1e-10, `${n}`)
    t.true(apart(numbers(compile(f, { name: 'compiled-wasm', dtype: 'f32' })(both)), eager) < 1e-2, `${n}, single`)
  }
})

test('of vectors of one eigenvalue the same are given whatever the rounding, by JavaScript and by the kernel', t => {
  const noise = (seed: number, n: number): Tensor => {
    const x = normal(seed, n, n)
    return mul(1e-16, add(x, transpose(x))) as Tensor
  }
  for (const [n, count, matrix] of [
    [2, 1, eye(2)],
    [5, 2, eye(5)],
    [4, 2, tensor([3, 2, 2, 1].map((x, i) => [0, 0, 0, 0].map((_, j) => (i === j ? x : 0))))],
  ] as const)
    for (const engine of ['compiled-js', 'compiled-wasm'] as const) {
      const f = compile((x: Value) => leadingEigenvectors(x, count), engine)
      const found = [1, 2, 3].map(seed => numbers(f(add(matrix, noise(seed, n)))))
      for (const one of found) t.true(apart(one, numbers(leadingEigenvectors(matrix, count))) < 1e-12, `${n} ${engine}`)
    }
})

test('the entry of largest size of an eigenvector is positive', t => {
  for (let row = 0; row < 3; row++) {
    const v = numbers(slice(leadingEigenvectors(gram(3, 6, 6), 3), row, row + 1))
    t.is(Math.max(...v), Math.max(...v.map(Math.abs)))
  }
})

test('numbers that are not finite come out as such, and do not hang', t => {
  const broken = tensor([
    [1, Number.NaN],
    [Number.NaN, 1],
  ])
  for (const engine of ['eager', 'compiled-wasm'] as const)
    t.true(
      numbers(
        compile((x: Value) => leadingEigenvectors(x, 1), engine === 'eager' ? 'compiled-js' : engine)(broken),
      ).every(Number.isNaN),
    )
  t.true(numbers(singularTriplets(broken, broken)).some(Number.isNaN))
})

test('singular triplets of a sum of products are those of its matrix, the largest first', t => {
  for (const [k, a, b] of [
    [1, 3, 2],
    [3, 5, 4],
    [3, 2, 4],
    [4, 6, 1],
  ] as const) {
    const [left, right] = [normal(k, k, a), normal(k + 9, k, b)]
    const X = plain(left).transpose().mmul(plain(right))
    const found = plain(singularTriplets(left, right))
    const values = new SingularValueDecomposition(X, { autoTranspose: true }).diagonal
    t.true(apart(found.getColumn(0).slice(0, values.length), values.slice(0, k)) < 1e-12)
    const again = Matrix.zeros(a, b)
    for (let i = 0; i < k; i++) {
      const row = found.getRow(i)
      const [u, v] = [Matrix.columnVector(row.slice(1, 1 + a)), Matrix.rowVector(row.slice(1 + a))]
      again.add(u.mmul(v).mul(row[0]!))
    }
    t.true(Matrix.sub(again, X).norm() < 1e-12 * X.norm())
    const f = (x: Value, y: Value): Value => singularTriplets(x, y)
    for (const engine of ['compiled-js', 'compiled-wasm'] as const)
      t.deepEqual(numbers(compile(f, engine)(left, right)), numbers(f(left, right)))
    const batch = vmap(f)(stack([left, left]), stack([right, right]))
    t.deepEqual(numbers(batch), [...numbers(f(left, right)), ...numbers(f(left, right))])
  }
})

test('the largest of numbers is found along the last axis, eager and compiled', t => {
  const x = tensor([
    [1, 3, 2],
    [-4, -6, -5],
  ])
  t.deepEqual(numbers(largestOf(x)), [3, -4])
  for (const engine of ['compiled-js', 'compiled-wasm'] as const)
    t.deepEqual(numbers(compile((y: Value) => largestOf(y), engine)(x)), [3, -4])
  t.deepEqual(numbers(vmap((y: Value) => largestOf(y))(x)), [3, -4])
})

test('batches of any rank are searched one after another, and none is asked of nothing', t => {
  const [a, b] = [gram(1, 3, 4), gram(2, 3, 4)]
  const both = reshape(stack([a, b]), [2, 1, 3, 3])
  const found = leadingEigenvectors(both, 2)
  t.deepEqual(found.shape, [2, 1, 2, 3])
  t.deepEqual(
    numbers(found),
    [a, b].flatMap(x => numbers(leadingEigenvectors(x, 2))),
  )
  t.deepEqual(leadingEigenvectors(a, 0).shape, [0, 3])
  const [left, right] = [normal(3, 2, 1, 3, 2), normal(4, 2, 1, 3, 4)]
  const part = (x: Tensor, i: number, width: number): Tensor =>
    tensor([...x.data.subarray(3 * width * i, 3 * width * (i + 1))], [3, width])
  const triplets = singularTriplets(left, right)
  t.deepEqual(triplets.shape, [2, 1, 3, 7])
  t.deepEqual(
    numbers(triplets),
    [0, 1].flatMap(i => numbers(singularTriplets(part(left, i, 2), part(right, i, 4)))),
  )
  const largest = largestOf(tensor([1, 3, 5, 6, 4, 9, 2, 8, 7, 0, -1, -2], [2, 2, 3]))
  t.deepEqual(
    [largest.shape, numbers(largest)],
    [
      [2, 2],
      [5, 9, 8, 0],
    ],
  )
  t.deepEqual(numbers(largestOf(zeros([0, 2]))), [])
})

test('the operations of a search are counted by its sizes', t => {
  t.is(leadingEigenvectors.primitive.operations?.([[2, 5, 5]], { count: 3 }), (4 / 3) * 50 * (5 + 9))
  t.is(
    singularTriplets.primitive.operations?.(
      [
        [2, 3, 4],
        [2, 3, 5],
      ],
      undefined,
    ),
    12 * 3 * (24 + 30),
  )
})

test('where a reflection would cancel, where rows are 0 and where numbers are tiny or huge, vectors are right to the last digits', t => {
  const chains = [1e-10, -1e-10, 1e-200, 0].flatMap(far =>
    [1, -1].map(near =>
      tensor([
        [2, near, far],
        [near, 3, near],
        [far, near, 5],
      ]),
    ),
  )
  const scaled = [1e-120, 1e120].map(k => mul(k, gram(7, 5, 6)) as Tensor)
  const graded = tensor([1, 1e-4, 1e-8, 0].map((x, i) => [0, 0, 0, 0].map((_, j) => (i === j ? x : 0))))
  const swapped = tensor([
    [0, 1, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 3],
    [0, 0, 3, 0],
  ])
  for (const matrix of [...chains, graded, swapped, gram(8, 40, 41)]) {
    const n = matrix.shape[0] as number
    for (const count of [1, 2, n].filter(k => k <= n)) {
      const error = wrong(matrix, leadingEigenvectors(matrix, count))
      t.true(error < 1e-13, `${count} of ${matrix}: ${error}`)
    }
  }
  for (const matrix of scaled)
    t.true(apart(numbers(leadingEigenvectors(matrix, 3)), numbers(leadingEigenvectors(gram(7, 5, 6), 3))) < 1e-12)
})

test('the sign of a vector is that of its entry of largest size, be it the first or the last', t => {
  const pair = (a: number, b: number): Tensor =>
    tensor([
      [a * a, a * b],
      [a * b, b * b],
    ])
  for (const [a, b] of [
    [2, -1],
    [-2, 1],
    [1, -2],
    [-1, 2],
  ] as const) {
    const sign = Math.sign(Math.abs(a) > Math.abs(b) ? a : b)
    const length = Math.hypot(a, b)
    t.true(apart(numbers(leadingEigenvectors(pair(a, b), 1)), [(sign * a) / length, (sign * b) / length]) < 1e-15)
  }
})

test('singular values of one and of no product, of products that are parallel, and of tiny and huge ones', t => {
  for (const k of [1, 1e-150, 1e150]) {
    const [σ, ...vectors] = numbers(singularTriplets(tensor([[3 * k, 4 * k]]), tensor([[0, 0, 2]])))
    t.true(Math.abs((σ as number) / (10 * k) - 1) < 1e-15)
    t.true(apart(vectors, [0.6, 0.8, 0, 0, 1]) < 1e-15)
  }
  const parallel = numbers(
    singularTriplets(
      tensor([
        [1, 0],
        [1, 0],
      ]),
      tensor([
        [0, 1],
        [0, 2],
      ]),
    ),
  )
  t.true(apart([parallel[0] as number, parallel[5] as number], [3, 0]) < 1e-14)
  t.deepEqual(
    numbers(singularTriplets(zeros([2, 1]), zeros([2, 1]))).filter(x => x !== 0),
    [],
  )
})

test('a derivative that a search refuses is told from other mistakes', t => {
  const refused = t.throws(() => grad((x: Value) => largestOf(x))(tensor([1, 2])), { instanceOf: KindError })
  t.true(isUndifferentiated(refused))
  t.false(isUndifferentiated(new KindError({ who: 'largestOf', given: 'a list', wanted: 'a value' })))
  t.false(isUndifferentiated(new Error('a derivative')))
  t.false(isUndifferentiated({ given: (refused as KindError).given }))
})

const W = gram(5, 3, 3)
const first = (x: Value): Value => sum(leadingEigenvectors(x, 1))
const mistakes: Readonly<Record<string, readonly [() => unknown, new (...args: never[]) => JanusError, RegExp]>> = {
  'a count above the rows': [() => leadingEigenvectors(W, 4), DomainError, /count = 4/],
  'a count below 0': [() => leadingEigenvectors(W, -1), DomainError, /count = -1 of a matrix \[3, 3\]/],
  'eigenvectors of a vector': [() => leadingEigenvectors(zeros([3]), 1), ShapeError, /of shape \[3\]/],
  'eigenvectors of a number': [() => leadingEigenvectors(zeros([]), 0), ShapeError, /of shape \[\]/],
  'products of vectors': [() => singularTriplets(zeros([3]), zeros([3])), ShapeError, /\[3\] and \[3\]/],
  'the largest of a number': [() => largestOf(zeros([])), ShapeError, /of shape \[\]/],
  'half a count': [() => leadingEigenvectors(W, 0.5), DomainError, /count = 0.5/],
  'a matrix that is not square': [() => leadingEigenvectors(zeros([2, 3]), 1), ShapeError, /\[2, 3\]/],
  'products of other numbers of rows': [
    () => singularTriplets(zeros([2, 3]), zeros([3, 3])),
    ShapeError,
    /as many rows/,
  ],
  'the largest of nothing': [() => largestOf(zeros([0])), ShapeError, /\[0\]/],
  'a gradient through the largest of numbers': [
    () => grad((x: Value) => largestOf(x))(tensor([1, 2])),
    KindError,
    /stopGradient/,
  ],
  'a gradient through eigenvectors': [() => grad(first)(W), KindError, /stopGradient/],
  'a push through eigenvectors': [() => jvp(first, [W], [W]), KindError, /stopGradient/],
  'a gradient through singular values': [
    () => grad((x: Value) => sum(singularTriplets(x, W)))(W),
    KindError,
    /stopGradient/,
  ],
}

for (const [title, [run, kind, message]] of Object.entries(mistakes))
  test(`${title} is refused, with what was wanted and what to do`, t => {
    const error = t.throws(run, { instanceOf: kind, message })
    for (const part of ['who', 'given', 'wanted', 'remedy'] as const) t.not((error as JanusError)[part], '', part)
  })

test('eigenvectors of what is held constant may stand in a program that is differentiated', t => {
  const held = (x: Value): Value => stopGradient(leadingEigenvectors(stopGradient(x), 3))
  const f = (x: Value): Value => sum(matmul(held(x), x))
  const constant = leadingEigenvectors(W, 3)
  const g = (x: Value): Value => sum(matmul(constant, x))
  t.deepEqual(grad(f)(W), grad(g)(W))
  t.deepEqual(jvp(f, [W], [W]), jvp(g, [W], [W]))
})
