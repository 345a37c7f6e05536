import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import {
  abs,
  add,
  div,
  greater,
  max,
  min,
  mul,
  neg,
  relu,
  sign,
  sqrt,
  sub,
  where,
} from '../../../ad/primitives/elementwise.ts'
import { broadcastTo, concat, slice, transpose } from '../../../ad/primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

/** Squares of quarters, of both signs, and zeros: exact in single precision, as is all that is made of them here. */
const numbers = (shape: Shape, by: number): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (((i * by) % 9) - 4) / 4),
  )

/** Every operation that is done entry by entry. */
const every = (a: Value, b: Value): Value => {
  const signs = add(mul(sign(a), 8), where(greater(a, b), relu(b), neg(a)))
  const bounds = sub(max(a, b), mul(min(a, b), 16))
  return add(add(signs, bounds), div(sqrt(mul(b, b)), add(4, mul(4, greater(abs(a), 0.5)))))
}

const same = (f: (...inputs: Value[]) => Value, ...inputs: readonly Tensor[]): boolean =>
  (['f64', 'f32'] as const).every(dtype => {
    const found = compile(f, { name: 'compiled-wasm', dtype })(...inputs) as Tensor
    return [...found.data].join() === [...(f(...inputs) as Tensor).data].join()
  })

test('entries are what they are, in whole vectors and one by one after them', t => {
  for (const n of [0, 1, 3, 4, 9]) t.true(same(every, numbers([n], 5), numbers([n], 7)), `${n}`)
})

test('rows and columns are repeated, and matrices read as they lie', t => {
  for (const [rows, columns] of [
    [1, 5],
    [2, 1],
    [2, 4],
    [3, 5],
  ] as const) {
    const forms = (a: Value, b: Value, row: Value, column: Value, wide: Value, turned: Value): Value => {
      const parts = [every(a, row), every(column, b), every(a, broadcastTo(column, [rows, columns]))]
      return concat([...parts, every(slice(wide, 1, columns + 1, -1), b), every(transpose(turned), b)], 0)
    }
    const shapes: readonly Shape[] = [
      ...[[rows, columns], [rows, columns], [columns], [rows, 1]],
      ...[
        [rows, columns + 2],
        [columns, rows],
      ],
    ]
    const f = forms as (...inputs: Value[]) => Value
    t.true(same(f, ...shapes.map((shape, i) => numbers(shape, i + 2))), `${rows} × ${columns}`)
  }
})

test('constants are the same number in every entry', t => {
  t.true(same(a => add(mul(a!, 3), numbers([5], 4)), numbers([5], 5)))
})
