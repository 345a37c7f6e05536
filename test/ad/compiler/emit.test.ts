import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { compileFor, engineOf } from '../../../ad/compiler/engine.ts'
import type { Library, Product } from '../../../ad/compiler/library.ts'
import type { Machine, Plan } from '../../../ad/compiler/plan.ts'
import { hasWasm } from '../../../ad/compiler/wasm.ts'
import { matmul, matvec } from '../../../ad/primitives/contraction.ts'
import { transpose } from '../../../ad/primitives/layout.ts'
import { ones, type Shape, type Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

/** How often a library is asked for a product that it takes from so many operations on; the numbers come from our kernel. */
const asked = (product: Product, least: number, f: (a: Value, b: Value) => Value, a: Shape, b: Shape): number => {
  let calls = 0
  const library: Library = {
    name: 'counted',
    least: { [product]: least },
    over: () => ({
      [product]: () => {
        calls++
        return false
      },
    }),
  }
  const found = compile(f, { name: 'compiled-blas', dtype: 'f64', library })(ones(a), ones(b)) as Tensor
  return found.data.every(x => x === a.at(-1)) ? calls : -1
}

const withWasm = hasWasm() ? test : test.skip

withWasm('a product goes to a library from the operations on that it needs: two for each product of numbers', t => {
  const at = (
    product: Product,
    operations: number,
    ...rest: readonly [(a: Value, b: Value) => Value, Shape, Shape]
  ) => {
    t.is(asked(product, operations, ...rest), 1)
    t.is(asked(product, operations + 1, ...rest), 0)
  }
  at('gemm', 2 * 5 * 6 * 7, matmul, [5, 6], [6, 7])
  at('matvec', 2 * 5 * 6, matvec, [5, 6], [6])
  at('vecmat', 2 * 5 * 6, (x, W) => matmul(x, W), [1, 5], [5, 6])
  at('vecmat', 2 * 5 * 5, (W, x) => matvec(transpose(W), x), [5, 5], [5])
})

/** Sums of products over the rows of frames: 3 numbers on the left of each of 2 rows, 5 on the right. */
const plan: Plan = {
  ports: [[6], [10], [15], [30]].map((shape, port) => ({ shape, framed: port < 2 })),
  stages: [],
  programs: [
    [{ anew: { into: 2, at: 0, left: { port: 0, shift: 0, size: 3 }, right: { port: 1, shift: 0, size: 5 } } }],
  ],
}

/** How often a library is asked by what is done to a machine; the numbers are those of ones. */
const askedBy = (least: number, run: (machine: Machine) => void): number => {
  let calls = 0
  const count = (): boolean => {
    calls++
    return false
  }
  const library: Library = { name: 'counted', least: { gemm: least }, over: () => ({ gemm: count }) }
  const machine = compileFor(plan, engineOf({ name: 'compiled-blas', dtype: 'f64', library }))(4)
  for (const port of [0, 1]) machine.all(port).fill(1)
  run(machine)
  return calls
}

withWasm('a sum of products over rows goes to a library by the operations of all rows that it takes at once', t => {
  const asks = (operations: number, times: number, run: (machine: Machine) => void): void => {
    t.is(askedBy(operations, run), times)
    t.is(askedBy(operations + 1, run), 0)
  }
  const [left, right] = [
    { port: 0, shift: 0, size: 3 },
    { port: 1, shift: 0, size: 5 },
  ]
  asks(2 * 3 * 5 * 2, 1, machine => {
    machine.perform(0, 0, 1, 2)
    t.deepEqual([...machine.all(2)], new Array(15).fill(2))
  })
  asks(2 * 3 * 5 * 2 * 3, 1, machine => {
    machine.collect({ into: 2, at: 0, left, right }, 1, 4)
    t.deepEqual([...machine.all(2)], new Array(15).fill(6))
  })
  asks(2 * 3 * 5 * 3, 2, machine => {
    machine.collect({ into: 3, at: 0, left, right, stride: 15 }, 1, 4)
    t.deepEqual([...machine.all(3)], new Array(30).fill(3))
  })
})

withWasm('small products beside large ones stay with our kernel of the same name', t => {
  const f = (A: Value, B: Value, C: Value): Value => matmul(matmul(A, B), C)
  const shapes: readonly Shape[] = [
    [5, 6],
    [6, 7],
    [7, 4],
  ]
  const [first, second] = [2 * 5 * 6 * 7, 2 * 5 * 7 * 4]
  for (const [least, times] of [
    [first, 1],
    [second, 2],
    [first + 1, 0],
  ] as const) {
    let calls = 0
    const over = () => ({
      gemm: () => {
        calls++
        return false
      },
    })
    const library: Library = { name: 'counted', least: { gemm: least }, over }
    const found = compile(f, { name: 'compiled-blas', dtype: 'f64', library })(
      ...(shapes.map(ones) as [Tensor, Tensor, Tensor]),
    )
    t.deepEqual([...(found as Tensor).data], new Array(20).fill(42))
    t.is(calls, times)
  }
})
