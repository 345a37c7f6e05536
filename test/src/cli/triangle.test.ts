import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { DomainError } from '../../../ad/errors.ts'
import { readOptions, type TriangleOptions, triangle } from '../../../src/cli/triangle.ts'
import { orThrow } from '../../../src/options.ts'
import { askedData } from '../../../src/training/data/asked.ts'
import { setupOf } from '../../../src/training/experiment.ts'
import { modelText } from '../../../src/training/model.ts'
import { readOptions as readSettings } from '../../../src/training/options.ts'
import type { Config } from '../../../src/training/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-triangle-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** The path of a model of some data, its parameters drawn from a seed. */
const modelOf = (name: string, config: Config): string => {
  const data = orThrow(askedData(config))
  const options = readSettings(config, data.kind)
  if (isLeft(options)) throw new Error(options.left.message)
  const path = join(folder, `${name}.json`)
  writeFileSync(path, modelText(data, options.right, setupOf(data, options.right, engineOf('eager')).θ))
  return path
}

/** What a command prints, or how it fails. */
const printed = async (options: TriangleOptions): Promise<string> => {
  const [log, lines] = [console.log, [] as string[]]
  console.log = (text: string) => void lines.push(text)
  try {
    const outcome = await triangle(options)()
    return isRight(outcome) ? lines.join('\n') : `${outcome.left.code}: ${outcome.left.message}`
  } finally {
    console.log = log
  }
}

test.serial('bad options of the triangle are refused with a remedy and exit code 2', async t => {
  const bad = [
    { steps: 0 },
    { steps: 13 },
    { steps: '2.5' },
    { steps: 'x' },
    { steps: '' },
    { seed: '1.5' },
    { hidden: 0 },
  ]
  for (const options of bad) {
    const error = t.throws(() => readOptions(options), { instanceOf: DomainError })
    t.not(error?.remedy, '')
    const result = await triangle(options)()
    t.is(isLeft(result) ? result.left.code : 0, 2)
  }
})

test('six steps, seed 1 and two leaky units are the defaults, and options come as text', t => {
  t.deepEqual(readOptions({}), { seed: 1, steps: 6, cell: 'leaky', hidden: 2 })
  t.deepEqual(readOptions({ seed: '3', steps: '4', cell: 'gru', hidden: '5' }), {
    seed: 3,
    steps: 4,
    cell: 'gru',
    hidden: 5,
  })
})

test.serial('a rule stands beneath the exact triangle, on a page of 80 columns', async t => {
  for (const rule of ['rflo', 'uoro', 'bptt', 'tbptt(k=3)', 'random-feedback', 'artbp'])
    for (const steps of [1, 5, 12]) {
      const page = await printed({ rule, cell: 'gru', hidden: 3, steps })
      t.regex(page, /exact: [\s\S]* t \\ s [\s\S]* t \\ s [\s\S]*t - s +pairs +cosine +angle +ratio +error/, page)
      for (const line of page.split('\n')) t.true([...line].length <= 80, line)
      t.notRegex(page, /NaN|undefined/)
    }
})

test.serial('a rule that draws says so, and a window has nothing beyond itself', async t => {
  t.regex(await printed({ rule: 'uoro', seed: 3 }), /\nuoro \(one draw, of seed 3\)\n/)
  t.regex(await printed({ rule: 'tbptt(k=2)', steps: 4 }), /\n +2 +2 +- +- +0\.000 +1\.000\n/)
})

test.serial('as JSON all numbers are there, and add up', async t => {
  const { rule, lags, along, vectors } = JSON.parse(await printed({ rule: 'eprop', steps: 4, json: true }))
  t.is(rule, 'eprop')
  t.deepEqual(
    lags.map(({ lag, pairs }: { lag: number; pairs: number }) => [lag, pairs]),
    [0, 1, 2, 3].map(lag => [lag, 4 - lag]),
  )
  const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
  for (const which of ['exact', 'own']) {
    t.is(vectors[which].length, 4)
    for (const [t_, row] of along[which].pairs.entries()) t.true(Math.abs(sum(row) - along[which].rows[t_]) < 1e-12)
  }
})

test.serial('a rule without a triangle is refused with the reason, and options that do not apply', async t => {
  t.regex(await printed({ rule: 'dni' }), /^2: .*predicts the losses to come/)
  t.regex(await printed({ rule: 'ok' }), /^2: .*asks for singular values/)
  t.regex(await printed({ rule: 'weight-perturbation' }), /^2: .*more than the errors and the immediate maps/)
  t.regex(await printed({ rule: 'rfol' }), /^2: .*Did you mean `rflo`/)
  t.regex(await printed({ cell: 'gru', from: 'x.json' }), /^2: .*--cell gru without a random network/)
  t.regex(await printed({ cell: 'gruu' }), /^2: .*Did you mean `gru`/)
})

test.serial(
  'the triangle of a rule on a model is that of the model: layers, embeddings, series, on data and on made-up inputs',
  async t => {
    const models = [
      ['series', { data: 'sunspots', hidden: 3 }, 'leaky, d=3'],
      ['text', { data: 'constitution', hidden: 3, layers: 2, cell: 'gru', embed: 2 }, '2 layers of gru, d=3'],
      ['task', { task: 'add', hidden: 4 }, 'leaky, d=4'],
    ] as const
    for (const [name, config, words] of models) {
      const from = modelOf(name, config)
      const { data, task } = { data: undefined, task: undefined, ...config }
      for (const on of [{}, { data, task }])
        for (const rule of ['rflo', 'uoro']) {
          const page = await printed({ from, rule, steps: 4, ...(on as object) })
          t.true(page.includes(words), page)
          for (const line of page.split('\n')) t.true([...line].length <= 80, line)
          t.notRegex(page, /NaN|undefined/)
        }
      const exact = JSON.parse(await printed({ from, steps: 4, json: true }))
      const found = JSON.parse(await printed({ from, rule: 'bptt', steps: 4, json: true }))
      t.is(found.from, from)
      t.false('cell' in found || 'hidden' in found)
      for (const [i, row] of exact.pairs.entries())
        for (const [s, value] of row.entries()) {
          t.true(Math.abs(found.along.exact.pairs[i][s] - value) < 1e-9)
          t.true(Math.abs(found.along.own.pairs[i][s] - value) < 1e-9)
        }
    }
  },
)

test.serial('steps without a loss are refused: an image has its own at its last step', async t => {
  const from = modelOf('images', { data: 'digits', hidden: 3 })
  for (const rule of [undefined, 'rflo'])
    t.regex(await printed({ from, steps: 7, ...(rule && { rule }) }), /^2: .*no loss in 7 steps.*--steps/)
  t.regex(await printed({ from, steps: 8, rule: 'rflo' }), /lag by lag/)
})
