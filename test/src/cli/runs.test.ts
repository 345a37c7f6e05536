import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parquetReadObjects } from 'hyparquet'
import { runsIn } from '../../../src/experiments/stored.ts'
import { lockFolder } from '../../../src/training/lock.ts'
import { call } from '../../command.ts'
import { cut, ran } from '../experiments/cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-runs-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))

const config = { data: 'sunspots', hidden: 2, window: 8, steps: 4, engine: 'compiled-js' } as const

test('runs are finished, interrupted, failed or running, with their settings and how far they came', async t => {
  const out = join(base, 'states')
  await ran(config, { out })
  await cut({ ...config, seed: 2 }, out, 2, 'signal')
  await t.throwsAsync(ran({ ...config, seed: 3, steps: 500, lr: 1e6, optimiser: 'sgd' }, { out }))
  const known = new Map(runsIn(out).map(run => [run.config.seed, run]))
  t.like(known.get(undefined), { state: 'finished', step: 4, steps: 4, unit: 'SUNACTIVITY' })
  t.like(known.get(2), { state: 'interrupted', step: 2, steps: 4 })
  t.like(known.get(3), { state: 'failed', steps: 500 })
  t.regex(known.get(3)?.message ?? '', /not finite/)
  const unlock = lockFolder(known.get(2)?.folder ?? '')
  t.is(runsIn(out).find(({ config: { seed } }) => seed === 2)?.state, 'running')
  unlock()
})

test('runs of earlier versions are listed too, and what is no run is passed over', t => {
  const at = join(base, 'earlier', '0123456789ab')
  mkdirSync(at, { recursive: true })
  mkdirSync(join(base, 'earlier', 'notes'))
  const old = {
    version: '0.1.0',
    key: '0123456789ab',
    data: { name: 'sunspots' },
    options: { rule: 'rkfrtrl', steps: 2, k: null },
  }
  writeFileSync(join(at, 'config.json'), JSON.stringify(old))
  writeFileSync(join(at, 'metrics.jsonl'), '{"step":0,"held":3}\n{"step":1,"train":2}\n{"step":2,"train":1,"held":2}\n')
  writeFileSync(
    join(at, 'result.json'),
    JSON.stringify({ rule: 'rkfrtrl', seed: 1, steps: 2, held: { before: 3, after: 2, unit: 'u' }, baselines: [] }),
  )
  const [run, ...others] = runsIn(join(base, 'earlier'))
  t.is(others.length, 0)
  t.like(run, { id: '0123456789ab', state: 'finished', step: 2, steps: 2, held: 2, unit: 'u' })
  t.deepEqual(run?.config, { data: 'sunspots', rule: 'rkfrtrl', steps: 2 })
  t.is(readFileSync(join(at, 'config.json'), 'utf8'), JSON.stringify(old))
})

test('a folder without runs, and one that is not there, are said to be so', async t => {
  const [absent, empty] = [join(base, 'absent'), join(base, 'empty')]
  mkdirSync(empty)
  const [first, second] = [await call('runs', '--out', absent), await call('runs', '--out', empty)]
  t.deepEqual([first.code, second.code, first.err, second.err], [0, 0, '', ''])
  t.regex(first.out, /^There is no folder '[^']*absent', so no runs yet\. janus train /)
  t.regex(second.out, /^No runs in the folder '[^']*empty'\. janus train /)
})

test('export writes the same metrics as CSV and as Parquet', async t => {
  const out = join(base, 'export')
  const first = await ran(config, { out })
  await ran({ ...config, seed: 2, lr: 0.05, rule: 'uoro' }, { out })
  const file = join(base, 'metrics.parquet')
  const csv = (await call('runs', 'export', '--csv', '--out', out)).out.trimEnd().split('\n')
  const made = await call('runs', 'export', '--parquet', file, '--out', out)
  t.deepEqual([made.code, made.err, made.out], [0, '', `Written: ${file}, 10 rows\n`])
  const rows = await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer })
  const text = (value: unknown): string => (value == null ? '' : String(value))
  t.deepEqual(
    rows.map(row => Object.values(row).map(text).join()),
    csv.slice(1),
  )
  t.is(Object.keys(rows[0] ?? {}).join(), csv[0] ?? '')
  const own = rows.filter(({ id }) => id === first.id)
  t.deepEqual(
    own.map(({ step, lr, rule, hidden }) => [step, lr, rule, hidden]),
    [0, 1, 2, 3, 4].map(step => [step, null, null, 2]),
  )
  t.deepEqual([...new Set(rows.map(({ lr }) => lr))].toSorted(), [0.05, null])
})

test('an empty folder is exported as a table without rows, and one form at a time', async t => {
  const file = join(base, 'empty.parquet')
  t.is((await call('runs', 'export', '--parquet', file, '--out', join(base, 'none'))).code, 0)
  t.deepEqual(await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer }), [])
  const both = await call('runs', 'export', '--csv', '--parquet', file)
  t.is(both.code, 2)
  t.regex(both.err, /--csv with --parquet .*; wanted one form/)
})

test('branch goes on from a run, says where it began, and is listed and shown with its parent', async t => {
  const out = join(base, 'branches')
  const { id } = await ran(config, { out })
  const made = await call('runs', 'branch', id.slice(0, 6), '--at', '2', 'lr=0.05', 'steps=6', '--out', out)
  t.is(made.code, 0, made.err)
  t.regex(
    made.out,
    new RegExp(`^branch +of run ${id} after update 2\\. No checkpoint of[\\s\\S]*done again\\s+from\\s+update 0`),
  )
  t.regex(made.out, /learning +adam, lr 0\.05[\s\S]*bptt, 6 updates/)
  const [branch] = runsIn(out).filter(run => run.id !== id)
  t.like(branch, { state: 'finished', step: 6, parent: { id, step: 2 } })
  const shown = await call('runs', 'show', branch?.id ?? '', '--out', out)
  t.regex(shown.out, new RegExp(`parent:\\n {2}id: "?${id}"?\\n {2}step: 2\\n`))
  const again = await call('runs', 'branch', id, '--at', '2', 'steps=6', 'lr=0.05', '--out', out)
  t.regex(again.out, /It was finished before\.\n$/)
})

for (const [words, code, said] of [
  [['branch'], 2, /no ID; .* janus runs branch ID --at/],
  [['branch', 'abc'], 2, /no --at; /],
  [['branch', 'abc', '--at', 'x', 'lr=1'], 2, /--at x; wanted a whole number/],
  [['branch', 'abc', '--at', '3', 'lr=1'], 2, /no run abc in/],
  [['brunch'], 2, /wanted nothing, show ID, export --csv, export --parquet FILE, or branch ID/],
] as const)
  test(`janus runs ${words.join(' ')} is refused with what to write`, async t => {
    const made = await call('runs', ...words, '--out', join(base, 'none'))
    t.is(made.code, code)
    t.regex(made.err, said)
  })
