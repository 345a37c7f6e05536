import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import type { Ending, Job } from '../../../src/comparison/messages.ts'
import { type Planned, planned } from '../../../src/comparison/plan.ts'
import { pooled, type Watching } from '../../../src/comparison/pool.ts'
import { experimentsOf, type Settings } from '../../../src/experiments/plan.ts'
import { runExperiment } from '../../../src/experiments/run.ts'
import { alwaysIf, long } from '../../full-effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-pool-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const planOf = async (settings: Settings): Promise<readonly Planned[]> => {
  const found = await experimentsOf(settings)()
  const plan = E.isRight(found) ? await planned(found.right)() : found
  if (E.isLeft(plan)) throw new Error(plan.left.message)
  return plan.right
}

const jobsOf = (plan: readonly Planned[]): readonly Job[] =>
  plan.map(({ id, config, options }, position) => ({ position, id, config, steps: options.steps }))

interface Seen {
  readonly began: number[]
  readonly ended: Ending[]
  readonly notices: string[]
}

const watched = (seen: Seen, onSeen: (job: Job) => void = () => {}): Watching => ({
  began: ({ position }) => seen.began.push(position),
  seen: onSeen,
  ended: (_, ending) => seen.ended.push(ending),
  notice: (_, line) => seen.notices.push(line),
})

const nothing = (): Seen => ({ began: [], ended: [], notices: [] })

/** What of a run must not depend on how it was run. */
const lasting = ['config.json', 'metrics.jsonl', 'model.json', 'result.json', 'checkpoint.safetensors'] as const

const filesOf = (out: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(out)
      .sort()
      .flatMap(id => lasting.map(name => [`${id}/${name}`, readFileSync(join(out, id, name)).toString('base64')])),
  )

/** Of few data, so that what stands beside a run costs little. */
const small: Settings = { data: 'sunspots', window: 5, hidden: 4, steps: 12 }

test('runs on several workers are those of one process after another, byte for byte', async t => {
  const plan = await planOf({ ...small, rule: 'bptt,rtrl,uoro', seed: 1 })
  const [apart, serial] = [join(folder, 'apart'), join(folder, 'serial')]
  const seen = nothing()
  const endings = await pooled(jobsOf(plan), { workers: 2, how: { out: apart }, watching: watched(seen) })
  for (const { config } of plan) t.true(E.isRight(await runExperiment(config, { out: serial })()))
  t.deepEqual(filesOf(apart), filesOf(serial))
  t.is(Object.keys(filesOf(apart)).length, 3 * lasting.length)
  t.deepEqual(seen.began.toSorted(), [0, 1, 2])
  t.deepEqual(
    endings.map(ending => ending?.is === 'done' && ending.outcome.id),
    plan.map(({ id }) => id),
  )
  const again = await pooled(jobsOf(plan), { workers: 0, how: { out: apart }, watching: watched(nothing()) })
  t.true(again.every(ending => ending?.is === 'done' && ending.outcome.wasThere))
})

test('a run that diverges ends as one that did, and is not run again', async t => {
  const plan = await planOf({ ...small, rule: 'rtrl', seed: 1, lr: 1.7e308 })
  const out = join(folder, 'diverged')
  for (const _ of ['at first', 'again']) {
    const [ending] = await pooled(jobsOf(plan), { workers: 0, how: { out }, watching: watched(nothing()) })
    t.is(ending?.is, 'diverged')
    if (ending?.is === 'diverged') t.regex(ending.message, /not finite/)
  }
})

/** A rule that ends its process in the first attempt, or in every one. */
const deadly = (name: string, always: boolean): string => {
  const [path, mark] = [join(folder, `${name}.js`), join(folder, `${name}.mark`)]
  writeFileSync(
    path,
    `import { existsSync, writeFileSync } from 'node:fs'
import { error, pull, rule } from 'janusgrad'
let steps = 0
export const ${name} = rule({ name: '${name}', faces: 'past', eager: true, init: () => null, step: (_, now) => {
  if (process.send && ++steps > 10 && (${always} || !existsSync('${mark}'))) { writeFileSync('${mark}', ''); process.kill(process.pid, 'SIGKILL') }
  return [pull(now.immediate, error(now)), null]
} })
`,
  )
  return path
}

long('a run whose worker dies is begun again once, and the others go on', async t => {
  const plan = await planOf({ ...small, rule: `${deadly('once', false)},rflo`, seed: 1 })
  const seen = nothing()
  const endings = await pooled(jobsOf(plan), {
    workers: 2,
    how: { out: join(folder, 'once') },
    watching: watched(seen),
  })
  t.deepEqual(
    endings.map(ending => ending?.is),
    ['done', 'done'],
  )
  t.true(existsSync(join(folder, 'once.mark')))
  t.is(seen.notices.filter(line => /worker process died \(SIGKILL\); the run is begun again/.test(line)).length, 1)
})

long('a run whose worker dies twice has failed, and says how to see why', async t => {
  const plan = await planOf({ ...small, rule: deadly('always', true), seed: 1 })
  const out = join(folder, 'always')
  const [ending] = await pooled(jobsOf(plan), { workers: 1, how: { out }, watching: watched(nothing()) })
  t.is(ending?.is, 'failed')
  if (ending?.is === 'failed') t.regex(ending.failure.message, /SIGKILL.*wanted a run that ends.*janus train/)
})

for (const workers of [2, 0])
  alwaysIf(workers === 0)(
    `a signal stops every run after an update, begins no other, and the same runs go on from there: on ${workers} workers`,
    async t => {
      // a signal takes some updates to come to a worker
      const plan = await planOf({ ...small, rule: 'rtrl', seed: '0..2', steps: workers === 0 ? 10 : 500 })
      const [cut, whole] = [join(folder, `cut-${workers}`), join(folder, `whole-${workers}`)]
      const stop = new AbortController()
      const watching = watched(nothing(), () => stop.abort())
      const endings = await pooled(jobsOf(plan), { workers, how: { out: cut }, signal: stop.signal, watching })
      t.true(endings.some(ending => ending?.is === 'done' && ending.outcome.state === 'interrupted'))
      t.true(endings.includes(undefined))
      for (const out of [cut, whole])
        await pooled(jobsOf(plan), { workers: 0, how: { out }, watching: watched(nothing()) })
      t.deepEqual(filesOf(cut), filesOf(whole))
    },
  )

test('a shorter run beside a longer one that is there is run by itself', async t => {
  const out = join(folder, 'longer')
  const end = async (steps: number) => {
    const plan = await planOf({ ...small, rule: 'rflo', seed: 1, steps })
    const [ending] = await pooled(jobsOf(plan), { workers: 0, how: { out }, watching: watched(nothing()) })
    return ending?.is === 'done' ? ending.outcome : null
  }
  const [long, short] = [await end(60), await end(20)]
  t.is(long?.step, 60)
  t.is(short?.step, 20)
  t.not(short?.folder, long?.folder)
  t.is((await end(60))?.wasThere, true)
})
