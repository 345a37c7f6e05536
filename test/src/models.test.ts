import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { JanusError } from '../../ad/errors.ts'
import { nested, type Tensor } from '../../ad/tensor.ts'
import { predict } from '../../nets/train/predict.ts'
import { spectrum as command } from '../../src/cli/spectrum.ts'
import { triangle } from '../../src/cli/triangle.ts'
import type { Command } from '../../src/failure.ts'
import { loadModel, stepsFor } from '../../src/models.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-models-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

type Parameters = Readonly<Record<string, unknown>>
const shapeOf = (values: unknown): readonly number[] =>
  Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : []
const model = (name: string, cell: object, data: object, parameters: Parameters): string => {
  const path = join(folder, name)
  const none = { layers: 1, alpha: null, forgetBias: null, embed: null }
  const list = Object.entries(parameters).map(([leaf, values]) => ({ name: leaf, shape: shapeOf(values), values }))
  const file = { format: 'janusgrad-model', version: 1, cell: { ...none, ...cell }, data, parameters: list }
  writeFileSync(path, JSON.stringify(file))
  return path
}
const series = { kind: 'series', unit: 'y', mean: 3, deviation: 2 }
const readout = { 'readout.W_out': [[2]], 'readout.b_out': [0.5] }
const small = { 'cell.W_rec': [[0.8]], 'cell.W_in': [[0.5]], 'cell.b_rec': [-0.1], ...readout }
const leaky = model('leaky.json', { cell: 'leaky', hidden: 1, alpha: 0.25 }, series, small)
const written = model('text.json', { cell: 'h = tanh(W*h + V*x)', hidden: 1 }, series, {
  'cell.W': [[0.8]],
  'cell.V': [[0.5]],
  ...readout,
})
const wide = model('wide.json', { cell: 'leaky', hidden: 600, alpha: 1 }, series, {
  'cell.W_rec': Array.from({ length: 600 }, () => Array(600).fill(0)),
  'cell.W_in': Array.from({ length: 600 }, () => [0]),
  'cell.b_rec': Array(600).fill(0),
  'readout.W_out': [Array(600).fill(0)],
  'readout.b_out': [0],
})
const text = model(
  'letters.json',
  { cell: 'leaky', hidden: 1, alpha: 1 },
  { kind: 'text', symbols: ['a', 'b', 'c'] },
  {
    ...small,
    'cell.W_in': [[0.1, 0.2, 0.3]],
    'readout.W_out': [[1], [2], [3]],
    'readout.b_out': [0, 0, 0],
  },
)
const vectors = model(
  'vectors.json',
  { cell: 'leaky', hidden: 1, alpha: 1 },
  {
    kind: 'vectors',
    inputs: ['a', 'b'].map(name => ({ name, mean: 0, deviation: 1 })),
    targets: [{ name: 'b', mean: 0, deviation: 1 }],
  },
  { ...small, 'cell.W_in': [[0.1, 0.2]] },
)
const images = model(
  'images.json',
  { cell: 'leaky', hidden: 1, alpha: 1 },
  { kind: 'images', shape: [8, 8], classes: 10 },
  {
    ...small,
    'cell.W_in': [Array(8).fill(0.1)],
    'readout.W_out': Array(10).fill([1]),
    'readout.b_out': Array(10).fill(0),
  },
)
const added = model(
  'add.json',
  { cell: 'leaky', hidden: 1, alpha: 1 },
  { kind: 'task', task: 'add' },
  {
    ...small,
    'cell.W_in': [[0.1, 0.2]],
    'readout.W_out': [[1], [2]],
    'readout.b_out': [0, 0],
  },
)

test('a model file is a network and its parameters: it says what the equations say', async t => {
  const { net, θ, cell, data } = await loadModel(leaky)
  t.deepEqual([cell.cell, data.kind], ['leaky', 'series'])
  const sequence = stepsFor(await loadModel(leaky), { steps: 6 })
  let h = 0
  const wanted = sequence.map(({ x }) => {
    h = 0.75 * h + 0.25 * Math.tanh(0.8 * h + 0.5 * ((x as Tensor).data[0] as number) - 0.1)
    return [2 * h + 0.5]
  })
  const differences = (nested(predict(net)(θ, sequence) as Tensor) as number[][]).map((y, i) =>
    Math.abs(y[0]! - wanted[i]![0]!),
  )
  t.true(Math.max(...differences) < 1e-14)
  const text = await loadModel(written)
  const [first] = stepsFor(text, { steps: 1 })
  const [[y = Number.NaN] = []] = nested(predict(text.net)(text.θ, [first]) as Tensor) as number[][]
  t.true(Math.abs(y - (2 * Math.tanh(0.5 * ((first.x as Tensor).data[0] as number)) + 0.5)) < 1e-14)
})

