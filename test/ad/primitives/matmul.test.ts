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

const sizes: readonly (readonly [number, number, number])[] = [
  ...[1, 2, 3, 4, 5, 6, 7].flatMap(m =>
    [0, 1, 3, 4, 5, 7, 8, 9, 13].flatMap(k => [0, 1, 2, 3, 4, 5, 8, 9, 11].map(n => [m, k, n] as const)),
  ),
  [5, 256, 4],
  [4, 257, 5],
  [5, 600, 7],
  [4, 300, 70],
  [5, 8, 130],
]

test('a product of matrices of any size is added in its place, and nothing beside it is changed', t => {
  for (const [m, k, n] of sizes) {
    const [a, b, there] = [whole(m * k, 1), whole(k * n, 2), whole(m * n, 3)]
    const [A, B, out] = [new Float64Array(2 + m * k), new Float64Array(3 + k * n), new Float64Array(5 + m * n).fill(99)]
    A.set(a, 2)
    B.set(b, 3)
    out.set(there, 4)
    multiply([m, k, n], [A, 2], [B, 3], [out, 4])
    t.deepEqual(out.slice(4, -1), wanted([m, k, n], a, b, there), `[${m}, ${k}, ${n}]`)
    t.deepEqual([...out.slice(0, 4), out.at(-1)], [99, 99, 99, 99, 99], `beside [${m}, ${k}, ${n}]`)
  }
})
