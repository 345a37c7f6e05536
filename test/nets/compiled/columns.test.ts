import test from 'ava'
import { replay } from '../../../ad/compiler/graph.ts'
import type { Library } from '../../../ad/compiler/library.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { matmul, outer } from '../../../ad/primitives/contraction.ts'
import { add } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, slice } from '../../../ad/primitives/layout.ts'
import { type Shape, sizeOf, type Tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { columnsOf } from '../../../nets/compiled/columns.ts'
import type { Outputs, Traced } from '../../../nets/compiled/trace.ts'

type Step = (...inputs: Value[]) => readonly [out: Value, memory: Value]

/** A timestep that remembers its first input, as it is traced. */
const tracedOf = (step: Step, shapes: readonly Shape[], way: Traced['way'] = 'past', remembered = 1): Traced => {
  const graph = trace(inputs => step(...inputs), shapes)
  const [out, memory] = graph.outputs as readonly [number, number]
  const inputs = { memory: Array.from({ length: remembered }, (_, i) => i) }
  return {
    way,
    graph,
    inputs: inputs as never,
    outputs: { out, memory: [memory], loss: out } as Partial<Outputs> as Outputs,
  }
}

const [d, P] = [16, 16 * 16 + 16 * 2 + 16] as const
/** q M and M ← J M + [u xᵀ | v yᵀ | b]: weights of 16 inputs and of 2, and biases. */
const step: Step = (M, q, J, u, x, v, y, b) => {
  const block = (column: Value, row: Value): Value =>
    reshape(reshape(outer(column, row), [d, d, row.shape[0]!]), [d, d * row.shape[0]!])
  const next = add(matmul(J!, M!), concat([block(u!, x!), block(v!, y!), b!], -1))
  return [reshape(matmul(q!, M!), [P]), next]
}
const shapes: readonly Shape[] = [[d, P], [1, d], [d, d], [d * d], [16], [d * d], [2], [d, d]]
const whole = tracedOf(step, shapes)

const doubles = { dtype: 'f64' } as const
const ends = (parts: ReturnType<typeof columnsOf>): readonly number[] => parts.map(({ columns }) => columns.to)

test('columns are cut nearest to equal parts, the first of two that are as near', t => {
  // a third and two thirds of 304 lie nearest to 96 and 208; half of it as near to 144 as to 160
  t.deepEqual(ends(columnsOf(whole, doubles, 1)), [304])
  t.deepEqual(ends(columnsOf(whole, doubles, 2)), [144, 304])
  t.deepEqual(ends(columnsOf(whole, doubles, 3)), [96, 208, 304])
  t.deepEqual(
    columnsOf(whole, doubles, 3).map(({ columns }) => columns.from),
    [0, 96, 208],
  )
  t.deepEqual(ends(columnsOf(whole, { dtype: 'f32' }, 2)), [160, 304])
})

test('no part is narrower than the kernels take, and there are as many as there are seams', t => {
  const each = Array.from({ length: 19 }, (_, i) => 16 * (i + 1))
  t.deepEqual(ends(columnsOf(whole, doubles, 19)), each)
  t.deepEqual(ends(columnsOf(whole, doubles, 60)), each)
  t.is(ends(columnsOf(whole, { dtype: 'f32' }, 60)).at(-2), 256)
})

test('a part has its columns of what is remembered and of what is emitted, under its own numbers', t => {
  const inputs = shapes.map((shape, k) =>
    tensorOf(
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * (k + 1.3))),
    ),
  )
  const [out, next] = replay(whole.graph)(inputs) as [Value, Value]
  const list = (x: Value): string => (x as Tensor).data.join()
  for (const { columns, traced } of columnsOf(whole, doubles, 3)) {
    const { from, to } = columns
    t.deepEqual(traced.graph.inputs[0], [d, to - from])
    t.deepEqual([traced.outputs.out, ...traced.outputs.memory], traced.graph.outputs)
    t.is(traced.outputs.loss, traced.outputs.out)
    const [part, memory] = replay(traced.graph)([slice(inputs[0]!, from, to, -1), ...inputs.slice(1)]) as [Value, Value]
    t.is(list(part), list(slice(out, from, to, -1)))
    t.is(list(memory), list(slice(next, from, to, -1)))
  }
})

test('a library that takes the products of wide parts alone is given fewer parts', t => {
  const library: Library = { name: 'counted', least: { gemm: 2 * 16 * 16 * 144 }, over: () => ({}) }
  t.deepEqual(ends(columnsOf(whole, { dtype: 'f64', library }, 3)), [144, 304])
  const wide: Library = { ...library, least: { gemm: 2 * 16 * 16 * 304 } }
  t.deepEqual(ends(columnsOf(whole, { dtype: 'f64', library: wide }, 3)), [304])
})

test('what remembers anything but one value as wide as what it emits stays whole', t => {
  const alone = (traced: Traced): void => {
    const parts = columnsOf(traced, doubles, 2)
    const { shape } = traced.graph.steps[traced.outputs.out - traced.graph.inputs.length] ?? { shape: [64] }
    t.deepEqual(parts, [{ columns: { from: 0, to: shape.at(-1)! }, traced }])
  }
  alone({ ...whole, way: 'future' })
  alone(tracedOf(step, shapes, 'past', 2))
  alone(tracedOf(step, shapes, 'past', 0))
  const added: Step = (M, x) => [x!, add(M!, x!)]
  const wide: Shape = [2, 64]
  t.is(columnsOf(tracedOf(added, [wide, wide]), doubles, 2).length, 2)
  alone(
    tracedOf(
      (M, x) => {
        const next = add(M!, x!)
        return [next, next]
      },
      [wide, wide],
    ),
  )
  alone(tracedOf(added, [[64], [64]]))
  alone(
    tracedOf(added, [
      [2, 2, 64],
      [2, 2, 64],
    ]),
  )
  alone(tracedOf((M, x) => [slice(x!, 0, 32, -1), add(M!, x!)], [wide, wide]))
})
