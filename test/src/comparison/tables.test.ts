import test from 'ava'
import { besidesOf, sharedRows } from '../../../src/comparison/beside.ts'
import { packed } from '../../../src/comparison/columns.ts'
import type { Group } from '../../../src/comparison/groups.ts'
import { live, timeLeft } from '../../../src/comparison/live.ts'
import type { Planned } from '../../../src/comparison/plan.ts'
import { besideOf, figureText, type Results, secondsText } from '../../../src/comparison/tables.ts'
import { type Tuned, tuningNotes, tuningSeeds } from '../../../src/comparison/tune.ts'
import { textOf } from '../../../src/display/table.ts'
import { bytesText, countText } from '../../../src/display/units.ts'

test('numbers are written as people read them', t => {
  t.deepEqual(
    [0.48482, -0.00473, 12345678, 0, Infinity, -Infinity, NaN].map(x => figureText(x)),
    ['0.4848', '−0.004730', '1.23e+7', '0.000', '∞', '−∞', '–'],
  )
  t.deepEqual([0, 8960, 287_000].map(bytesText), ['0 B', '8.96 kB', '287 kB'])
  t.deepEqual([300, 3000, 7.33e9].map(countText), ['300', '3 k', '7.33 G'])
  t.deepEqual([0.52, 26.2, 600, 36_000].map(secondsText), ['0.5 s', '26 s', '10 min', '10.0 h'])
})

test('baselines stand beside the groups that learn the same, pooled over their runs', t => {
  const group = (rule: string, horizon: number, ridges: readonly number[]) =>
    ({
      name: `${rule} horizon=${horizon}`,
      first: { sources: { data: { kind: 'series', digest: 'd', horizon } }, options: { hidden: 4 } },
      ran: ridges.map(value => ({
        looks: [{ step: 0, held: horizon }],
        baselines: [{ name: 'mean', value: 9, unit: 'u' }, ...(value ? [{ name: 'ridge', value, unit: 'u' }] : [])],
      })),
    }) as unknown as Group
  const groups = [group('rtrl', 1, [3, 4]), group('rtrl', 5, [7]), group('bptt', 1, [5]), group('bptt', 5, [8, 9])]
  const besides = besidesOf(groups)
  const [first, columns] = besideOf({ besides } as unknown as Results)
  t.deepEqual(first.cells, ['before training', 'mean', 'ridge'])
  t.deepEqual(columns, [
    { head: 'horizon=1', cells: ['1.000', '9.000', '4.000'] },
    { head: 'horizon=5', cells: ['5.000', '9.000', '8.000'] },
  ])
  t.deepEqual(
    sharedRows(besides).map(({ name }) => name),
    ['mean'],
  )
  const [, [alone]] = besideOf({ besides: besidesOf(groups.slice(0, 1)) } as unknown as Results)
  t.deepEqual(alone, { head: 'held out', cells: ['1.000', '9.000', '3.500'] })
})

test('columns that do not fit 80 stand in further tables, each with the first, and without rows that it has nothing of', t => {
  const first = { head: 'rule', cells: ['bptt', 'rtrl', '(floor)'] }
  const columns = Array.from({ length: 9 }, (_, i) => ({
    head: `column ${i}`,
    cells: ['1', '22', i === 0 ? '3' : ''].map(cell => (cell === '' ? '' : cell.padStart(12, '.'))),
  }))
  const tables = packed(first, columns)
  t.is(tables.length, 2)
  for (const table of tables) {
    for (const line of textOf(table).split('\n')) t.true(line.length <= 80, line)
    t.is(table.head?.[0], 'rule')
  }
  t.deepEqual(
    tables.map(({ rows }) => rows.length),
    [3, 2],
  )
  t.deepEqual(
    tables.flatMap(({ head = [] }) => head.slice(1)).map(head => head.trim()),
    columns.map(({ head }) => head),
  )
})

test('the time that is left is what each group has left at its own pace, over the workers', t => {
  const slow = { total: 100, done: 50, made: 50, busy: 100 }
  const fast = { total: 100, done: 0, made: 0, busy: 0 }
  t.is(timeLeft([slow], 1), 100)
  t.is(timeLeft([slow], 2), 50)
  t.is(timeLeft([slow, fast], 1), 300)
  t.is(timeLeft([fast], 1), NaN)
})

const planned = (group: string, seed: number) => ({ group, options: { seed, steps: 10 } }) as unknown as Planned
const job = { position: 0, id: 'x', config: {}, steps: 10 }

test('elsewhere than on a terminal there is a line a change', t => {
  const lines: string[] = []
  const shown = live([planned('bptt', 3)], 2, { write: text => lines.push(text) })
  shown.began(job)
  shown.seen(job, { step: 5 })
  shown.notice(job, 'its worker died')
  shown.ended(job, { is: 'diverged', folder: '', step: 7, message: '', looks: [] })
  shown.stop()
  t.deepEqual(lines, ['bptt seed 3: begins\n', 'bptt seed 3: its worker died\n', 'bptt seed 3: diverged in update 7\n'])
})

test('on a terminal the table has progress, loss and the time that is left, within 80 columns', t => {
  const written: string[] = []
  const plan = [planned('bptt', 1), planned('a-rule-of-a-very-long-name(with=options, of=its, own=too)', 1)]
  const shown = live(plan, 1, { isTTY: true, write: text => written.push(text) })
  shown.began(job)
  shown.seen(job, { step: 5, held: 0.25 })
  shown.stop()
  const lines = (written.at(-1) ?? '')
    .replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9]*[A-Z]`, 'g'), '')
    .trimEnd()
    .split('\n')
  t.is(lines.length, 3)
  t.regex(lines[0] ?? '', /^bptt +█{8}░{8} +50% +0\/1 runs +held out 0\.2500/)
  t.regex(lines[2] ?? '', /^time left/)
  for (const line of lines) t.true(line.length <= 80, line)
})

test('settings are tuned on as many other seeds, at most three', t => {
  t.deepEqual(tuningSeeds([0, 1, 2, 3, 4]), [5, 6, 7])
  t.deepEqual(tuningSeeds([7, 7]), [8])
})

test('what was tuned says the budget', t => {
  const tried = [
    { value: 0.1, median: Infinity },
    { value: 0.01, median: 0.5 },
  ]
  const tuned: readonly Tuned[] = [{ key: '', group: 'uoro', tried, best: tried[1] as Tuned['best'] }]
  const [budget, best] = tuningNotes('lr', tuned, [5, 6, 7], 3000)
  t.regex(budget ?? '', /2 values × 3 seeds × 3 k updates = 18 k updates for each/)
  t.is(best, 'uoro: lr=0.01, of 0.1 (∞), 0.01 (0.5000).')
})
