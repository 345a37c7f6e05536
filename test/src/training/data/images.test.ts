import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../../ad/compiler/engine.ts'
import type { Tensor } from '../../../../ad/tensor.ts'
import { item, type Value } from '../../../../ad/value.ts'
import type { Example } from '../../../../nets/network.ts'
import { unroll } from '../../../../nets/run/unroll.ts'
import { predict } from '../../../../nets/train/predict.ts'
import { generate } from '../../../../src/cli/generate.ts'
import { train } from '../../../../src/cli/train.ts'
import { latest } from '../../../../src/latest.ts'
import { baselines } from '../../../../src/training/baselines.ts'
import { batches } from '../../../../src/training/data/batches.ts'
import { type Image, sequenceOf } from '../../../../src/training/data/image.ts'
import { kindOf } from '../../../../src/training/data/index.ts'
import { type Images, readData } from '../../../../src/training/data/read.ts'
import { evaluating, setupOf } from '../../../../src/training/experiment.ts'
import { readModel } from '../../../../src/training/model.ts'
import { type RawOptions, readOptions } from '../../../../src/training/options.ts'
import { full } from '../../../effort.ts'
import { alwaysIf, long } from '../../../full-effort.ts'
import { filesOf } from '../../run-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-digits-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const eager = engineOf('eager')

const sound = <A>(result: E.Either<unknown, A>): A => {
  if (E.isRight(result)) return result.right
  throw new Error(JSON.stringify(result.left))
}

const refusal = (result: E.Either<{ readonly message: string }, unknown>): string =>
  E.isLeft(result) ? result.left.message : 'it was accepted'

const digits = sound(readData('digits')) as Images

const file = (name: string, lines: readonly (readonly (number | string)[])[]): string => {
  const path = join(folder, name)
  writeFileSync(path, lines.map(line => `${line.join(',')}\n`).join(''))
  return path
}

const lineOf = ({ pixels, label }: Image): readonly number[] => [...pixels, label]

/** The first forty digits: 36 to train, 4 held out. */
const few = file('few.csv', digits.train.slice(0, 40).map(lineOf))
const small = { data: few, hidden: 3, batch: 4, steps: 6, lr: 0.05 }

const runTo = async (name: string, raw: Partial<RawOptions> = {}): Promise<ReadonlyMap<string, string>> => {
  const out = join(folder, name)
  sound(await train({ ...small, ...raw, out })())
  return filesOf(out)
}

/** The run of a rule and so many images at a time, once for all that ask for it. */
const runOf = latest(9, (rule: string, batch: number) => runTo(`${rule}-${batch}`, { rule, batch }))

const numbers = (value: Value | undefined): readonly number[] => [...(value as Tensor).data]

const read = (files: ReadonlyMap<string, string>, name: string) => JSON.parse(files.get(name) ?? '')

