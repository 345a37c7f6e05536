import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { type Running, runExperiment } from '../../../src/experiments/run.ts'
import { RunError } from '../../../src/failure.ts'
import { isHeld, lockFolder } from '../../../src/training/lock.ts'
import { readMetadata } from '../../../src/weights/files.ts'
import { long } from '../../full-effort.ts'
import { janus } from '../../root.ts'
import { contents, cut, ran } from './cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-folder-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))
const folder = (name: string): string => join(base, name)

const config = { data: 'sunspots', hidden: 2, window: 8, steps: 10, engine: 'compiled-js' } as const
const finishedFiles = [
  'checkpoint.safetensors',
  'config.json',
  'machine.json',
  'metrics.jsonl',
  'model.json',
  'result.json',
  'timing.jsonl',
]

/** The command with a small run, in a process of its own. */
const args = ['train', ...Object.entries(config).flatMap(([name, value]) => [`--${name}`, String(value)])]
const call = (out: string, ...more: readonly string[]) =>
  new Promise<{ readonly code: number; readonly out: string; readonly err: string }>(resolve =>
    execFile(process.execPath, [janus, ...args, '--out', out, ...more], (error, text, err) =>
      resolve({ code: error ? Number(error.code) : 0, out: text, err }),
    ),
  )

const refusal = async (how: Running, other = {}): Promise<string> => {
  const outcome = await runExperiment({ ...config, ...other }, how)()
  if (E.isLeft(outcome)) return outcome.left.message
  throw new Error('it ran')
}

/** The files of a run, but for a checkpoint before the last, which a slow machine has the time for. */
const listed = (at: string): readonly string[] =>
  readdirSync(at).filter(name => !name.startsWith('checkpoint.previous'))

const only = (out: string): string => join(out, readdirSync(out)[0] ?? '')

