import test from 'ava'
import { compileFor, engineOf } from '../../../ad/compiler/engine.ts'
import { frameAt, type Plan, type Ref, tooLarge } from '../../../ad/compiler/plan.ts'
import { DomainError } from '../../../ad/errors.ts'
import { type Step, trace } from '../../../ad/modes/trace.ts'
import { add, mul } from '../../../ad/primitives/elementwise.ts'
import { table } from '../../../ad/primitives/table.ts'
import { tensor } from '../../../ad/tensor.ts'
import type { Row } from '../../../ad/value.ts'

const [x, y, sums, products] = [0, 1, 2, 3] as const
const ref = (port: number, frame: Ref['frame'] = 'here'): Ref => ({ port, frame })

/** y = x₋ + 10 x + 100 x₊ at every frame; sums of rows, and products of them. */
const plan: Plan = {
  ports: [
    { shape: [2], framed: true },
    { shape: [2], framed: true },
    { shape: [5], framed: false },
    { shape: [2, 2], framed: false },
  ],
  stages: [
    {
      graph: trace(([a, b, c]) => [add(a!, add(mul(10, b!), mul(100, c!)))], [[2], [2], [2]]),
      reads: [ref(x, 'before'), ref(x), ref(x, 'after')],
      writes: [ref(y)],
    },
  ],
  programs: [
    [0, { into: sums, at: 1, left: { port: y, shift: 0, size: 2 } }],
    [{ anew: { into: products, at: 0, left: { port: x, shift: -1, size: 2 }, right: { port: x, shift: 1, size: 2 } } }],
    [{ into: products, at: 0, left: { port: x, shift: 0, size: 2 }, right: { port: x, shift: 0, size: 2 } }],
    [{ anew: { into: sums, at: 2, left: { port: x, shift: 0, size: 2 } } }],
    [{ anew: { into: sums, at: 1, left: { port: x, shift: 1, size: 1 } } }],
  ],
}

for (const name of ['compiled-js', 'compiled-wasm'] as const) {
  const machineOf = () => {
    const machine = compileFor(plan, engineOf(name))(4)
    // frame f holds f + 1 and f + 5
    machine.all(x).set([1, 5, 2, 6, 3, 7, 4, 8])
    const list = (port: number, frame?: number): readonly number[] => [...machine.view(port, frame)]
    return { machine, list }
  }

  test(`a stage sees the frames that it is given, or those beside it, by ${name}`, t => {
    const { machine, list } = machineOf()
    t.is(machine.frames, 4)
    t.true(name === 'compiled-js' ? machine.bytes === 8 * (4 * 4 + 9) : machine.bytes >= 8 * (4 * 4 + 9))
    t.deepEqual(list(x), [1, 5], 'the first frame, where none is named')
    t.deepEqual([machine.all(y).length, machine.all(sums).length], [8, 5])
    machine.run(0, 3, 1, 0)
    t.deepEqual(list(y, 1), [4 + 20 + 100, 8 + 60 + 500])
    machine.all(y).fill(0)
    machine.sweep(0, 1, 3)
    t.deepEqual([...machine.all(y)], [0, 0, 321, 765, 432, 876, 0, 0])
    machine.all(y).fill(0)
    machine.sweep(0, 2, 0)
    t.deepEqual([...machine.all(y)], [0, 0, 321, 765, 432, 876, 0, 0])
    machine.all(y).fill(0)
    machine.sweep(0, 2, 2)
    t.deepEqual([...machine.all(y)], new Array(8).fill(0))
  })

  test(`rows are added up over frames, round the end, by ${name}`, t => {
    const { machine, list } = machineOf()
    machine.collect({ into: sums, at: 3, left: { port: x, shift: 0, size: 2 } }, 1, 3)
    machine.collect({ into: sums, at: 3, left: { port: x, shift: -1, size: 2 } }, 0, 1)
    machine.collect({ into: sums, at: 0, left: { port: x, shift: 1, size: 1 } }, 0, 2)
    t.deepEqual(list(sums), [2 + 6 + 3 + 7, 0, 0, 2 + 3 + 4, 6 + 7 + 8])
    machine.collect(
      { into: products, at: 0, left: { port: x, shift: 0, size: 2 }, right: { port: x, shift: 1, size: 2 } },
      1,
      3,
    )
    t.deepEqual(list(products), [2 * 3 + 3 * 4, 2 * 7 + 3 * 8, 6 * 3 + 7 * 4, 6 * 7 + 7 * 8])
  })

  test(`the rows of a frame are summed each on its own where they are a stride apart, by ${name}`, t => {
    const { machine, list } = machineOf()
    machine.collect({ into: sums, at: 1, left: { port: x, shift: 0, size: 1 }, stride: 3 }, 0, 2)
    t.deepEqual(list(sums), [0, 1 + 2, 0, 0, 5 + 6])
    const right = { port: x, shift: 1, size: 2 }
    machine.collect({ into: products, at: 0, left: { port: x, shift: 0, size: 1 }, right, stride: 2 }, 0, 2)
    t.deepEqual(list(products), [1 * 2 + 2 * 3, 1 * 6 + 2 * 7, 5 * 2 + 6 * 3, 5 * 6 + 6 * 7])
  })

  test(`a program runs its stages and sums at the frames given, by ${name}`, t => {
    const { machine, list } = machineOf()
    machine.perform(0, 3, 1, 2)
    t.deepEqual(list(y, 1), [4 + 20 + 300, 8 + 60 + 700])
    t.deepEqual(list(sums), [0, 324, 768, 0, 0])
    machine.perform(0, 3, 1, 2)
    t.deepEqual(list(sums), [0, 648, 1536, 0, 0])
    machine.all(products).fill(9)
    machine.perform(1, 0, 1, 2)
    t.deepEqual(list(products), [1 * 3, 1 * 7, 5 * 3, 5 * 7], 'in the place of what was there')
    machine.perform(2, 0, 1, 2)
    t.deepEqual(list(products), [3 + 4, 7 + 12, 15 + 12, 35 + 36])
    machine.all(sums).fill(9)
    machine.perform(3, 0, 1, 2)
    t.deepEqual(list(sums), [9, 9, 2, 6, 9], 'rows alone, and what is beside them stays')
    machine.perform(4, 0, 1, 2)
    t.deepEqual(list(sums), [9, 3 + 7, 2, 6, 9])
  })
}

