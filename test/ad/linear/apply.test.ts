import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { dense, pull, push, toMatrix } from '../../../ad/linear/apply.ts'
import {
  compose,
  identity,
  type Linear,
  masked,
  matrix,
  outer,
  plus,
  reaches,
  scale,
  sparse,
  taped,
  zero,
  zeroMap,
} from '../../../ad/linear/linear.ts'
import { asCotangent, asTangent, type Space, spaceOf, toValue } from '../../../ad/linear/space.ts'
import { annotating } from '../../../ad/modes/annotated.ts'
import { counting } from '../../../ad/modes/cost.ts'
import { record } from '../../../ad/modes/tape.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { nested, scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Rows = readonly (readonly number[])[]
const space = (n: number): Space<Value> => spaceOf(zeros([n]) as Value)
const [two, three] = [space(2), space(3)]
const M: Rows = [
  [1, 2, 3],
  [4, 5, 6],
]
const map = (rows: Rows): Linear<Value, Value> =>
  matrix(space(rows[0]?.length ?? 0), space(rows.length), tensor(rows as number[][]))

/** x ↦ M x, recorded with other inputs around x. */
const recorded = (rows: Rows, sources: readonly number[], from: Space<Value>): Linear<Value, Value> => {
  const tape = record(
    ([, x]) => [matvec(tensor(rows as number[][]), x as Value)],
    [scalar(7), zeros([rows[0]?.length ?? 0]), scalar(8)],
  )
  return taped(from, space(rows.length), tape, sources)
}

/** Maps of three numbers to two, and their matrices. */
const maps: readonly (readonly [string, Linear<Value, Value>, Rows])[] = [
  ['Dense', map(M), M],
  ['Taped', recorded(M, [1], three), M],
  [
    'Sparse',
    sparse(
      three,
      two,
      Float64Array.of(1, 0, 1, 0, 0, 1),
      tensor([
        [4, 2, 6],
        [1, 5, 0],
      ]),
    ),
    [
      [1, 7, 0],
      [4, 0, 6],
    ],
  ],
  [
    'Outer',
    outer(three, two, asTangent(two, tensor([2, 3])), asCotangent(three, tensor([1, 10, 100]))),
    [
      [2, 20, 200],
      [3, 30, 300],
    ],
  ],
  [
    'Masked',
    masked(
      tensor([
        [1, 0, 1],
        [0, 1, 0],
      ]),
      map(M),
    ),
    [
      [1, 0, 3],
      [0, 5, 0],
    ],
  ],
  [
    'Sum',
    plus(
      map([
        [10, 0, 0],
        [0, 20, 0],
      ]),
      recorded(M, [1], three),
    ),
    [
      [11, 2, 3],
      [4, 25, 6],
    ],
  ],
  [
    'Scale',
    scale(scalar(-2), map(M)),
    [
      [-2, -4, -6],
      [-8, -10, -12],
    ],
  ],
  [
    'Zero',
    zeroMap(three, two),
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    'Compose',
    compose(
      map([
        [0, 1],
        [1, 1],
      ]),
      map(M),
    ),
    [
      [4, 5, 6],
      [5, 7, 9],
    ],
  ],
  [
    'Compose after what is recorded',
    compose(
      map([
        [1, 0],
        [0, 1],
      ]),
      recorded(M, [1], three),
    ),
    M,
  ],
  [
    'Compose of what makes more rows',
    compose(
      map([
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]),
      map([...M, [7, 8, 9], [1, 1, 1]]),
    ),
    M,
  ],
  [
    'Compose of what makes fewer',
    compose(map([[1], [2]]), map([[1, 2, 3]])),
    [
      [1, 2, 3],
      [2, 4, 6],
    ],
  ],
]

const times = (rows: Rows, x: readonly number[]): readonly number[] =>
  rows.map(row => row.reduce((sum, a, j) => sum + a * (x[j] as number), 0))
const turned = (rows: Rows): Rows => [0, 1, 2].map(j => rows.map(row => row[j] as number))
const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data].map(v => v + 0)

