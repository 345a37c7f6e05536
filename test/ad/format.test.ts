import test from 'ava'
import { digits, markup, printed, row, spark } from '../../ad/format.ts'

const counted = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

test('a number has four digits, and an exponent from a million up and below a ten-thousandth', t => {
  const wanted: readonly (readonly [number, string])[] = [
    [0, '0'],
    [-7, '-7'],
    [1e9 - 1, '999999999'],
    [1e9, '1e9'],
    [0.123456, '0.1235'],
    [99999.4, '100000'],
    [999949.5, '999900'],
    [999950.5, '1e6'],
    [1234567.5, '1.235e6'],
    [0.0001, '0.0001'],
    [0.00009999, '9.999e-5'],
    [-0.00001234, '-1.234e-5'],
    [Number.NaN, 'NaN'],
  ]
  for (const [x, text] of wanted) t.is(digits(x), text)
})

test('a sparkline has a bar for the mean of each part of a list, of parts as equal as they can be', t => {
  t.is(spark([0, 1, 2, 3, 4]), '▁▂▃▅▇')
  t.is(spark([9, 0, 0], 2), '▇▁')
  t.is(spark([3, 3, 2, 2, 2], 2), '▇▁')
  t.is(spark([2, 2, 2, 2, 2], 2), '▁▁')
  t.is(spark([0, 4, 2, 2, 2, 8, 0], 3), '▁▁▇')
  t.is(spark([Number.NaN, 0, 1]), '?▁▇')
  t.is(spark(counted(30)).length, 24)
})

test('a vector is written whole where it fits, else its first numbers, a sparkline and its range', t => {
  t.is(row([1, 2, 3], 9), '[1, 2, 3]')
  t.is(row([1, 2, 3], 8), '▁▃▇ 1 to 3')
  t.is(row(counted(9), 80), '[0, 1, 2, …] ▁▂▂▃▃▅▅▇▇ 0 to 8')
  t.is(row(counted(9), 26), '[0, 1, …] ▁▂▂▃▃▅▅▇▇ 0 to 8')
  t.is(row(counted(9), 25), '[0, …] ▁▂▂▃▃▅▅▇▇ 0 to 8')
  t.is(row(counted(9), 23), '[0, …] ▁▂▂▃▃▅▅▇▇ 0 to 8')
  t.is(row(counted(9), 22), '▁▂▂▃▃▅▅▇▇ 0 to 8')
  t.is(row(counted(8), 80), '[0, 1, 2, 3, 4, 5, 6, 7]')
  t.is(row(new Array<number>(9).fill(2), 80), '[2, 2, 2, …] ▁▁▁▁▁▁▁▁▁ 2 to 2')
  t.is(row(new Array<number>(9).fill(Number.NaN), 30), '[NaN, NaN, NaN, …] ?????????')
})

test('a sparkline has the room that is left: 24 bars at most after digits, 16 alone, 4 at least', t => {
  const barsOf = (n: number, width: number): number => /[▁▂▃▅▇]+/.exec(row(counted(n), width))?.[0].length ?? 0
  t.is(barsOf(100, 80), 24)
  t.is(barsOf(100, 33), 18)
  t.is(barsOf(100, 31), 16)
  t.is(barsOf(100, 30), 16)
  t.is(barsOf(100, 22), 14)
  t.is(barsOf(9, 8), 4)
  t.true(row(counted(100), 31).startsWith('[0, …] '))
  t.false(row(counted(100), 30).startsWith('['))
})

const small = [-1.234e-5, -1.233e-5, -1.232e-5, 0, 0, 0, 0, 0]

test('a vector with its shape fills 72 columns at most', t => {
  t.is(printed([3], [1, 2, 3]), 'tensor [3] [1, 2, 3]')
  t.is(printed([], [5, 6]), '5')
  t.is(printed([9], [...small, 0]), 'tensor [9] [-1.234e-5, -1.233e-5, -1.232e-5, …] ▁▁▁▇▇▇▇▇▇ -1.234e-5 to 0')
  t.is(printed([9], [...small, 10]), 'tensor [9] [-1.234e-5, -1.233e-5, …] ▁▁▁▁▁▁▁▁▇ -1.234e-5 to 10')
})

test('of wide numbers as many columns are shown as fit into 80', t => {
  const [wide, wider] = [-1.234e-10, -1.234e-100].map(x => new Array<number>(16).fill(x)) as [number[], number[]]
  t.is(printed([1, 1, 16], wide), `tensor [1, 1, 16]\n[[[${'-1.234e-10, '.repeat(4)}…, -1.234e-10]]]`)
  t.is(printed([1, 1, 16], wider), `tensor [1, 1, 16]\n[[[${'-1.234e-100, '.repeat(3)}…, -1.234e-100]]]`)
})

test('of a long axis the first six entries are shown, a gap, and the last, each from its place', t => {
  t.is(printed([2, 3], counted(6)), 'tensor [2, 3]\n[[0, 1, 2],\n [3, 4, 5]]')
  t.is(printed([2, 8], counted(16)).split('\n')[1], '[[ 0,  1,  2,  3,  4,  5,  6,  7],')
  t.is(printed([2, 9], counted(18)).split('\n')[2], ' [ 9, 10, 11, 12, 13, 14, …, 17]]')
  t.is(printed([9, 1], counted(9)), 'tensor [9, 1]\n[[0],\n [1],\n [2],\n [3],\n [4],\n [5],\n …,\n [8]]')
  t.is(printed([4, 2, 2], counted(16)), 'tensor [4, 2, 2]\n[[[ 0,  1],\n  [ 2,  3]],\n …,\n [[12, 13],\n  [14, 15]]]')
  const cells = ['0', '1', '2', '3', '4', '5', '…', '8'].map(cell => `<td>${cell}</td>`).join('')
  t.is(markup([1, 9], counted(9)), `<table><caption>tensor [1, 9]</caption><tbody><tr>${cells}</tr></tbody></table>`)
})

test('a table in HTML has a row for each row; a number is code, and what is no table text', t => {
  t.is(markup([], [0.5]), '<code>0.5</code>')
  t.is(markup([0], []), '<pre>tensor [0] []</pre>')
  t.is(markup([2, 1, 1], [1, 2]), `<pre>${printed([2, 1, 1], [1, 2])}</pre>`)
  const table = (shape: string, body: string) =>
    `<table><caption>tensor [${shape}]</caption><tbody>${body}</tbody></table>`
  t.is(markup([2], [1, 2]), table('2', '<tr><td>1</td><td>2</td></tr>'))
  t.is(markup([2, 1], [1, 2]), table('2, 1', '<tr><td>1</td></tr><tr><td>2</td></tr>'))
  const shown = ['0', '1', '2', '3', '4', '5'].map(x => `<tr><td>${x}</td></tr>`).join('')
  t.is(markup([9, 1], counted(9)), table('9, 1', `${shown}<tr><td>…</td></tr><tr><td>8</td></tr>`))
})
