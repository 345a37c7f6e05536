import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { JanusError } from '../../../ad/errors.ts'
import { nested, tensor } from '../../../ad/tensor.ts'
import { readArrays, writeArrays } from '../../../src/weights/index.ts'
import { literal } from '../../../src/weights/python-literal.ts'
import { long } from '../../full-effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-arrays-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const numbers = (path: string, options = {}): object =>
  Object.fromEntries(Object.entries(readArrays(path, options)).map(([name, value]) => [name, nested(value)]))
const refused = (t: ExecutionContext, make: () => unknown, name: string, says: RegExp): void => {
  const error = t.throws(make, { instanceOf: JanusError })
  t.is(error?.name, name, error?.message)
  t.regex(error?.message ?? '', says)
}

/**
 * A zip64 that Python's zipfile made: a (1L, 2L) of '<f8' as numpy under Python 2 headed it, b (2, 2) of '>f2' in Fortran order,
 * n (1,) of '<i8'.
 */
const foreign = Buffer.from(
  [
    'UEsDBC0AAAAIAAAAIQChIBnA//////////8FABQAYS5ucHkBABAAkAAAAAAAAABRAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l',
    'oG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY+OgpGPpo6CrUKZAIuBjD4YQ+hGQ4AAFBLAwQtAAAACAAAACEA',
    'ZhmjeP//////////BQAUAGIubnB5AQAQAIgAAAAAAAAASwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBul2akrqOgnpZfVFKU',
    'mBefX5SSChIPKSpNBQoXZyQWpAK5GkY6CkaatQqUAC4bBgeG6v8MjABQSwMELQAAAAgAAAAhALmTe5j//////////wUAFABuLm5w',
    'eQEAEACIAAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBak',
    'AvkahjqaOgq1ChQALnYGCAAAUEsBAi0DLQAAAAgAAAAhAKEgGcBRAAAAkAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0D',
    'LQAAAAgAAAAhAGYZo3hLAAAAiAAAAAUAAAAAAAAAAAAAAIABiAAAAGIubnB5UEsBAi0DLQAAAAgAAAAhALmTe5hIAAAAiAAAAAUA',
    'AAAAAAAAAAAAAIABCgEAAG4ubnB5UEsGBiwAAAAAAAAALQAtAAAAAAAAAAAAAwAAAAAAAAADAAAAAAAAAJkAAAAAAAAAiQEAAAAA',
    'AABQSwYHAAAAACICAAAAAAAAAQAAAFBLBQYAAAAAAwADAJkAAACJAQAAAAA=',
  ].join(''),
  'base64',
)

test('a zip64 is read, with headers of Python 2, halves widened, and integers passed over', t => {
  const path = file('foreign.npz', foreign)
  t.deepEqual(numbers(path), {
    a: [[1.5, -2]],
    b: [
      [1, 65504],
      [2, 2 ** -24],
    ],
  })
  t.deepEqual(numbers(path, { names: ['b'] }), {
    b: [
      [1, 65504],
      [2, 2 ** -24],
    ],
  })
  refused(t, () => readArrays(path, { names: ['a', 'n'] }), 'DomainError', /tensor 'n' of .*is of type '<i8'/)
  refused(
    t,
    () => readArrays(path, { names: ['aa'] }),
    'NameError',
    /no tensor 'aa' in .*; wanted a, b, n\. Did you mean 'a'\?/,
  )
  refused(t, () => readArrays(path, { name: ['a'] } as never), 'NameError', /an option name.*Did you mean names/)
})

long('70,000 arrays are written and read back, every one', t => {
  const count = 70_000
  const path = join(folder, 'many.npz')
  writeArrays(path, Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, tensor([i])])))
  const back = readArrays(path)
  t.is(Object.keys(back).length, count)
  t.true(Object.entries(back).every(([name, { data }]) => name === `a${data[0]}`))
})

