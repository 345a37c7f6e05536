import test from 'ava'
import { replay } from '../../../ad/compiler/graph.ts'
import type { Library } from '../../../ad/compiler/library.ts'
import { narrowed, seams, tileOf } from '../../../ad/compiler/narrow.ts'
import { type Graph, shapesOf, trace } from '../../../ad/modes/trace.ts'
import { matmul, outer } from '../../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, slice, sum } from '../../../ad/primitives/layout.ts'
import { table } from '../../../ad/primitives/table.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { run, type Value } from '../../../ad/value.ts'

const numbers = (shape: Shape, seed: number): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + 1) * seed)),
  )

const list = (x: Value): readonly number[] => [...(x as Tensor).data]

type Program = (...inputs: Value[]) => Value

/** Some columns of the first input, and those of the output that they make. */
const some = (f: Program, shapes: readonly Shape[], from: number, to: number, library?: Library) => {
  const graph = trace(inputs => [f(...inputs)], shapes)
  return { graph, found: narrowed(graph, 0, new Set(graph.outputs), { from, to }, library) }
}

/** How many numbers the steps of a graph make. */
const made = (graph: Graph): number => graph.steps.reduce((total, { shape }) => total + sizeOf(shape), 0)

/** Whether columns by themselves are those of the whole, for all pairs of cuts; gives the graph of columns 1 to 3. */
const agrees = (f: Program, shapes: readonly Shape[]): boolean => {
  const inputs = shapes.map((shape, i) => numbers(shape, 0.7 + i / 3))
  const [M, ...rest] = inputs as [Tensor, ...Tensor[]]
  const whole = f(...inputs)
  const width = M.shape.at(-1) as number
  for (let from = 0; from < width; from++)
    for (let to = from + 1; to <= width; to++) {
      const { found } = some(f, shapes, from, to)
      if (!found) return false
      const [out] = replay(found)([slice(M, from, to, -1), ...rest]) as [Value]
      const wanted = slice(whole, from, to, -1)
      if (list(out).join() !== list(wanted).join() || out.shape.join() !== wanted.shape.join()) return false
    }
  return true
}

const [d, n, width] = [2, 3, 6] as const
/** [d, n·k] of an outer product of a column [d·n] and a row [k]. */
const block: Program = (column, row) =>
  reshape(reshape(outer(column!, row!), [d, n, row!.shape[0]!]), [d, n * row!.shape[0]!])

test('columns of sums, products, joins and layouts by themselves are those of the whole', t => {
  const M: Shape = [d, width]
  t.true(agrees((M, J) => matmul(J!, M!), [M, [d, d]]))
  t.true(agrees((M, J, x) => add(matmul(J!, M!), tanh(x!)), [M, [d, d], M]))
  t.true(
    agrees((M, column, row) => mul(add(M!, column!), add(row!, 2)), [M, [d, 1], [width]]),
    'repeated along rows',
  )
  t.true(agrees((M, a, b) => add(M!, concat([a!, b!, a!], -1)), [M, [d, 1], [d, 4]]))
  t.true(
    agrees((M, a, b) => mul(M!, concat([a!, b!], 0)), [M, [1, width], [1, width]]),
    'joined along columns',
  )
  t.true(
    agrees((M, a) => add(reshape(M!, [1, d, width]), a!), [M, [1, d, width]]),
    'rows under other names',
  )
  t.true(agrees((M, a) => add(M!, reshape(a!, [d, width])), [M, [1, d, width]]))
  t.true(
    agrees((M, a) => add(M!, reshape(a!, [d, width])), [M, [width, d]]),
    'rows that no axis keeps',
  )
  t.true(
    agrees((M, a) => add(M!, reshape(a!, [d, width])), [M, [d, 3, 2]]),
    'rows folded into columns',
  )
  t.true(agrees((M, a) => add(M!, reshape(a!, [d, width])), [M, [3, 2, 2]]))
  t.true(agrees((M, a) => add(M!, reshape(a!, [d, width])), [M, [d, 3, 1, 2]]))
  t.true(
    agrees((M, a) => add(M!, sum(a!, 0)), [M, [3, d, width]]),
    'what has no columns of its own',
  )
  t.true(agrees((M, u, x) => add(M!, block(u!, x!)), [M, [d * n], [2]]))
  t.true(agrees((M, u, x) => add(M!, reshape(reshape(outer(u!, x!), [d, 3, 2]), [d, 6])), [M, [3], [4]]))
  t.true(agrees((M, u, x) => add(M!, reshape(reshape(add(outer(u!, x!), 1), [d, 3, 2]), [d, 6])), [M, [6], [2]]))
  t.true(agrees((M, u) => add(M!, reshape(tanh(u!), [d, 6])), [M, [d, 3, 2]]))
})

