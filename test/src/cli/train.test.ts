import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { entries } from '../../../ad/distance.ts'
import { tensor } from '../../../ad/tensor.ts'
import { item } from '../../../ad/value.ts'
import type { Example } from '../../../nets/network.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { sequence as sequenceOf } from '../../../nets/sequence.ts'
import { train as trainBy } from '../../../nets/train/online.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { type Entry, factsOf, registry, ruleNames } from '../../../rules/registry.ts'
import { totalsOf } from '../../../src/cli/start.ts'
import { protocol, train } from '../../../src/cli/train.ts'
import { chart } from '../../../src/display/chart.ts'
import { runsIn } from '../../../src/experiments/stored.ts'
import type { Failure } from '../../../src/failure.ts'
import { namedRule } from '../../../src/rule-named.ts'
import { firstSteps } from '../../../src/training/data/first.ts'
import { type Data, readData } from '../../../src/training/data/read.ts'
import { evaluating, ruleFor, type Setup, setupOf, trainRun } from '../../../src/training/experiment.ts'
import { type RawOptions, readOptions, type TrainOptions } from '../../../src/training/options.ts'
import { call } from '../../command.ts'
import { full } from '../../effort.ts'
import { long } from '../../full-effort.ts'
import { filesOf } from '../run-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-train-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const small = { data: 'sunspots', hidden: 3, window: 8, steps: 12, out: join(folder, 'runs') }

const sound = <A>(result: E.Either<unknown, A>): A => {
  if (E.isRight(result)) return result.right
  throw new Error(JSON.stringify(result.left))
}

const refusal = (result: E.Either<Failure, unknown>): Failure => {
  if (E.isLeft(result)) return result.left
  throw new Error('it was accepted')
}

const optionsOf = (raw: Partial<RawOptions> = {}): TrainOptions => sound(readOptions({ ...small, ...raw }, 'series'))
const eager = engineOf('eager')
const sunspots = (): Data => sound(readData('sunspots'))

const runTo = async (name: string, raw: Partial<RawOptions> = {}): Promise<ReadonlyMap<string, string>> => {
  const out = join(folder, name)
  sound(await train({ ...small, ...raw, out })())
  return filesOf(out)
}

test('one seed gives one result, byte for byte; another seed another', async t => {
  for (const rule of full ? ['bptt', 'rtrl', 'tbptt'] : ['rtrl']) {
    const [once, again] = [await runTo(`${rule}-1`, { rule }), await runTo(`${rule}-2`, { rule })]
    t.deepEqual(
      [...once.keys()],
      [
        'checkpoint.safetensors',
        'config.json',
        'curve.svg',
        'machine.json',
        'metrics.jsonl',
        'model.json',
        'result.json',
      ],
    )
    t.deepEqual(once, again)
    const other = await runTo(`${rule}-3`, { rule, seed: '2' })
    for (const name of ['metrics.jsonl', 'model.json']) t.not(once.get(name), other.get(name))
  }
})

test('metrics are one JSON object an update, after one for the start', async t => {
  const lines =
    (await runTo('lines'))
      .get('metrics.jsonl')
      ?.trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)) ?? []
  t.deepEqual(
    lines.map(line => line.step),
    Array.from({ length: 13 }, (_, i) => i),
  )
  for (const line of lines) for (const value of Object.values(line)) t.true(Number.isFinite(value))
  t.is(typeof lines[0].held, 'number')
  t.is(typeof lines[12].held, 'number')
})

test('a text trains too, in bits a character', async t => {
  const path = join(folder, 'letters.txt')
  writeFileSync(path, 'abcab'.repeat(20))
  const files = await runTo('text', { data: path, steps: 40, lr: 0.02 })
  const { held } = JSON.parse(files.get('result.json') ?? '')
  t.is(held.unit, 'bits a character')
  t.true(held.after < held.before)
})

/** The first sequence that is learned from. */
const firstOf = ({ net, course }: Setup): readonly Example[] =>
  firstSteps('test', net, course, Number.POSITIVE_INFINITY)

const firstGradient = (options: TrainOptions): Float64Array => {
  const setup = setupOf(sunspots(), options, eager)
  const { net, θ } = setup
  const how = { optimiser: sgd({ lr: options.lr }), every: options.window, engine: 'eager' } as const
  for (const { gradient } of trainBy(ruleFor(options), net, how)(θ, firstOf(setup)))
    if (gradient) return Float64Array.from(entries(gradient))
  throw new Error('no update')
}

