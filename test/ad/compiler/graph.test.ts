import test from 'ava'
import { batched, cut, earliest, piecesOf, replay, simplified } from '../../../ad/compiler/graph.ts'
import { type Graph, isConstant, type Step, trace } from '../../../ad/modes/trace.ts'
import { matmul, outer } from '../../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, stack } from '../../../ad/primitives/layout.ts'
import { eye, type Shape, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Program = (...inputs: Value[]) => Value

const graphOf = (f: Program, ...shapes: readonly Shape[]): Graph => trace(inputs => [f(...inputs)], shapes)
const names = ({ steps }: Graph): string => steps.map(step => (isConstant(step) ? 'constant' : step.row.name)).join(' ')
const simpler = (f: Program, ...shapes: readonly Shape[]): string => names(simplified(graphOf(f, ...shapes)))

test('nothing is added to zeros and nothing multiplied by the identity', t => {
  t.is(
    simpler(x => add(tanh(x!), zeros([2])), [2]),
    'tanh',
  )
  t.is(
    simpler(x => add(zeros([2]), tanh(x!)), [2]),
    'tanh',
  )
  t.is(
    simpler(x => add(x!, tensor([0, 1])), [2]),
    'constant add',
  )
  t.is(
    simpler(x => mul(x!, zeros([2])), [2]),
    'constant mul',
  )
  t.is(
    simpler(x => tanh(matmul(eye(2), x!)), [2, 3]),
    'constant mul tanh',
  )
  t.is(
    simpler(x => tanh(matmul(x!, eye(2))), [3, 2]),
    'constant mul tanh',
  )
  const not = (left: Tensor): void => {
    t.is(
      simpler(x => matmul(left, x!), [left.shape[1]!, 2]),
      'constant matmul',
    )
  }
  not(
    tensor([
      [1, 0],
      [0, 2],
    ]),
  )
  not(
    tensor([
      [1, 0],
      [1, 1],
    ]),
  )
  not(
    tensor([
      [0, 1],
      [1, 0],
    ]),
  )
  not(
    tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]),
  )
  t.is(
    simpler(x => matmul(stack([eye(2), eye(2)]), x!), [2, 2, 3]),
    'constant matmul',
    'two identities',
  )
})

test('a value times the identity is that value, plus zeros too', t => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ])
  for (const f of [
    (x: Value) => matmul(eye(2), x),
    (x: Value) => matmul(x, eye(2)),
    (x: Value) => add(x, zeros([2, 2])),
  ])
    t.deepEqual(replay(simplified(graphOf(x => f(x!), [2, 2])))([x]), [x])
})

test('what is constant is worked out, and equal constants are one', t => {
  t.is(
    simpler(x => mul(x!, tanh(tensor([1, 2]))), [2]),
    'constant mul',
  )
  t.is(
    simpler(x => mul(add(x!, tensor([1, 2])), tensor([1, 2])), [2]),
    'constant add mul',
  )
  t.is(
    simpler(x => mul(add(x!, tensor([1, 2])), tensor([1, 3])), [2]),
    'constant add constant mul',
  )
  t.is(
    simpler(x => mul(add(x!, tensor([0, 1])), tensor([-0, 1])), [2]),
    'constant add constant mul',
  )
  t.is(
    simpler((x, y) => matmul(mul(x!, tensor([[1, 2]])), mul(y!, tensor([[1], [2]]))), [1, 2], [2, 1]).split('constant')
      .length,
    3,
  )
})

test('a graph over a batch has the axis in every output, whether its inputs have it or not', t => {
  const graph = trace(([x, y]) => [add(x!, y!), tanh(y!)], [[2], [2]])
  const shapes = (mapped: readonly boolean[]) => {
    const found = batched(graph, mapped, 3)
    const outs = replay(found)(found.inputs.map(shape => zeros(shape)))
    return [found.inputs, outs.map(({ shape }) => shape)]
  }
  const out = [
    [3, 2],
    [3, 2],
  ]
  t.deepEqual(shapes([true, false]), [[[3, 2], [2]], out])
  t.deepEqual(shapes([true, true]), [
    [
      [3, 2],
      [3, 2],
    ],
    out,
  ])
  t.deepEqual(shapes([false, false]), [[[2], [2]], out])
})

