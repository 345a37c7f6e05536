/** What a memory may hold that is no Value, and when two programs or two beginnings are the same: case by case. */
import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { trace } from '../../../ad/modes/trace.ts'
import { add, mul, sub } from '../../../ad/primitives/elementwise.ts'
import { slice } from '../../../ad/primitives/layout.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { requireSameBeginning, requireSameProgram, requireSteady } from '../../../nets/compiled/purity.ts'

const same = (): number => 0
const bytes = new DataView(new ArrayBuffer(8))
class Own {}

const steady: Readonly<Record<string, readonly [before: unknown, after: unknown]>> = {
  'Values that change': [scalar(0), scalar(1)],
  'a Value in the place of a number, and a number in its': [
    [0, scalar(0)],
    [scalar(0), 0],
  ],
  'records and lists of what stays': [
    { a: [1, 'b', null], c: { d: undefined } },
    { a: [1, 'b', null], c: {} },
  ],
  'a record without a prototype': [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  'no number, and zero of a sign': [
    [Number.NaN, -0],
    [Number.NaN, -0],
  ],
  'one function': [same, same],
  'numbers that are the same, in another list of them': [
    Float64Array.of(1, Number.NaN),
    Float64Array.of(1, Number.NaN),
  ],
  'one list of numbers': [new Float32Array(2), new Float32Array(2)],
}

for (const [what, [before, after]] of Object.entries(steady))
  test(`a memory of ${what} is steady`, t => {
    t.notThrows(() => requireSteady(before, after))
  })

const changing: Readonly<Record<string, readonly [before: unknown, after: unknown, said: string]>> = {
  'a number': [{ n: 1 }, { n: 2 }, 'memory.n that a step changes from 1 to 2'],
  'a zero of another sign': [[0], [-0], 'memory.0 that a step changes from 0 to 0'],
  'a text': [['a', 'b'], ['a', 'c'], "memory.1 that a step changes from 'b' to 'c'"],
  'a name that comes': [{}, { late: true }, 'memory.late that a step changes from undefined to true'],
  'a name that goes': [{ early: 1n }, {}, 'memory.early that a step changes from 1 to undefined'],
  'a function': [() => 0, () => 0, 'memory that a step changes from one function to one function'],
  'a number of many': [
    Float64Array.of(1, 2),
    Float64Array.of(1, 3),
    'memory that a step changes from [1, 2] to [1, 3]',
  ],
  'how many numbers there are': [
    Float64Array.of(1),
    Float64Array.of(1, 2),
    'memory that a step changes from [1] to [1, 2]',
  ],
  'fewer numbers': [Float64Array.of(1, 2), Float64Array.of(1), 'memory that a step changes from [1, 2] to [1]'],
  'numbers, and none': [Float64Array.of(1), null, 'memory that a step changes from [1] to null'],
  'a Map': [{ deep: [0] }, { deep: [new Map()] }, 'memory.deep.0 that is a Map'],
  'an object of a class': [new Own(), new Own(), 'memory that is a Own'],
  'bytes that are no list of numbers': [bytes, bytes, 'memory that is a DataView'],
  'a symbol': [{}, { [Symbol('s')]: 1 }, 'memory with a name that is a symbol or hidden'],
  'a hidden name': [{}, Object.defineProperty({}, 'n', { value: 1 }), 'memory with a name that is a symbol or hidden'],
  'a hidden name of a list': [[], Object.defineProperty([], 'n', { value: 1 }), 'memory with a name that is a symbol'],
}

for (const [what, [before, after, said]] of Object.entries(changing))
  test(`a memory that changes in ${what} is refused by its path`, t => {
    const { message } = t.throws(() => requireSteady(before, after), { instanceOf: KindError }) ?? {}
    t.true(message?.startsWith(`compile: ${said}`), message)
  })

test('many numbers are shown by the first of them', t => {
  const [before, after] = [new Float64Array(100), new Float64Array(99)]
  const { message } = t.throws(() => requireSteady(before, after)) ?? {}
  t.true(message?.includes(`from [${'0, '.repeat(19)}0, to [0, `), message)
})

test('a memory begins alike where its values have the same numbers, one by one', t => {
  const refused = (one: readonly Value[], other: readonly Value[]): void => {
    t.throws(() => requireSameBeginning(one, other), {
      instanceOf: KindError,
      message: /^compile: a rule whose init gives another .*; wanted a pure init, /,
    })
  }
  t.notThrows(() => requireSameBeginning([tensor([1, 2]), scalar(0)], [tensor([1, 2]), scalar(0)]))
  refused([tensor([1, 2]), scalar(0)], [tensor([1, 2]), scalar(1)])
  refused([tensor([1, 2])], [tensor([1, 2]), scalar(0)])
  refused([tensor([1, 2]), scalar(0)], [tensor([1, 2])])
  refused([tensor([1, 2])], [tensor([1, 2, 3])])
})

test('a program is the same where its steps, their arguments, their options and its constants are', t => {
  const of = (f: (x: Value, y: Value) => readonly Value[]) => trace(([x, y]) => f(x!, y!), [[4], [4]])
  const program = () => of((x, y) => [add(mul(x, y), slice(mul(x, 3), 0, 4, -1)), sub(x, y)])
  const others = {
    'another step': of((x, y) => [add(add(x, y), slice(mul(x, 3), 0, 4, -1)), sub(x, y)]),
    'other arguments': of((x, y) => [add(mul(y, x), slice(mul(x, 3), 0, 4, -1)), sub(x, y)]),
    'another constant': of((x, y) => [add(mul(x, y), slice(mul(x, 4), 0, 4, -1)), sub(x, y)]),
    'an input for a constant': of((x, y) => [add(mul(x, y), slice(mul(x, y), 0, 4, -1)), sub(x, y)]),
    'one step less': of((x, y) => [add(mul(x, y), slice(mul(x, 3), 0, 4, -1))]),
    'one step more': of((x, y) => [add(mul(x, y), slice(mul(x, 3), 0, 4, -1)), add(sub(x, y), 1)]),
    'outputs the other way round': of((x, y) => {
      const first = add(mul(x, y), slice(mul(x, 3), 0, 4, -1))
      return [sub(x, y), first]
    }),
  }
  t.notThrows(() => requireSameProgram(program(), program()))
  for (const [what, other] of Object.entries(others)) {
    const how = {
      instanceOf: KindError,
      message: /^compile: .* another program each time it is run: .*; wanted a pure step, /,
    }
    t.throws(() => requireSameProgram(program(), other), how, what)
    t.throws(() => requireSameProgram(other, program()), how, what)
  }
  const cut = (start: number) => of(x => [slice(x, start, start + 2, -1)])
  t.notThrows(() => requireSameProgram(cut(1), cut(1)))
  t.throws(() => requireSameProgram(cut(1), cut(2)), undefined, 'other options')
})
