import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { lower } from '../../../ad/compiler/lower.ts'
import type { Call } from '../../../ad/compiler/operations.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { matmul } from '../../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, sum } from '../../../ad/primitives/layout.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { alwaysIf } from '../../full-effort.ts'

/** J M + B, with B as a weight matrix, one from an input, and a bias make it. */
const influence =
  (d: number, n: number) =>
  (J: Value, M: Value, D: Value, h: Value, x: Value): Value => {
    const part = (of: Value, size: number): Value =>
      reshape(matmul(reshape(D, [d, d, 1]), reshape(of, [1, size])), [d, d * size])
    return add(matmul(J, M), concat([part(h, d), part(x, n), mul(D, 1)], -1))
  }

/** q (J M + B), and J M + B. */
const step =
  (d: number, n: number) =>
  (q: Value, ...rest: Parameters<ReturnType<typeof influence>>): readonly Value[] => {
    const whole = influence(d, n)(...rest)
    return [matmul(q, whole), whole]
  }

const numbers = (seed: number, ...shape: readonly number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1)
  return tensorOf(
    shape,
    Float64Array.from({ length: size }, (_, i) => Math.sin((i + 1) * seed)),
  )
}

const diagonal = (d: number): Tensor => {
  const found = numbers(0.37, d, d)
  return tensorOf(
    [d, d],
    found.data.map((x, i) => (i % (d + 1) === 0 ? x : 0)),
  )
}

const given = (d: number, n: number): readonly Tensor[] => {
  const P = d * (d + n + 1)
  return [
    numbers(0.71, 1, d),
    numbers(0.13, d, d),
    numbers(0.29, d, P),
    diagonal(d),
    numbers(0.53, d),
    numbers(0.91, n),
  ]
}

type Step = ReturnType<typeof step>

/** The calls of a program, by their kernels. */
const calls = (d: number, n: number, made: Step = step(d, n)): readonly Call[] => {
  const graph = trace(
    inputs => made(...(inputs as Parameters<Step>)),
    given(d, n).map(({ shape }) => shape),
  )
  const place = (port: number) => ({ port, frame: 'here' }) as const
  const stage = {
    graph,
    reads: graph.inputs.map((_, i) => place(i)),
    writes: graph.outputs.map((_, i) => place(graph.inputs.length + i)),
  }
  return lower(stage).filter((operation): operation is Call => operation.kind === 'call')
}

for (const [d, n] of [
  [100, 9],
  [101, 7],
  [104, 3],
] as const)
  alwaysIf(d === 101)(
    `an influence that no cache holds is made in stretches, which changes no bit: d = ${d}, n = ${n}`,
    t => {
      const products = calls(d, n).filter(({ kernel }) => kernel === 'gemm')
      t.true(products.length >= 8)
      const width = d * (d + n + 1)
      const total = products.reduce((sum, { args }) => sum + (args[3] === d ? (args[5] as number) : 0), 0)
      t.is(total, width)
      const [q, J, M, D, h, x] = given(d, n) as readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
      const engine = 'compiled-wasm'
      const [emitted, sum] = compile(step(d, n), engine)(q, J, M, D, h, x) as readonly [Tensor, Tensor]
      const product = compile(matmul, engine)(J, M) as Tensor
      const own = [
        [h, 0, d],
        [x, d * d, n],
      ] as const
      const wanted = product.data.slice()
      for (let i = 0; i < d; i++) {
        const g = D.data[i * (d + 1)] as number
        for (const [of, from, size] of own)
          for (let j = 0; j < size; j++) {
            const at = i * width + from + i * size + j
            wanted[at] = (wanted[at] as number) + g * (of.data[j] as number)
          }
        const at = i * width + d * (d + n) + i
        wanted[at] = (wanted[at] as number) + g
      }
      const off = sum.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] as number))), 0)
      t.true(off < 1e-13)
      t.deepEqual([...emitted.data], [...(compile(matmul, engine)(q, sum) as Tensor).data])
    },
  )

test('a small influence is made in one piece', t => {
  const kernels = calls(20, 3).map(({ kernel }) => kernel)
  t.is(kernels.filter(kernel => kernel === 'gemm').length, 1)
  t.is(kernels.filter(kernel => kernel === 'vecmat').length, 1)
})

test('what stands between a matrix and the vector that reads it is passed where it has nothing to do with them', t => {
  const [d, n] = [104, 3]
  const between =
    (other: (sum: Value, h: Value) => Value): Step =>
    (q, J, M, D, h, x) => {
      const whole = influence(d, n)(J, M, D, h, x)
      const found = other(whole, h)
      return [matmul(q, whole), whole, found]
    }
  const gemms = (other: (whole: Value, h: Value) => Value): number =>
    calls(d, n, between(other)).filter(({ kernel }) => kernel === 'gemm').length
  t.true(gemms((_, h) => tanh(h)) >= 8)
  t.is(
    gemms(whole => sum(whole)),
    1,
    'it reads the matrix',
  )
})
