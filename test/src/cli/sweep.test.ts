import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { planOf } from '../../../src/experiments/plan.ts'
import { isHeld, lockFolder } from '../../../src/training/lock.ts'
import type { Config } from '../../../src/training/settings.ts'
import { call } from '../../command.ts'
import { alwaysIf, long } from '../../full-effort.ts'
import { janus } from '../../root.ts'
import { compared, contents, ran } from '../experiments/cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-sweep-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))

/** A sweep file, and a folder for its runs. */
const made = (name: string, text: string) => {
  const [path, out] = [join(base, `${name}.yaml`), join(base, name)]
  writeFileSync(path, text)
  return { path, out, on: ['--out', out] as const }
}

const grid = 'data: sunspots\nengine: compiled-js\nrule: [bptt, rflo]\nhidden: 2\nwindow: 8\nsteps: 4\nseed: 0..2\n'
const settings = {
  data: 'sunspots',
  engine: 'compiled-js',
  rule: 'bptt,rflo',
  hidden: 2,
  window: 8,
  steps: 4,
  seed: '0..2',
}

/** `janus run` in this process: another takes longer to start than such runs take. */
const runHere = (path: string, ...words: readonly string[]) => call('run', path, '--workers', '0', ...words)

const json = (text: string): readonly Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

const lasting = (out: string, id: string): Readonly<Record<string, string>> => {
  const all = contents(join(out, id))
  return Object.fromEntries(compared.map(name => [name, all[name] ?? '']))
}

test('plan prints the grid of the file, a JSON line a run, and starts nothing', async t => {
  const { path, out } = made('planned', grid)
  const { code, out: text, err } = await call('plan', path)
  t.deepEqual([code, err], [0, ''])
  const found = await planOf(settings)()
  t.deepEqual(json(text), found._tag === 'Right' ? JSON.parse(JSON.stringify(found.right)) : [])
  t.deepEqual(
    json(text).map(({ position }) => position),
    [0, 1, 2, 3, 4, 5],
  )
  t.false(existsSync(out))
})

test('plan refuses a cell whose rule does not serve, before anything is submitted', async t => {
  const { path } = made('unserved', 'task: add\ncell: [leaky, gru]\nrule: kfrtrl\nhidden: 2\nengine: compiled-js\n')
  const { code, out, err } = await call('plan', path)
  t.deepEqual([code, out], [2, ''])
  t.regex(err, /kfrtrl/)
})

