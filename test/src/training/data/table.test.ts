import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../../ad/compiler/engine.ts'
import { momentsOf } from '../../../../ad/moments.ts'
import { tensor, zeros } from '../../../../ad/tensor.ts'
import { rng } from '../../../../nets/random.ts'
import { baselines } from '../../../../src/training/baselines.ts'
import { firstSteps } from '../../../../src/training/data/first.ts'
import { kindOf } from '../../../../src/training/data/index.ts'
import { type Data, readData, type Series } from '../../../../src/training/data/read.ts'
import { numberIn, type Table, tableOf } from '../../../../src/training/data/table.ts'
import type { Vectors } from '../../../../src/training/data/vectors.ts'
import { setupOf } from '../../../../src/training/experiment.ts'
import { readOptions } from '../../../../src/training/options.ts'
import { long } from '../../../full-effort.ts'

const eager = engineOf({ name: 'eager', dtype: 'f64' })
const folder = mkdtempSync(join(tmpdir(), 'janusgrad-table-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

type Asked = { readonly column?: string; readonly target?: string }
const file = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const read = (path: string, columns: Asked = {}): Data => {
  const found = readData(path, columns)
  if (isLeft(found)) throw found.left
  return found.right
}
const seriesOf = (path: string, columns: Asked = {}): Series => {
  const data = read(path, columns)
  if (data.kind !== 'series') throw new Error(`${data.kind}, not a series`)
  return data
}
const refused = (t: ExecutionContext, path: string, says: RegExp, columns: Asked = {}): void => {
  const found = readData(path, columns)
  if (!isLeft(found)) throw new Error(`${path} was accepted`)
  t.regex(found.left.message, says)
  for (const part of [found.left.given, found.left.wanted, found.left.remedy]) t.not(part, '')
}

const count = 30
const numbers = Array.from({ length: count }, (_, i) => i * i - 7 * i)
const all = ({ train, held }: Series): readonly number[] => [...train, ...held]

test('a first line that is no number and no name is refused as on any other line, not read as a header', t => {
  const marks = ['NA', 'N/A', '#N/A', 'n/a', '<NA>', 'null', 'NULL', 'None', 'nil', 'nan', '-inf', '-', '--', '?', '.']
  for (const mark of [...marks, '1.2.3', '12abc', '0x10', '$5', '5%', '1;2', '1e999', '"12,5"', '""']) {
    refused(t, file('first.csv', [mark, ...numbers].join('\n')), /line 1 is '/)
    refused(t, file('later.csv', ['y', 1, mark, ...numbers].join('\n')), /line 3 is '/)
    refused(
      t,
      file('dated.csv', [`2020-01-01,${mark}`, ...numbers.map(x => `2020-01-02,${x}`)].join('\n')),
      /line 1, column 2 of 2, is '/,
    )
    refused(
      t,
      file('named.csv', [`Jan 1,${mark}`, ...numbers.map(x => `Feb 2,${x}`)].join('\n')),
      /line 1, column 2 of 2, is '/,
    )
  }
})

test('a header is a name over the column, or names over what is none beside it', t => {
  for (const head of ['y', '°C', '"price, USD"', 'θ', 'Naples', 'null hypothesis', 'inflow'])
    t.deepEqual(seriesOf(file('h.csv', [head, ...numbers].join('\n'))).unit, head.replaceAll('"', ''))
  for (const head of ['t,', 't,10Y', 'date,%'])
    t.deepEqual(all(seriesOf(file('h.csv', [head, ...numbers.map((x, i) => `${i},${x}`)].join('\n')))), numbers)
})

test('cells are those of RFC 4180: quoted commas, line breaks and quotes, thousands, tabs, any line end, a byte order mark', t => {
  const rows = numbers.map((x, i) => `"Paris, ""FR""${i % 3 ? '' : '\n'}", ${x} `)
  for (const end of ['\n', '\r\n', '\r'])
    for (const [start, finish] of [
      ['', ''],
      ['\uFEFF', end],
      ['', end.repeat(3)],
    ] as const)
      t.deepEqual(all(seriesOf(file('rfc.csv', `${start}${['city,"y"', ...rows].join(end)}${finish}`))), numbers)
  t.deepEqual(all(seriesOf(file('tabs.tsv', ['a\ty', ...numbers.map(x => `1,5\t${x}`)].join('\n')))), numbers)
  const thousands = numbers.map(x => `"${(x * 1000 + 1234567).toLocaleString('en')}.5"`)
  t.deepEqual(
    all(seriesOf(file('k.csv', ['y', ...thousands].join('\n')))),
    numbers.map(x => x * 1000 + 1234567.5),
  )
})

test('what is refused names the line on which its record begins, and the true reason', t => {
  const rows = numbers.map((x, i) => `${i},${x}`)
  const with_ = (line: string): string => file('bad.csv', ['t,y', '0,"1"', '"a\n\nb",2', line, ...rows].join('\n'))
  refused(t, with_('7,"8'), /line 6 opens a quote that is never closed/)
  refused(t, with_('7,"8"9'), /line 6 has text after a quote/)
  refused(t, with_('7,8"9'), /line 6 has a quote inside a bare cell/)
  refused(t, with_('7,8,9'), /line 6 has 3 cells, line 1 has 2.*Write decimals with a point/)
  refused(t, with_(''), /line 6 has 1 cells, line 1 has 2.*Drop that line/)
  refused(t, with_('7,"8,5"'), /line 6, column 2 of 2, is '8,5'.*Write decimals with a point/)
  refused(t, with_('7,'), /line 6, column 2 of 2, is ''.*A value is missing there/)
  refused(t, with_('7,1e999'), /line 6, column 2 of 2, is '1e999'.*beyond 1\.8e308/)
  refused(
    t,
    file('semi.csv', ['t;y', ...numbers.map(x => `1;${x}`)].join('\n')),
    /line 2 is '1;0'.*Separate cells with commas/,
  )
  refused(t, file('blank.csv', '\n\n'), /no lines with content/)
})

test('numbers are recognised in linear time', t => {
  const long = '9'.repeat(1_000_000)
  // read in quadratic time, one of them takes hours
  for (const cell of [`${long}x`, `.${long}x`, `1e${long}x`, `1${',999'.repeat(3e5)}x`, `${'-'.repeat(1e6)}x`]) {
    t.is(numberIn(cell), Number.NaN)
    refused(
      t,
      file('long.csv', ['t,y', ...numbers.map(x => `0,${x}`), `0,"${cell}"`].join('\n')),
      /line 32, column 2 of 2, is '.{39}…'/,
    )
  }
  for (const [cell, value] of [
    ['1,234', 1234],
    ['-12,345,678.25', -12345678.25],
    ['.5', 0.5],
    ['5.', 5],
    ['+1e-3', 0.001],
  ] as const)
    t.is(numberIn(cell), value)
  for (const cell of ['', '.', 'e5', '1e', '0,129', '1,23', '1,2345', ',123', '1,234,', '1.2,345', '0x1', '1_0'])
    t.is(numberIn(cell), Number.NaN, cell)
})

test('the column is the one that is named or counted; where none is and there are several, the output says which was used', t => {
  const path = file('wide.csv', ['t,"price, USD",y', ...numbers.map((x, i) => `${i},${2 * x},${x}`)].join('\n'))
  t.is(seriesOf(path).chosen, "the last of 3 columns, 'y', as no --column names another")
  for (const column of ['price, USD', '"price, USD"', '2']) {
    const one = seriesOf(path, { column })
    t.deepEqual([all(one), one.unit, one.chosen], [numbers.map(x => 2 * x), 'price, USD', null])
  }
  t.not(seriesOf(path, { column: '2' }).digest, seriesOf(path, { column: 't' }).digest)
  const sentence = kindOf(seriesOf(path)).words(seriesOf(path), { window: 5, k: null, batch: 1, seed: 1 }).data
  t.regex(sentence, /^ The series is the last of 3 columns, 'y'/)
  refused(t, path, /no column 'prise' in .*wanted one of 't', 'price, USD', 'y'/, { column: 'prise' })
  refused(t, path, /no column '4'/, { column: '4' })
  refused(t, path, /column 'y' twice/, { column: 'y,t,y' })
  refused(
    t,
    file('twice.csv', ['y,y', ...numbers.map(x => `1,${x}`)].join('\n')),
    /several columns 'y'.*by its number, 1/,
    { column: 'y' },
  )
  refused(
    t,
    file('bare.csv', numbers.map(x => `1,${x}`).join('\n')),
    /no column 'y'.*from 1 to 2: the file has no header/,
    { column: 'y' },
  )
  refused(t, file('text.txt', 'hello'.repeat(10)), /--column or --target of .*only of a table/, { column: 'y' })
  const pixels = file(
    'pixels.csv',
    numbers.map((_, i) => Array.from({ length: 65 }, (_, j) => (i * j) % 7).join(',')).join('\n'),
  )
  t.is(read(pixels).kind, 'images')
  t.is(read(pixels, { column: '65' }).kind, 'series')
})

const [a, b] = [0.4, -0.3]
/** x_t = a x_(t-1) + b z_(t-2) of another column z: two lags of two inputs say all of it. */
const z = Array.from({ length: 60 }, (_, i) => Math.sin(1.7 * i) + Math.cos(0.9 * i * i))
const x = [1, 1]
for (let i = 2; i < z.length; i++) x.push(a * (x[i - 1] as number) + b * (z[i - 2] as number))
const pair = file('pair.csv', ['z,x', ...z.map((v, i) => `${v},${x[i]}`)].join('\n'))

const heldOf = ({ held }: Vectors) =>
  Array.from({ length: held.length }, (_, i) => held.at(i) as NonNullable<ReturnType<typeof held.at>>)

const vectorsOf = (columns: Asked): Vectors => {
  const data = read(pair, columns)
  if (data.kind !== 'vectors') throw new Error(`${data.kind}, not vectors`)
  return data
}

test('several columns are a series of vectors: n inputs, m targets, each normalised by its training part', t => {
  const data = vectorsOf({ column: 'z,x', target: 'x' })
  t.deepEqual([data.train.length, data.held.length], [54, 6])
  for (const [i, values] of [z, x].entries()) {
    const { mean, deviation } = momentsOf(values.slice(0, 54))
    t.deepEqual([data.inputs[i]?.mean, data.inputs[i]?.deviation], [mean, deviation])
    t.is(data.held.at(0)?.input[i], ((values[54] as number) - mean) / deviation)
  }
  t.deepEqual(
    [heldOf(data).map(({ wanted }) => wanted[0]), data.held.at(0)?.wanted.length],
    [heldOf(data).map(({ input }) => input[1]), 1],
  )
  t.deepEqual(
    vectorsOf({ column: '1,2' }).targets.map(({ name }) => name),
    ['z', 'x'],
  )
  t.deepEqual(
    vectorsOf({ column: 'z', target: 'x' }).inputs.map(({ name }) => name),
    ['z'],
  )
})

test('VAR(2) is exact where two lags of the inputs say all, persistence is in the unit of the target', t => {
  const [persistence, regression] = baselines(vectorsOf({ column: 'z,x', target: 'x' }))
  const off = x.slice(54).map((v, i) => v - (x[53 + i] as number))
  t.true(Math.abs((persistence?.value ?? 0) - Math.sqrt(off.reduce((sum, d) => sum + d * d, 0) / 6)) < 1e-12)
  t.is(persistence?.unit, 'x')
  t.true((regression?.value ?? 1) < 1e-12)
  t.is(baselines(vectorsOf({ column: 'z,x' }))[0]?.unit, 'deviations')
})

test('a network on vectors has n inputs and m outputs; its figure is what its loss is in the unit of the target', t => {
  const data = vectorsOf({ column: 'z,x', target: 'x' })
  const options = readOptions({ hidden: 3, window: 5, engine: 'eager' }, 'vectors')
  if (!isRight(options)) return t.fail(options.left.message)
  const { net, θ, course } = setupOf(data, options.right, eager)
  t.deepEqual([net.sizes.n, net.sizes.m], [2, 1])
  const blank = { ...θ, readout: { W_out: tensor([[0, 0, 0]]), b_out: tensor([0]) } }
  t.deepEqual(firstSteps('test', net, course, 1)[0]?.x, tensor([...(data.train.at(0)?.input ?? [])]))
  const { mean } = data.targets[0] as { readonly mean: number }
  const wanted = Math.sqrt(x.slice(54).reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6)
  t.true(Math.abs(course.evaluator(eager, net as never)(blank as never) - wanted) < 1e-12)
})

test('a text model whose readout is 0 says log₂ of the number of symbols, in bits, held out and while it learns', t => {
  const data = read(file('five.txt', 'abcde'.repeat(60)))
  const options = readOptions({ hidden: 3, window: 5, engine: 'eager' }, 'text')
  if (!isRight(options)) return t.fail(options.left.message)
  const { net, θ, course } = setupOf(data, options.right, eager)
  const blank = { ...θ, readout: { W_out: zeros([5, 3]), b_out: zeros([5]) } }
  t.true(Math.abs(course.evaluator(eager, net as never)(blank as never) - Math.log2(5)) < 1e-14)
  t.true(Math.abs(course.toUnit(Math.log(5)) - Math.log2(5)) < 1e-14)
})

test('mean and deviation are right for numbers of any size', t => {
  const spread = [0, 2, 4, 0, 2, 4].map(v => 1e16 + v)
  t.true(Math.abs(momentsOf(spread).deviation - Math.sqrt(8 / 3)) < 1e-12)
  // the mean, 1e16 + 1, is no double
  t.true(Math.abs(momentsOf([1e16, 1e16 + 2]).deviation - 1) < 1e-12)
  for (const unit of [1e-300, 1e-160, 1e160, 1e300])
    t.true(Math.abs(momentsOf([unit, 2 * unit, 3 * unit]).deviation / unit - Math.sqrt(2 / 3)) < 1e-14)
  t.deepEqual(momentsOf(Array(27).fill(0.1)).deviation, 0)
  t.is(momentsOf([1, 1e100, 1, -1e100]).mean, 0.5)
  const shifted = seriesOf(file('shift.csv', ['y', ...numbers.map(v => 1e16 + 2 * v)].join('\n')))
  const plain = seriesOf(file('plain.csv', ['y', ...numbers.map(v => 2 * v)].join('\n')))
  t.true(Math.abs(shifted.deviation / plain.deviation - 1) < 1e-12)
  t.true(Math.abs((baselines(shifted)[0]?.value ?? 0) / (baselines(plain)[0]?.value ?? 1) - 1) < 1e-12)
  const tiny = seriesOf(file('tiny.csv', ['y', ...numbers.map(v => `${v}e-200`)].join('\n')))
  t.true(Math.abs(tiny.deviation / (plain.deviation / 2) / 1e-200 - 1) < 1e-12)
  t.true(Math.abs((baselines(tiny)[0]?.value ?? 0) / ((baselines(plain)[0]?.value ?? 0) / 2) / 1e-200 - 1) < 1e-12)
})

long('a text without quotes is read as the parser of quoted cells reads it', t => {
  const signs = ['1', '-2.5', 'x', ' ', '\t', '\u00A0', '\u2003', ',', ',', '\n', '\r', '\r\n', 'é', '']
  const random = rng(7)
  for (let i = 0; i < 1000; i++) {
    const draw = (): string => signs[Math.floor(random.uniform() * signs.length)] as string
    const content = Array.from({ length: 1 + Math.floor(random.uniform() * 14) }, draw).join('')
    for (const delimiter of [',', '\t'] as const) {
      // a quoted cell at the end makes the same text one with quotes
      const [plain, quoted] = [`${content}\nend`, `${content}\n"end"`].map(text => tableOf('it', text, delimiter))
      if (!plain || !quoted || isLeft(plain) || isLeft(quoted)) {
        t.deepEqual(plain, quoted, JSON.stringify(content))
        continue
      }
      const rowsOf = ({ rows, width, row, number }: Table) =>
        Array.from({ length: rows }, (_, r) => [{ ...row(r) }, Array.from({ length: width }, (_, c) => number(r, c))])
      t.deepEqual(rowsOf(plain.right), rowsOf(quoted.right), JSON.stringify(content))
    }
  }
})
