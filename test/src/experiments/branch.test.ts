import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Theta } from '../../../nets/network.ts'
import { rng, streams } from '../../../nets/random.ts'
import { type TrainState, train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { adam } from '../../../nets/train/optimisers.ts'
import { type Branch, branchOf } from '../../../src/experiments/branch.ts'
import { files } from '../../../src/experiments/files.ts'
import { type Prepared, prepared } from '../../../src/experiments/prepared.ts'
import { type Outcome, type Running, runPrepared } from '../../../src/experiments/run.ts'
import { storedIn } from '../../../src/experiments/stored.ts'
import { ruleFor, setupOf } from '../../../src/training/experiment.ts'
import { modelText } from '../../../src/training/model.ts'
import type { Config } from '../../../src/training/settings.ts'
import { configOf, contents, cut, ran, writeData } from './cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-branch-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))
const data = join(base, 'data')
writeData(data)

let made = 0
const fresh = (): string => join(base, `out-${made++}`)

const config: Config = {
  data: join(data, 'series.csv'),
  window: 4,
  hidden: 3,
  steps: 10,
  lr: 0.01,
  engine: 'compiled-js',
}

/** The branch of the run of an id, or why there is none. */
const asked = (out: string, id: string, step: number, ...words: readonly string[]) => {
  const run = storedIn(out, id)
  if (!run) throw new Error(`no run ${id}`)
  return branchOf({ out, run, step, words })()
}

const branched = (out: string, id: string, step: number, ...words: readonly string[]) =>
  asked(out, id, step, ...words).then(
    E.getOrElse(({ message }): Branch => {
      throw new Error(message)
    }),
  )

const refusal = async (out: string, id: string, step: number, ...words: readonly string[]): Promise<string> => {
  const found = await asked(out, id, step, ...words)
  return E.isLeft(found) ? found.left.message : ''
}

const pursued = async (branch: Branch, how: Running): Promise<Outcome> => {
  const outcome = await runPrepared(branch, branch)(how)()
  if (E.isLeft(outcome)) throw new Error(outcome.left.message)
  return outcome.right
}

const ready = async (settings: Config): Promise<Prepared> =>
  pipe(
    await prepared(settings)(),
    E.getOrElse(({ message }): Prepared => {
      throw new Error(message)
    }),
  )

const modelIn = (folder: string): string => readFileSync(join(folder, files.model), 'utf8')
const linesIn = (folder: string): readonly string[] => readFileSync(join(folder, files.metrics), 'utf8').split('\n')

/** A run whose only checkpoint is after some update, and its id. */
const stopped = async (settings: Config, after: number): Promise<readonly [out: string, id: string]> => {
  const out = fresh()
  await cut(settings, out, after, 'signal')
  return [out, readdirSync(out)[0] as string]
}

const ways = { engine: 'compiled-wasm', optimiser: 'clipped', manner: 'signal' } as const

for (const [rule, kind, word] of [
  ['bptt', 'series', 'lr=0.05'],
  ['rtrl', 'vectors', 'clip=0.1'],
  ['uoro', 'task', 'optimiser=sgd'],
  ['rflo', 'images', 'rule=rtrl'],
  ['snap', 'text', 'every=3'],
  ['rtrl', 'series', 'washout=5'],
] as const)
  test(`a branch of ${rule} on ${kind} with ${word} is the same from a checkpoint at the update and from the start again`, async t => {
    const settings = configOf(data, { ...ways, rule, kind })
    const [near, id] = await stopped(settings, 4)
    const whole = fresh()
    t.is((await ran(settings, { out: whole })).id, id)
    const [one, other] = [await branched(near, id, 4, word), await branched(whole, id, 4, word)]
    t.is(one.id, other.id)
    t.deepEqual(one.notices, [])
    t.regex(other.notices.join(), /done again from update 0/)
    const [a, b] = [await pursued(one, { out: near }), await pursued(other, { out: whole })]
    t.is(a.resumedAt, 4)
    t.deepEqual(contents(a.folder), contents(b.folder))
    t.deepEqual(linesIn(a.folder).slice(0, 5), linesIn(join(whole, id)).slice(0, 5))
    t.notDeepEqual(linesIn(a.folder).slice(6, 8), linesIn(join(whole, id)).slice(6, 8))
  })

/** The model after so many updates of a setup, of one part after another: each trains a state on, by its own rule and rate. */
const byHand = (
  { data: from, options, engine }: Prepared,
  parts: readonly { readonly like: Prepared; readonly lr: number; readonly updates: number; readonly anew: boolean }[],
): string => {
  const { net, θ, course } = setupOf(from, options, engine)
  const steps = [...(course.pieces()[Symbol.iterator]().next().value as Iterable<never>)]
  const end = parts.reduce(
    ({ state, at }, { like, lr, updates, anew }) => {
      const { run, ...start } = state
      const how = { optimiser: adam({ lr }) as Optimiser, engine, every: options.every, seed: options.seed }
      const pass = train(ruleFor(like.options), net, { ...how, noise: rng(options.seed, streams.noise) })
      let [left, next, count] = [updates, state, 0]
      for (const step of pass(anew ? start : state, steps.slice(at))) {
        count++
        if (!step.gradient) continue
        next = step.state() as TrainState<Theta>
        if (--left === 0) break
      }
      return { state: next, at: at + count }
    },
    { state: { θ } as TrainState<Theta>, at: 0 },
  )
  return modelText(from, options, end.state.θ)
}

const numbers = (text: string): unknown => (JSON.parse(text) as { readonly parameters: unknown }).parameters

test('another rate from an update on is training on with that rate from there', async t => {
  const settings = { ...config, steps: 8 }
  const [out, id] = await stopped(settings, 3)
  const { folder } = await pursued(await branched(out, id, 3, 'lr=0.1'), { out })
  const like = await ready(settings)
  const expected = byHand(like, [
    { like, lr: 0.01, updates: 3, anew: false },
    { like, lr: 0.1, updates: 5, anew: false },
  ])
  t.truthy(numbers(expected))
  t.deepEqual(numbers(modelIn(folder)), numbers(expected))
})

test('another rule from an update on begins a sequence there, and keeps the parameters and the optimiser', async t => {
  const settings = { ...config, steps: 8 }
  const [out, id] = await stopped(settings, 3)
  const branch = await branched(out, id, 3, 'rule=rtrl', 'every=4')
  const { folder } = await pursued(branch, { out })
  const like = await ready(settings)
  const expected = byHand(like, [
    { like, lr: 0.01, updates: 3, anew: false },
    { like: branch, lr: 0.01, updates: 5, anew: true },
  ])
  t.deepEqual(numbers(modelIn(folder)), numbers(expected))
})

test('clipping that never clips changes no number, and momentum does', async t => {
  const out = fresh()
  const { id, folder } = await ran(config, { out })
  const clipped = await pursued(await branched(out, id, 4, 'clip=1e9'), { out })
  t.deepEqual(numbers(modelIn(clipped.folder)), numbers(modelIn(folder)))
  const plain = await ran({ ...config, optimiser: 'sgd' }, { out })
  const moving = await pursued(await branched(out, plain.id, 4, 'momentum=0.9'), { out })
  t.notDeepEqual(numbers(modelIn(moving.folder)), numbers(modelIn(plain.folder)))
})

test('a step size that falls by τ updates is lr at first, and lr/√(1 + t/τ) after t updates', async t => {
  const after = async (settings: Config): Promise<readonly number[]> => {
    const { folder } = await ran({ ...config, optimiser: 'sgd', ...settings }, { out: fresh() })
    const all = JSON.parse(modelIn(folder)).parameters as readonly { readonly values: readonly number[] }[]
    return all.flatMap(({ values }) => values.flat(2))
  }
  const [once, plain, falling] = [
    await after({ steps: 1, lrFall: 1 }),
    await after({ steps: 2 }),
    await after({ steps: 2, lrFall: 1 }),
  ]
  t.deepEqual(once, await after({ steps: 1 }))
  for (const [i, θ] of once.entries()) {
    const moved = (plain[i] as number) - θ
    t.true(Math.abs((falling[i] as number) - θ - moved / Math.SQRT2) < 1e-12)
  }
})

test('a branch has an id and a record of its parent, the update and the changed settings', async t => {
  const out = fresh()
  const { id } = await ran(config, { out })
  const one = await branched(out, id, 4, 'lr=0.02')
  const others = [await branched(out, id, 5, 'lr=0.02'), await branched(out, id, 4, 'lr=0.03')]
  t.is(new Set([id, one.id, ...others.map(other => other.id)]).size, 4)
  t.is((await branched(out, id, 4, 'lr=2e-2', 'steps=12', 'cell=leaky')).id, one.id)
  const { folder } = await pursued(one, { out })
  t.like(JSON.parse(readFileSync(join(folder, files.config), 'utf8')), {
    id: one.id,
    parent: { id, step: 4 },
    config: { lr: 0.02, window: 4 },
  })
  t.like(storedIn(out, one.id), { state: 'finished', step: 10, parent: { id, step: 4 } })
  t.true((await pursued(await branched(out, id, 4, 'lr=0.02'), { out })).wasThere)
})

test('a branch that is stopped goes on by the same command, byte for byte', async t => {
  const [out, other] = [fresh(), fresh()]
  const { id } = await ran(config, { out })
  await ran(config, { out: other })
  const whole = await pursued(await branched(other, id, 4, 'lr=0.02'), { out: other })
  const controller = new AbortController()
  const onProgress = ({ step }: { readonly step: number }): void => (step < 7 ? undefined : controller.abort())
  const branch = await branched(out, id, 4, 'lr=0.02')
  t.like(await pursued(branch, { out, onProgress, signal: controller.signal }), { state: 'interrupted', step: 7 })
  const rest = await pursued(await branched(out, id, 4, 'lr=0.02'), { out })
  t.is(rest.resumedAt, 7)
  t.deepEqual(contents(rest.folder), contents(whole.folder))
})

test('a branch of a branch is done again through both, where neither has a checkpoint at the update', async t => {
  const [out, other] = [fresh(), fresh()]
  const { id } = await ran(config, { out })
  const first = await branched(out, id, 3, 'lr=0.02')
  await pursued(first, { out })
  const again = await branched(out, first.id, 6, 'lr=0.05')
  t.regex(again.notices.join(), /done again from update 3/)
  const whole = await pursued(again, { out })
  await cut(config, other, 3, 'signal')
  const controller = new AbortController()
  const onProgress = ({ step }: { readonly step: number }): void => (step < 6 ? undefined : controller.abort())
  await pursued(await branched(other, id, 3, 'lr=0.02'), { out: other, onProgress, signal: controller.signal })
  const near = await branched(other, first.id, 6, 'lr=0.05')
  t.deepEqual(near.notices, [])
  t.deepEqual(contents((await pursued(near, { out: other })).folder), contents(whole.folder))
  t.regex(await refusal(out, first.id, 3, 'lr=0.1'), /from 4 to 10\. Branch from /)
})

test('settings of the data and of the shapes of θ are refused, each with the reason', async t => {
  const out = fresh()
  const { id } = await ran(config, { out })
  const problems = await refusal(out, id, 4, 'hidden=5', 'batch=2', 'data=sunspots', 'engine=eager', 'horizon=2')
  for (const [name, reason] of [
    ['hidden=5', 'the shapes of θ'],
    ['batch=2', 'the data'],
    ['data=sunspots', 'the data'],
    ['horizon=2', 'the data'],
    ['engine=eager', 'the last digits'],
  ])
    t.regex(problems, new RegExp(`${name}, which changes ${reason}.*; wanted .*\\. Leave \\w+ out`))
  t.regex(await refusal(out, id, 4), /a setting that is another/)
  t.regex(await refusal(out, id, 4, 'lr=0.01', 'hidden=3', 'every=4'), /a setting that is another/)
  t.regex(await refusal(out, id, 11, 'lr=0.1'), /--at 11 .* from 1 to 10/)
  t.regex(await refusal(out, id, 0, 'lr=0.1'), /--at 0 .* from 1 to 10/)
  t.regex(await refusal(out, id, 10, 'lr=0.1'), /10 updates, branched at 10.*Add steps=20/)
  t.deepEqual(readdirSync(out), [id])
})

test('another window is refused where a task makes several sequences side by side', async t => {
  const out = fresh()
  const settings: Config = { task: 'add', batch: 2, window: 3, hidden: 2, steps: 4, engine: 'compiled-js' }
  const { id } = await ran(settings, { out })
  t.regex(await refusal(out, id, 2, 'window=6'), /window=6, which changes where sequences side by side are cut/)
})

test('a run that does not come again as it was recorded, or whose data are others, has no branches', async t => {
  const out = fresh()
  const path = join(base, 'own.csv')
  writeFileSync(path, readFileSync(join(data, 'series.csv')))
  const { id, folder } = await ran({ ...config, data: path }, { out })
  const metrics = readFileSync(join(folder, files.metrics), 'utf8')
  writeFileSync(
    join(folder, files.metrics),
    metrics.replace(/("step":4,"train":)[\d.]+/, (_, head: string) => `${head}0.5`),
  )
  t.regex(await refusal(out, id, 4, 'lr=0.1'), /in update 4, done again, where .* has 0\.5; wanted the same/)
  writeFileSync(join(folder, files.metrics), metrics)
  t.is(await refusal(out, id, 4, 'lr=0.1'), '')
  writeFileSync(path, `${readFileSync(path, 'utf8')}0.5\n`)
  t.regex(await refusal(out, id, 4, 'lr=0.1'), /wanted the data, rule and task that it had at its start/)
})