const le = (width: 2 | 4, ...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(width * values.length)
  for (const [i, value] of values.entries()) out.writeUIntLE(value, width * i, width)
  return out
}

/** An .npy array of a header as it stands, and a zip of entries stored, each at an offset of one's own. */
const npy = (header: string, data = Buffer.alloc(16)): Buffer =>
  Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), le(2, header.length), Buffer.from(header, 'latin1'), data])
const zip = (entries: readonly (readonly [name: string, bytes: Buffer])[], at?: number, claimed?: number): Buffer => {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []]
  let from = 0
  for (const [name, bytes] of entries) {
    const length = claimed ?? bytes.length
    const same = Buffer.concat([
      le(2, 20, 0, 0, 0, 33),
      le(4, crc32(bytes), bytes.length, length),
      le(2, name.length, 0),
    ])
    parts.push(le(4, 0x04034b50), same, Buffer.from(name), bytes)
    directory.push(le(4, 0x02014b50), le(2, 20), same, le(2, 0, 0, 0), le(4, 0, at ?? from), Buffer.from(name))
    from += 30 + name.length + bytes.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.concat([
    le(4, 0x06054b50),
    le(2, 0, 0, entries.length, entries.length),
    le(4, listing.length, from),
    le(2, 0),
  ])
  return Buffer.concat([...parts, listing, end])
}
const good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"

test('entries that overlap, come twice, claim what they cannot hold or run on are refused before they are unpacked', t => {
  const [a, b] = [npy(good), npy(good)]
  t.deepEqual(
    numbers(
      file(
        'good.npz',
        zip([
          ['a.npy', a],
          ['b.npy', b],
        ]),
      ),
    ),
    { a: [0, 0], b: [0, 0] },
  )
  const read = (bytes: Buffer) => () => readArrays(file('bad.npz', bytes))
  refused(
    t,
    read(
      zip(
        [
          ['a.npy', a],
          ['b.npy', b],
        ],
        0,
      ),
    ),
    'DomainError',
    /runs into what comes after it/,
  )
  refused(
    t,
    read(
      zip([
        ['a.npy', a],
        ['a.npy', b],
      ]),
    ),
    'DomainError',
    /'a\.npy' twice/,
  )
  refused(t, read(zip([['a.npy', a]], undefined, 2 ** 31)), 'DomainError', /claims 2147483648 bytes/)
  const whole = zip([['a.npy', a]])
  whole.writeUInt16LE(9, whole.length - 12)
  refused(t, read(whole), 'DomainError', /its directory is cut off/)
})

test('what is no array in an .npz is passed over; a name that no zip can hold is refused', t => {
  const bytes = zip([
    ['a.npy', npy(good)],
    ['b', npy(good)],
    ['readme.txt', Buffer.from('hello')],
  ])
  t.deepEqual(numbers(file('more.npz', bytes)), { a: [0, 0], b: [0, 0] })
  refused(
    t,
    () => readArrays(join(folder, 'more.npz'), { names: ['readme.txt'] }),
    'DomainError',
    /of type another file/,
  )
  refused(
    t,
    () => writeArrays(join(folder, 'long.npz'), { ['x'.repeat(65536)]: tensor([1]) }),
    'DomainError',
    /name of 65540 bytes/,
  )
})

