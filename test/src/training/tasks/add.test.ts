import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../../ad/compiler/engine.ts'
import { matmul } from '../../../../ad/primitives/contraction.ts'
import { transpose } from '../../../../ad/primitives/layout.ts'
import type { Tensor } from '../../../../ad/tensor.ts'
import type { Example } from '../../../../nets/network.ts'
import { rng } from '../../../../nets/random.ts'
import { generate } from '../../../../src/cli/generate.ts'
import { train } from '../../../../src/cli/train.ts'
import type { Failure } from '../../../../src/failure.ts'
import { baselines } from '../../../../src/training/baselines.ts'
import type { Pace } from '../../../../src/training/data/kind.ts'
import { type Made, made, streamsOf } from '../../../../src/training/data/task.ts'
import { setupOf } from '../../../../src/training/experiment.ts'
import { type RawOptions, readOptions } from '../../../../src/training/options.ts'
import { add } from '../../../../src/training/tasks/add.ts'
import { namedTask } from '../../../../src/training/tasks/choice.ts'
import { long } from '../../../full-effort.ts'
import { filesOf } from '../../run-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-add-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const sound = <A>(result: E.Either<unknown, A>): A => {
  if (E.isRight(result)) return result.right
  throw new Error(JSON.stringify(result.left))
}

const refusal = (result: E.Either<Failure, unknown>): Failure => {
  if (E.isLeft(result)) return result.left
  throw new Error('it was accepted')
}

const task = (): Made => made(sound(namedTask('add')))
const pace: Pace = { window: 10, k: null, batch: 1, seed: 1 }

/** The first steps that each sequence of a pace is learned from. */
const firstOf = (how: Partial<Pace>, count: number): readonly (readonly Example[])[] =>
  streamsOf(task(), { ...pace, ...how }).map(({ next }) => Array.from({ length: count }, next))

const numbersOf = (steps: readonly Example[]): readonly (readonly number[])[] =>
  steps.map(({ x, target }) => [...(x as Tensor).data, ...(target as Tensor).data])

const runTo = async (name: string, raw: RawOptions): Promise<ReadonlyMap<string, string>> => {
  sound(await train({ ...raw, out: join(folder, name) })())
  return filesOf(join(folder, name))
}

test('the floors that are computed are the published four', t => {
  const published = [0.6616, 0.6277, 0.5192, 0.4545]
  t.deepEqual(
    baselines(task()).map(({ name, unit }) => [name, unit]),
    ['no dependency', 'only the far one', 'only the near one', 'both'].map(name => [name, 'nats a step']),
  )
  for (const [i, { value }] of baselines(task()).entries()) t.true(Math.abs(value - (published[i] ?? 0)) < 1e-3)
})

test('what is wanted is the sum of two coins that were heard before', t => {
  const steps = numbersOf(firstOf({}, 500)[0] ?? [])
  const heard = steps.map(([x = Number.NaN]) => x)
  for (const [i, [x = 0, other, y, rest]] of steps.slice(add.on().horizon).entries()) {
    const at = i + add.on().horizon
    const wanted = 0.5 + 0.5 * (heard[at - 5] ?? Number.NaN) - 0.25 * (heard[at - 9] ?? Number.NaN)
    t.deepEqual([x * (1 - x), other, y, rest], [0, 1 - x, wanted, 1 - wanted])
  }
  t.true(Math.abs(heard.reduce((a, b) => a + b) / heard.length - 0.5) < 0.1)
})

test('one seed draws one stream, and another seed another', t => {
  const [once, again, other] = [1, 1, 2].map(seed => numbersOf(firstOf({ seed }, 200)[0] ?? []))
  t.deepEqual(once, again)
  t.notDeepEqual(once, other)
  t.deepEqual(numbersOf(firstOf({ window: 1 }, 200)[0] ?? []), once)
  const [a = [], b = []] = firstOf({ batch: 2 }, 200).map(numbersOf)
  t.notDeepEqual(a, b)
})

test('the steps held out are five thousand, the same for all and in no stream that is learned from', t => {
  t.deepEqual(numbersOf(task().held), numbersOf(task().held))
  t.is(task().held.length, 5000)
  t.notDeepEqual(numbersOf(task().held.slice(0, 200)), numbersOf(firstOf({ seed: 0 }, 200)[0] ?? []))
  const steps = add.on().steps(rng(0, 5))
  const drawn = Array.from({ length: add.on().horizon + 5000 }, () => steps.next().value)
  t.deepEqual(numbersOf(drawn), numbersOf([...task().lead, ...task().held]))
})

