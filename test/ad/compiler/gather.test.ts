import test from 'ava'
import { compile } from '../../../ad/compiler/compile.ts'
import type { Dtype } from '../../../ad/compiler/kernels.ts'
import { lower } from '../../../ad/compiler/lower.ts'
import { ShapeError } from '../../../ad/errors.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { vmap } from '../../../ad/modes/transforms.ts'
import { gather, scatter } from '../../../ad/primitives/indexing.ts'
import { type Tensor, tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const numbers = (x: Value): readonly number[] => [...(x as Tensor).data]
const table = (...shape: readonly number[]): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 4 - 3),
  )

/** Rows alone, in runs, all alike, one, none, and out of order. */
const rowsTried = [[4, 0, 2, 1], [0, 0, 0, 0, 0, 3, 3, 1, 1, 1, 2], [2, 2, 2], [4], [], [1, 0, 4]]

/** The kinds of operations that a function of a table is lowered to. */
const kindsOf = (f: (x: Value) => Value, shape: readonly number[]): readonly string[] => {
  const graph = trace(([x]) => [f(x!)], [shape])
  const [reads, writes] = [0, 1].map(port => [{ port, frame: 'here' as const }])
  return lower({ graph, reads: reads!, writes: writes! }).map(({ kind }) => kind)
}

for (const width of [1, 3])
  for (const rows of rowsTried)
    test(`rows [${rows}] of a table [5, ${width}], known beforehand, are a kernel's, and what they are`, t => {
      const f = (x: Value): Value => gather(x, tensor(rows))
      const x = table(5, width)
      if (rows.length > 0) t.deepEqual(kindsOf(f, [5, width]), ['call'])
      for (const dtype of ['f64', 'f32'] satisfies Dtype[])
        t.deepEqual(numbers(compile(f, { name: 'compiled-wasm', dtype })(x)), numbers(f(x)))
      const many = table(4, 5, width)
      t.deepEqual(numbers(compile(vmap(f), 'compiled-wasm')(many)), numbers(vmap(f)(many)))
      const two = table(2, 3, 5, width)
      if (rows.length > 0) t.deepEqual(kindsOf(vmap(vmap(f)), [2, 3, 5, width]), ['call'])
      t.deepEqual(numbers(compile(vmap(vmap(f)), 'compiled-wasm')(two)), numbers(vmap(vmap(f))(two)))
    })

test('rows that are not known beforehand, or not the same of all tables, are called back', t => {
  const own = tensor([
    [0, 1],
    [2, 2],
  ])
  t.deepEqual(
    kindsOf(x => gather(x, own), [2, 3, 1]),
    ['host'],
  )
  const tables = table(2, 3, 1)
  t.deepEqual(numbers(compile((x: Value) => gather(x, own), 'compiled-wasm')(tables)), numbers(gather(tables, own)))
  const f = compile((x: Value, rows: Value) => gather(x, rows), 'compiled-wasm')
  t.deepEqual(numbers(f(table(5, 2), tensor([3, 1]))), numbers(gather(table(5, 2), tensor([3, 1]))))
})

test('a row that the table does not have is refused, compiled or not', t => {
  for (const row of [5, -1]) {
    const f = (x: Value): Value => gather(x, tensor([0, row]))
    const message = new RegExp(`row ${row} of 5`)
    t.throws(() => compile(f, 'compiled-wasm')(table(5, 1)), { instanceOf: ShapeError, message })
  }
})

for (const width of [1, 3])
  for (const rows of rowsTried)
    test(`values [${rows.length}, ${width}] put back in rows [${rows}], known beforehand, are a kernel's, and what they are`, t => {
      const f = (x: Value): Value => scatter(x, tensor(rows), 5)
      const x = table(rows.length, width)
      if (rows.length > 0) t.deepEqual(kindsOf(f, [rows.length, width]), ['call'])
      for (const dtype of ['f64', 'f32'] satisfies Dtype[])
        t.deepEqual(numbers(compile(f, { name: 'compiled-wasm', dtype })(x)), numbers(f(x)))
      const many = table(4, rows.length, width)
      t.deepEqual(numbers(compile(vmap(f), 'compiled-wasm')(many)), numbers(vmap(f)(many)))
      const two = table(2, 3, rows.length, width)
      if (rows.length > 0) t.deepEqual(kindsOf(vmap(vmap(f)), [2, 3, rows.length, width]), ['call'])
      t.deepEqual(numbers(compile(vmap(vmap(f)), 'compiled-wasm')(two)), numbers(vmap(vmap(f))(two)))
    })

test('rows to put back in that are not known beforehand, or not the same of all tables, are called back', t => {
  const own = tensor([
    [0, 1],
    [2, 2],
  ])
  t.deepEqual(
    kindsOf(x => scatter(x, own, 3), [2, 2, 1]),
    ['host'],
  )
  const values = table(2, 2, 1)
  const f = (x: Value): Value => scatter(x, own, 3)
  t.deepEqual(numbers(compile(f, 'compiled-wasm')(values)), numbers(f(values)))
})
