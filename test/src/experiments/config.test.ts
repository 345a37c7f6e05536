import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { parse } from 'yaml'
import { z } from 'zod'
import { configSchema, settingsIn } from '../../../src/experiments/config-file.ts'
import { parts, valuesOf, withOption } from '../../../src/experiments/grammar.ts'
import { planOf, type Row, type Settings } from '../../../src/experiments/plan.ts'
import { defaultsOf } from '../../../src/training/data/index.ts'
import { made } from '../../../src/training/data/task.ts'
import { readOptions } from '../../../src/training/options.ts'
import { configForm, readConfig } from '../../../src/training/settings.ts'
import { namedTask, type TaskChoice } from '../../../src/training/tasks/choice.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-config-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(base, name), text)
  return join(base, name)
}

const plan = async (settings: Settings): Promise<readonly Row[]> => {
  const found = await planOf(settings)()
  if (E.isLeft(found)) throw new Error(found.left.message)
  return found.right
}
const refusal = async (settings: Settings): Promise<string> => {
  const found = await planOf(settings)()
  return E.isLeft(found) ? found.left.message : 'it was accepted'
}
const idOf = async (settings: Settings): Promise<string> => (await plan(settings))[0]?.id ?? ''

const mine = file(
  'mine.js',
  `import { error, pull, rule } from 'janusgrad'
export const mine = rule({ name: 'mine', faces: 'past', init: () => null, step: (_, now) => [pull(now.immediate, error(now)), null] })
`,
)

test('a value is split at commas outside brackets and quotes, and 0..4 counts both ends', t => {
  const of = (text: string): unknown => E.toUnion(valuesOf('--rule', text))
  t.deepEqual(of('rtrl,uoro(order=marschall),./mine.js'), ['rtrl', 'uoro(order=marschall)', './mine.js'])
  t.deepEqual(of('snap(n=2, mask=[1,2]), "a,b"'), ['snap(n=2, mask=[1,2])', 'a,b'])
  t.deepEqual(of('0..4'), ['0', '1', '2', '3', '4'])
  t.deepEqual(of('-1..1,7'), ['-1', '0', '1', '7'])
  t.deepEqual(of('0.1..2'), ['0.1..2'])
  for (const bad of ['uoro(order=1', "'a", 'a,,b', 'a,', '4..0']) t.true(E.isLeft(valuesOf('--rule', bad)), bad)
  t.deepEqual(E.toUnion(parts('a, b')), ['a', 'b'])
})

test('settings make the grid in the order written, the seed innermost', async t => {
  const rows = await plan({
    task: 'add',
    seed: '0..1',
    rule: `rtrl,'uoro(rho0=0.5, normalize=false)',${mine}`,
    hidden: '4,8',
  })
  t.is(rows.length, 12)
  t.deepEqual(
    rows.slice(0, 5).map(({ position, config: { rule, hidden, seed } }) => [position, rule, hidden, seed]),
    [
      [0, 'rtrl', 4, 0],
      [1, 'rtrl', 4, 1],
      [2, 'rtrl', 8, 0],
      [3, 'rtrl', 8, 1],
      [4, 'uoro(rho0=0.5, normalize=false)', 4, 0],
    ],
  )
  t.is(new Set(rows.map(({ id }) => id)).size, 12)
  for (const { id } of rows) t.regex(id, /^[0-9a-f]{12}$/)
})

test('a dotted name sets an option of the task or the rule', async t => {
  t.is(withOption('copy', 'delay', '7'), 'copy(delay=7)')
  t.is(withOption('copy(delay=5, n=[1,2])', 'delay', '7'), 'copy(n=[1,2], delay=7)')
  const [row] = await plan({ task: 'copy', 'task.delay': '7', rule: 'three-factor', 'rule.sigma': '0.2' })
  t.deepEqual([row?.config.task, row?.config.rule], ['copy(delay=7)', 'three-factor(sigma=0.2)'])
  const delays = await plan({ task: 'copy', 'task.delay': '7,9' })
  t.deepEqual(
    delays.map(({ config }) => config.task),
    ['copy(delay=7)', 'copy(delay=9)'],
  )
})

