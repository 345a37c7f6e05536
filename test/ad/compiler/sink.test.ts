import test from 'ava'
import { allocate } from '../../../ad/compiler/allocate.ts'
import type { Call, Loop, Operation } from '../../../ad/compiler/operations.ts'
import type { Ref } from '../../../ad/compiler/plan.ts'
import { sunk } from '../../../ad/compiler/sink.ts'
import { type Store, sliced, type View, wholeOf } from '../../../ad/compiler/views.ts'
import { table } from '../../../ad/primitives/table.ts'

const size = 12
const place = (rest: Partial<Store> = {}): Store => ({ size, made: -1, stored: false, ...rest })
const port = (number: number, frame: Ref['frame'] = 'here'): Store => place({ ref: { port: number, frame } })
const all = (store: Store): View => wholeOf(store, [store.size])
const loop = (store: Store, ...args: readonly View[]): Loop => ({
  kind: 'loop',
  nest: [1, size],
  lanes: [{ name: 'add', args, store }],
})
const call = (out: Store, ...args: readonly View[]): Call => ({
  kind: 'call',
  kernel: 'tanh',
  args: [all(out), ...args],
  repeats: [],
})
const lane = (): Store => place({ lane: true })
const kinds = (operations: readonly Operation[]): string =>
  sunk(operations)
    .map(one => (one.kind === 'loop' ? `loop of ${one.lanes.length}` : one.kind))
    .join(', ')

test('a loop moves down into the one that reads it, past what has nothing to do with it', t => {
  const [x, a, b, c] = [port(1), lane(), place(), lane()]
  const operations = [loop(a, all(x), all(x)), call(b, all(x)), loop(c, all(a), all(b))]
  t.is(kinds(operations), 'call, loop of 2')
  allocate(sunk(operations))
  t.false(a.stored, 'what is passed on in registers is not stored')
})

test('a chain of loops becomes one, in its order', t => {
  const [x, a, b, c] = [port(1), lane(), lane(), lane()]
  const [y, z] = [place(), place()]
  const operations = [
    ...[loop(a, all(x)), call(y, all(x)), loop(b, all(a), all(y))],
    ...[call(z, all(x)), loop(c, all(b), all(z))],
  ]
  const [first, second, only] = sunk(operations)
  t.deepEqual([first?.kind, second?.kind], ['call', 'call'])
  t.deepEqual(only?.kind === 'loop' && only.lanes.map(({ store }) => [a, b, c].indexOf(store)), [0, 1, 2])
})

test('a loop stays where what it reads is written after it, where what it makes is read, and where both write one place', t => {
  const [x, a, b, c] = [port(1), lane(), place(), lane()]
  const stays = (between: Call, reads: Store = x): void => {
    t.is(kinds([loop(a, all(reads)), between, loop(c, all(a), all(b))]), 'loop of 1, call, loop of 1')
  }
  stays(call(x, all(b)))
  stays(call(port(1), all(b)))
  stays(call(port(1, 'after'), all(b)), port(1, 'before'))
  stays(call(b, all(a)))
  stays(call(place({ within: { store: x, at: 0 } }), all(b)))
  const parent = place({ size: 2 * size })
  const inside = place({ lane: true, within: { store: parent, at: 0 } })
  t.is(
    kinds([loop(inside, all(x)), call(parent, all(b)), loop(c, all(inside))]),
    'loop of 1, call, loop of 1',
    'a stretch of a place that is written whole',
  )
})

test('a loop stays where the later one reads it other than entry by entry, in another size, or writes what it reads', t => {
  const [x, a, c] = [port(1), lane(), lane()]
  const half = { ...sliced(all(a), 0, 1, -1), shape: [size], strides: [0] }
  t.is(kinds([loop(a, all(x)), loop(c, half)]), 'loop of 1, loop of 1')
  t.is(kinds([loop(a, all(x)), { ...loop(c, all(a)), nest: [1, 5] }]), 'loop of 1, loop of 1')
  t.is(kinds([loop(a, all(x)), loop(port(1), all(a))]), 'loop of 1, loop of 1')
  t.is(kinds([loop(a, all(port(1, 'before'))), loop(port(1), all(a))]), 'loop of 2')
  t.is(kinds([loop(a, all(x)), loop(c, all(x))]), 'loop of 1, loop of 1')
})

test('loops of rows and columns are joined where they have the same, or one has rows alone', t => {
  const [x, a, c] = [port(1), lane(), lane()]
  const nests = (first: Loop['nest'], second: Loop['nest']): readonly Loop['nest'][] =>
    sunk([
      { ...loop(a, all(x)), nest: first },
      { ...loop(c, all(a)), nest: second },
    ]).map(one => (one as Loop).nest)
  t.deepEqual(nests([3, 4], [3, 4]), [[3, 4]])
  t.deepEqual(nests([3, 4], [1, 12]), [[3, 4]])
  t.deepEqual(nests([1, 12], [3, 4]), [[3, 4]])
  t.deepEqual(nests([3, 4], [2, 6]), [
    [3, 4],
    [2, 6],
  ])
  t.deepEqual(nests([3, 4], [1, 8]), [
    [3, 4],
    [1, 8],
  ])
})

test('a row that is called back stands in the way where it reads what a loop makes, or writes what it reads', t => {
  const [x, a, b, c] = [port(1), lane(), place(), lane()]
  const back = (out: Store, ...args: readonly View[]): Operation => ({
    kind: 'host',
    step: { row: table.tanh!, args: [], options: {}, shape: [size] },
    out: all(out),
    args,
  })
  const around = (between: Operation): string => kinds([loop(a, all(x)), between, loop(c, all(a), all(b))])
  t.is(around(back(b, all(port(2)))), 'host, loop of 2')
  t.is(around(back(b, all(port(2)), all(a))), 'loop of 1, host, loop of 1')
  t.is(around(back(x, all(port(2)))), 'loop of 1, host, loop of 1')
  t.is(kinds([back(a, all(x)), loop(c, all(a))]), 'host, loop of 1')
})
