import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Either, isLeft, isRight } from 'fp-ts/lib/Either.js'
import { DomainError, type JanusError, NameError } from '../../../../ad/errors.ts'
import { baselines } from '../../../../src/training/baselines.ts'
import { hotVectors } from '../../../../src/training/data/hot.ts'
import { type Data, readData, type Series, type Text } from '../../../../src/training/data/read.ts'
import { root } from '../../../root.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-data-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const sound = (result: Either<JanusError, Data>): Data => {
  if (isRight(result)) return result.right
  throw result.left
}

const refused = (t: ExecutionContext, path: string, kind: typeof JanusError, says: RegExp): void => {
  const result = readData(path)
  if (!isLeft(result)) throw new Error(`${path} was accepted`)
  const { who, given, wanted, remedy, message } = result.left
  t.is(result.left.constructor, kind, message)
  t.is(who, 'data')
  for (const part of [given, wanted, remedy]) t.not(part, '')
  t.regex(message, says)
}

const near = (t: ExecutionContext, actual: number | undefined, expected: number): void => {
  t.true(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual} is not ${expected}`)
}

const values = (data: Data): readonly number[] => baselines(data).map(({ value }) => value)

const rows = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${i},${i * i}`)

const ramp = Array.from({ length: 12 }, (_, i) => [0, 1, 2, 2, 1, 0][i % 6] ?? 0)

const series = (train: readonly number[], held: readonly number[], mean: number, deviation: number): Series => ({
  ...{ kind: 'series', name: 'tiny', unit: 'metres', digest: '', chosen: null },
  ...{ train, held, mean, deviation },
})

const tiny: Text = {
  ...{ kind: 'text', name: 'tiny', symbols: ['a', 'b'], digest: '' },
  ...{ train: [0, 1, 0, 0], held: [1, 0] },
}

test('the constitution splits 90/10 into codes of 71 symbols sorted by code point', t => {
  const data = sound(readData('constitution'))
  if (data.kind !== 'text') return t.fail('not a text')
  t.deepEqual([data.train.length, data.held.length, data.symbols.length], [40810, 4535, 71])
  t.deepEqual([...data.symbols].sort(), data.symbols)
  const start = data.train.slice(0, 16).map(code => data.symbols[code])
  t.is(start.join(''), 'The Constitution')
})

test('the sunspots split 90/10 in raw units with the training timesteps', t => {
  const data = sound(readData('sunspots'))
  if (data.kind !== 'series') return t.fail('not a series')
  t.deepEqual([data.train.length, data.held.length, data.unit], [278, 31, 'SUNACTIVITY'])
  t.deepEqual([data.train[0], data.held.at(-1)], [5, 2.9])
  near(t, data.train.reduce((sum, v) => sum + v, 0) / 278, data.mean)
  near(t, Math.sqrt(data.train.reduce((sum, v) => sum + (v - data.mean) ** 2, 0) / 278), data.deviation)
})

test('the digests are the ones the provenance note states', t => {
  const note = readFileSync(`${root}data/README.md`, 'utf8')
  for (const name of ['constitution', 'sunspots', 'digits'])
    t.true(note.includes(`\`${sound(readData(name)).digest}\``))
})

test('a csv header is optional and names the unit', t => {
  const bare = sound(readData(file('bare.csv', rows(20).join('\n'))))
  const headed = sound(readData(file('headed.csv', `t,"square"\r\n${rows(20).join('\r\n')}\r\n`)))
  if (bare.kind !== 'series' || headed.kind !== 'series') return t.fail('not a series')
  t.deepEqual([bare.unit, headed.unit], ['value', 'square'])
  t.deepEqual([bare.train, bare.held], [headed.train, headed.held])
  t.deepEqual(bare.held, [324, 361])
})

test('a text counts code points, not bytes', t => {
  const data = sound(readData(file('wide.txt', '\u{1F600}é'.repeat(10))))
  t.deepEqual([data.train.length, data.held.length], [18, 2])
  t.deepEqual(data.kind === 'text' && data.symbols, ['é', '\u{1F600}'])
})

test('a mistyped shipped name is not found and the near name is offered', t => {
  refused(t, 'sunspot', NameError, /Did you mean `sunspots`\?.*constitution, sunspots and digits/)
  refused(t, 'Constitutoin', NameError, /Did you mean `constitution`\?/)
  refused(t, 'sun', NameError, /Did you mean `sunspots`\?/)
  refused(t, 'moon', NameError, /not found; wanted a data set\. The shipped names/)
  refused(t, join(folder, 'absent'), NameError, /not found; wanted a data set\. The shipped names/)
})