long('of several processes with one id one wins, and the others say so and exit with 75: try again', async t => {
  const out = folder('several')
  const outcomes = await Promise.all([1, 2].map(() => call(out, '--steps', '2000', '--fresh')))
  const lost = outcomes.filter(({ code }) => code !== 0)
  t.true(lost.length >= 1)
  for (const { code, err } of lost) {
    t.is(code, 75)
    t.regex(err, /in use by another run \((process \d+|.* does not say).*--out/)
  }
  t.deepEqual(listed(only(out)), [...finishedFiles, 'curve.svg'].toSorted())
  t.is(readFileSync(join(only(out), 'metrics.jsonl'), 'utf8').split('\n').length, 2002)
})

test('the lock of a process that is no more is taken over, and of another machine after a minute without a sign', async t => {
  const at = folder('stale')
  mkdirSync(at)
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const path = join(at, 'lock')
  const lock = (holder: object): void => writeFileSync(path, JSON.stringify(holder))
  const gone = { pid: child.pid, host: hostname(), since: '2026-01-01' }
  lock(gone)
  t.false(isHeld(at))
  lockFolder(at)()
  t.deepEqual(readdirSync(at), [])
  const elsewhere = { ...gone, host: `${hostname()}-2` }
  for (const holder of [elsewhere, {}, { ...gone, pid: process.pid }]) {
    lock(holder)
    t.true(isHeld(at))
    t.throws(() => lockFolder(at), { instanceOf: RunError, message: /remove '.*lock'/ })
  }
  lock(elsewhere)
  const before = new Date(Date.now() - 61_000)
  utimesSync(path, before, before)
  t.false(isHeld(at))
  lockFolder(at)()
  lock(gone)
  writeFileSync(join(at, 'lock.taken'), '')
  t.throws(() => lockFolder(at), { instanceOf: RunError }, 'another process is taking it over')
})

test('a finished run is not run again, and stays as it is until one that begins afresh is finished too', async t => {
  const out = folder('again')
  const first = await ran(config, { out })
  const before = contents(first.folder)
  const again = await ran(config, { out })
  t.deepEqual([again.wasThere, again.held, again.looks], [true, first.held, first.looks])
  const cutOff = runExperiment(config, {
    out,
    fresh: true,
    checkpointEvery: 0,
    onProgress: ({ step }) => {
      if (step === 5) throw new Error('cut')
    },
  })
  t.true(E.isLeft(await cutOff()))
  t.deepEqual(contents(first.folder), before)
  t.true((await ran(config, { out })).wasThere)
  t.false((await ran(config, { out, fresh: true })).wasThere)
  t.deepEqual(listed(first.folder), finishedFiles)
  t.deepEqual(contents(first.folder), before)
})

test('a longer run goes on from a shorter one, whose result stays until then, and comes to the same parameters', async t => {
  const [out, whole] = [folder('longer'), folder('whole')]
  await ran(config, { out })
  const result = readFileSync(join(only(out), 'result.json'), 'utf8')
  await cut({ ...config, steps: 20 }, out, 15, 'death')
  t.is(readFileSync(join(only(out), 'result.json'), 'utf8'), result)
  t.is((await ran({ ...config, steps: 20 }, { out })).resumedAt, 14)
  await ran({ ...config, steps: 20 }, { out: whole })
  const [a, b] = [contents(only(out)), contents(only(whole))]
  t.is(a['model.json'], b['model.json'])
  t.is(a['checkpoint.safetensors'], b['checkpoint.safetensors'])
  t.is((await ran({ ...config, steps: 12 }, { out })).step, 20)
})

test('a checkpoint that is cut off, of another run or of another format is refused with the reason, and the one before is used', async t => {
  const spoiled: Readonly<Record<string, readonly [RegExp, (path: string) => void]>> = {
    'cut off': [/is not whole/, path => truncateSync(path, 900)],
    empty: [/is not whole/, path => writeFileSync(path, '')],
    'another run': [
      /is of another run, [0-9a-f]{12}/,
      path => copyFileSync(join(only(folder('other')), 'checkpoint.safetensors'), path),
    ],
    older: [
      /is of format 0, not 1/,
      path => writeFileSync(path, readFileSync(path, 'latin1').replace('{\\"format\\":1', '{\\"format\\":0'), 'latin1'),
    ],
    'no checkpoint': [
      /is of format undefined, not 1/,
      path => writeFileSync(path, Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')])),
    ],
  }
  await ran({ ...config, seed: 9 }, { out: folder('other') })
  const whole = contents((await ran(config, { out: folder('unspoiled') })).folder)
  for (const [name, [says, spoil]] of Object.entries(spoiled)) {
    const out = folder(`spoiled ${name}`)
    await cut(config, out, 6, 'signal', 0)
    const at = only(out)
    spoil(join(at, 'checkpoint.safetensors'))
    const notices: string[] = []
    const last = await ran(config, { out, onNotice: line => notices.push(line) })
    t.regex(notices.join('\n'), says, name)
    t.is(last.resumedAt, 5, name)
    t.deepEqual(contents(at), whole, name)
  }
})

test('where no checkpoint serves, or metrics end before it, a run begins again', async t => {
  const whole = contents((await ran(config, { out: folder('sound') })).folder)
  const out = folder('nothing')
  await cut(config, out, 6, 'signal')
  writeFileSync(join(only(out), 'metrics.jsonl'), '{"step":0,"held":1}\n{"step":1,"tr')
  const notices: string[] = []
  t.is((await ran(config, { out, onNotice: line => notices.push(line) })).resumedAt, 0)
  t.regex(notices.join(), /metrics\.jsonl ends at 0/)
  t.deepEqual(contents(only(out)), whole)
})

test('a run on another engine, machine or version is resumed only where that is allowed, and says so', async t => {
  const out = folder('machine')
  await cut(config, out, 4, 'signal')
  const path = join(only(out), 'machine.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), node: 'v18.0.0', engine: 'eager' }))
  t.regex(await refusal({ out }), /node v18\.0\.0, now v.*engine eager, now compiled-js.*--allow-other-engine.*--fresh/)
  const outcome = await ran(config, { out, allowOtherEngine: true })
  t.deepEqual([outcome.bitForBit, outcome.resumedAt], [false, 4])
  t.is(JSON.parse(readFileSync(path, 'utf8')).bitForBit, false)
  t.false((await ran(config, { out })).bitForBit)
})

test('a run that diverges is not run again without --retry', async t => {
  const out = folder('failed')
  const wild = { lr: 1e6, optimiser: 'sgd', steps: 500 }
  t.regex(await refusal({ out }, wild), /not finite/)
  t.regex(await refusal({ out }, wild), /failed in update \d+: .*not finite.*--retry/)
  t.regex(await refusal({ out, retry: true }, wild), /^train: (?!the run in).*not finite/)
  t.true(existsSync(join(only(out), 'error.json')))
  t.false(existsSync(join(only(out), 'result.json')))
})

test('links in the folder of a run are replaced and not followed', async t => {
  const [out, victim] = [folder('links'), folder('victim')]
  writeFileSync(victim, 'untouched')
  const { folder: at } = await ran(config, { out })
  rmSync(at, { recursive: true })
  mkdirSync(at)
  for (const name of finishedFiles) symlinkSync(victim, join(at, `${name}.tmp`))
  for (const name of ['config.json', 'metrics.jsonl', 'model.json']) symlinkSync(victim, join(at, name))
  await ran(config, { out })
  rmSync(join(at, 'metrics.jsonl'))
  linkSync(victim, join(at, 'metrics.jsonl'))
  symlinkSync(base, join(at, 'unfinished'))
  await ran(config, { out, fresh: true })
  t.is(readFileSync(victim, 'utf8'), 'untouched')
  t.deepEqual(listed(at), finishedFiles)
  rmSync(at, { recursive: true })
  symlinkSync(base, at)
  t.regex(await refusal({ out }), /is a link.*--out/)
  t.false(existsSync(join(base, 'config.json')))
})

test('a disk without room ends a run with one clear line, whole lines and no part of a file', async t => {
  const out = folder('full')
  const command = `ulimit -f 5; exec "${process.execPath}" "${janus}" ${args.join(' ')} --steps 3000 --out "${out}"`
  const { code, err } = await new Promise<{ code: number; err: string }>(resolve =>
    execFile('sh', ['-c', command], (error, _, text) => resolve({ code: Number(error?.code), err: text })),
  )
  t.is(code, 75)
  t.regex(err, /metrics\.jsonl' cannot be written \(EFBIG, no space left\).*--out/)
  t.notRegex(err, /\n\s+at /)
  t.deepEqual(
    readdirSync(only(out)).filter(name => !/^(config|machine|timing)/.test(name)),
    ['metrics.jsonl'],
  )
  const metrics = readFileSync(join(only(out), 'metrics.jsonl'), 'utf8')
  t.true(metrics.endsWith('\n'))
  for (const line of metrics.trimEnd().split('\n')) t.notThrows(() => JSON.parse(line))
})

test('a folder that cannot be made is refused', async t => {
  const out = folder('taken')
  writeFileSync(out, '')
  t.regex(await refusal({ out }), /cannot be made.*--out/)
})

long(
  'a process that is stopped by a scheduler exits with 75 and a checkpoint, at Ctrl-C with 130, and says how to go on',
  async t => {
    const whole = contents((await ran({ ...config, steps: 1500 }, { out: folder('not stopped') })).folder)
    for (const [signal, wanted] of [
      ['SIGTERM', 75],
      ['SIGUSR2', 75],
      ['SIGINT', 130],
    ] as const) {
      const out = folder(signal)
      const child = spawn(process.execPath, [janus, ...args, '--steps', '1500', '--out', out])
      let err = ''
      child.stderr.on('data', chunk => {
        err += chunk
      })
      const metrics = (): boolean => existsSync(out) && existsSync(join(only(out), 'metrics.jsonl'))
      while (!metrics()) await new Promise(resolve => setTimeout(resolve, 10))
      child.kill(signal)
      const [code] = await once(child, 'exit')
      t.is(code, wanted, err)
      t.regex(err, /stopped after update \d+ of 1500 \(SIG\w+\); the same command goes on/)
      const { janusgrad = '' } = readMetadata(join(only(out), 'checkpoint.safetensors'))
      const { step } = JSON.parse(janusgrad)
      t.true(step > 0 && step < 1500)
      t.is((await ran({ ...config, steps: 1500 }, { out })).resumedAt, step)
      t.deepEqual(contents(only(out)), whole)
    }
  },
)