test('the first update is the same by BPTT and by RTRL, and another when severed inside', t => {
  const gap = (a: Float64Array, b: Float64Array): number => Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? NaN))))
  const exact = firstGradient(optionsOf({ rule: 'bptt' }))
  t.true(gap(exact, firstGradient(optionsOf({ rule: 'rtrl' }))) < 1e-12)
  t.true(gap(exact, firstGradient(optionsOf({ rule: 'tbptt', k: 8 }))) < 1e-12)
  t.true(gap(exact, firstGradient(optionsOf({ rule: 'tbptt', k: 3 }))) > 1e-6)
  t.true(totalsOf({ data: sunspots(), options: optionsOf(), engine: eager, θ: null }).residual < 1e-12)
})

test('a chunk that does not divide the window ends with it', t => {
  const [data, options] = [sunspots(), optionsOf({ rule: 'tbptt', k: 3, steps: 2 })]
  const ends: number[] = []
  const setup = setupOf(data, options, eager)
  const { net, θ } = setup
  const how = { optimiser: sgd({ lr: 0 }), every: options.window, engine: 'eager' } as const
  const held = trainRun(setupOf(data, options, eager), options, () => {})
  for (const step of trainBy(ruleFor(options), net, how)(θ, firstOf(setup).slice(0, 16)))
    if (step.gradient) ends.push(step.step)
  t.deepEqual(ends, [8, 16])
  t.is(held.looks.length, 3)
})

test('what is held out is predicted from everything before it', t => {
  const [data, options] = [sunspots(), optionsOf()]
  if (data.kind !== 'series') return t.fail('not a series')
  const setup = setupOf(data, options, eager)
  t.is(firstOf(setup).length, data.train.length - 1)
  t.is(setup.course.toUnit(0.5), data.deviation)
  const held = [...data.train, ...data.held].map(x => tensor([(x - data.mean) / data.deviation]))
  const sequence = sequenceOf(held.slice(0, -1), held.slice(1))
  const losses = unroll(setup.net)(setup.θ, sequence).slice(data.train.length)
  t.is(losses.length, data.held.length)
  const mean = losses.reduce((sum, { loss }) => sum + item(loss), 0) / losses.length
  t.true(Math.abs(evaluating(setup)(setup.θ) - data.deviation * Math.sqrt(2 * mean)) < 1e-12)
})

const parametersOf = (files: ReadonlyMap<string, string>): readonly number[] =>
  (
    JSON.parse(files.get('model.json') ?? '{}') as {
      readonly parameters: readonly { readonly values: readonly number[] }[]
    }
  ).parameters.flatMap(({ values }) => [values].flat(2))

long('every engine trains to the same parameters, alone and in batches, and the run says which it was', async t => {
  for (const rule of ['bptt', 'rtrl', 'tbptt'])
    for (const batch of [1, 3]) {
      const exact = parametersOf(await runTo(`${rule}-${batch}-eager`, { rule, batch, engine: 'eager' }))
      for (const engine of ['compiled-js', 'compiled-wasm', 'compiled']) {
        const files = await runTo(`${rule}-${batch}-${engine}`, { rule, batch, engine })
        const found = parametersOf(files)
        t.true(found.every((x, i) => Math.abs(x - (exact[i] ?? Number.NaN)) < 1e-10))
        t.regex(files.get('config.json') ?? '', /"engine": "compiled-(js|wasm|native)",\n {4}"dtype": "f64"/)
      }
    }
  const single = parametersOf(await runTo('single', { engine: 'compiled', dtype: 'f32' }))
  const double = parametersOf(await runTo('double', { engine: 'compiled' }))
  const gap = Math.max(...single.map((x, i) => Math.abs(x - (double[i] ?? Number.NaN))))
  t.true(gap > 0 && gap < 1e-3)
})

long('every rule of the registry learns from a series, and says what it is', async t => {
  for (const rule of ruleNames) {
    const files = await runTo(`family-${rule}`, { rule, steps: 3, cell: rule === 'diagonal' ? 'lru' : 'leaky' })
    t.is(JSON.parse(files.get('config.json') ?? '{}').options.rule, rule)
    t.true(Number.isFinite(JSON.parse(files.get('result.json') ?? '{}').held.after))
  }
})

test('a rule on a cell that it cannot serve is refused with the reason', async t => {
  const { message, code } = refusal(await train({ ...small, cell: 'lstm', rule: 'kfrtrl', out: join(folder, 'kf') })())
  t.is(code, 2)
  t.regex(message, /kfrtrl/)
})

