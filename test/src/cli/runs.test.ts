import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { runsIn } from '../../../src/experiments/stored.ts'
import { lockFolder } from '../../../src/training/lock.ts'
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