test('columns are those of the last axis, however many there are', t => {
  const M: Shape = [2, 3, 4]
  t.true(agrees((M, a) => mul(tanh(M!), a!), [M, M]))
  t.true(agrees((M, a, b) => add(M!, concat([a!, b!], -1)), [M, [2, 3, 1], [2, 3, 3]]))
  t.true(agrees((M, a) => add(M!, reshape(a!, [2, 3, 4])), [M, [2, 6, 2]]))
  t.true(agrees((M, a) => add(M!, reshape(a!, [2, 3, 4])), [M, [6, 4]]))
  t.true(agrees((M, a) => add(M!, sum(a!, 0)), [M, [2, 2, 3, 4]]))
})

test('of a cell with weights, nothing of other columns is made', t => {
  const P = n * 2 + n + 1
  const shapes: readonly Shape[] = [[d, P], [d, d], [d * n], [2], [d * n], [1], [d, 1]]
  const cell: Program = (M, J, u, x, v, h, b) => add(matmul(J!, M!), concat([block(u!, x!), block(v!, h!), b!], -1))
  const count = (from: number, to: number): number => made(some(cell, shapes, from, to).found!)
  // of the column [6] as [2, 3] the entries [2, 1], under two names; their product with a row, under three
  const row = (k: number): number => 6 + 2 + 2 + 3 * 2 * k
  // J M, the product joined to nothing else, and their sum
  t.is(count(2, 4), 4 + row(2) + 4 + 4)
  t.is(count(4, 7), 6 + row(2) + row(1) + 6 + 6, 'across two blocks')
  t.is(count(9, 10), 2 + 2 + 2, 'what is given')
  t.is(made(some(cell, shapes, 0, P).found!), made(some(cell, shapes, 0, P).graph))
})

test('what is asked for whole is made once, and whole as it is where all columns are asked for', t => {
  let calls = 0
  const counting = {
    ...table.tanh,
    shape: (shapes: readonly Shape[]) => {
      calls++
      return shapes[0]!
    },
  }
  const f: Program = (M, x) => {
    let y = run(counting as never, [x!])
    for (let i = 0; i < 4; i++) y = add(y, sum(mul(y, y), 0))
    return add(M!, y)
  }
  const { graph } = some(f, [[1, 4], [4]], 0, 4)
  calls = 0
  narrowed(graph, 0, new Set(graph.outputs), { from: 1, to: 3 }, undefined)
  t.is(calls, 1)
})

test('outputs that are not named are whole, and so is what they are made of', t => {
  const graph = trace(
    ([M, x]) => [add(M!, x!), tanh(x!)],
    [
      [2, 4],
      [2, 4],
    ],
  )
  const found = narrowed(graph, 0, new Set([graph.outputs[0]!]), { from: 1, to: 3 }, undefined)!
  t.deepEqual(found.inputs, [
    [2, 2],
    [2, 4],
  ])
  const shapes = shapesOf(found)
  t.deepEqual(
    found.outputs.map(node => shapes[node]),
    [
      [2, 2],
      [2, 4],
    ],
  )
})

test('where a column depends on others there is nothing to cut, and an error in a program is no such place', t => {
  const none = (f: Program, ...rest: readonly Shape[]): void => {
    t.is(some(f, [[2, 4], ...rest], 1, 3).found, null)
  }
  none((M, W) => matmul(M!, W!), [4, 4])
  none(M => sum(M!, 1))
  none(M => add(M!, slice(M!, 0, 1, -1)))
  none(M => reshape(M!, [4, 2]))
  const after: Program = (M, x) => concat([x!, M!], -1)
  none(after, [2, 1])
  t.is(
    some(
      after,
      [
        [2, 4],
        [2, 1],
      ],
      0,
      3,
    ).found,
    null,
  )
  none(M => tanh(reshape(M!, [8])))
  let calls = 0
  const fails = {
    ...table.tanh,
    shape: (shapes: readonly Shape[]) => {
      if (calls++ > 0) throw new RangeError('no second time')
      return shapes[0]!
    },
  }
  t.throws(() => some((M, x) => add(M!, run(fails as never, [x!])), [[4], [4]], 1, 3), { message: 'no second time' })
})

