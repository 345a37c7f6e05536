import test from 'ava'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { visible } from '../../ad/visible.ts'
import { bytesOf } from '../../src/bytes.ts'
import { paragraph, table } from '../../src/display/chart.ts'
import { parseJson } from '../../src/json.ts'

const faultOf = (text: string): string => {
  const found = parseJson(text)
  return isLeft(found) ? found.left : 'it was read'
}

test('JSON is read after a byte order mark or without one', t => {
  for (const text of ['{"a": [1, "b}"]}', '\uFEFF{"a": [1, "b}"]}'])
    t.deepEqual(parseJson(text), { _tag: 'Right', right: { a: [1, 'b}'] } } as never)
  t.regex(faultOf('{"a"'), /^is not JSON \(/)
  t.regex(faultOf(''), /^is not JSON \(/)
})

test('JSON that nests too deep is refused, however deep', t => {
  t.is(faultOf(`${'['.repeat(64)}${']'.repeat(64)}`), 'it was read')
  for (const depth of [65, 2000, 1_000_000]) {
    t.is(faultOf(`${'['.repeat(depth)}${']'.repeat(depth)}`), 'nests more than 64 deep')
    t.is(faultOf(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`), 'nests more than 64 deep')
  }
  t.is(faultOf(`["${'['.repeat(100)}", "\\"${'{'.repeat(100)}"]`), 'it was read')
})

test('a key that an object has twice is refused, however it is written; brothers may share one', t => {
  t.is(faultOf('{"a": 1, "b": 2, "a": 3}'), 'has the key "a" twice in one object')
  t.is(faultOf('[{"x": {"a": 1, "\\u0061" : 3}}]'), 'has the key "a" twice in one object')
  t.is(faultOf('[{"a": {"a": 1}, "b": ["a", "a", {"a": 2}]}, {"a": 1}]'), 'it was read')
})

test('control characters are shown and not obeyed, in every error', t => {
  t.is(
    visible('\x1b[2J\x07 \x9b31m\x7f\r\n\t\u202e\u2028 é 世 😀'),
    '\\x1b[2J\\x07 \\x9b31m\\x7f\\x0d\n\t\\u202e\\u2028 é 世 😀',
  )
  t.is(visible('a\nb', ''), 'a\\x0ab')
  const { message, given } = new DomainError({ who: 'data', given: '\x1b[2J', wanted: 'b\x9b', remedy: 'c\x07' })
  t.is(message, 'data: \\x1b[2J; wanted b\\x9b. c\\x07.')
  t.is(given, '\x1b[2J')
})

test('names of files and columns do not reach the terminal of a run as they are', t => {
  t.is(paragraph('data', 'a\x1b[2J.csv: b\nc'), 'data      a\\x1b[2J.csv: b\\x0ac')
  t.notRegex(table('RMSE, \x1b[2J', [['\x9b1m', 1]]).replace('\n', ''), /\p{Cc}/u)
})

// Windows has no such devices
const unix = process.platform === 'win32' ? test.skip : test
unix('a device and a file that is too long are not read', t => {
  for (const device of ['/dev/zero', '/dev/null']) t.throws(() => bytesOf(device, 10), { code: 'a device, not a file' })
  t.throws(() => bytesOf('package.json', 10), { code: 'longer than 10 bytes' })
  // its size is unknown
  t.throws(() => bytesOf('/proc/self/maps', 10), {
    code: process.platform === 'linux' ? 'longer than 10 bytes' : 'ENOENT',
  })
  t.true(bytesOf('package.json', 1e6).toString().startsWith('{'))
})
