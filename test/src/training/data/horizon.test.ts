import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../../ad/compiler/engine.ts'
import { entries } from '../../../../ad/distance.ts'
import type { Example, Network } from '../../../../nets/network.ts'
import { rng } from '../../../../nets/random.ts'
import { ahead, standardised } from '../../../../nets/sequence.ts'
import { evaluate } from '../../../../nets/train/predict.ts'
import { experimentsOf, type Settings } from '../../../../src/experiments/plan.ts'
import { optionsFor } from '../../../../src/experiments/prepared.ts'
import { stepsFor } from '../../../../src/models.ts'
import { baselines } from '../../../../src/training/baselines.ts'
import { first, firstSteps } from '../../../../src/training/data/first.ts'
import { type Data, kindOf } from '../../../../src/training/data/index.ts'
import type { Course } from '../../../../src/training/data/kind.ts'
import { type Setup, setupOf } from '../../../../src/training/experiment.ts'
import { modelText, readModel } from '../../../../src/training/model.ts'
import type { TrainOptions } from '../../../../src/training/options.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-horizon-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const eager = engineOf({ name: 'eager', dtype: 'f64' })
const [count, trained] = [40, 36]
const x = Array.from({ length: count }, (_, t) => t + 0.01 * t * t + 3 * (t % 4))
const y = x.map((value, t) => value * value - 5 * t)
const file = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const one = file('one.csv', ['x', ...x].join('\n'))
const two = file('two.csv', ['x,y', ...x.map((value, t) => `${value},${y[t]}`)].join('\n'))
const [zx, zy] = [x, y].map(values => standardised(values, { to: trained }).values) as [number[], number[]]

const experiments = async (settings: Settings) => {
  const found = await experimentsOf({ hidden: 3, window: 4, ...settings })()
  if (E.isRight(found)) return found.right
  throw new Error(JSON.stringify(found.left))
}
const refused = async (t: ExecutionContext, settings: Settings, says: RegExp): Promise<void> => {
  const found = await experimentsOf(settings)()
  t.true(E.isLeft(found))
  t.regex(JSON.stringify(found), says)
}

interface Begun extends Setup {
  readonly data: Data
  readonly options: TrainOptions
}
const begun = async (settings: Settings): Promise<Begun> => {
  const [{ config, sources } = undefined as never] = await experiments(settings)
  const options = optionsFor(config, sources)
  if (E.isLeft(options)) throw new Error(JSON.stringify(options.left))
  return {
    data: sources.data,
    options: options.right,
    ...setupOf(sources.data, options.right, eager),
  }
}

/** To nine digits: sums of a mean may be rounded in another order. */
const rounded = (rows: readonly (readonly (readonly number[])[])[]) =>
  rows.map(row => row.map(list => list.map(value => Number(value.toFixed(9)))))
const numbersOf = (steps: readonly Example[]) =>
  rounded(steps.map(({ x, target }) => [[...entries(x)], [...entries(target)]]))
const passOf = ({ net, course }: { readonly net: Setup['net']; readonly course: Course }): readonly Example[] =>
  firstSteps('test', net, course, 1000)

for (const horizon of [1, 3, 7])
  test(`the target of a step is the value ${horizon} later, and none of those held out is learned from`, async t => {
    const learned = ahead(zx.slice(0, trained), { horizon })
    t.is(learned.length, trained - horizon)
    t.deepEqual(numbersOf(passOf(await begun({ data: one, horizon }))), numbersOf(learned))
    const pass = passOf(await begun({ data: two, column: 'x,y', target: 'y', horizon }))
    t.deepEqual(
      numbersOf(pass),
      rounded(learned.map((_, s) => [[zx[s], zy[s]] as number[], [zy[s + horizon] as number]])),
    )
  })

test('sequences side by side share the inputs that have a target in the training part', async t => {
  const { course } = await begun({ data: one, horizon: 5, batch: 3 })
  const [piece] = first(course.pieces(), 1)
  const steps = [...(piece as Iterable<readonly Example[]>)]
  const length = Math.floor((trained - 5) / 3)
  t.is(steps.length, length)
  for (const [s, lanes] of steps.entries())
    t.deepEqual(
      numbersOf(lanes),
      rounded([0, 1, 2].map(lane => [0, 5].map(h => [zx[lane * length + s + h] as number]))),
    )
})

test('every held-out value is predicted from the one a horizon before it', async t => {
  for (const horizon of [1, 3, 7]) {
    const { net, θ, course } = await begun({ data: one, horizon })
    const bare = net as unknown as Network
    const whole = ahead(zx, { horizon })
    const sum = evaluate(bare, { engine: eager })(θ, whole, { from: trained - horizon })
    const { deviation } = standardised(x, { to: trained })
    const wanted = deviation * Math.sqrt((2 * sum) / (count - trained))
    t.true(Math.abs(course.evaluator(eager, bare)(θ) - wanted) < 1e-9 * wanted)
  }
})