for (const name of ['compiled-js', 'compiled-wasm'] as const)
  test(`a part of a row, and a part of a constant, is read from where it begins, by ${name}`, t => {
    const part = { start: 1, end: 3, axis: -1 }
    const step = (of: Row | undefined, args: readonly number[], options: unknown = {}) =>
      ({ row: of as Row, args, options, shape: [2] }) as Step
    const steps = [
      ...[tensor([0, 0.5, 1]), step(table.slice, [0], part), step(table.slice, [1], part)],
      ...[step(table.tanh, [2]), step(table.exp, [3]), step(table.add, [4, 5]), step(table.add, [6, 3])],
    ]
    const ports = [[3], [2]].map(shape => ({ shape, framed: true }))
    const stages = [{ graph: { inputs: [[3]], steps, outputs: [7] }, reads: [ref(0)], writes: [ref(1)] }]
    const machine = compileFor({ ports, stages }, engineOf(name))(2)
    machine.all(0).set([9, 9, 9, 9, 1, -2])
    machine.run(0, 0, 1, 0)
    const wanted = [1, -2].map((x, i) => Math.tanh(x) + Math.exp([0.5, 1][i]!) + [0.5, 1][i]!)
    t.true([...machine.view(1, 1)].every((x, i) => Math.abs(x - wanted[i]!) < 1e-14))
    t.deepEqual([...machine.view(1, 0)], [0, 0])
  })

for (const name of ['compiled-js', 'compiled-wasm'] as const)
  test(`a row on the right serves as many on the left, in the places of each, by ${name}`, t => {
    // four rows of 2 on the left, two rows of 3 on the right: two on the left share one
    const ports = [[8], [6], [30]].map((shape, port) => ({ shape, framed: port < 2 }))
    const machine = compileFor({ ports, stages: [] }, engineOf(name))(3)
    machine.all(0).set(Array.from({ length: 24 }, (_, i) => (i % 7) - 3))
    machine.all(1).set(Array.from({ length: 18 }, (_, i) => (i % 5) - 2))
    const [left, right] = [{ port: 0, shift: 0, size: 2 } as const, { port: 1, shift: 0, size: 3 } as const]
    machine.collect({ into: 2, at: 1, left, right, stride: 7 }, 0, 3)
    const wanted = new Array(30).fill(0)
    for (const frame of [0, 1, 2])
      for (const row of [0, 1, 2, 3])
        for (const i of [0, 1])
          for (const j of [0, 1, 2])
            wanted[1 + 7 * row + 3 * i + j] +=
              machine.view(0, frame)[2 * row + i]! * machine.view(1, frame)[3 * Math.floor(row / 2) + j]!
    t.deepEqual([...machine.all(2)], wanted)
  })

for (const dtype of ['f64', 'f32'] as const)
  test(`a row of any width is written, and none beside it, in ${dtype}`, t => {
    for (const width of [1, 2, 3, 4, 5, 7, 8, 9]) {
      const ports = [0, 1].map(() => ({ shape: [width], framed: true }))
      const graph = trace(([a]) => [mul(a!, 2)], [[width]])
      const plan = { ports, stages: [{ graph, reads: [ref(0)], writes: [ref(1)] }] }
      const machine = compileFor(plan, engineOf({ name: 'compiled-wasm', dtype }))(5)
      machine.all(0).fill(1)
      for (const frame of [4, 2, 1]) machine.run(0, 0, frame, 0)
      const written = [0, 1, 2, 3, 4].map(frame => [...machine.view(1, frame)])
      t.deepEqual(
        written,
        [0, 2, 2, 0, 2].map(x => new Array(width).fill(x)),
        `${width}`,
      )
    }
  })

test('a machine has room for all its numbers, a few bytes beyond a page of its memory included', t => {
  for (const name of ['compiled-js', 'compiled-wasm'] as const)
    for (const beyond of [-4, -2, 0, 2]) {
      const numbers = 2 ** 17 + beyond
      const machine = compileFor({ ports: [{ shape: [numbers], framed: false }], stages: [] }, engineOf(name))(1)
      machine.all(0).fill(1)
      t.is((machine.all(0) as Float64Array).filter(x => x === 1).length, numbers)
      t.true(machine.bytes >= 8 * numbers)
    }
})

test('frames are named by how far they lie off, and memory that is not there by its size', t => {
  t.deepEqual([-1, 0, 1].map(frameAt), ['before', 'here', 'after'])
  t.true(tooLarge(1) instanceof DomainError)
  t.regex(tooLarge(2 ** 20 + 1).message, /needs 2 MiB/)
})