test('a directory, an empty file and binary files are refused', t => {
  mkdirSync(join(folder, 'inner'))
  refused(t, join(folder, 'inner'), DomainError, /directory/)
  refused(t, file('empty.txt', ''), DomainError, /empty/)
  refused(t, file('nul.txt', `${'ab'.repeat(20)}\0`), DomainError, /binary/)
  refused(t, file('t.parquet', Buffer.from('PAR1\0')), DomainError, /'.*' is a Parquet file.*to_csv/)
  refused(t, file('t.csv', Buffer.from('\ufeffa,b', 'utf16le')), DomainError, /is UTF-16.*Save it as UTF-8/)
  refused(t, file('latin.txt', Uint8Array.from([...Array(30).fill(97), 0xe9, 98])), DomainError, /binary/)
})

test('too few items, one symbol and a constant training part are refused', t => {
  refused(t, file('short.txt', 'ab'.repeat(9)), DomainError, /18 symbols; wanted at least 20/)
  refused(t, file('short.csv', `t,x\n${rows(19).join('\n')}`), DomainError, /19 values; wanted at least 20/)
  refused(t, file('one.txt', 'a'.repeat(30)), DomainError, /one symbol/)
  refused(t, file('flat.csv', `${'0.1\n'.repeat(27)}1\n2\n3\n`), DomainError, /deviation 0;/)
})

test('a cell that is not a finite number is refused with its line', t => {
  const spoilt = (cell: string): string => `t,x\n${rows(20).join('\n')}\n20,${cell}\n21,4\n`
  for (const cell of ['n/a', '', 'NaN', 'Infinity', '1e999', '0x10'])
    refused(t, file('spoilt.csv', spoilt(cell)), DomainError, /line 22, column 2 of 2, is /)
  refused(t, file('first.csv', `0,NaN\n${rows(20).join('\n')}`), DomainError, /line 1, column 2/)
})

test('the text baselines agree with a two-symbol example worked by hand', t => {
  // P(a) = 4/6, P(b) = 2/6; P(b|a) = (1 + 5/3) / (2 + 5) = 8/21, P(a|b) = (1 + 10/3) / (1 + 5) = 13/18
  const [unigram, bigram] = values(tiny)
  near(t, unigram, Math.log2(4.5) / 2)
  near(t, bigram, -Math.log2((8 / 21) * (13 / 18)) / 2)
})

test('AR(2) is exact on a recurrence of order 2, where persistence is not', t => {
  // x_t = 1 + x_(t-1) - x_(t-2): 0 1 2 2 1 0, mean 1, variance 2/3; held steps 0, 1, 1, 0
  const data = series(ramp, [0, 1, 2, 2], 1, Math.sqrt(2 / 3))
  const [persistence, ar2] = values(data)
  near(t, persistence, Math.sqrt(0.5))
  near(t, ar2, 0)
  t.true(baselines(data).every(({ unit }) => unit === 'metres'))
})

test('AR(2) is fitted to the training part alone: what is held out need not obey it', t => {
  // 1 + x_(t-1) - x_(t-2) of 1, 0 | 5, -3, 7, 5 predicts 0, 6, -7, 11
  const [, ar2] = values(series(ramp, [5, -3, 7, 5], 1, Math.sqrt(2 / 3)))
  near(t, ar2, Math.sqrt((5 ** 2 + 9 ** 2 + 14 ** 2 + 6 ** 2) / 4))
})

test('AR(2) survives lags that determine each other', t => {
  const [persistence, ar2] = values(series([1, 3, 1, 3, 1, 3, 1, 3], [1, 3], 2, 1))
  near(t, persistence, 2)
  near(t, ar2, 0)
})

test('on the shipped data the richer baseline is finite and the better one', t => {
  for (const name of ['constitution', 'sunspots']) {
    const [plain = Number.NaN, rich = Number.NaN] = values(sound(readData(name)))
    t.true(Number.isFinite(plain) && Number.isFinite(rich) && rich < plain, `${name}: ${plain} ${rich}`)
  }
})

test('the one-hot vectors of a text take twice its symbols in memory, not their square', t => {
  const vectors = hotVectors(20_000)
  t.is(vectors.length, 20_000)
  t.is(new Set(vectors.map(({ data }) => data.buffer)).size, 1)
  t.is(vectors[0]?.data.buffer.byteLength, 8 * 39_999)
  for (const [code, { shape, data }] of hotVectors(5).entries()) {
    t.deepEqual(shape, [5])
    t.deepEqual(
      [...data],
      [0, 1, 2, 3, 4].map(i => +(i === code)),
    )
  }
})