test('nodes are worked out where their inputs are first known, and cross a cut where they are read later', t => {
  const graph = trace(
    ([x, y]) => {
      const early = tanh(x!)
      return [add(reshape(early, [2, 1]), y!), mul(y!, tensor([[5], [7]]))]
    },
    [[2], [2, 1]],
  )
  // inputs, tanh, its other shape, the sum, a constant, the product
  t.deepEqual(earliest(graph, [0, 1]), [0, 1, 0, 0, 1, -1, 1])
  const [sum, product] = graph.outputs as readonly [number, number]
  const [first, second] = cut(graph, [0, 1], 2, [
    { node: sum, part: 1 },
    { node: product, part: 1 },
  ])
  t.deepEqual([first!.reads, first!.gives, names(first!.graph)], [[0], [2], 'tanh'])
  t.deepEqual(
    [second!.reads, second!.gives],
    [
      [1, 2],
      [sum, product],
    ],
  )
  t.is(names(second!.graph), 'reshape add constant mul')
  const inputs = [tensor([1, 2]), tensor([[3], [4]])] as const
  const crossing = replay(first!.graph)([inputs[0]]) as readonly Tensor[]
  t.deepEqual(replay(second!.graph)([inputs[1], crossing[0]!]), replay(graph)(inputs))
})

test('what is shared is looked at once, however often it is read, and constants are made where they are read', t => {
  const many = graphOf(x => Array.from({ length: 60 }).reduce<Value>(y => add(y, y), tanh(x!)), [2])
  const [output] = many.outputs as readonly [number]
  const [, all] = cut(many, [1], 2, [{ node: output, part: 1 }])
  t.is(all!.graph.steps.length, 61)
  // a step on a constant alone is of no part
  const { row } = many.steps[0] as Step
  const steps = [tensor([1, 2]), { row, args: [1], options: undefined, shape: [2] }]
  const graph: Graph = { inputs: [[2]], steps, outputs: [2] }
  t.deepEqual(earliest(graph, [0]), [0, -1, -1])
  const parts = cut(graph, [0], 2, [
    { node: 2, part: 0 },
    { node: 2, part: 1 },
  ])
  t.deepEqual(
    parts.map(({ reads, graph }) => [reads, names(graph)]),
    [
      [[], 'constant tanh'],
      [[], 'constant tanh'],
    ],
  )
  const reversed = cut(
    trace(([x]) => [tanh(x!), mul(x!, 2)], [[2]]),
    [0],
    1,
    [3, 1].map(node => ({ node, part: 0 })),
  )
  t.is(names(reversed[0]!.graph), 'tanh constant mul')
})

test('an output is known by the pieces that it is joined from, zeros left out', t => {
  const pieces = (f: Program, ...shapes: readonly Shape[]) => {
    const graph = graphOf(f, ...shapes)
    return piecesOf(graph, graph.outputs[0]!)
  }
  t.deepEqual(
    pieces(x => x!, [3]),
    [{ from: 0, size: 3, left: 0 }],
  )
  t.deepEqual(
    pieces((x, y) => concat([x!, zeros([2]), y!]), [3], [1]),
    [
      { from: 0, size: 3, left: 0 },
      { from: 5, size: 1, left: 1 },
    ],
  )
  t.deepEqual(
    pieces((x, y, z) => concat([z!, reshape(outer(x!, y!), [6])]), [3], [2], [4]),
    [
      { from: 0, size: 4, left: 2 },
      { from: 4, size: 6, left: 0, right: 1 },
    ],
  )
  t.deepEqual(
    pieces((x, y) => reshape(concat([x!, y!], -1), [5]), [1, 2], [1, 3]),
    [
      { from: 0, size: 2, left: 0 },
      { from: 2, size: 3, left: 1 },
    ],
  )
  const own = (f: Program, ...shapes: readonly Shape[]): void => {
    const graph = graphOf(f, ...shapes)
    const [output] = graph.outputs as readonly [number]
    const found = piecesOf(graph, output)
    t.is(found.length, 1)
    t.is(found[0]!.from, 0)
  }
  own((x, y) => reshape(concat([x!, y!], -1), [4]), [2, 1], [2, 1])
  own((x, y) => concat([x!, y!], 0), [1, 3], [1, 3])
  own(x => add(x!, tensor([1, 2])), [2])
  t.deepEqual(
    pieces(() => tensor([1, 2])),
    [{ from: 0, size: 2, left: 0 }],
  )
})

test('a block is known by the pieces of its rows', t => {
  const graph = graphOf((x, u, v) => concat([x!, reshape(outer(u!, v!), [2, 6])], -1), [2, 3], [4], [3])
  t.deepEqual(piecesOf(graph, graph.outputs[0]!), [
    { from: 0, size: 3, left: 0 },
    { from: 3, size: 6, left: 1, right: 2 },
  ])
  const across = graphOf((x, u, v) => concat([x!, reshape(outer(u!, v!), [2, 6])], -1), [2, 3], [3], [4])
  t.is(piecesOf(across, across.outputs[0]!)[1]!.right, undefined, 'rows that the factors do not keep apart')
})
