import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { comparisonId } from '../../../src/comparison/compare.ts'
import { grouped, type Planned, planned } from '../../../src/comparison/plan.ts'
import { experimentsOf, type Settings } from '../../../src/experiments/plan.ts'

const planOf = async (settings: Settings): Promise<readonly Planned[]> => {
  const found = await experimentsOf(settings)()
  const plan = E.isRight(found) ? await planned(found.right)() : found
  if (E.isLeft(plan)) throw new Error(plan.left.message)
  return plan.right
}

test('every rule has as many steps between updates; a window is only for rules that look back', async t => {
  const plan = await planOf({ task: 'add', rule: 'bptt,rtrl,tbptt(k=3),uoro', window: 12, seed: 1 })
  t.deepEqual(
    plan.map(({ options }) => options.every),
    [1, 1, 1, 1],
  )
  t.deepEqual(
    plan.map(({ options }) => options.window),
    [12, 1, 12, 1],
  )
  const series = await planOf({ data: 'sunspots', rule: 'bptt,rtrl', seed: 1 })
  t.deepEqual(
    series.map(({ options }) => [options.every, options.window]),
    [
      [20, 20],
      [20, 20],
    ],
  )
})

test('every that is asked for holds for all rules', async t => {
  const plan = await planOf({ task: 'add', rule: 'bptt,rtrl', every: 5, seed: 1 })
  t.deepEqual(
    plan.map(({ options }) => [options.every, options.window]),
    [
      [5, 10],
      [5, 5],
    ],
  )
})

test('a run of a comparison that janus train would run too is the same run', async t => {
  const settings = { task: 'add', rule: 'rtrl', seed: 3 }
  const [compared, alone] = [await planOf(settings), await experimentsOf(settings)()]
  t.is(E.isRight(alone) && alone.right[0]?.id, compared[0]?.id)
})

test('groups are runs alike but for the seed, called by their rule and what is otherwise in others', async t => {
  const plan = await planOf({
    task: 'add',
    rule: 'rtrl,uoro(normalize=false)',
    lr: '0.01,0.1',
    hidden: 8,
    seed: '0..1',
  })
  t.deepEqual(
    grouped(plan).map(runs => [runs[0].group, runs.map(({ options }) => options.seed)]),
    [
      ['rtrl lr=0.01', [0, 1]],
      ['rtrl lr=0.1', [0, 1]],
      ['uoro(normalize=false) lr=0.01', [0, 1]],
      ['uoro(normalize=false) lr=0.1', [0, 1]],
    ],
  )
})

test('a comparison is named by its runs and their length', async t => {
  const [a, b, c] = [
    await planOf({ task: 'add', rule: 'rtrl', seed: 1, steps: 10 }),
    await planOf({ task: 'add', rule: 'rtrl', seed: 1, steps: 20 }),
    await planOf({ task: 'add', rule: 'rtrl', seed: 2, steps: 10 }),
  ]
  t.is(new Set([a, b, c].map(comparisonId)).size, 3)
  t.is(comparisonId(a), comparisonId(await planOf({ task: 'add', rule: 'rtrl', seed: 1, steps: 10 })))
})