test('plan --as prints what a scheduler is given; another word is refused with the nearest', async t => {
  const { path } = made('as', grid)
  t.regex((await call('plan', path, '--as', 'slurm')).out, /^#!\/bin\/sh\n#SBATCH --array=0-5\n/)
  t.regex((await call('plan', path, '--as', 'k8s')).out, /^apiVersion: batch\/v1\n/)
  t.regex((await call('plan', path, '--as', 'parallel')).out, /^seq 0 5 \| parallel /)
  const { code, err } = await call('plan', path, '--as', 'slrum')
  t.is(code, 2)
  t.regex(err, /^janus: plan: --as slrum; wanted one of slurm, k8s, parallel\. Did you mean `slurm`\?/)
})

for (const name of ['plan', 'run', 'missing', 'report'])
  test(`${name} names every problem of a sweep file, and one that is not there`, async t => {
    const { path, out, on } = made(`wrong-${name}`, 'data: sunspots\nhidden: 0\nlr: -1\n')
    const where = name === 'plan' ? [] : on
    const wrong = await call(name, path, ...where)
    t.is(wrong.code, 2)
    for (const part of [/hidden: 0; wanted a whole number/, /lr: -1; wanted a number above 0/]) t.regex(wrong.err, part)
    const absent = await call(name, `${path}.not`, ...where)
    t.is(absent.code, 2)
    t.regex(absent.err, /yaml\.not' is not there; wanted a config: settings by name\. Name a \.yaml or \.json file/)
    t.deepEqual([wrong.out, absent.out, existsSync(out)], ['', '', false])
  })

long('run of all, of shards, of an index and of an id come to the files of janus train, byte for byte', async t => {
  const { path, out, on } = made('whole', grid)
  const first = await runHere(path, ...on, '--index', '4', '--json', '--quiet')
  t.is(first.code, 0, first.err)
  t.is(first.err, 'position 4 of 6, by --index 4\n')
  const [{ id, ...rest } = { id: '' }] = json(first.out)
  t.like(rest, { position: 4, by: '--index 4', state: 'finished', wasThere: false, step: 4, unit: 'SUNACTIVITY' })
  const shard = await runHere(path, ...on, '--shard', '0/2', '--workers', '2')
  t.regex(shard.err, /^3 of 6 runs, by --shard 0\/2\nbptt seed 0: begins/)
  t.is(shard.out.trim().split('\n').length, 3)
  t.regex(shard.out, new RegExp(`^4  ${id}  rflo seed 1: finished before, held out `, 'm'))
  const again = await runHere(path, ...on, '--id', String(id).slice(0, 8))
  t.regex(again.out, new RegExp(`^4  ${id}  rflo seed 1: finished before`))
  const all = await runHere(path, ...on, '--quiet')
  t.is(all.err, '6 of 6 runs\n')
  t.is([...all.out.matchAll(/finished before/g)].length, 3)
  const serial = join(base, 'serial')
  for (const { config } of json((await call('plan', path)).out)) await ran(config as Config, { out: serial })
  t.deepEqual(readdirSync(out).toSorted(), readdirSync(serial).toSorted())
  for (const one of readdirSync(serial)) t.deepEqual(lasting(out, one), lasting(serial, one))
})

test('missing says what to submit again and why; report counts the rest', async t => {
  const { path, out, on } = made('holes', grid)
  t.is((await runHere(path, ...on, '--quiet', '--index', '1,3-4')).code, 0)
  const ids = json((await call('plan', path)).out).map(({ id }) => String(id))
  const unlock = lockFolder(join(out, ids[4] ?? ''))
  rmSync(join(out, ids[4] ?? '', 'result.json'))
  rmSync(join(out, ids[3] ?? '', 'result.json'))
  const found = await call('missing', path, ...on)
  t.deepEqual([found.code, found.out], [0, '0,2-3,5\n'])
  t.regex(
    found.err,
    new RegExp(
      `^0  ${ids[0]}  not begun\n2  ${ids[2]}  not begun\n3  ${ids[3]}  stopped or killed after 4 of 4 updates\n4  ${ids[4]}  running\n`,
    ),
  )
  t.regex(found.err, /\n1 of 6 runs are done; 1 running, which is not to be submitted again; 4 missing\.\n$/)
  t.is((await call('missing', path, ...on, '--index-base', '1', '--quiet')).out, '1,3-4,6\n')
  const object = JSON.parse((await call('missing', path, ...on, '--json')).out)
  t.like(object, { array: '0,2-3,5', runs: 6 })
  t.deepEqual(
    object.missing.map(({ position, state }: { readonly position: number; readonly state: string }) => [
      position,
      state,
    ]),
    [
      [0, 'not begun'],
      [2, 'not begun'],
      [3, 'interrupted'],
      [4, 'running'],
      [5, 'not begun'],
    ],
  )
  const half = await call('report', path, ...on)
  t.regex(half.out, /^bptt +1\/3 /m)
  t.regex(half.out, /^5 of 6 runs are missing: 0,2-5\. janus missing says why\.$/m)
  unlock()
  t.is((await runHere(path, ...on, '--quiet', '--index', found.out.trim())).code, 0)
  t.is((await runHere(path, ...on, '--quiet', '--index', '4')).code, 0)
  const none = await call('missing', path, ...on)
  t.deepEqual([none.code, none.out, none.err], [0, '', '6 of 6 runs are done; nothing is missing.\n'])
})

test('report has a line a cell, and reads of finished runs their results alone', async t => {
  const { path, out, on } = made('reported', grid)
  await runHere(path, ...on, '--quiet')
  const whole = await call('report', path, ...on)
  t.is(whole.code, 0)
  t.regex(
    whole.out,
    /^held out \(.*; lower is better\)\n\ncell +n +median +IQM \[95%\] +diverged +best +its run\nbptt +3\/3 /,
  )
  t.regex(whole.out, /^All 6 runs are done\.$/m)
  for (const id of readdirSync(out))
    for (const name of readdirSync(join(out, id))) if (name !== 'result.json') rmSync(join(out, id, name))
  t.is((await call('report', path, ...on)).out, whole.out)
  const { cells, missing } = JSON.parse((await call('report', path, ...on, '--json')).out)
  const helds = cells[0].ended.map(({ held }: { readonly held: number }) => held).toSorted()
  t.is(helds.length, 3)
  t.like(cells[0], { name: 'bptt', planned: 3, median: helds[1], diverged: 0, better: 'lower' })
  t.is(cells[0].best.held, helds[0])
  t.deepEqual(missing, [])
  for (const line of whole.out.split('\n')) t.true(line.length <= 80, line)
})

test('report --expect exits with 0 inside, 1 outside, 75 where runs are missing, 2 where it is no expectation', async t => {
  const { path, out, on } = made('expected', grid)
  await runHere(path, ...on, '--quiet')
  const cells = join(base, 'cells.json')
  const code = async (low: number, high: number, n = 3): Promise<unknown> => {
    writeFileSync(cells, JSON.stringify([{ settings: { rule: 'rflo' }, n, low, high }]))
    return (await call('report', path, ...on, '--expect', cells)).code
  }
  t.is(await code(0, 1e9), 0)
  t.is(await code(1e9, 2e9), 1)
  t.is(await code(0, 1e9, 4), 2)
  const [id = ''] = json((await call('plan', path)).out).flatMap(({ position, id }) =>
    position === 5 ? [String(id)] : [],
  )
  rmSync(join(out, id), { recursive: true })
  t.is(await code(0, 1e9), 75)
  t.is(await code(0, 1e9, 2), 0)
  const said = await call('report', path, ...on, '--expect', cells)
  t.regex(said.out, /^expected +median +of +in +verdict\nrflo +\S+ +2\/2 +\[0, 1000000000\] +inside$/m)
})

test('a run that diverges is an end: it is said, not missing, and not run again', async t => {
  const { path, on } = made(
    'diverging',
    `${grid}lr: [1e6, 0.01]\noptimiser: sgd\n`.replace('0..2', '0').replace('steps: 4', 'steps: 500'),
  )
  for (const _ of ['at first', 'again']) {
    const { code, out, err } = await runHere(path, ...on, '--index', '0', '--quiet')
    t.is(code, 0, err)
    t.regex(out, /^0 {2}\w+ {2}bptt lr=1000000 seed 0: diverged in update \d+: it counts as the worst\n$/)
  }
  const { out, err } = await call('missing', path, ...on)
  t.is(out, '1-3\n')
  t.regex(err, /1 of 4 runs are done; 3 missing/)
  t.regex((await call('report', path, ...on)).out, /^bptt lr=1000000 +1\/1 +∞ +∞ \[∞, ∞\] +1 +∞/m)
})

test('a longer sweep than was run is missing, a shorter one beside it is run by itself', async t => {
  const { path, out, on } = made('longer', grid.replace('0..2', '0'))
  await runHere(path, ...on, '--quiet')
  writeFileSync(path, grid.replace('0..2', '0').replace('steps: 4', 'steps: 6'))
  t.regex((await call('missing', path, ...on)).err, /stopped or killed after 4 of 6 updates/)
  await runHere(path, ...on, '--quiet')
  writeFileSync(path, grid.replace('0..2', '0').replace('steps: 4', 'steps: 3'))
  t.is((await call('missing', path, ...on)).out, '0-1\n')
  await runHere(path, ...on, '--quiet')
  t.is((await call('missing', path, ...on)).out, '')
  t.true(existsSync(join(out, 'of-3')))
})

const begun = (out: string): boolean =>
  existsSync(out) && readdirSync(out).some(id => existsSync(join(out, id, 'lock')))

const manySteps = grid.replace('steps: 4', 'steps: 1500').replace('0..2', '0').replace('[bptt, rflo]', 'rtrl')

/** `janus run` in a process of its own, once a run of it has begun. */
const started = async (
  path: string,
  out: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [janus, 'run', path, '--out', out, '--checkpoint-every', '0.05'], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  })
  while (child.exitCode === null && !begun(out)) await setTimeout(5)
  return child
}