test('rules that face the past move at every step, the others every ten', t => {
  const windowOf = (raw: RawOptions): number => sound(readOptions(raw, 'task')).window
  for (const rule of ['rtrl', 'drtrl', 'rflo', 'uoro']) t.is(windowOf({ rule }), 1)
  for (const rule of ['bptt', 'tbptt', 'fpbptt']) t.is(windowOf({ rule }), 10)
  t.is(windowOf({ rule: 'rtrl', window: 4 }), 4)
  const { optimiser, lr, hidden, alpha, steps, initial } = sound(readOptions({}, 'task'))
  t.deepEqual([optimiser, lr, hidden, alpha, steps, initial], ['sgd', 0.03, 32, 1, 30_000, 'orthogonal'])
})

/** W_recᵀ W_rec of every layer that some options begin with. */
const gramsOf = (raw: RawOptions): readonly (readonly number[])[] => {
  const { θ } = setupOf(task(), sound(readOptions({ hidden: 4, ...raw }, 'task')), engineOf('eager'))
  const layers = 'W_rec' in θ.cell ? [θ.cell] : Object.values(θ.cell as { readonly [layer: string]: typeof θ.cell })
  return layers.map(layer => {
    const W = (layer as { readonly W_rec: Tensor }).W_rec
    return [...(matmul(transpose(W), W) as Tensor).data]
  })
}

test('the recurrent matrices of every layer begin orthogonal, as in the paper, or otherwise where asked', t => {
  const far = (gram: readonly number[]): number => Math.max(...gram.map((x, i) => Math.abs(x - +(i % 5 === 0))))
  for (const gram of [...gramsOf({}), ...gramsOf({ layers: 2 }), ...gramsOf({ initial: 'identity' })])
    t.true(far(gram) < 1e-12)
  for (const raw of [{ initial: 'normal' }, { initial: 'spectral' }]) t.true(far(gramsOf(raw)[0] ?? []) > 0.1)
  t.is(gramsOf({ layers: 2 }).length, 2)
  t.is(sound(readOptions({}, 'series')).initial, 'normal')
  t.is(sound(readOptions({ cell: 'lru' }, 'task')).initial, null)
})

long('a few hundred updates bring the loss below what no dependency allows', async t => {
  const [floor] = baselines(task())
  for (const [rule, steps] of [
    ['bptt', 200],
    ['rtrl', 600],
  ] as const) {
    const files = await runTo(`learns-${rule}`, { task: 'add', rule, steps })
    const { held } = JSON.parse(files.get('result.json') ?? '')
    t.is(held.unit, 'nats a step')
    t.true(held.before > (floor?.value ?? 0) && held.after < (floor?.value ?? 0), `${rule}: ${held.after}`)
  }
})

test('--task and --data say the same, and its model can be trained further but does not generate', async t => {
  const short = { steps: 20, hidden: 4 }
  const files = await runTo('task', { ...short, task: 'add' })
  const same = await runTo('data', { ...short, data: 'add' })
  t.deepEqual(readdirSync(join(folder, 'data')), readdirSync(join(folder, 'task')), 'one identity')
  for (const name of ['metrics.jsonl', 'model.json', 'result.json', 'checkpoint.safetensors'])
    t.is(same.get(name), files.get(name))
  t.deepEqual(JSON.parse(files.get('model.json') ?? '').data, { kind: 'task', task: 'add' })
  t.is(JSON.parse(files.get('config.json') ?? '').data.train, null)
  const [key = ''] = readdirSync(join(folder, 'task'))
  const from = join(folder, 'task', key, 'model.json')
  t.true(E.isRight(await train({ steps: 1, hidden: 4, task: 'add', from, out: join(folder, 'on') })()))
  const { message, code } = refusal(await generate({ from })())
  t.is(code, 2)
  t.regex(message, /a model of a made-up task; wanted a model of a text/)
})

test('what cannot be asked for is refused in one message with its remedy, and nothing is written', async t => {
  const bad: readonly (readonly [RawOptions, RegExp])[] = [
    [{ task: 'add', data: 'sunspots' }, /--data sunspots with --task add.*Leave one/],
    [{ task: 'ad' }, /--task ad;.*Did you mean `add`/],
    [{ task: 'sunspots' }, /--task sunspots; wanted one of add/],
    [{}, /neither --data nor --task/],
    [{ task: 'add', initial: 'orthogonl' }, /--initial orthogonl; .*Did you mean `orthogonal`/],
    [{ task: 'add', initial: 'normal', cell: 'lru' }, /--initial normal with --cell lru; .*Leave --initial out/],
    [{ task: 'add', embed: 4 }, /--embed 4 without a text/],
    [{ task: 'add', window: 1e6, batch: 2 }, /--window 1000000 with --batch 2.*Lower/],
  ]
  for (const [raw, says] of bad) {
    const { message, code } = refusal(await train({ ...raw, out: join(folder, 'never') })())
    t.is(code, 2)
    t.regex(message, says)
    t.is(message.split('\n').length, 1)
    t.false(existsSync(join(folder, 'never')))
  }
})
