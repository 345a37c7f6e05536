import test from 'ava'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import { scalar, tensor } from '../../ad/tensor.ts'
import { alike, leavesLike, leavesOf, mapTree, rebuild } from '../../ad/tree.ts'
import { item, type Like, type Value } from '../../ad/value.ts'

const numbers = (leaves: readonly Value[]): readonly number[] => leaves.map(item)
const tree = { b: 1, a: [scalar(2), { c: 3 }], none: {} }

test('leaves stand in the order in which they are written, plain numbers as scalars', t => {
  t.deepEqual(numbers(leavesOf(tree)), [1, 2, 3])
  t.deepEqual(numbers(leavesOf(5)), [5])
  t.deepEqual(leavesOf([]), [])
})

test('what looks like a tree and is none is refused', t => {
  const others: readonly (readonly [unknown, RegExp])[] = [
    [undefined, /^tree: undefined where a value should be/],
    [null, /^tree: null where/],
    ['a', /^tree: "a" where/],
    [true, /^tree: true where/],
    [new Map(), /^tree: an object Map where/],
    [new Set(), /^tree: an object Set where/],
    [Promise.resolve(1), /^tree: a promise, not yet awaited where/],
    [() => 1, /^tree: the function/],
  ]
  for (const [other, message] of others)
    for (const where of [other, [other], { a: { b: other } }]) {
      t.throws(() => leavesOf(where as never), { instanceOf: KindError, message })
      t.throws(() => leavesLike(where as never, where as never, 'jvp'), { instanceOf: KindError, message })
    }
})

test('leaves are taken in the order of a tree of the same names', t => {
  t.deepEqual(numbers(leavesLike({ a: 0, b: [0, 0] }, { b: [2, 3], a: 1 }, 'jvp')), [1, 2, 3])
  t.deepEqual(numbers(leavesLike(0, 4, 'jvp')), [4])
  const mismatches: readonly (readonly [unknown, unknown, RegExp])[] = [
    [{ a: 1 }, { b: 1 }, /^jvp: \{ b \}; wanted \{ a \}/],
    [{ a: 1 }, { a: 1, b: 1 }, /^jvp: \{ a, b \}; wanted \{ a \}/],
    [{ a: 1, b: 1 }, { a: 1 }, /^jvp: \{ a \}; wanted \{ a, b \}/],
    [{ a: 1 }, 1, /^jvp: a single value; wanted \{ a \}/],
    [1, { a: 1 }, /^jvp: \{ a \}; wanted a single value/],
    [{ a: { c: 1 } }, { a: { d: 1 } }, /^jvp: \{ d \}; wanted \{ c \}/],
  ]
  for (const [like, given, message] of mismatches)
    t.throws(() => leavesLike(like as never, given as never, 'jvp'), { instanceOf: ShapeError, message })
})

test('a tree is rebuilt of other leaves, and mapped leaf by leaf', t => {
  const [x, y, z] = [scalar(7), tensor([8]), scalar(9)]
  t.deepEqual(rebuild(tree, [x, y, z]) as unknown, { b: x, a: [y, { c: z }], none: {} })
  t.deepEqual(numbers(leavesOf(mapTree(tree, (leaf, i) => add(leaf, 10 * i)))), [1, 12, 23])
})

test('trees are alike where their names and lists are, and their leaves are the same', t => {
  const equal = (a: Like, b: Like): boolean => a === b
  const alikes: readonly (readonly [unknown, unknown, boolean])[] = [
    [1, 1, true],
    [1, 2, false],
    [1, { a: 1 }, false],
    [{ a: 1 }, 1, false],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1, b: [2] }, { b: [3], a: 1 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ a: 1, b: 1 }, { a: 1 }, false],
    [[1], { 0: 1 }, false],
    [{ 0: 1 }, [1], false],
    [[1, 2], [1, 2], true],
    [[1, 2], [1], false],
    [{}, {}, true],
  ]
  t.false(alike(1, { a: 1 }, () => true))
  t.true(alike({ a: [1, 2] }, { a: [3, 4] }, (a, b) => a < b))
  for (const [a, b, wanted] of alikes)
    t.is(alike(a as never, b as never, equal), wanted, `${JSON.stringify(a)} ${JSON.stringify(b)}`)
})