/** The exit code of a process that gets a signal a little later; null where it is killed by it. */
const after = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  const ended = once(child, 'exit')
  await setTimeout(100)
  child.kill(signal)
  const [code] = (await ended) as [number | null]
  return code
}

for (const [signal, expected] of [
  ['SIGTERM', 75],
  ['SIGKILL', null],
] as const)
  alwaysIf(signal === 'SIGTERM')(
    `a run that is ended by ${signal} exits with ${expected}, is missing, and goes on to the same bytes`,
    async t => {
      const { path, out, on } = made(`cut-${signal}`, manySteps)
      const whole = join(base, `whole-${signal}`)
      t.is(await after(await started(path, out, { SLURM_ARRAY_TASK_ID: '0' }), signal), expected)
      while (readdirSync(out).some(id => isHeld(join(out, id)))) await setTimeout(20) // a worker left alone stops by itself
      t.is((await call('missing', path, ...on, '--quiet')).out, '0\n')
      t.is((await runHere(path, ...on, '--quiet')).code, 0)
      await runHere(path, '--out', whole, '--quiet')
      const [id = ''] = readdirSync(whole)
      t.deepEqual(lasting(out, id), lasting(whole, id))
    },
  )

test('a run that another process is at exits with 75, and its sweep with 1 where another failed for good', async t => {
  const { path, out, on } = made('held', grid.replace('0..2', '0'))
  const [id = ''] = json((await call('plan', path)).out).map(one => String(one.id))
  const process = await runHere(path, ...on, '--index', '1', '--quiet')
  t.is(process.code, 0)
  await runHere(path, ...on, '--index', '0', '--quiet')
  rmSync(join(out, id, 'result.json'))
  const unlock = lockFolder(join(out, id))
  const held = await runHere(path, ...on, '--quiet')
  t.is(held.code, 75)
  t.regex(held.err, /in use by another run \(process \d+/)
  t.regex(held.out, /: failed\n[\s\S]*finished before/)
  const [, other = ''] = json((await call('plan', path)).out).map(one => String(one.id))
  rmSync(join(out, other, 'result.json'))
  writeFileSync(join(out, other, 'error.json'), JSON.stringify({ step: 2, message: 'by its rule', diverged: false }))
  t.is((await runHere(path, ...on, '--quiet')).code, 1)
  const { out: array, err } = await call('missing', path, ...on)
  t.is(array, '1\n')
  t.regex(err, /failed in update 2, goes on only with --retry: by its rule/)
  unlock()
  t.is((await runHere(path, ...on, '--quiet', '--retry')).code, 0)
})

test.serial('the index of a scheduler is printed with its variable; two that differ run nothing', async t => {
  const { path, out, on } = made('index', grid)
  const outcome = async (env: Readonly<Record<string, string>>) => {
    Object.assign(process.env, env)
    const { code, err } = await runHere(path, ...on, '--quiet')
    for (const name of Object.keys(env)) delete process.env[name]
    return { code, err }
  }
  t.deepEqual(await outcome({ JOB_COMPLETION_INDEX: '2' }), {
    code: 0,
    err: 'position 2 of 6, by JOB_COMPLETION_INDEX=2\n',
  })
  t.is(readdirSync(out).length, 1)
  const two = await outcome({ JOB_COMPLETION_INDEX: '2', SGE_TASK_ID: '3', LSB_JOBINDEX: '0' })
  t.is(two.code, 2)
  t.regex(two.err, /JOB_COMPLETION_INDEX=2 and SGE_TASK_ID=3; wanted one index/)
  t.is(readdirSync(out).length, 1)
})

test('the result of a run on the pool is what its folder has', async t => {
  const { path, out, on } = made('result', grid.replace('0..2', '7'))
  const runs = json((await runHere(path, ...on, '--json', '--quiet')).out)
  t.is(runs.length, 2)
  for (const { id, held } of runs)
    t.is(JSON.parse(readFileSync(join(out, String(id), 'result.json'), 'utf8')).held.after, held)
})
