import ava from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import { lower } from '../../../ad/compiler/lower.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { matmul, outer } from '../../../ad/primitives/contraction.ts'
import { add, mul, sub, tanh } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, transpose } from '../../../ad/primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Program = (...inputs: Value[]) => Value

/** What a program is lowered to: kernels by their names, loops by those of their lanes. */
const kernels = (f: Program, shapes: readonly Shape[]): string => {
  const graph = trace(inputs => [f(...inputs)], shapes)
  const here = (port: number) => ({ port, frame: 'here' as const })
  const operations = lower({ graph, reads: shapes.map((_, i) => here(i)), writes: [here(shapes.length)] })
  return operations
    .map(one =>
      one.kind === 'call' ? one.kernel : one.kind === 'loop' ? one.lanes.map(({ name }) => name).join() : 'host',
    )
    .join(' ')
}

/** Small whole numbers, so that every sum is exact. */
const numbers = (shape: Shape, by: number): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => ((i * by) % 11) - 4),
  )

const [J, M]: readonly Shape[] = [
  [2, 3],
  [3, 6],
]
/** J M and parts joined side by side: the numbers are those of the eager engine, the operations as they are said. */
const test = (title: string, rest: Program, shapes: readonly Shape[], wanted: string, width = 6): void =>
  ava(title, t => {
    const f: Program = (J, M, ...more) => add(matmul(J!, M!), rest(...more))
    const all = [J!, [3, width], ...shapes]
    const inputs = all.map((shape, i) => numbers(shape, i + 2))
    t.deepEqual([...(compile(f, 'compiled-wasm')(...inputs) as Tensor).data], [...(f(...inputs) as Tensor).data])
    t.is(kernels(f, all), wanted)
  })

test(
  'parts joined are added in their columns',
  (a, b) => concat([a!, b!], -1),
  [
    [2, 1],
    [2, 5],
  ],
  'gemm move move',
)

test(
  'a join of rows is added in its rows, and a join of joins in its parts',
  (a, b, c) => concat([a!, concat([b!, c!], -1)], 0),
  [
    [1, 6],
    [1, 2],
    [1, 4],
  ],
  'gemm move move move',
)

test(
  'products are added in their columns, where they lie',
  (a, b, c, d) => concat([outer(a!, b!), matmul(c!, d!)], -1),
  [[2], [2], [2, 3], [3, 4]],
  'gemm outer gemm',
)

test(
  'one product a row, under another name, is added row by row',
  (a, b, c) => concat([reshape(matmul(a!, b!), [2, 4]), c!], -1),
  [
    [2, 2, 1],
    [2, 1, 2],
    [2, 2],
  ],
  'gemm outer move',
)

test(
  'an outer product of all rows is folded into its columns',
  (a, b, c) => concat([reshape(reshape(outer(a!, b!), [2, 2, 2]), [2, 4]), c!], -1),
  [[4], [2], [2, 2]],
  'gemm outer move',
)

test(
  'in however many steps',
  (a, b, c) => concat([reshape(reshape(outer(a!, b!), [2, 2, 2, 2]), [2, 8]), c!], -1),
  [[8], [2], [2, 1]],
  'gemm outer move',
  9,
)

test(
  'so is a product of many rows',
  (a, b, c) => concat([reshape(reshape(matmul(a!, b!), [2, 2, 2]), [2, 4]), c!], -1),
  [
    [4, 3],
    [3, 2],
    [2, 2],
  ],
  'gemm gemm move',
)

ava('and products of many rows with one lead', t => {
  const f: Program = (J, M, a, b, c) =>
    add(matmul(J!, M!), concat([reshape(reshape(matmul(a!, b!), [2, 2, 2, 2]), [2, 8]), c!], -1))
  const shapes = [J!, [3, 9], [2, 4, 3], [2, 3, 2], [2, 1]] as const
  const inputs = shapes.map((shape, i) => numbers(shape, i + 2))
  t.is(kernels(f, shapes), 'gemm gemm move')
  t.deepEqual([...(compile(f, 'compiled-wasm')(...inputs) as Tensor).data], [...(f(...inputs) as Tensor).data])
})