test('what is the same run has the same identity', async t => {
  const plain = await idOf({ data: 'sunspots' })
  const same: readonly Settings[] = [
    { data: 'sunspots', steps: 77 },
    { data: 'sunspots', seed: 1, rule: 'bptt', hidden: 16, lr: '0.005', optimiser: 'adam', dtype: 'f64' },
    { data: 'sunspots', engine: 'auto' },
    { hidden: 16, data: 'sunspots' },
    { data: 'sunspots', cell: 'leaky', alpha: 0.5 },
    { data: 'sunspots', layers: 1, window: 20 },
  ]
  for (const settings of same) t.is(await idOf(settings), plain, JSON.stringify(settings))
  const uoro = await idOf({ data: 'sunspots', rule: 'uoro' })
  t.is(await idOf({ data: 'sunspots', rule: 'uoro(normalize=true)' }), uoro)
  t.is(await idOf({ data: 'sunspots', rule: 'snap(n=2)' }), await idOf({ data: 'sunspots', rule: 'snap', k: 2 }))
  t.is(await idOf({ task: 'add' }), await idOf({ data: 'add' }))
})

test('what is another run has another identity', async t => {
  const all: readonly Settings[] = [
    { data: 'sunspots' },
    { data: 'sunspots', seed: 2 },
    { data: 'sunspots', hidden: 17 },
    { data: 'sunspots', rule: 'rtrl' },
    { data: 'sunspots', rule: 'uoro' },
    { data: 'sunspots', rule: 'uoro(normalize=false)' },
    { data: 'sunspots', rule: 'snap' },
    { data: 'sunspots', rule: 'snap', k: 2 },
    { data: 'sunspots', engine: 'eager' },
    { data: 'sunspots', engine: 'compiled-js' },
    { data: 'sunspots', dtype: 'f32' },
    { data: 'sunspots', clip: 1 },
    { data: 'sunspots', initial: 'orthogonal' },
    { data: 'constitution' },
    { task: 'add' },
    { task: 'copy' },
    { task: 'copy(delay=7)' },
    { data: 'sunspots', rule: mine },
  ]
  const ids = await Promise.all(all.map(idOf))
  t.is(new Set(ids).size, all.length)
})

test('a file counts by its content, wherever it lies', async t => {
  const numbers = [...'x'.repeat(30)].map((_, i) => Math.sin(i)).join('\n')
  const [a, b, c] = [file('a.csv', numbers), file('b.csv', numbers), file('c.csv', `${numbers}\n0`)]
  t.is(await idOf({ data: a }), await idOf({ data: b }))
  t.not(await idOf({ data: a }), await idOf({ data: c }))
  const copy = file(
    'other.js',
    `import { error, pull, rule } from 'janusgrad'
export const mine = rule({ name: 'mine', faces: 'past', init: () => null, step: (_, now) => [pull(now.immediate, error(now)), null] })
`,
  )
  t.is(await idOf({ data: a, rule: mine }), await idOf({ data: a, rule: copy }))
})

test.serial('the variable JANUS_ENGINE asks for an engine as the setting does', async t => {
  const [auto, js] = [await idOf({ data: 'sunspots' }), await idOf({ data: 'sunspots', engine: 'compiled-js' })]
  process.env.JANUS_ENGINE = 'compiled-js'
  try {
    t.is(await idOf({ data: 'sunspots' }), js)
    t.is(await idOf({ data: 'sunspots', engine: 'auto' }), auto)
  } finally {
    delete process.env.JANUS_ENGINE
  }
})

test('every problem is named with its path, and an unknown name with the one that was meant', async t => {
  const message = await refusal({ data: 'sunspots', hiden: 4, lr: 0, optimiser: 'adm', seed: 'one' })
  t.is(message.split('\n').length, 4)
  t.regex(message, /--hiden.*Did you mean `hidden`/)
  t.regex(message, /--lr 0; wanted a number above 0/)
  t.regex(message, /Did you mean `adam`/)
  t.regex(message, /--seed one; wanted a whole number/)
  t.regex(await refusal({ task: 'copy(dely=3)' }), /dely.*Did you mean `delay`/)
  t.regex(await refusal({ data: 'sunspots', rule: 'rtrl,rtrl' }), /which are the same/)
  t.regex(await refusal({ data: 'sunspots', seed: '0..9999', hidden: '1..100' }), /a grid of 1000000 experiments/)
})