test('the digits are 1797 images of 64 pixels from 0 to 16, the first 1617 of them to train', t => {
  const { train: first, held } = digits
  t.deepEqual([first.length, held.length], [1617, 180])
  const all = [...first, ...held]
  t.true(all.every(({ pixels }) => pixels.length === 64 && pixels.every(x => x >= 0 && x <= 16)))
  const counts = Array.from({ length: 10 }, (_, digit) => all.filter(({ label }) => label === digit).length)
  t.deepEqual(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
  t.deepEqual(first[0]?.pixels.slice(0, 8), [0, 0, 5, 13, 9, 1, 0, 0])
})

const byRow = { width: 8, order: Array.from({ length: 64 }, (_, i) => i) }

test('an image is read row by row in [0, 1], and its label is the target at the last row only', t => {
  const [first] = digits.train
  const sequence = sequenceOf(first as Image, byRow)
  t.deepEqual(
    sequence.map(({ weight }) => item(weight)),
    [0, 0, 0, 0, 0, 0, 0, 1],
  )
  t.deepEqual(
    numbers(sequence[0]?.x),
    [0, 0, 5, 13, 9, 1, 0, 0].map(x => x / 16),
  )
  t.deepEqual(numbers(sequence[7]?.target), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('a file of 65 columns is images, with or without a header', t => {
  const lines = digits.train.slice(0, 20).map(lineOf)
  const header = Array.from({ length: 65 }, (_, i) => (i < 64 ? `pixel${i}` : 'digit'))
  const [plain, headed] = [file('plain.csv', lines), file('headed.csv', [header, ...lines])].map(path =>
    sound(readData(path)),
  )
  t.is(plain?.kind, 'images')
  t.deepEqual([plain?.train, plain?.held], [headed?.train, headed?.held])
})

test('what is no pixel, no label or too little is refused with its place', t => {
  const lines = digits.train.slice(0, 20).map(lineOf)
  const spoilt = (cell: number, content: string): string =>
    refusal(readData(file('spoilt.csv', [...lines, lines[0]?.map((x, i) => (i === cell ? content : x)) ?? []])))
  for (const content of ['17', '-1', '1.5', '', 'x']) t.regex(spoilt(3, content), /line 21, cell 4 is .*from 0 to 16/)
  for (const content of ['10', 'NaN']) t.regex(spoilt(64, content), /line 21, cell 65 is .*label from 0 to 9/)
  t.regex(refusal(readData(file('short.csv', lines.slice(1)))), /19 images; wanted at least 20/)
})

test('options that images do not have are refused with the reason, and nothing is written', async t => {
  const bad: readonly (readonly [Partial<RawOptions>, RegExp])[] = [
    [{ window: 8 }, /--window 8 with images; .*a sequence of 8 steps.*Leave --window out/],
    [{ rule: 'tbptt', k: 9 }, /--k 9 with images of 8 steps; .*k at most the window/],
    [{ embed: 4 }, /--embed 4 .*only with a text/],
    [{ batch: 37 }, /--batch 37; wanted at most 36, the images/],
  ]
  for (const [raw, says] of bad) t.regex(refusal(await train({ ...small, ...raw, out: join(folder, 'never') })()), says)
  t.false(readdirSync(folder).includes('never'))
})

test('every pass takes each image once, in another order, and a seed has its own', t => {
  const all = Array.from({ length: 10 }, (_, i) => i)
  const passes = (seed: number): readonly (readonly number[])[] => {
    const source = batches(all, { batch: 4, seed })
    const drawn = Array.from({ length: 5 }, () => source.next().value as readonly number[]).flat()
    return [drawn.slice(0, 10), drawn.slice(10)]
  }
  const [first = [], second = []] = passes(1)
  for (const pass of [first, second]) t.deepEqual(pass.toSorted(), all)
  t.notDeepEqual(first, second)
  t.deepEqual(passes(1), [first, second])
  t.notDeepEqual(passes(2)[0], first)
})

test('batches from a number on are those that come after so many', t => {
  const all = Array.from({ length: 10 }, (_, i) => i)
  const [whole, later] = [batches(all, { batch: 4, seed: 3 }), batches(all, { batch: 4, seed: 3 }, 4)]
  for (let i = 0; i < 4; i++) whole.next()
  for (let i = 0; i < 6; i++) t.deepEqual(later.next().value, whole.next().value)
})

test('the baselines agree with an example worked by hand', t => {
  const flat = (value: number, label: number): Image => ({ pixels: new Array(64).fill(value), label })
  // the means are 2 for class 3 and 12 for class 5: 6 is nearer to the one, 8 to the other
  const data: Images = {
    ...{ kind: 'images', permuted: null, name: 'tiny', digest: '' },
    train: [flat(1, 3), flat(3, 3), flat(2, 3), flat(12, 5)],
    held: [flat(6, 3), flat(8, 5), flat(16, 5), flat(16, 7)],
  }
  t.deepEqual(
    baselines(data).map(({ value, unit }) => [value, unit]),
    [
      [25, '%'],
      [75, '%'],
    ],
  )
})

test('every engine gives the outputs of each run, step by step', t => {
  const options = sound(readOptions({ ...small, cell: 'lstm' }, 'images'))
  const { net, θ } = setupOf(digits, options, eager)
  const sequences = digits.held.slice(0, 5).map(image => sequenceOf(image, byRow))
  const exact = sequences.flatMap(one => numbers(unroll(net)(θ, one).at(-1)?.prediction))
  for (const engine of ['eager', 'compiled-js', 'compiled-wasm'] as const) {
    const y = predict(net, { engine })(θ, sequences)
    t.deepEqual(y.shape, [5, 8, 10])
    const last = sequences.flatMap((_, i) => [...y.data.subarray((8 * i + 7) * 10, 8 * (i + 1) * 10)])
    t.true(exact.every((x, i) => Math.abs(x - (last[i] ?? Number.NaN)) < 1e-12))
  }
})

const learns = async (t: ExecutionContext, rule: string): Promise<void> => {
  const raw = { data: 'digits', rule, hidden: 8, batch: full ? 32 : 16, steps: 60, lr: 0.02 }
  const files = await runTo(`learns-${rule}`, raw)
  const losses = (files.get('metrics.jsonl') ?? '')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line).train)
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length
  t.true(mean(losses.slice(-10)) < 0.7 * mean(losses.slice(1, 11)))
  const { held, baselines: others } = read(files, 'result.json')
  t.is(held.unit, '%')
  t.true(held.after > 2 * others[0].value, `${held.after} against ${others[0].value}`)
}

for (const rule of ['bptt', 'rtrl', 'tbptt'])
  alwaysIf(rule === 'rtrl')(`a few updates by ${rule} lower the loss and beat the majority class`, t => learns(t, rule))

test('bptt and rtrl come to the same parameters, as these move between images only', async t => {
  const [future, past] = [await runOf('bptt', 4), await runOf('rtrl', 4)].map(parametersOf)
  t.true(future?.every((x, i) => Math.abs(x - (past?.[i] ?? Number.NaN)) < 1e-9))
})

const parametersOf = (files: ReadonlyMap<string, string>): readonly number[] =>
  read(files, 'model.json').parameters.flatMap(({ values }: { readonly values: readonly number[] }) => [values].flat(2))

test('one seed gives one result, byte for byte; another seed another', async t => {
  for (const rule of full ? ['bptt', 'rtrl', 'tbptt'] : ['rtrl']) {
    const once = await runOf(rule, 4)
    t.deepEqual(once, await runTo(`${rule}-again`, { rule }))
    t.not((await runTo(`${rule}-other`, { rule, seed: 2 })).get('metrics.jsonl'), once.get('metrics.jsonl'))
  }
})

long('every engine trains to the same parameters', async t => {
  for (const rule of ['bptt', 'rtrl', 'tbptt'])
    for (const batch of rule === 'rtrl' ? [4] : [1, 4]) {
      const named = ['eager', 'compiled-js', 'compiled-wasm'].map(engine =>
        runTo(`${rule}-${batch}-${engine}`, { rule, batch, engine }),
      )
      const [exact = [], ...others] = (await Promise.all([...named, runOf(rule, batch)])).map(parametersOf)
      for (const found of others) t.true(found.every((x, i) => Math.abs(x - (exact[i] ?? Number.NaN)) < 1e-9))
    }
})

test('training of a model of images can be resumed; it takes no other data and does not generate', async t => {
  const files = await runTo('first', { cell: 'lstm' })
  const [key = ''] = readdirSync(join(folder, 'first'))
  const path = join(folder, 'first', key, 'model.json')
  t.deepEqual(read(files, 'model.json').data, { kind: 'images', shape: [8, 8], classes: 10 })
  const { θ } = sound(readModel(path))
  const options = sound(readOptions({ ...small, cell: 'lstm' }, 'images'))
  const few4 = sound(readData(few))
  t.is(evaluating(setupOf(few4, options, eager))(θ), read(files, 'result.json').held.after)
  const on = await runTo('on', { from: path })
  t.is(read(on, 'result.json').held.before, read(files, 'result.json').held.after)
  const other = await train({ data: 'sunspots', from: path, out: join(folder, 'other') })()
  t.regex(refusal(other), /a series for a model of images/)
  t.regex(refusal(await generate({ from: path })()), /a model of images; wanted a model of a text/)
})

/** The inputs of the first image of data as they are learned from, and where it is wanted. */
const firstInputs = (name: string): readonly [Images, readonly number[], readonly number[]] => {
  const data = sound(readData(name)) as Images
  const one = { ...data, train: data.train.slice(0, 1) }
  for (const piece of kindOf(one).course(one, { window: 64, k: null, batch: 1, seed: 1 }).pieces()) {
    const sequence = [...piece][0] as readonly Example[]
    return [data, sequence.flatMap(({ x }) => [...(x as Tensor).data]), sequence.map(({ weight }) => item(weight))]
  }
  throw new Error('no pieces')
}

test('digits(by=pixel) reads a pixel a step, permuted in the one order of a seed, the label wanted at the last', t => {
  const [data, plain, weights] = firstInputs('digits(by=pixel)')
  t.is(data.kind, 'pixels')
  t.deepEqual(
    plain,
    (data.train[0] as Image).pixels.map(pixel => pixel / 16),
  )
  t.deepEqual(weights, [...new Array(63).fill(0), 1])
  const [permuted, one] = firstInputs('digits(permuted=1)')
  const [again, other] = [1, 2].map(seed => firstInputs(`digits(permuted=${seed})`)[1])
  t.deepEqual(one, again)
  t.notDeepEqual(one, other)
  t.notDeepEqual(one, plain)
  t.deepEqual([...one].sort(), [...plain].sort())
  const digests = [data, permuted, digits].map(({ digest }) => digest)
  t.is(new Set(digests).size, 3)
  t.deepEqual(kindOf(permuted).about(permuted), {
    ...{ kind: 'pixels', shape: [8, 8], classes: 10, permuted: 1 },
  })
  t.is(baselines(data).length, 2)
})

test('a way of reading that images do not have, or other data, is refused', t => {
  for (const [name, says] of [
    ['digits(bi=pixel)', /Did you mean `by`/],
    ['digits(permuted=-1)', /wanted permuted whole number from 0/],
    ['digits(by=row, permuted=1)', /wanted pixels to be permuted one by one/],
    ['sunspots(by=pixel)', /'sunspots' with \(by=pixel\); wanted images/],
  ] as const) {
    const found = readData(name)
    t.regex(E.isLeft(found) ? found.left.message : '', says, name)
  }
})
