import test, { type ExecutionContext } from 'ava'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../../ad/errors.ts'
import { readOptions, triangle } from '../../../src/cli/triangle.ts'
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

test('bad options are refused with a remedy and exit code 2', async t => {
  for (const options of [
    { steps: 0 },
    { steps: 13 },
    { steps: '2.5' },
    { steps: 'x' },
    { steps: '' },
    { seed: '1.5' },
  ]) {
    const error = t.throws(() => readOptions(options), { instanceOf: DomainError })
    t.not(error?.remedy, '')
    const result = await triangle(options)()
    t.is(isLeft(result) ? result.left.code : 0, 2)
  }
})

test('six steps and seed 1 are the defaults, and options come as text', t => {
  t.deepEqual(readOptions({}), { seed: 1, steps: 6 })
  t.deepEqual(readOptions({ seed: '3', steps: '4' }), { seed: 3, steps: 4 })
})
