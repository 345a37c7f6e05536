import test, { type ExecutionContext } from 'ava'
import { drawn, triangleOf } from '../../../src/display/triangle.ts'

type Vector = readonly number[]

const cases = [1, 2, 6, 12].flatMap(steps => [0, 1, 4, 7].map(seed => ({ seed, steps })))
const sum = (xs: Vector): number => xs.reduce((a, b) => a + b, 0)
const added = (list: readonly Vector[]): Vector => (list[0] ?? []).map((_, i) => sum(list.map(v => v[i] ?? Number.NaN)))

const near = (t: ExecutionContext, actual: Vector, expected: Vector): void => {
  t.is(actual.length, expected.length)
  const differences = actual.map((x, i) => Math.abs(x - (expected[i] ?? Number.NaN)))
  const scale = Math.max(1, ...expected.map(Math.abs))
  t.true(Math.max(...differences) <= 1e-12 * scale, `${actual} is not ${expected}`)
}

test('the row sums of the triangle are what RTRL emits', t => {
  for (const { seed, steps } of cases) {
    const { pairs, rows } = triangleOf(seed, steps)
    t.is(rows.length, steps)
    for (const [i, row] of pairs.entries()) near(t, added(row), rows[i] ?? [])
  }
})

test('the column sums of the triangle are what BPTT emits', t => {
  for (const { seed, steps } of cases) {
    const { pairs, columns } = triangleOf(seed, steps)
    t.is(columns.length, steps)
    const column = (s: number): readonly Vector[] => pairs.slice(s).map(row => row[s] ?? [])
    for (const [s, emitted] of columns.entries()) near(t, added(column(s)), emitted)
  }
})

test('rows and columns differ one by one while their totals agree', t => {
  const { rows, columns } = triangleOf(1, 6)
  near(t, added(rows), added(columns))
  t.true(rows.some((row, i) => row.some((x, j) => Math.abs(x - (columns[i]?.[j] ?? 0)) > 1e-3)))
})

test('nothing stands above the diagonal', t => {
  const { pairs } = triangleOf(1, 5)
  t.deepEqual(
    pairs.map(row => row.length),
    [1, 2, 3, 4, 5],
  )
})

test('the page fits 80 columns, and its numbers stay separate', t => {
  for (const { seed, steps } of cases)
    for (const line of drawn(seed, triangleOf(seed, steps)).split('\n')) {
      t.true([...line].length <= 80, line)
      t.notRegex(line, /\d-\d+\.|NaN|undefined/)
    }
})

test('the page says what rows, columns and entries are', t => {
  const page = drawn(1, triangleOf(1, 6))
  t.true(page.includes('rows: past-facing sum (RTRL), computed forwards;'))
  t.true(page.includes('columns: future-facing sum (BPTT), computed backwards'))
  t.regex(page, /all entries sum to\s+the norm/)
})
