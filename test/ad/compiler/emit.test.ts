import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import type { Library, Product } from '../../../ad/compiler/library.ts'
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
