import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { interquartileMean } from '../../../src/statistics/summary.ts'
import { type Cell, cellsOf } from '../../../src/sweeps/cells.ts'
import { type Expectation, expectationsIn, judgedBy } from '../../../src/sweeps/expectation.ts'
import type { Stand } from '../../../src/sweeps/stand.ts'
import { type SweepRun, sweepIn } from '../../../src/sweeps/sweep.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-cells-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

let count = 0
const swept = async (text: string): Promise<readonly SweepRun[]> => {
  const found = await sweepIn(file(`sweep-${count++}.yaml`, text))()
  if (E.isLeft(found)) throw new Error(found.left.message)
  return found.right
}

const finished = (held: number): Stand => ({ is: 'finished', held, unit: 'nats' })
const diverged: Stand = { is: 'diverged', step: 3 }
const absent: Stand = { is: 'not begun' }

/** The cells of a sweep whose runs stand so, in the order of its plan. */
const cells = async (text: string, stands: readonly Stand[]): Promise<readonly Cell[]> => {
  const runs = await swept(text)
  return cellsOf(runs.map((run, i) => ({ run, stand: stands[i] ?? absent })))
}

const grid = 'task: add\nrule: [bptt, rtrl]\nhidden: 2\nlr: 0.01,0.1\nseed: 0..4\n'

test('a cell is all that differ by their seed alone, in the order of the plan', async t => {
  const found = await cells(grid, [])
  t.deepEqual(
    found.map(({ name, planned, ended, best, config }) => [name, planned, ended.length, best, 'seed' in config]),
    ['bptt lr=0.01', 'bptt lr=0.1', 'rtrl lr=0.01', 'rtrl lr=0.1'].map(name => [name, 5, 0, null, false]),
  )
  t.true(found.every(({ median, middle }) => Number.isNaN(median) && Number.isNaN(middle)))
})

test('what ended counts, diverged as the worst; what did not end does not', async t => {
  const [cell] = await cells(grid, [finished(3), absent, finished(1), diverged, { is: 'interrupted', step: 2 }])
  t.like(cell, { planned: 5, median: 3, diverged: 1, better: 'lower' })
  t.is(cell?.ended.length, 3)
  t.is(cell?.best?.held, 1)
  t.is(cell?.best?.seed, 2)
  t.is(cell?.middle, Number.POSITIVE_INFINITY)
  const [full] = await cells(grid, [5, 1, 4, 2, 3].map(finished))
  t.is(full?.middle, interquartileMean([1, 2, 3, 4, 5]))
  const [low, high] = full?.interval ?? [0, 0]
  t.true(1 <= low && low < 3 && 3 < high && high <= 5)
})

test('where higher is better the best is the highest, and a run that diverged the lowest', async t => {
  const [cell] = await cells('data: digits\nhidden: 2\nseed: 0..2\n', [finished(0.4), diverged, finished(0.9)])
  t.is(cell?.better, 'higher')
  t.is(cell?.best?.held, 0.9)
  t.is(cell?.median, 0.4)
  t.is(Math.min(...(cell?.ended ?? []).map(({ held }) => held)), Number.NEGATIVE_INFINITY)
})

const expected = (settings: Expectation['settings'], n: number, low: number, high: number): Expectation => ({
  settings,
  n,
  low,
  high,
})

test('a median inside of its interval holds, its ends included; outside it does not; of too few runs nothing is said', async t => {
  const found = await cells(grid, [5, 1, 4, 2, 3].map(finished))
  const verdict = (n: number, low: number, high: number) => {
    const judged = judgedBy([expected({ rule: 'bptt', lr: '0.01' }, n, low, high)], found)
    return E.isRight(judged) ? judged.right[0]?.verdict : judged.left[0]?.message
  }
  t.is(verdict(5, 3, 3), 'inside')
  t.is(verdict(5, 3.0001, 4), 'outside')
  t.is(verdict(5, 2, 2.9999), 'outside')
  t.regex(String(verdict(6, 3, 3)), /n 6; wanted at most the 5 runs of its plan/)
  const few = judgedBy([expected({ rule: 'rtrl', lr: 0.1 }, 1, 0, 9)], found)
  t.is(E.isRight(few) && few.right[0]?.verdict, 'too few runs')
})

test('a cell in which most runs diverged is outside of every interval', async t => {
  const found = await cells(grid, [diverged, diverged, diverged, finished(1), finished(1)])
  const judged = judgedBy([expected({ rule: 'bptt', lr: 0.01 }, 5, 0, 1e300)], found)
  t.is(E.isRight(judged) && judged.right[0]?.verdict, 'outside')
})

test('an expectation is of one cell', async t => {
  const found = await cells(grid, [])
  for (const settings of [{ rule: 'bptt' }, { rule: 'rflo', lr: 0.1 }] as const) {
    const judged = judgedBy([expected(settings, 1, 0, 1)], found)
    t.regex(
      E.isLeft(judged) ? (judged.left[0]?.message ?? '') : '',
      /^report: .*which [20] cells fit; wanted settings of one of bptt lr=0.01, .* Name the settings that it alone has\./,
    )
  }
})

const refusal = (path: string): string => {
  const found = expectationsIn(path)
  return E.isLeft(found) ? found.left.map(({ message }) => message).join('\n') : ''
}

test('a file of expectations is read whole, or every fault of it is named', t => {
  const good = [{ settings: { rule: 'rtrl', lr: 0.1 }, n: 2, low: -1, high: 1 }]
  t.deepEqual(expectationsIn(file('good.json', JSON.stringify(good))), E.right(good) as never)
  const bad = [{ settings: { rool: 'rtrl' }, n: 0, low: 2, high: 1 }]
  const said = refusal(file('bad.json', JSON.stringify(bad)))
  for (const part of [/^report: '.*bad\.json' with faults/, /rool/, /0\.n /, /Write \[\{ "settings"/])
    t.regex(said, part)
  t.regex(refusal(file('over.json', '[{"settings":{},"n":1,"low":2,"high":1}]')), /0\.high is below low/)
  t.regex(refusal(file('empty.json', '[]')), /the whole/)
  t.regex(refusal(file('text.json', '{')), /is not JSON/)
  t.regex(refusal(join(folder, 'absent.json')), /cannot be read \(ENOENT\)/)
})
