import test from 'ava'
import { ShapeError } from '../../../ad/errors.ts'
import { jvp, vjp, vmap } from '../../../ad/modes/transforms.ts'
import { column, gather, scatter } from '../../../ad/primitives/indexing.ts'
import { stack, transpose } from '../../../ad/primitives/layout.ts'
import { nested, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const table = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
])
const other = tensor([
  [10, 20],
  [30, 40],
  [50, 60],
])
const rows = tensor([2, 0, 2, 1])
const list = (x: Value): unknown => nested(x as Tensor)
const picked = [
  [5, 6],
  [1, 2],
  [5, 6],
  [3, 4],
]
const added = [
  [3, 4],
  [7, 8],
  [6, 8],
]
const values = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
])

test('rows of a table are picked by their numbers, and a cotangent is added up where it came from', t => {
  t.deepEqual(list(gather(table, rows)), picked)
  t.deepEqual(list(jvp(gather, [table, rows], [table, rows])[1]), picked)
  const [toTable, toRows] = vjp(gather, table, rows)[1](values) as readonly [Value, Value]
  t.deepEqual(list(toTable), added)
  t.deepEqual(list(toRows), [0, 0, 0, 0])
})

test('values are added up in the rows of their numbers, what none names is 0', t => {
  const into = (v: Value, r: Value): Value => scatter(v, r, 4)
  t.deepEqual(list(into(values, rows)), [...added, [0, 0]])
  t.deepEqual(list(jvp(into, [values, rows], [values, rows])[1]), [...added, [0, 0]])
  const [toValues, toRows] = vjp(into, values, rows)[1](
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]),
  ) as readonly [Value, Value]
  t.deepEqual(list(toValues), picked)
  t.deepEqual(list(toRows), [0, 0, 0, 0])
})

test('a column of a table is picked by its number, and a cotangent put back there', t => {
  t.deepEqual(list(column(table, 1)), [2, 4, 6])
  t.deepEqual(list(column(table, 0)), [1, 3, 5])
  t.deepEqual(list(jvp(column, [table, 1], [other, 1])[1]), [20, 40, 60])
  const [toTable, toNumber] = vjp(column, table, 1)[1](tensor([7, 8, 9])) as readonly [Value, Value]
  t.deepEqual(list(toTable), [
    [0, 7],
    [0, 8],
    [0, 9],
  ])
  t.is(list(toNumber), 0)
  t.deepEqual(list(column(tensor([[1, 2, 3]]), 2)), [3])
})

test('rows and columns are picked of batches of tables, of numbers, and of both', t => {
  const both = stack([table, other])
  const numbers = tensor([
    [2, 0],
    [1, 1],
  ])
  const pick = (a: Value, b: Value): Value => gather(a, b)
  t.deepEqual(list(vmap(pick)(both, numbers)), [
    [
      [5, 6],
      [1, 2],
    ],
    [
      [30, 40],
      [30, 40],
    ],
  ])
  t.deepEqual(list(vmap(pick, [null, 0])(table, numbers)), [
    [
      [5, 6],
      [1, 2],
    ],
    [
      [3, 4],
      [3, 4],
    ],
  ])
  t.deepEqual(
    list(
      vmap((a: Value, b: Value) => scatter(a, b, 2))(
        both,
        tensor([
          [1, 0, 1],
          [0, 0, 1],
        ]),
      ),
    ),
    [
      [
        [3, 4],
        [6, 8],
      ],
      [
        [40, 60],
        [50, 60],
      ],
    ],
  )
  const one = (a: Value, at: Value): Value => column(a, at)
  t.deepEqual(list(vmap(one)(both, tensor([1, 0]))), [
    [2, 4, 6],
    [10, 30, 50],
  ])
  t.deepEqual(list(vmap(one, [null, 0])(table, tensor([1, 0, 1]))), [
    [2, 4, 6],
    [1, 3, 5],
    [2, 4, 6],
  ])
  t.deepEqual(list(vmap(one, [0, null])(both, tensor(1))), [
    [2, 4, 6],
    [20, 40, 60],
  ])
})

test('tables, values and numbers that do not fit each other are refused', t => {
  const z = zeros
  for (const [t_, r] of [
    [[3, 2], []],
    [[3], []],
    [[3], [2]],
    [[3, 2, 2], [2]],
    [
      [2, 3, 2],
      [3, 4],
    ],
    [
      [3, 2],
      [2, 3],
    ],
  ] as const)
    t.throws(() => gather(z(t_), z(r)), {
      instanceOf: ShapeError,
      message:
        /^gather: a table \[.*\] and rows \[.*\]; wanted a table \[V, e\] and rows \[k\]\. Give a matrix of rows/,
    })
  for (const [v, r] of [
    [[], []],
    [[2], []],
    [[4, 2], [3]],
    [[4], [4]],
    [[4, 2, 1], [4]],
  ] as const)
    t.throws(() => scatter(z(v), z(r), 3), {
      instanceOf: ShapeError,
      message: /^scatter: values \[.*\] and rows \[.*\]; wanted values \[k, e\] and rows \[k\]/,
    })
  for (const [a, at] of [
    [[3], []],
    [[3, 2, 1], []],
    [[3, 2], [1]],
    [[], []],
  ] as const)
    t.throws(() => column(z(a), z(at)), {
      instanceOf: ShapeError,
      message: /^column: a table \[.*\] and a number \[.*\]; wanted a table \[m, n\] and a number \[\]/,
    })
  for (const row of [-1, 3, 0.5]) {
    t.throws(() => gather(table, tensor([0, row])), {
      message: new RegExp(`^gather: row ${row} of 3; wanted .* 0 to 2`),
    })
    t.throws(() => scatter(values, tensor([0, 1, 2, row]), 3), { message: new RegExp(`^scatter: row ${row} of 3`) })
    t.throws(() => column(transpose(table), row), { message: new RegExp(`^column: row ${row} of 3`) })
  }
  t.throws(() => scatter(values, rows, 1.5), { instanceOf: ShapeError, message: /^scatter: shape \[1\.5\]/ })
})