test(
  'products with another lead are made beside it',
  (a, b, c) => concat([reshape(reshape(matmul(a!, b!), [2, 2, 2]), [2, 4]), c!], -1),
  [
    [4, 1, 3],
    [4, 3, 2],
    [2, 2],
  ],
  'gemm vecmat move move',
)

test(
  'a value that lies otherwise, and has another shape, is copied first',
  (a, b) => concat([reshape(transpose(a!), [2, 3]), b!], -1),
  [
    [2, 3],
    [2, 3],
  ],
  'gemm move move move',
)

test(
  'a join that does not fall into rows of the place is made beside it',
  (a, b, c) => concat([reshape(concat([a!, b!], 0), [2, 3]), c!], -1),
  [
    [1, 2],
    [2, 2],
    [2, 3],
  ],
  'gemm move move move move move',
)

test(
  'and so is a product',
  (a, b, c) => concat([reshape(matmul(a!, b!), [2, 3]), c!], -1),
  [
    [3, 2],
    [2, 2],
    [2, 3],
  ],
  'gemm gemm move move',
)

test(
  'a product of a row that becomes a column is made beside it',
  (a, b, c) => concat([reshape(matmul(a!, b!), [2, 1]), c!], -1),
  [
    [1, 2],
    [2, 2],
    [2, 5],
  ],
  'gemm vecmat move move',
)

test(
  'many products with one lead are added pair by pair, with another beside it',
  (a, b, c, d) => concat([reshape(matmul(a!, b!), [2, 2]), reshape(matmul(c!, d!), [2, 4])], -1),
  [
    [2, 1, 3],
    [2, 3, 2],
    [4, 1, 2],
    [4, 2, 2],
  ],
  'gemm gemm vecmat move',
)

test(
  'products with two axes before their own are made beside it',
  (a, b, c) => concat([reshape(matmul(a!, b!), [2, 4]), c!], -1),
  [
    [2, 2, 1, 3],
    [2, 2, 3, 2],
    [2, 2],
  ],
  'gemm vecmat move move',
)

test(
  'a join that is read twice is made in its own place',
  (a, b) => {
    const inner = concat([a!, b!], -1)
    return concat([inner, inner], -1)
  },
  [
    [2, 1],
    [2, 2],
  ],
  'move move gemm move move',
)

ava('a difference is no sum, and a constant is none', t => {
  const f: Program = (J, M, a, b) => sub(matmul(J!, M!), concat([a!, b!], -1))
  const shapes = [J!, M!, [2, 1], [2, 5]] as const
  t.is(kernels(f, shapes), 'gemm move move sub')
  t.is(
    kernels((J, M, a, b) => mul(numbers([2, 6], 3), f(J!, M!, a!, b!)), shapes),
    'gemm move move sub,mul',
  )
})

ava('a sum is made in place whichever of its two comes first, and only where neither is read elsewhere', t => {
  const shapes = [J!, M!, [2, 1], [2, 5]] as const
  const [first, other]: readonly Program[] = [
    (J, M, a, b) => add(concat([a!, b!], -1), matmul(J!, M!)),
    (J, M, a, b) => {
      const product = matmul(J!, M!)
      return add(add(product, concat([a!, b!], -1)), product)
    },
  ]
  t.is(kernels(first!, shapes), 'gemm move move')
  t.is(kernels(other!, shapes), 'gemm move move add,add')
  const join: Program = (J, M, a, b) => {
    const joined = concat([a!, b!], -1)
    return add(add(matmul(J!, M!), joined), joined)
  }
  t.is(kernels(join, shapes), 'move move gemm add,add')
  t.is(
    kernels((J, M, x) => add(matmul(J!, M!), tanh(x!)), [J!, M!, [2, 6]]),
    'gemm tanh add',
  )
})