test('a config is read from YAML and JSON, and what is wrong with it is said with its place', t => {
  const yaml = file(
    'good.yaml',
    'data: sunspots\nrule: [rtrl, "uoro(rho0=0.5)"]\nhidden: 4\nseed: 0..2\nrule.normalize: false\n',
  )
  t.true(E.isLeft(settingsIn(yaml)), 'a boolean is neither a text nor a number')
  const json = file('good.json', '{ "data": "sunspots", "rule": ["rtrl", "uoro"], "lr": 0.1 }')
  t.deepEqual(E.toUnion(settingsIn(json)), { data: 'sunspots', rule: ['rtrl', 'uoro'], lr: 0.1 })
  const bad: readonly (readonly [string, RegExp])[] = [
    ['a: [', /is not YAML: .* at line 1, column/],
    ['hidden: { a: 1 }', /at hidden/],
    ['- 1', /has neither a text nor a number/],
    ['a: 1\na: 2', /is not YAML: Map keys must be unique/],
  ]
  for (const [text, says] of bad)
    t.regex(String((E.toUnion(settingsIn(file('bad.yaml', text))) as readonly Error[])[0]?.message), says, text)
  t.regex(String((E.toUnion(settingsIn(join(base, 'none.yaml'))) as readonly Error[])[0]?.message), /is not there/)
})

test('the schema for editors has every setting, its words and its bounds', t => {
  const schema = configSchema() as {
    readonly properties: Readonly<Record<string, object>>
    readonly additionalProperties: boolean
  }
  t.deepEqual(Object.keys(schema.properties), Object.keys(configForm.shape))
  t.false(schema.additionalProperties)
  t.like(schema.properties.hidden, { minimum: 1, maximum: 1024 })
  t.like(schema.properties.optimiser, { enum: ['sgd', 'adam'] })
  t.true(z.fromJSONSchema(schema as never).safeParse({ data: 'sunspots', hidden: 4, rule: 'rtrl' }).success)
  t.false(z.fromJSONSchema(schema as never).safeParse({ hidden: 'four' }).success)
})

test('a config that was printed is read as itself', t => {
  const config = { data: 'sunspots', rule: 'uoro(rho0=0.5)', hidden: 4, seed: 3, cell: 'h = tanh(W*h + V*x)' }
  t.deepEqual(E.toUnion(readConfig(parse(JSON.stringify(config)))), config)
})

test('a task may have defaults of its own: what is like them is left out of the identity', async t => {
  const rowsOf = async (settings: Settings) => {
    const rows = await planOf(settings)()
    if (E.isLeft(rows)) throw new Error(rows.left.message)
    return rows.right.map(({ id }) => id)
  }
  const [bare, said, other] = [
    await rowsOf({ task: 'henon' }),
    await rowsOf({ task: 'henon', hidden: 64, lr: 0.001, optimiser: 'adam', alpha: 1, initial: 'normal', window: 25 }),
    await rowsOf({ task: 'henon', hidden: 32 }),
  ]
  t.deepEqual(bare, said)
  t.notDeepEqual(bare, other)
  t.deepEqual(await rowsOf({ task: 'add', hidden: 32, lr: 0.03 }), await rowsOf({ task: 'add' }))
  const call = E.getOrElseW(() => t.fail())(namedTask('murray-sines')) as TaskChoice
  const options = readOptions({}, 'task', undefined, defaultsOf(made(call)))
  t.like(E.isRight(options) ? options.right : {}, { hidden: 50, alpha: 0.1, window: 100, every: 100, lr: 0.03 })
})

test('the defaults of a task are part of what its data are', t => {
  const call = E.getOrElseW(() => t.fail())(namedTask('henon')) as TaskChoice
  const changed = { ...call, task: { ...call.task, defaults: { ...call.task.defaults, hidden: 65 } } }
  t.not(made(changed).digest, made(call).digest)
})