test('steps for a model are its data as it hears them, or made up of the same form from a seed', async t => {
  const one = await loadModel(leaky)
  const real = stepsFor(one, { steps: 3, data: 'sunspots' })
  const [a, b] = [real[0], real[1]] as const
  t.deepEqual(a.target, b?.x)
  for (const path of [leaky, text, vectors, images, added]) {
    const made = await loadModel(path)
    const { n, m } = made.net.sizes
    const steps = stepsFor(made, { steps: 8, seed: 5 })
    t.deepEqual(steps, stepsFor(made, { steps: 8, seed: 5 }), path)
    t.notDeepEqual(steps, stepsFor(made, { steps: 8, seed: 6 }), path)
    for (const { x, target } of steps) t.deepEqual([x.shape, target.shape], [[n], [m]])
    if (path === text) for (const { x } of steps) t.deepEqual([...(x as Tensor).data].sort(), [0, 0, 1])
  }
  const wrong = async (path: string, options: object): Promise<string> => {
    const found = await loadModel(path)
    return t.throws(() => stepsFor(found, options as never), { instanceOf: JanusError })?.message ?? ''
  }
  t.regex(await wrong(images, { steps: 9 }), /a sequence of 8 steps; wanted 9 steps/)
  t.regex(await wrong(leaky, { steps: 0 }), /steps = 0/)
  t.regex(await wrong(leaky, { steps: 2, sede: 1 }), /an option sede.*Did you mean seed/)
  t.regex(await wrong(leaky, { steps: 2, data: 'constitution' }), /a text for a model of a series/)
  t.regex(
    await wrong(vectors, { steps: 2, data: 'sunspots', column: 'YEAR,SUNACTIVITY' }),
    /2 input columns and 2 target columns/,
  )
  await t.throwsAsync(() => loadModel(join(folder, 'none.json')), { instanceOf: JanusError, message: /no such file/ })
})

const printed = async (run: Command): Promise<string> => {
  const { log } = console
  const out: string[] = []
  console.log = (line: string) => out.push(line)
  try {
    const end = await run()
    return E.isLeft(end) ? `${end.left.code} ${end.left.message}` : out.join('\n')
  } finally {
    console.log = log
  }
}

test.serial('the spectrum of a model is that of its own Jacobians, on made-up inputs or on data', async t => {
  for (const data of [undefined, 'sunspots']) {
    const { net, θ } = await loadModel(leaky)
    const sequence = stepsFor({ ...(await loadModel(leaky)), net, θ }, { steps: 9, ...(data && { data }) })
    let [h, product] = [0, 1]
    const wanted = sequence.map(({ x }) => {
      const rate = Math.tanh(0.8 * h + 0.5 * ((x as Tensor).data[0] as number) - 0.1)
      h = 0.75 * h + 0.25 * rate
      product *= 0.75 + 0.25 * (1 - rate * rate) * 0.8
      return Math.log(product)
    })
    const found = JSON.parse(await printed(command({ from: leaky, steps: 9, json: true, ...(data && { data }) })))
    t.is(found.singular.length, 9)
    for (const [i, [log]] of found.singular.entries()) t.true(Math.abs(log - wanted[i]!) < 1e-13)
    t.regex(
      await printed(command({ from: leaky, steps: 9, ...(data && { data }) })),
      data ? /first steps of\s+sunspots/ : /made-up inputs/,
    )
  }
})

test.serial('the triangle of a model has the gradient of its run for both its totals', async t => {
  const found = JSON.parse(await printed(triangle({ from: text, steps: 5, json: true })))
  t.true(Math.abs(found.totals.bptt - found.totals.rtrl) < 1e-12 && found.totals.bptt > 0)
  t.is(found.pairs.length, 5)
  const shown = await printed(triangle({ from: text, steps: 5 }))
  t.regex(shown, /network +model [0-9a-f]{12}: leaky, d=1, T=5/)
  t.true(shown.split('\n').every(line => line.length <= 80))
})

const refusals: readonly (readonly [string, Command, RegExp])[] = [
  ['spectrum', command({ from: leaky, cell: 'lru' }), /2 spectrum: --cell with --from/],
  ['spectrum', command({ from: leaky, gain: 2 }), /--gain with --from/],
  ['spectrum', command({ data: 'sunspots' }), /--data without --from/],
  ['spectrum', command({ from: wide }), /600 numbers of state; wanted at most 512/],
  ['spectrum', command({ from: leaky, data: 'sunspost' }), /Did you mean `sunspots`/],
  ['triangle', triangle({ task: 'add' }), /--task add without --from/],
  ['triangle', triangle({ from: leaky, steps: 13 }), /--steps 13/],
]
test.serial('options that do not go with a model are refused', async (t: ExecutionContext) => {
  for (const [name, run, says] of refusals) t.regex(await printed(run), says, name)
})