for (const [name, f, rows] of maps)
  test(`a ${name} map is its matrix: on tangents and on cotangents, one or a block`, t => {
    const [x, y] = [
      [1, -2, 5],
      [3, 0, 7],
    ] as const
    const [c, e] = [
      [2, -1],
      [0, 4],
    ] as const
    t.deepEqual(numbers(push(f, asTangent(three, tensor(x)))), times(rows, x))
    t.deepEqual(numbers(push(f, asTangent(three, tensor([x, y])))), [...times(rows, x), ...times(rows, y)])
    t.deepEqual(numbers(pull(f, asCotangent(two, tensor(c)))), times(turned(rows), c))
    t.deepEqual(
      numbers(pull(f, asCotangent(two, tensor([c, e, c])))),
      [c, e, c].flatMap(one => times(turned(rows), one)),
    )
    t.deepEqual(toValue(push(f, asTangent(three, tensor([x])))).shape, [1, 2])
    t.deepEqual(numbers(toMatrix(f)), rows.flat())
    t.deepEqual([dense(f).tag, dense(f).matrix.shape], ['Dense', [2, 3]])
  })

test('the matrix of a recorded map to more numbers than it is from, and of none, is right too', t => {
  const tall = turned(M)
  t.deepEqual(
    nested(toMatrix(recorded(tall, [1], two)) as Tensor),
    tall.map(row => [...row]),
  )
  const after = compose(recorded(tall, [1], two), map(M))
  t.deepEqual(
    numbers(toMatrix(after)),
    tall.flatMap(row => times(turned(M), row)),
  )
  const none = taped(
    two,
    space(0),
    record(() => [], [zeros([2])]),
    [0],
  )
  t.deepEqual(toValue(push(none, asTangent(two, zeros([2])))).shape, [0])
  t.deepEqual(numbers(toMatrix(identity(two))), [1, 0, 0, 1])
})

/** The names of the operations that a program runs on a tensor, counted too. */
const heard = (x: Tensor, program: (x: Value) => unknown): readonly string[] => {
  const names: string[] = []
  const { with: noted } = annotating<null>({
    note: ({ name }) => {
      names.push(name)
      return null
    },
  })
  const one = noted(x, null)
  names.length = 0
  program(one)
  return names
}

test('a recorded map to fewer numbers than it is from is written out by pulls, another by pushes', t => {
  const through = (rows: number, columns: number) => (W: Value) =>
    toMatrix(
      taped(
        space(columns),
        space(rows),
        record(([x]) => [matvec(W, x as Value)], [zeros([columns])]),
        [0],
      ),
    )
  const operations = (rows: number, columns: number): number => {
    const { counts, operations } = counting()
    through(rows, columns)(counts(zeros([rows, columns])))
    return operations()
  }
  const once = (rows: number, columns: number): number => 2 * rows * columns
  t.is(operations(2, 5), once(2, 5) + 2 * once(2, 5))
  t.is(operations(5, 2), once(5, 2) + 2 * once(5, 2))
  t.is(operations(3, 3), once(3, 3) + 3 * once(3, 3))
})

test('after a matrix of fewer columns a recorded map is not written out: the columns are pushed through it', t => {
  const after = (columns: number) =>
    heard(tensor([1, 2, 3]), w => {
      const scaled = record(([x]) => [mul(w, x as Value)], [zeros([3])])
      const f = compose(taped(three, three, scaled, [0]), matrix(space(columns), three, zeros([3, columns])))
      t.deepEqual(toMatrix(f).shape, [3, columns])
    }).includes('matmul')
  t.deepEqual([2, 3, 4].map(after), [false, true, true])
})

test('a push into a map is the composition', t => {
  const composed = push(
    map([
      [0, 1],
      [1, 1],
    ]),
    map(M),
  )
  t.is((composed as Linear<Value, Value>).tag, 'Compose')
})

test('something comes through a recorded map where an output depends on what is followed', t => {
  t.true(reaches(recorded(M, [1], three)))
  t.false(reaches(recorded(M, [0], space(1))))
  t.true(reaches(map(M)))
  t.false(reaches(zero(map(M))))
  t.is(zero(map(M)).tag, 'Zero')
})

test('what is no linear map is not followed', t => {
  const message = /wanted a linear map, such as now\.jacobian.*The map comes first/
  const x = asTangent(three, zeros([3]))
  for (const [who, attempt] of [
    ['push', () => push(tensor([1]) as never, x)],
    ['pull', () => pull(null as never, x as never)],
    ['toMatrix', () => toMatrix(x as never)],
    ['dense', () => dense((() => 1) as never)],
    ['compose', () => compose(3 as never, map(M))],
    ['compose', () => compose(map(M), { tag: 'Dense' } as never)],
    ['scale', () => scale(scalar(1), { from: three } as never)],
    ['masked', () => masked(zeros([2, 3]), undefined as never)],
  ] as const) {
    const error = t.throws(attempt, { instanceOf: KindError, message })
    t.is((error as KindError).who, who)
  }
})
