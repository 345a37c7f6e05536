import test from 'ava'
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix'
import { compile } from '../../../ad/compiler/compile.ts'
import { DomainError, type JanusError, KindError, ShapeError } from '../../../ad/errors.ts'
import { grad, jvp, vmap } from '../../../ad/modes/transforms.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { add, mul, stopGradient } from '../../../ad/primitives/elementwise.ts'
import { slice, stack, sum, transpose } from '../../../ad/primitives/layout.ts'
import { largestOf, leadingEigenvectors, singularTriplets } from '../../../ad/primitives/spectral.ts'
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

const W = gram(5, 3, 3)
const first = (x: Value): Value => sum(leadingEigenvectors(x, 1))
const mistakes: Readonly<Record<string, readonly [() => unknown, new (...args: never[]) => JanusError, RegExp]>> = {
  'a count above the rows': [() => leadingEigenvectors(W, 4), DomainError, /count = 4/],
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
