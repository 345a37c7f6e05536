import test from 'ava'
import { allocate, offsetIn, rootOf } from '../../../ad/compiler/allocate.ts'
import type { Call, Loop } from '../../../ad/compiler/operations.ts'
import { type Store, type View, wholeOf } from '../../../ad/compiler/views.ts'

const place = (size: number, rest: Partial<Store> = {}): Store => ({ size, made: -1, stored: false, ...rest })
const all = (store: Store): View => wholeOf(store, [store.size])
const call = (out: Store, ...args: readonly (Store | number)[]): Call => ({
  kind: 'call',
  kernel: 'tanh',
  args: [out, ...args].map(arg => (typeof arg === 'number' ? arg : all(arg))),
  repeats: [],
})
const given = (): Store => place(4, { ref: { port: 0, frame: 'here' } })

test('what is read no more leaves its place to what is made later', t => {
  const [x, a, b, c, d] = [given(), place(4), place(4), place(4), place(4)]
  t.is(allocate([call(a, x), call(b, a), call(c, b), call(d, c)]), 8)
  t.deepEqual(
    [a, b, c, d].map(({ at }) => at),
    [0, 4, 0, 4],
  )
  t.is(x.at, undefined, 'a port has a place of its own')
})

test('an argument is kept until it has been read, whichever it is', t => {
  for (const last of [(a: Store, x: Store) => [a, x], (a: Store, x: Store) => [x, 3, a]]) {
    const [x, a, b, c] = [given(), place(4), place(4), place(4)]
    t.is(allocate([call(a, x), call(b, x), call(c, ...last(a, x), b)]), 12)
    t.deepEqual(
      [a, b, c].map(({ at }) => at),
      [0, 4, 8],
    )
    t.true(a.stored)
  }
})

test('places begin at multiples of four numbers, and take the first gap that is large enough', t => {
  const [x, a, b, c, d, e] = [given(), place(6), place(3), place(8), place(2), place(4)]
  // a [0, 8), b [8, 12); then a is free, c fills its gap; then d and e share the gap of c
  const operations = [call(a, x), call(b, a), call(c, b), call(d, c, b), call(e, d, b)]
  t.is(allocate(operations), 16)
  t.deepEqual(
    [a, b, c, d, e].map(({ at }) => at),
    [0, 8, 0, 12, 0],
  )
})

test('gaps that touch are one', t => {
  const [x, a, b, c, d] = [given(), place(4), place(4), place(4), place(8)]
  t.is(allocate([call(a, x), call(b, a), call(c, a, b), call(d, c)]), 12)
  t.is(d.at, 0)
  const [e, f, g, h, i] = [place(4), place(4), place(4), place(4), place(8)]
  // e and f are read no more when i is made
  t.is(allocate([call(e, x), call(f, e), call(g, e, f), call(h, g), call(i, h)]), 12)
  t.deepEqual(
    [e, f, g, h, i].map(({ at }) => at),
    [0, 4, 8, 0, 4],
  )
})

test('gaps that touch are one in whichever order they come free', t => {
  const [x, a, b, c, e, f] = [given(), place(4), place(4), place(4), place(8), place(8)]
  // b [4, 8) is read no more when e is made, and a [0, 4) before it when f is
  t.is(allocate([call(a, x), call(b, x), call(c, b), call(e, a, c), call(f, e)]), 20)
  t.deepEqual(
    [a, b, c, e, f].map(({ at }) => at),
    [0, 4, 8, 12, 0],
  )
})

test('a stretch of a place keeps the place, and one of a stretch is counted from its beginning', t => {
  const root = place(12)
  const inner = place(6, { within: { store: root, at: 4 } })
  const within = place(2, { within: { store: inner, at: 3 } })
  t.is(rootOf(within), root)
  t.is(rootOf(root), root)
  t.is(offsetIn({ ...all(within), at: 1 }), 8)
  const x = given()
  const later = place(4)
  t.is(allocate([call(within, x), call(later, x), call(place(4), root)]), 16)
  t.deepEqual([root.at, later.at, within.at], [0, 12, undefined])
})

test('what a loop passes on in registers takes no place, what is read later does', t => {
  const x = given()
  const [a, b, c] = [place(4, { lane: true }), place(4, { lane: true }), place(4)]
  const loop: Loop = {
    kind: 'loop',
    nest: [1, 4],
    lanes: [
      { name: 'add', args: [all(x)], store: a },
      { name: 'add', args: [all(a)], store: b },
    ],
  }
  t.is(allocate([loop, call(c, b)]), 8)
  t.deepEqual([a.stored, b.stored, a.at, b.at, c.at], [false, true, undefined, 0, 4])
})