test('headers are literals of Python, whatever stands in them, and are read in linear time', t => {
  const read = (header: string) => () => numbers(file('header.npz', zip([['a.npy', npy(header)]])))
  for (const shape of ['(2,)', '(2L,)', '( 2 , )', '[2]'])
    t.deepEqual(read(good.replace('(2,)', shape))(), { a: [0, 0] })
  t.deepEqual(read("{'shape':(1L,2L),'descr':u'<f8',\"fortran_order\":True}")(), { a: [[0, 0]] })
  for (const shape of [
    '2',
    '(2',
    '(-2,)',
    '(2.0,)',
    '(2j,)',
    '(True,)',
    "('2',)",
    '(1e1,)',
    '(,)',
    '(2,,)',
    '(2 2)',
    '((2,),)',
  ])
    refused(t, read(good.replace('(2,)', shape)), 'DomainError', /malformed header/)
  refused(t, read(good.replace('(2,)', `(${'1,'.repeat(80)})`)), 'ShapeError', /80 axes/)
  refused(
    t,
    read(good.replace('(2,)', `(9${' '.repeat(3e4)},${'1, '.repeat(1e4)} x`)),
    'DomainError',
    /malformed header/,
  )
  refused(t, read(`${'('.repeat(6e4)}`), 'DomainError', /malformed header/)
  refused(t, read(good.replace("'<f8'", "[('x', '<f8')]")), 'DomainError', /of type records/)
  t.is(literal(`(${'1,'.repeat(5)}`), undefined)
  t.deepEqual(literal("(None, [True, 'a'])"), [null, [true, 'a']])
})

const safetensors = (entries: Readonly<Record<string, readonly [dtype: string, bytes: Buffer]>>): Buffer => {
  let at = 0
  const listed = Object.entries(entries).map(([name, [dtype, bytes]]) => {
    const width = { F16: 2, BF16: 2, F32: 4, F64: 8, I64: 8, BOOL: 1 }[dtype] ?? 1
    const data_offsets = [at, at + bytes.length]
    at += bytes.length
    return [name, { dtype, shape: [bytes.length / width], data_offsets }]
  })
  const text = Buffer.from(JSON.stringify(Object.fromEntries(listed)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...Object.values(entries).map(([, bytes]) => bytes)])
}

/** IEEE 754-2008 binary16, and the upper half of binary32: 1, -2, the largest, the least normal and the least of all, 1/3, ∞, -∞, NaN, -0. */
const halves = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555, 0x7c00, 0xfc00, 0x7e01, 0x8000]
const widened = [1, -2, 65504, 6.103515625e-5, 2 ** -24, 0.333251953125, Infinity, -Infinity, NaN, -0]
const uppers = [0x3f80, 0xc000, 0x7f7f, 0x0080, 0x0001, 0x3eab, 0x7f80, 0xff80, 0x7fc1, 0x8000]
const longer = [
  1,
  -2,
  3.3895313892515355e38,
  1.1754943508222875e-38,
  9.183549615799121e-41,
  0.333984375,
  Infinity,
  -Infinity,
  NaN,
  -0,
]

test('F16 and BF16 are widened to the last bit; integers and booleans beside them are passed over', t => {
  const path = file(
    'mixed.safetensors',
    safetensors({
      half: ['F16', le(2, ...halves)],
      upper: ['BF16', le(2, ...uppers)],
      step: ['I64', Buffer.alloc(8)],
      mask: ['BOOL', Buffer.alloc(3)],
    }),
  )
  t.deepEqual(numbers(path), { half: widened, upper: longer })
  refused(t, () => readArrays(path, { names: ['step'] }), 'DomainError', /tensor 'step' of .*is of type I64/)
  const ids = file('ids.safetensors', safetensors({ ids: ['I64', Buffer.alloc(8)] }))
  refused(t, () => readArrays(ids), 'DomainError', /'ids' of .*is of type I64/)
})

test('a tensor that is passed over may be broken; one that is asked for may not', t => {
  const bytes = Buffer.from(readFileSync(file('foreign2.npz', foreign)))
  t.notThrows(() => readArrays(file('f.npz', bytes), { names: ['a'] }))
  const at = bytes.indexOf('b.npy') + 40
  bytes[at] = (bytes[at] ?? 0) ^ 1
  t.deepEqual(numbers(file('f.npz', bytes), { names: ['a'] }), { a: [[1.5, -2]] })
  refused(t, () => readArrays(file('f.npz', bytes), { names: ['b'] }), 'DomainError', /tensor 'b' of .*f\.npz/)
})