const valuesOf = (data: Data): readonly number[] => baselines(data).map(({ value }) => value)

test('persistence at a horizon is the value that many steps before, by hand', async t => {
  // 0 1 … 39 with every fourth 100 higher: four ahead the value is 4 more, two ahead 2 more give or take 100
  const steps = Array.from({ length: count }, (_, s) => s + (s % 4 === 0 ? 100 : 0))
  const data = file('steps.csv', ['x', ...steps].join('\n'))
  const persistence = async (horizon: number) => valuesOf((await begun({ data, horizon })).data)[0]
  t.is(await persistence(4), 4)
  // held 36 … 39 from 34 … 37: 102, 2, 38 - 136 = -98, 2
  t.is(await persistence(2), Math.sqrt((102 ** 2 + 2 ** 2 + 98 ** 2 + 2 ** 2) / 4))
  const pair = file('pair.csv', ['x,y', ...steps.map(value => `${value},${2 * value}`)].join('\n'))
  const { data: vectors } = await begun({ data: pair, column: 'x,y', target: 'y', horizon: 4 })
  t.true(Math.abs((valuesOf(vectors)[0] ?? 0) - 8) < 1e-9)
})

test('AR(2) and VAR(2) fit a horizon directly: a recurrence of order 2 and its iterates are of order 2', async t => {
  const wave = Array.from({ length: 60 }, (_, s) => 5 + 3 * Math.sin(0.7 * s) * 0.98 ** s)
  const data = file('wave.csv', ['x', ...wave].join('\n'))
  const pair = file('waves.csv', ['x,y', ...wave.map((value, s) => `${value},${s % 5}`)].join('\n'))
  for (const horizon of [1, 2, 6]) {
    const [persistence = 0, ar2 = 1] = valuesOf((await begun({ data, horizon })).data)
    t.true(persistence > 0.1)
    t.true(ar2 < 1e-8, `${ar2}`)
    const [, var2 = 1] = valuesOf((await begun({ data: pair, column: 'x,y', target: 'x', horizon })).data)
    t.true(var2 < 1e-8, `${var2}`)
  }
})

test('a horizon of 1 is the run without it, another is another run, and a grid reads each', async t => {
  const [plain, ...grid] = [
    ...(await experiments({ data: one })),
    ...(await experiments({ data: one, horizon: '1,3', seed: '1,2' })),
  ]
  t.is(grid.length, 4)
  t.is(grid[0]?.id, plain?.id)
  t.is(new Set(grid.map(({ id }) => id)).size, 4)
  t.deepEqual(
    grid.map(({ sources: { data } }) => data.kind === 'series' && data.horizon),
    [1, 1, 3, 3],
  )
  t.is((await begun({ data: one })).options.horizon, 1)
  t.is((await begun({ task: 'add' })).options.horizon, null)
})

const modelOf = async (name: string, settings: Settings) => {
  const { data, options, θ } = await begun(settings)
  const path = file(name, modelText(data, options, θ))
  const model = readModel(path)
  if (E.isLeft(model)) throw model.left
  return { path, model: model.right }
}

test('a model knows its horizon, and data are fit to it', async t => {
  for (const settings of [{ data: one }, { data: two, column: 'x,y' }]) {
    const { path, model } = await modelOf('far.json', { ...settings, horizon: 3 })
    t.like(model.data, { horizon: 3 })
    const steps = stepsFor(model, { steps: 8, ...settings })
    t.deepEqual(entries(steps[0].target), entries((steps[3] as Example).x))
    const further = await begun({ ...settings, from: path, hidden: undefined })
    t.is(further.options.horizon, 3)
    t.like(further.data, { horizon: 3 })
    await refused(t, { ...settings, from: path, horizon: 5 }, /--horizon 5 with a model of horizon 3/)
  }
  const { model } = await modelOf('near.json', { data: one })
  t.false('horizon' in model.data)
})

test('made-up steps of a model are of its horizon', t => {
  const about = { kind: 'series', unit: '', mean: 0, deviation: 1, horizon: 3 } as const
  const steps = first(kindOf(about).drawn(about, rng(1)), 12)
  for (const [s, { x }] of steps.slice(3).entries()) t.is(x, steps[s]?.target as never)
})

test('a horizon is refused where there is none, and where it leaves too little', async t => {
  await refused(t, { data: 'constitution', horizon: 3 }, /--horizon 3 with a text.*only with a series/)
  await refused(t, { data: 'digits', horizon: 3 }, /--horizon 3 with images/)
  await refused(t, { task: 'add', horizon: 3 }, /--horizon 3 with a made-up task.*mackey-glass\(horizon=8\)/)
  await refused(t, { data: one, horizon: 0 }, /--horizon 0/)
  await experiments({ data: one, horizon: trained - 17 })
  await refused(t, { data: one, horizon: trained - 16 }, /horizon 20 of .*36 are trained on; wanted at most 19/)
})
