import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { isConstant, pruned, shapesOf, trace } from '../../../ad/modes/trace.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { add, exp, mul } from '../../../ad/primitives/elementwise.ts'
import { slice, sum } from '../../../ad/primitives/layout.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Program = (...inputs: readonly Value[]) => readonly Value[]
const graphOf = (program: Program, ...shapes: readonly (readonly number[])[]) =>
  trace(inputs => program(...inputs), shapes)
/** A graph as lists: the name of each step with its arguments, the numbers of a constant. */
const read = ({ steps, outputs }: ReturnType<typeof graphOf>): unknown => [
  steps.map(step => (isConstant(step) ? [...step.data] : [step.row.name, ...step.args])),
  outputs,
]

test('nodes are the inputs and then the steps, each after its arguments', t => {
  const graph = graphOf((x, y) => [mul(add(x as Value, y as Value), exp(y as Value)), x as Value], [2], [2])
  t.deepEqual(read(graph), [
    [
      ['add', 0, 1],
      ['exp', 1],
      ['mul', 2, 3],
    ],
    [4, 0],
  ])
  t.deepEqual(shapesOf(graph), [[2], [2], [2], [2], [2]])
  t.deepEqual(shapesOf(graphOf(x => [sum(x as Value, 0)], [2, 3])), [[2, 3], [3]])
})

test('equal primitives of equal arguments and options are one node, and a constant is one wherever it is used', t => {
  const two = tensor([2, 3])
  const graph = graphOf(
    x => [
      add(exp(x as Value), two),
      mul(exp(x as Value), two),
      slice(x as Value, 0, 1),
      slice(x as Value, 1, 2),
      slice(x as Value, 0, 1),
    ],
    [2],
  )
  t.deepEqual(read(graph), [
    [
      ['exp', 0],
      [2, 3],
      ['add', 1, 2],
      ['mul', 1, 2],
      ['slice', 0],
      ['slice', 0],
    ],
    [3, 4, 5, 6, 5],
  ])
})

test('what no output needs is left out, and the rest is numbered anew', t => {
  const graph = graphOf(
    (x, y) => {
      const [unused, used] = [exp(x as Value), exp(y as Value)]
      add(unused, tensor([7]))
      return [mul(used, tensor([8]))]
    },
    [1],
    [1],
  )
  t.deepEqual(read(graph), [[['exp', 1], [8], ['mul', 2, 3]], [4]])
  t.deepEqual(graph.inputs, [[1], [1]])
  t.deepEqual(read(pruned({ ...graph, outputs: [2] })), [[['exp', 1]], [2]])
  t.deepEqual(read(pruned({ ...graph, outputs: [1, 3] })), [[[8]], [1, 2]])
})

test('a value of a derivative around the trace is refused, be it an argument or an output', t => {
  for (const inside of [
    (y: Value): Program =>
      x => [add(x as Value, y)],
    (y: Value): Program =>
      () => [y],
  ])
    t.throws(
      () =>
        grad((y: Value) => {
          graphOf(inside(y), [])
          return y
        })(scalar(1)),
      {
        instanceOf: KindError,
        message: /^trace: a value of a derivative or batch that began outside.* Pass the value in/,
      },
    )
})

test('a program that returns no list of values is refused', t => {
  for (const [program, given] of [
    [() => 5, '5'],
    [() => undefined, 'nothing'],
    [(inputs: readonly Value[]) => inputs[0], String.raw`a value \[2\]`],
  ] as const)
    t.throws(() => trace(program as never, [[2]]), {
      instanceOf: KindError,
      message: new RegExp(`^trace: .*${given}.*a program that returns a list of values`, 's'),
    })
})