test('a product that a library takes of all columns and not of some is left whole', t => {
  const library = (least: Library['least']): Library => ({ name: 'counted', least, over: () => ({}) })
  const [two, one]: readonly Program[] = [(M, J) => matmul(J!, M!), (M, q) => matmul(q!, M!)]
  const alone = (f: Program, rows: number, least: Library['least'], from = 6) =>
    some(
      f,
      [
        [3, 8],
        [rows, 3],
      ],
      from,
      8,
      library(least),
    ).found !== null
  // J M takes 2 · 2 · 3 · 8 = 96 operations, two columns of it 24; q M 48, and 12
  for (const [least, all] of [
    [97, true],
    [96, false],
    [25, false],
    [24, true],
  ] as const) {
    t.is(alone(two!, 2, { gemm: least }), all)
    t.is(alone(two!, 2, { gemm: least }, 0), true)
    t.is(alone(one!, 1, { vecmat: least / 2 }), all)
    t.is(alone(one!, 1, { gemm: least / 2 }), true)
    t.is(alone(two!, 2, { vecmat: least }), true)
  }
  const added: Program = (M, x) => add(M!, x!)
  t.true(
    some(
      added,
      [
        [3, 8],
        [3, 8],
      ],
      0,
      2,
      library({ gemm: 1, vecmat: 1 }),
    ).found !== null,
  )
})

test('columns are cut where the kernels begin anew: every 16 doubles, every 32 floats', t => {
  t.deepEqual([tileOf('f64'), tileOf('f32')], [16, 32])
  const { graph } = some(M => tanh(M!), [[2, 70]], 0, 70)
  t.deepEqual(seams(graph, 0, 'f64'), [0, 16, 32, 48, 64])
  t.deepEqual(seams(graph, 0, 'f32'), [0, 32, 64])
  t.deepEqual(seams(graph, graph.outputs[0]!, 'f32'), [0, 32, 64])
  const third = some(M => tanh(M!), [[2, 3, 70]], 0, 70).graph
  t.deepEqual(seams(third, third.outputs[0]!, 'f32'), [0, 32, 64])
  const even = some(M => tanh(M!), [[2, 64]], 0, 64).graph
  t.deepEqual(seams(even, even.outputs[0]!, 'f32'), [0, 32, 64])
})

test('joins are cut between their parts, and parts between the rows of an outer product', t => {
  const at = (f: Program, ...shapes: readonly Shape[]): readonly number[] => {
    const { graph } = some(f, shapes, 0, 1)
    return seams(graph, graph.outputs[0]!, 'f64')
  }
  const folded = (x: Value): Value => reshape(x, [2, x.shape[1]! * x.shape[2]!])
  // rows of 8, so every second is at a multiple of 16; then rows of 24 from 48 on
  t.deepEqual(
    at((a, b) => concat([folded(a!), folded(b!)], -1), [2, 6, 8], [2, 4, 24]),
    [0, 16, 32, 48, 48, 96, 144],
  )
  // a part that is no such product comes apart anywhere; one that begins between two multiples of 16, too
  t.deepEqual(
    at((a, b) => concat([a!, b!], -1), [2, 8], [2, 30]),
    [0, 16, 32],
  )
  t.deepEqual(
    at((a, b) => concat([folded(a!), b!], -1), [2, 1, 40], [2, 24]),
    [0, 48, 64],
  )
  t.deepEqual(
    at((a, b) => concat([reshape(a!, [2, 32]), b!], -1), [4, 16], [2, 16]),
    [0, 16, 32, 32, 48],
    'a reshape that folds no rows',
  )
  t.deepEqual(
    at((a, b) => concat([reshape(a!, [2, 48]), b!], -1), [4, 3, 8], [2, 16]),
    [0, 16, 32, 48, 48, 64],
  )
  t.deepEqual(
    at((a, b, M) => add(M!, concat([folded(a!), b!], -1)), [2, 1, 32], [2, 16], [2, 48]),
    [0, 32, 48],
  )
  t.deepEqual(
    at((a, b, M) => add(concat([folded(a!), b!], -1), M!), [2, 1, 32], [2, 16], [2, 48]),
    [0, 32, 32, 48],
  )
  t.deepEqual(
    at((a, b, c) => add(concat([folded(a!), b!], -1), folded(c!)), [2, 1, 32], [2, 16], [2, 1, 48]),
    [0, 32, 32, 48],
    'no join: anywhere',
  )
  t.deepEqual(
    at((a, b) => concat([a!, b!], 0), [1, 32], [1, 32]),
    [0, 16, 32],
    'joined along another axis',
  )
  t.deepEqual(
    at((a, b) => concat([a!, b!], -1), [2, 3, 16], [2, 3, 20]),
    [0, 16, 16, 32],
    'of three',
  )
})
