import test from 'ava'
import { multiply } from '../../../ad/primitives/matmul.ts'

/** Small whole numbers, of which every sum is exact. */
const whole = (count: number, first: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => (((i + first) * 7) % 11) - 5)

/** The product by its definition, added to what is there. */
const wanted = ([m, k, n]: readonly [number, number, number], a: Float64Array, b: Float64Array, there: Float64Array) =>
  there.map((x, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let total = x
    for (let l = 0; l < k; l++) total += (a[i * k + l] as number) * (b[l * n + j] as number)
    return at < m * n ? total : x
  })

/** Every m with every k and every n. */
const every = (...[ms, ks, ns]: readonly [readonly number[], readonly number[], readonly number[]]) =>
  ms.flatMap(m => ks.flatMap(k => ns.map(n => [m, k, n] as const)))

const sizes: readonly (readonly [number, number, number])[] = [
  ...every([1, 2, 3], [0, 1, 4, 5, 9], [0, 1, 3, 5]),
  ...every([4, 5], [8, 9, 13], [4, 5, 9]),
  [4, 257, 5],
  [5, 520, 4],
  [4, 256, 70],
]

test('a product of matrices of any size is added in its place, and nothing beside it is changed', t => {
  for (const [m, k, n] of sizes) {
    const [a, b, there] = [whole(m * k, 1), whole(k * n, 2), whole(m * n, 3)]
    const [A, B, out] = [new Float64Array(2 + m * k), new Float64Array(3 + k * n), new Float64Array(5 + m * n).fill(99)]
    A.set(a, 2)
    B.set(b, 3)
    out.set(there, 4)
    multiply([m, k, n], [A, 2], [B, 3], [out, 4])
    const right = [99, 99, 99, 99, ...wanted([m, k, n], a, b, there), 99]
    t.true(
      out.every((x, i) => x === right[i]),
      `[${m}, ${k}, ${n}]`,
    )
  }
})