test("a rule's own options change the run, are recorded, and are printed with it", async t => {
  const [plain, fixed] = [
    await runTo('scaled', { rule: 'uoro' }),
    await runTo('fixed', { rule: 'uoro(normalize=false, rho0 = 0.5)' }),
  ]
  t.not(plain.get('metrics.jsonl'), fixed.get('metrics.jsonl'))
  const { rule, ruleOptions, k } = JSON.parse(fixed.get('config.json') ?? '{}').options
  t.deepEqual([rule, ruleOptions, k], ['uoro', { normalize: false, rho0: 0.5 }, null])
  const by = async (name: string, rule: string, more = {}) =>
    (await runTo(name, { rule, ...more })).get('metrics.jsonl')
  t.is(await by('snap-option', 'snap(n=2)'), await by('snap-k', 'snap', { k: 2 }))
  t.is(await by('tbptt-option', 'tbptt(k=3)'), await by('tbptt-k', 'tbptt', { k: 3 }))
  const options = optionsOf({ rule: "snap(n=2, mask='strict')" })
  t.regex(protocol({ data: sunspots(), options, engine: eager, θ: null }, [options.choice()]), /snap\(mask=strict\):/)
  t.deepEqual(optionsOf({ rule: 'three-factor(beta=null, sigma=1e-2)' }).ruleOptions, { beta: null, sigma: 0.01 })
  t.deepEqual(optionsOf({ rule: 'threefactor()' }).ruleOptions, {})
})

