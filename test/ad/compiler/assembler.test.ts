/** The binary format of WebAssembly, as far as stages need it: numbers in as few bytes as they take, and a module that runs. */
import test from 'ava'
import { moduleOf, op, unsigned } from '../../../ad/compiler/assembler.ts'

/** The number that bytes of LEB128 say, with the sign that the last of them has if it may have one. */
const read = (bytes: readonly number[], signed: boolean): bigint =>
  bytes.reduce((sum, byte, i) => {
    const [ends, at] = [i === bytes.length - 1, BigInt(7 * i)]
    const low = BigInt(ends && signed && byte >= 64 ? byte - 128 : byte & 127)
    return sum + (low << at)
  }, 0n)

const ends = (bytes: readonly number[]): boolean => bytes.every((byte, i) => byte >= 128 === i < bytes.length - 1)

for (const [value, size] of [
  ...[
    [0, 1],
    [1, 1],
    [127, 1],
    [128, 2],
    [200, 2],
    [16383, 2],
    [16384, 3],
  ],
  ...[
    [262144, 3],
    [2 ** 21, 4],
    [2 ** 31, 5],
    [2 ** 32 - 1, 5],
  ],
] as const)
  test(`the unsigned number ${value} takes ${size} bytes of LEB128`, t => {
    const bytes = unsigned(value!)
    t.is(read(bytes, false), BigInt(value!))
    t.is(bytes.length, size!)
    t.true(ends(bytes))
  })

for (const [value, size] of [
  ...[
    [0, 1],
    [1, 1],
    [63, 1],
    [64, 2],
    [127, 2],
    [128, 2],
    [8191, 2],
    [8192, 3],
    [2 ** 31 - 1, 5],
  ],
  ...[
    [-1, 1],
    [-63, 1],
    [-64, 1],
    [-65, 2],
    [-128, 2],
    [-129, 2],
    [-8192, 2],
    [-8193, 3],
    [-(2 ** 31), 5],
  ],
] as const)
  test(`the constant ${value} takes ${size} bytes of signed LEB128`, t => {
    const [code, ...bytes] = op.constant(value!)
    t.is(code, 0x41)
    t.is(read(bytes, true), BigInt(value!))
    t.is(bytes.length, size!)
    t.true(ends(bytes))
  })

test('an address above two gibibytes is the constant of the same 32 bits', t => {
  t.deepEqual(op.constant(2 ** 31 + 5), op.constant(5 - 2 ** 31))
  t.deepEqual(op.constant(2 ** 32 - 1), op.constant(-1))
})

test('a module calls what it imports, and its functions by their numbers, with the values they are given', t => {
  const heard: (readonly number[])[] = []
  const imports = [
    { module: 'h', name: 'one', takes: 1 },
    { module: 'h', name: 'three', takes: 3 },
  ]
  const first = {
    takes: 2,
    locals: ['v128', 'i32'] as const,
    code: [...op.get(1), ...op.set(3), ...op.get(3), ...op.call(0)],
  }
  const second = { takes: 1, locals: [], code: [...op.get(0), ...op.constant(-200), ...op.constant(64), ...op.call(1)] }
  const third = { takes: 0, locals: [], code: [...op.constant(7), ...op.constant(8), ...op.call(2)] }
  const module = new WebAssembly.Module(moduleOf(imports, [first, second, third]))
  const hear = (...given: readonly number[]): void => void heard.push(given)
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(module, { m: { m: memory }, h: { one: hear, three: hear } })
  const functions = exports as Readonly<Record<string, (...given: readonly number[]) => void>>
  functions[0]!(3, 4)
  functions[1]!(5)
  functions[2]!()
  t.deepEqual(heard, [[4], [5, -200, 64], [8]])
})
