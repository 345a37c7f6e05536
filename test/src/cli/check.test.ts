import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { models } from '../../../src/cases/models/index.ts'
import { argsOf } from '../../../src/cases/schema.ts'
import { check } from '../../../src/cli/check.ts'
import { some } from '../../effort.ts'
import { root } from '../../root.ts'

const cases = 'test/cases'
const folder = mkdtempSync(join(tmpdir(), 'janusgrad-check-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

interface Printed {
  readonly out: string
  readonly err: string
  readonly code: number
  readonly message: string
}

/** Runs a check with what it prints caught; only one at a time. */
const caught = async (files: readonly string[], json: boolean, engine?: string): Promise<Printed> => {
  const { log, error } = console
  const [out, err]: [string[], string[]] = [[], []]
  console.log = (text: string) => out.push(text)
  console.error = (text: string) => err.push(text)
  try {
    const end = await check(files, { json, ...(engine && { engine }) })()
    const { code, message } = E.isLeft(end) ? end.left : { code: 0, message: '' }
    return { out: out.join('\n'), err: err.join('\n'), code, message }
  } finally {
    Object.assign(console, { log, error })
  }
}

type Json = { [name: string]: unknown }
const lines = ({ out }: Printed): readonly Json[] => out.split('\n').map(line => JSON.parse(line) as Json)
const first = (printed: Printed): Json => lines(printed)[0] ?? {}

const original = join(cases, '02_leaky_d1_T5.json')
const source = readFileSync(original, 'utf8')
const record = (value: unknown): Json => value as Json
const list = (value: unknown): Json[] => value as Json[]

let files = 0
const write = (text: string): string => {
  const path = join(folder, `case${files++}.json`)
  writeFileSync(path, text)
  return path
}

/** The first case, or another of ours, changed. */
const changed = (change: (given: Json) => void, name?: string): string => {
  const given = JSON.parse(name ? readFileSync(join(cases, `${name}.json`), 'utf8') : source) as Json
  change(given)
  return write(JSON.stringify(given))
}

const supported = new Set('tbptt_sliding tbptt_chunked tbptt_k1k2 clip_global_norm clip_value online_rtrl'.split(' '))
/** Only what is supported stays. */
const pruned = (given: Json): void => {
  given.rules = list(given.rules).filter(({ rule }) => supported.has(String(rule)))
}

for (const name of readdirSync(cases))
  test.serial(`${name} comes out as expected`, async t => {
    const found = first(await caught([join(cases, name)], true))
    t.true(Number(found.worst) <= 1e-9, String(found.worst))
    const { expected } = JSON.parse(readFileSync(join(cases, name), 'utf8')) as { expected: Json }
    t.deepEqual(Object.keys(record(found.computed)).sort(), Object.keys(expected).sort())
    const nulls = (of: Json): readonly string[] => Object.keys(of).filter(key => of[key] === null)
    t.deepEqual([...nulls(record(found.computed))].sort(), [...nulls(expected)].sort())
  })

test.serial('the cases of the package pass, and their format is documented', async t => {
  const { code, out } = await caught(
    ['leaky', 'lstm'].map(name => join(root, 'data', 'cases', `${name}.json`)),
    false,
  )
  t.is(code, 0, out)
  const page = readFileSync(join(root, 'docs', 'cases.md'), 'utf8')
  const frame = { d: 1, n: 1, m: 1, T: 1, learned: {} }
  const words = [
    ...Object.keys(models),
    ...Object.entries(argsOf(frame)).flatMap(([rule, args]) => [rule, ...Object.keys(args)]),
  ]
  for (const word of words) t.true(page.includes(`\`${word}\``), word)
  const whole = readdirSync(cases).map(name => JSON.parse(readFileSync(join(cases, name), 'utf8')) as Json)
  const keys = whole.flatMap(one => [one, one.expected, ...list(one.rules ?? []).map(({ expected }) => expected ?? {})])
  for (const key of new Set(keys.flatMap(one => Object.keys(record(one))))) t.true(page.includes(`\`${key}\``), key)
})

const own = readdirSync(cases).filter(name => !/^\d/.test(name))
for (const engine of ['compiled-js', 'compiled-wasm'])
  test.serial(`every model comes out as expected by ${engine}, clipping too`, async t => {
    const { out, code } = await caught(
      own.map(name => join(cases, name)),
      false,
      engine,
    )
    t.is(code, 0, out)
    t.is(out.match(/ OK$/gm)?.length, own.length)
  })

const shared = '../shared/cases'
const isCase = (name: string): boolean => name.endsWith('.json')

for (const name of existsSync(shared) ? readdirSync(shared).filter(isCase) : [])
  test.serial(`${name} as it was handed out is readable, and right where it is supported`, async t => {
    const printed = await caught([join(shared, name)], true)
    const { error, worst, unsupported } = first(printed)
    t.is(error, undefined)
    t.true(Number(worst) <= 1e-9, String(worst))
    t.is(printed.code, (unsupported as string[]).length > 0 ? 2 : 0)
  })

test.serial('a case with only supported parts passes with exit code 0', async t => {
  const { code, out, err } = await caught([changed(pruned)], false)
  t.is(code, 0)
  t.is(err, '')
  t.regex(out, /^02_leaky_d1_T5 +\d+ within \S+ +OK$/)
})

test.serial('a perturbed expected number differs with exit code 1 and is named', async t => {
  const path = changed(given => {
    const loss = record(given.expected)
    loss.loss = Number(loss.loss) + 1e-6
    record(record(list(given.rules)[0]).expected).grads = { b_rec: [7] }
  })
  const { code, out, message } = await caught([path, original], false)
  t.is(code, 1)
  t.is(message, 'of 2 cases, 1 differs')
  t.regex(out, /DIFFERS/)
  t.regex(out, /\n {2}loss is off by 6\.\de-7\n/)
  t.regex(out, /\n {2}rules\[0\] tbptt_sliding\.grads\.b_rec is off by/)
})

test.serial('a quantity off by less than the tolerance does not differ', async t => {
  const path = changed(given => {
    pruned(given)
    const expected = record(given.expected)
    expected.loss = Number(expected.loss) + 1e-10
  })
  t.is((await caught([path], true)).code, 0)
})

test.serial('expected may be absent everywhere, and everything is still computed', async t => {
  const path = changed(given => {
    pruned(given)
    delete given.expected
    for (const rule of list(given.rules)) delete rule.expected
  })
  const printed = await caught([path], true)
  const found = first(printed)
  const whole = first(await caught([original], true))
  t.is(printed.code, 0)
  t.is(found.worst, null)
  t.deepEqual(found.computed, whole.computed)
  t.true(list(found.rules).every(({ computed }) => computed !== null))
  t.regex((await caught([path], false)).out, /nothing compared/)
})

test.serial('expected may be there in part, and only that is compared', async t => {
  const path = changed(given => {
    given.expected = { loss: record(given.expected).loss }
    given.rules = []
  })
  t.regex((await caught([path], false)).out, /^02_leaky_d1_T5 +1 within/)
})

test.serial(
  'each line of JSON has the id, the answers in the shape of expected, and what is not supported',
  async t => {
    const printed = await caught([original, join(folder, 'absent.json')], true)
    const [found = {}, lost = {}] = lines(printed)
    t.is(printed.code, 2)
    t.is(printed.err, '')
    for (const line of [found, lost])
      t.true(['id', 'computed', 'rules', 'unsupported', 'worst'].every(key => key in line))
    t.is(found.id, '02_leaky_d1_T5')
    const given = JSON.parse(source) as Json
    const requested = list(given.rules)
    const rules = list(found.rules)
    t.deepEqual(
      rules.map(({ rule, args }) => ({ rule, args })),
      requested.map(({ rule, args }) => ({ rule, args })),
    )
    for (const [i, { rule, computed }] of rules.entries())
      if (computed !== null)
        t.deepEqual(Object.keys(record(computed)), Object.keys(record(requested[i]?.expected)), String(rule))
      else t.true((found.unsupported as string[]).includes(String(rule)))
    t.is(lost.id, 'absent.json')
    t.like(lost, { computed: null, rules: [], unsupported: [], worst: null })
    t.regex(String(lost.error), /no such file/)
  },
)

test.serial('a line for people has at most 80 columns', async t => {
  const { out } = await caught(
    some(readdirSync(cases)).map(name => join(cases, name)),
    false,
  )
  for (const line of out.split('\n')) t.true(line.length <= 80, line)
})

const refused = async (t: ExecutionContext, path: string, ...says: readonly RegExp[]): Promise<void> => {
  const { code, out, err, message } = await caught([path], false)
  t.is(code, 2)
  t.is(out, '')
  t.is(message, 'of 1 case, 1 unusable')
  for (const part of [/^check: /, ...says]) t.regex(err, part)
  const found = first(await caught([path], true))
  t.is(found.error, err)
  t.is(found.computed, null)
}

/** What is done to the case, and what must be said. */
type Wrong = readonly [change: (given: Json) => void, ...says: readonly RegExp[]]
const rule = (name: string, args: Json) => (given: Json) => {
  given.rules = [{ rule: name, args }]
}
const set =
  (...path: readonly string[]) =>
  (value: unknown) =>
  (given: Json) => {
    const owner = path.slice(0, -1).reduce((at, key) => record(at[key]), given)
    owner[path.at(-1) ?? ''] = value
  }

const wrongs: { readonly [title: string]: Wrong } = {
  'an array of the wrong shape': [
    set('params', 'W_rec')([[1, 2]]),
    /params\.W_rec: shape \[1, 2\]; wanted shape \[1, 1\]\. Check it against sizes/,
  ],
  'ragged rows': [set('inputs')([[1], [1, 2], [1], [1], [1]]), /inputs: ragged rows/],
  'a null among numbers': [set('params', 'h0')([null]), /params\.h0\[0\]: null; wanted a finite number\. Replace/],
  'a word for a number': [set('targets')([['NaN'], [1], [1], [1], [1]]), /targets\[0\]\[0\]: "NaN"; wanted a finite/],
  'a missing array': [given => delete record(given.params).W_in, /params\.W_in: missing; wanted shape \[1, 1\]/],
  'an unknown key': [set('tau')(3), /unknown key tau; wanted only keys of the schema\. Remove/],
  'an unknown parameter': [set('params', 'W')([1]), /params: unknown key W/],
  'an unknown expectation': [set('expected', 'hessian')([1]), /expected: unknown key hessian/],
  'no units': [set('sizes', 'd')(0), /sizes\.d: 0; wanted at least 1\. Change it/],
  'half a step': [set('sizes', 'T')(4.5), /sizes\.T: 4\.5; wanted/],
  'alpha = 0': [set('alpha')(0), /alpha: 0; wanted above 0/],
  'alpha = 1.5': [set('alpha')(1.5), /alpha: 1\.5; wanted at most 1/],
  'a window of 0': [rule('tbptt_sliding', { k: 0 }), /rules\[0\]\.args\.k: 0; wanted at least 1/],
  'no second window': [rule('tbptt_k1k2', { k1: 2 }), /rules\[0\]\.args\.k2: missing/],
  'an unknown argument': [rule('tbptt_chunked', { k: 2, j: 1 }), /rules\[0\]\.args: unknown key j/],
  'an unknown rule': [rule('hebb', {}), /rules\[0\]\.rule: unknown rule "hebb"; wanted one of tbptt_sliding.*Check/],
  'random feedback without B': [rule('eprop_rate', { feedback: 'random' }), /rules\[0\]\.args\.B: missing; .*Add it/],
  'clipping of what is not there': [
    rule('clip_value', { limit: 1, params: ['h0'] }),
    /params\[0\]: "h0"; wanted one of W/,
  ],
  'an unknown model': [set('model')('ctrnn'), /model: "ctrnn"; wanted one of leaky, .*birnn\. Check/],
  'an unknown loss': [set('loss')('hinge'), /loss: "hinge"; wanted one of half_mse/],
  'weights of another length': [set('loss_weights')([1]), /loss_weights: shape \[1\]; wanted shape \[5\]/],
  'a step that is not in the run': [set('per_step_t')([1, 2, 6]), /per_step_t\[2\]: 6; wanted at most 5/],
  'as many steps as answers': [set('per_step_t')([1]), /per_step_grads: 3 entries; wanted 1/],
}

for (const [title, [change, ...says]] of Object.entries(wrongs))
  test.serial(`${title} is refused by name with exit code 2`, t => refused(t, changed(change), ...says))

const activation = /activation: "relu"; wanted "tanh", the only one of this model\. Write it, or leave the key out/
const wrongModels: { readonly [title: string]: readonly [name: string, ...Wrong] } = {
  'a gate of the wrong shape': [
    'lstm_softmax_ce',
    set('params', 'W_hf')([[1]]),
    /params\.W_hf: shape \[1, 1\]; .* \[2, 2\]/,
  ],
  'an LSTM without its cell': ['lstm_softmax_ce', given => delete record(given.params).c0, /params\.c0: missing/],
  'the bias of another GRU': ['gru_standard_sse', set('params', 'b_hn')([1]), /params: unknown key b_hn/],
  'a GRU without its second bias': [
    'gru_pytorch_rmse',
    given => delete record(given.params).b_hn,
    /params\.b_hn: missing/,
  ],
  'the rate of a network that has none': ['gru_standard_sse', set('alpha')(0.5), /unknown key alpha/],
  'a layer of the wrong shape': [
    'stack_of_three',
    set('params', 'W_in_2')([[1]]),
    /params\.W_in_2: .*; wanted shape \[1, 3\]/,
  ],
  'a layer that is not there': ['stack_of_three', set('params', 'h0_4')([1]), /params: unknown key h0_4/],
  'a stack without a rate for each layer': [
    'stack_of_three',
    set('alphas')([1, 1]),
    /alphas: 2 entries; wanted at least 3/,
  ],
  'a stack of one width': ['stack_of_three', set('sizes', 'd')(2), /sizes: unknown key d/],
  'a delta with steps too few': ['stack_of_three', set('expected', 'delta')([]), /expected\.delta: 0 entries/],
  'a readout that sees one direction': [
    'birnn_softmax',
    set(
      'params',
      'W_out',
    )([
      [1, 1],
      [1, 1],
    ]),
    /params\.W_out: .* \[2, 4\]/,
  ],
  'a delta of both directions': ['birnn_softmax', set('expected', 'delta')([]), /expected: unknown key delta/],
  'a start by the name of another model': [
    'membrane_sigmoid',
    set('params', 'h0')([0, 0, 0]),
    /params: unknown key h0/,
  ],
  'another activation of a membrane': ['membrane_sigmoid', set('activation')('relu'), activation],
  'another activation of gates': ['lstm_softmax_ce', set('activation')('relu'), activation],
  'clipping of a start': [
    'stack_of_three',
    rule('clip_value', { limit: 1, params: ['h0_1'] }),
    /params\[0\]: "h0_1"; wanted one of W_rec_1.*Starts are never in it/,
  ],
}

for (const [title, [name, change, ...says]] of Object.entries(wrongModels))
  test.serial(`${title} is refused by name with exit code 2`, t => refused(t, changed(change, name), ...says))

test.serial('a rule of the leaky network does not apply to another model', async t => {
  for (const name of own) {
    const path = changed(rule('tbptt_sliding', { k: 2 }), name.replace('.json', ''))
    const printed = await caught([path], true)
    t.is(printed.code, 2)
    t.deepEqual(first(printed).unsupported, ['tbptt_sliding'])
    t.true(Number(first(printed).worst) <= 1e-9)
  }
})

test.serial('a perturbed answer of a model is named by its layer and its timestep', async t => {
  const path = changed(given => {
    const delta = record(given.expected).delta as number[][][]
    delta[2] = [[7, 7, 7], ...(delta[2] as number[][]).slice(1)]
  }, 'stack_of_three')
  const { code, out } = await caught([path], false)
  t.is(code, 1)
  t.regex(out, /\n {2}delta\[2\]\[0\] is off by/)
  t.notRegex(out, /delta\[2\]\[1\]/)
})

test.serial('all problems of a file are named at once', t =>
  refused(
    t,
    changed(given => {
      set('alpha')(2)(given)
      set('sizes', 'd')(-1)(given)
      set('params', 'b_out')([1, 2])(given)
      rule('tbptt_sliding', { k: 0.5 })(given)
    }),
    /alpha: 2/,
    /sizes\.d: -1/,
    /params\.b_out: shape \[2\]/,
    /rules\[0\]\.args\.k: 0\.5/,
  ),
)

test.serial('remarks are ignored where the schema has them', async t => {
  const path = changed(given => {
    Object.assign(given, { note: 'a', confirmation: 1, numpy_confirmation: null, char_lm: {} })
    given.rules = [{ rule: 'tbptt_sliding', args: { k: 1, note: 'b' }, note: ['c'] }]
  })
  t.is((await caught([path], true)).code, 0)
})

test.serial('a file that is not JSON is refused', t => refused(t, write('{"id": NaN}'), /not JSON.*Repair the file/))
test.serial('JSON that is no object is refused', t => refused(t, write('[]'), /the file: \[\]; wanted/))
test.serial('an infinity is refused', t =>
  refused(t, write(source.replace('"alpha": 0.3', '"alpha": 1e999')), /alpha: /),
)
test.serial('a missing file is refused', t =>
  refused(t, join(folder, 'nowhere.json'), /no such file; .*Check the path/),
)
test.serial('a folder is refused', t => refused(t, folder, /a folder; wanted a case file/))

test.serial('numbers that overflow are refused by name', t =>
  refused(t, changed(set('params', 'W_out')([[1e300]])), /not finite in the loss.*wanted finite numbers/),
)

test.serial('online rules do not apply to a loss of the whole run', async t => {
  const path = changed(given => {
    delete given.expected
    given.loss = 'rmse_seq'
    rule('online_rtrl', { lr: 0.1 })(given)
  })
  const printed = await caught([path], true)
  t.is(printed.code, 2)
  t.deepEqual(first(printed).unsupported, ['online_rtrl'])
})

test.serial('a file that cannot be read is said to be so, and the files after it are checked', async t => {
  const deep = write(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
  const twice = write(source.replace('{', '{"id": "other", '))
  const marked = write(`\uFEFF${JSON.stringify({ ...JSON.parse(source), rules: [] })}`)
  const huge = write(source.replace(/"inputs": *\[\[[^\]]*\]/, '"inputs": [[1e999]'))
  const { out, err, code, message } = await caught([deep, '/dev/null', twice, huge, marked], false)
  t.is(code, 2)
  t.is(message, 'of 5 cases, 4 unusable')
  t.regex(err, /nests more than 64 deep; wanted one JSON object/)
  t.regex(err, /null: a device, not a file/)
  t.regex(err, /has the key "id" twice/)
  t.regex(err, /inputs\[0\]\[0\]: Infinity; wanted a finite number/)
  t.regex(out, /^02_leaky_d1_T5 .* OK$/)
})

test.serial('numbers that are infinite are shown as such wherever they stand', async t => {
  const at = (change: (given: Json) => void): string =>
    write(JSON.stringify(changeOf(change)).replaceAll('"∞"', '1e999'))
  const changeOf = (change: (given: Json) => void): Json => {
    const given = JSON.parse(source) as Json
    change(given)
    return given
  }
  for (const change of [
    (given: Json) => (record(given.sizes).d = '∞'),
    (given: Json) => (given.loss = '∞'),
    (given: Json) => (given.inputs = '∞'),
    (given: Json) => (given.loss = ['∞']),
  ]) {
    const { err } = await caught([at(change)], false)
    t.regex(err, /Infinity/)
    t.notRegex(err, /null/)
  }
})

test.serial('control characters of names in files and of files are shown, not obeyed', async t => {
  const named = changed(given => {
    given.id = '\x1b[2Jid\x9b'
    record(given.params)['\x1b[31m'] = 1
  })
  const whole = changed(given => (given.id = '\x1b[2Jid\x9b'))
  const { err } = await caught([named, join(folder, '\x1b[2J.json')], false)
  const { out } = await caught([whole], false)
  const json = await caught([whole], true)
  for (const text of [err, out, json.out]) t.notRegex(text.replaceAll('\n', ''), /\p{Cc}/u)
  t.regex(err, /unknown key \\x1b\[31m/)
  t.is(first(json).id, '\x1b[2Jid\x9b')
})