test('every option of a rule that can be typed is read as it is by default', t => {
  for (const name of ruleNames)
    for (const [option, { range, default: usual }] of Object.entries(factsOf(registry[name] as Entry).options))
      if (/^(\d[\d.]*|true|false|null|'.*')$/.test(usual) && !/matrix \[units|vector/.test(range))
        t.true(E.isRight(namedRule(`${name}(${option}=${usual})`)), `${name}(${option}=${usual}): ${range}`)
})

const bad: readonly (readonly [Partial<RawOptions>, RegExp])[] = [
  [{ rule: 'rtlr' }, /rtlr.*Did you mean `rtrl`/],
  [{ rule: 'bppt' }, /Did you mean `bptt`/],
  [{ optimiser: 'adm' }, /Did you mean `adam`/],
  [{ engine: 'compile' }, /--engine compile; .*Did you mean `compiled`/],
  [{ dtype: 'f16' }, /--dtype f16; .*f64, f32/],
  [{ batch: '0' }, /--batch 0/],
  [{ hidden: '0' }, /--hidden 0; .*a whole number.*Try/],
  [{ hidden: '2.5' }, /--hidden 2.5/],
  [{ alpha: '0' }, /--alpha 0; .*a number in \(0, 1\]/],
  [{ alpha: '1.5' }, /--alpha 1.5/],
  [{ window: '' }, /--window ;.*Try --window/],
  [{ steps: 'many' }, /--steps many/],
  [{ lr: '-1' }, /--lr -1; .*a number above 0/],
  [{ lr: 'NaN' }, /--lr NaN/],
  [{ clip: '0' }, /--clip 0/],
  [{ momentum: '0.9' }, /only with --optimiser sgd/],
  [{ momentum: '1', optimiser: 'sgd' }, /--momentum 1; .*a number in \[0, 1\)/],
  [{ seed: '1.5' }, /--seed 1.5/],
  [{ k: '2' }, /only with --rule tbptt/],
  [{ k: '0', rule: 'tbptt' }, /--k 0; .*a whole number/],
  [{ k: '9', rule: 'tbptt' }, /k at most the window/],
  [{ rule: 'uoro(normalise=false)' }, /uoro\(normalise=false\); .*Did you mean `normalize`/],
  [{ rule: 'uoro(normalize=perhaps)' }, /normalize true or false/],
  [{ rule: 'uoro(normalize=0)' }, /normalize true or false/],
  [{ rule: 'uoro(false)' }, /name=value/],
  [{ rule: 'uoro(rho0=2)' }, /normalize true alone/],
  [{ rule: 'uoro(normalize=true, normalize=false)' }, /normalize once/],
  [{ rule: 'rtrl(sigma=1)' }, /it has none/],
  [{ rule: 'kernl(A=3)' }, /given in code/],
  [{ rule: 'weight-perturbation(sigma=-1)' }, /sigma/],
  [{ rule: 'snap(n=2)', k: 3 }, /n once.*--k sets n/],
  [{ rule: 'snap(n=0)' }, /a whole number from 1/],
  [{ rule: 'uroo(normalize=false)' }, /Did you mean `uoro`/],
  [{ data: 'sunspot' }, /Did you mean `sunspots`/],
]

test('what is wrong is said in one message with its remedy, and nothing is written', async t => {
  const out = join(folder, 'never')
  for (const [raw, says] of bad) {
    const { message, code } = refusal(await train({ ...small, ...raw, out })())
    t.is(code, 2, message)
    t.regex(message, says)
    t.is(message.split('\n').length, 1)
    t.false(existsSync(out))
  }
})

test('several problems come together', t => {
  const { message } = refusal(readOptions({ data: 'sunspots', alpha: 2, lr: 0, rule: 'x' }, 'series'))
  t.is(message.split('\n').length, 3)
})

test('an --out that cannot be made is refused', async t => {
  const out = join(folder, 'taken')
  writeFileSync(out, '')
  const { message, code } = refusal(await train({ ...small, out })())
  t.is(code, 2)
  t.regex(message, /--out/)
})

const diverges = async (t: ExecutionContext, rule: string): Promise<void> => {
  const out = join(folder, `diverges-${rule}`)
  const { message, code } = refusal(await train({ ...small, rule, steps: 500, lr: 1e6, optimiser: 'sgd', out })())
  t.is(code, 1)
  t.regex(
    message,
    /not finite in the (state|loss|gradient|parameters|held-out loss) at step \d+(?:, made by .*)?, in update \d+.*--lr/,
  )
  const files = filesOf(out)
  t.false(files.has('result.json'))
  for (const line of files.get('metrics.jsonl')?.trimEnd().split('\n') ?? []) t.notThrows(() => JSON.parse(line))
}

test('divergence stops at the first number that is not finite', async t => {
  for (const rule of ['bptt', 'rtrl']) await diverges(t, rule)
})

test('a grid goes on after an experiment that fails, and lists what failed at its end', async t => {
  const out = join(folder, 'grid')
  const words =
    '--data sunspots --hidden 3 --window 8 --steps 60 --optimiser sgd --lr 1e6,0.005,1e5 --engine compiled-js'
  const { code, err } = await call('train', ...words.split(' '), '--out', out)
  t.is(code, 1)
  t.deepEqual(
    runsIn(out)
      .map(({ state, config: { lr } }) => `${lr} ${state}`)
      .toSorted(),
    ['0.005 finished', '100000 failed', '1000000 failed'],
  )
  t.regex(err, /2 of 3 failed\njanus: 1 of 3, [^\n]*not finite[^\n]*\njanus: 3 of 3, [^\n]*not finite[^\n]*\n$/)
})

test('a chart of two curves fits 80 columns', t => {
  const curve = (name: string, scale: number) => ({
    name,
    values: Array.from({ length: 21 }, (_, i) => scale / (i + 1)),
  })
  const lines = chart([curve('BPTT', 50), curve('RTRL', 40)], false).split('\n')
  for (const line of lines) t.true(line.length <= 80, line)
  t.regex(lines[0] ?? '', /50\.00┼/)
  t.is(lines.join('').split('●').length - 1, 22)
})

test('an option left out has the default of its kind of data', t => {
  t.like(sound(readOptions({ data: 'x' }, 'series')), { rule: 'bptt', k: null, clip: null, momentum: null, seed: 1 })
  t.is(sound(readOptions({ data: 'x', rule: 'tbptt', window: 3 }, 'text')).k, 3)
})

const onTask = (...words: readonly string[]) =>
  call('train', '--hidden', '3', '--steps', '3', '--out', join(folder, 'optimisers'), ...words)

test('obgd takes a rule that has an error and a trace apart, and refuses another by name', async t => {
  const streaming = await onTask('--task', 'memory-chain', '--rule', 'td', '--optimiser', 'obgd')
  t.is(streaming.code, 0, streaming.err)
  t.regex(streaming.out + streaming.err, /obgd, lr 1,/)
  const refused = await onTask('--task', 'memory-chain', '--rule', 'rtrl', '--optimiser', 'obgd')
  t.is(refused.code, 2)
  t.regex(refused.err, /rtrl with an optimiser that needs its error and its trace apart.*such as td\(\).*sgd or adam/s)
})

test('rls finds the readout an update a step, and has neither a step size nor anything that changes a gradient', async t => {
  const found = await onTask('--task', 'murray-sines', '--rule', 'rtrl', '--every', '1', '--optimiser', 'rls')
  t.is(found.code, 0, found.err)
  t.regex(found.out + found.err, /rls of the readout alone/)
  const several = await onTask('--task', 'murray-sines', '--rule', 'rtrl', '--every', '4', '--optimiser', 'rls')
  t.is(several.code, 2)
  t.regex(several.err, /mean gradient of 4 steps/)
  const without = await onTask('--task', 'murray-sines', '--optimiser', 'rls', '--lr', '0.1', '--clip', '1')
  t.is(without.code, 2)
  t.regex(without.err, /--lr only with --optimiser sgd, adam or obgd/)
  t.regex(without.err, /--clip only with --optimiser sgd or adam/)
})

test('a cell takes options in parentheses, and refuses one that it does not have', async t => {
  const spikes = await onTask('--task', 'randman', '--cell', 'alif(threshold=0.4, kappa=0.9)', '--rule', 'eprop')
  t.is(spikes.code, 0, spikes.err)
  t.regex(spikes.out + spikes.err, /alif\(threshold=0.4, kappa=0.9\)/)
  const refused = await onTask('--task', 'randman', '--cell', 'lif(kapa=0.9)')
  t.is(refused.code, 2)
  t.regex(refused.err, /Did you mean `kappa`/)
})
