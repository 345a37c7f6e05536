import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { evaluate as mathjs } from 'mathjs'
import { DomainError, JanusError, KindError, NameError, ShapeError } from '../../../ad/errors.ts'
import { evaluate } from '../../../ad/formula/evaluate.ts'
import { statementsOf } from '../../../ad/formula/grammar.ts'
import { limits } from '../../../ad/formula/tokens.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import { item, lift, type Value } from '../../../ad/value.ts'
import { crossEntropy, halfSquaredError } from '../../../nets/loss.ts'
import { rng } from '../../../nets/random.ts'
import { decide } from '../../../proofs/index.ts'
import { fates, formulas, texts } from '../../../proofs/nets/formulas.ts'
import { ruleNames } from '../../../rules/registry.ts'
import { generate } from '../../../src/cli/generate.ts'
import { spectrum } from '../../../src/cli/spectrum.ts'
import { train } from '../../../src/cli/train.ts'
import { prepared } from '../../../src/experiments/prepared.ts'
import { cell, type FormulaOptions, loss } from '../../../src/symbols.ts'
import { setupOf, trainRun } from '../../../src/training/experiment.ts'
import { named, openModel } from '../../../src/training/model.ts'
import type { RawOptions } from '../../../src/training/options.ts'
import { share } from '../../effort.ts'
import { alwaysIf } from '../../full-effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-formula-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const shapes = (text: string, options: FormulaOptions = {}): string =>
  Object.entries(cell(text, options).params({ d: 2, n: 3, m: 1 }, rng(1)))
    .map(([name, { shape }]) => `${name} [${shape}]`)
    .join(' ')

for (const proposition of formulas)
  test(`${proposition.claim}`, t => {
    const { passed, counterexample, error } = decide(proposition, { runs: share(proposition.runs ?? 100) })
    t.true(passed, `${counterexample ?? ''} ${error ?? ''}`)
  })

test('random texts and edits of texts are cells or errors', t => {
  const { passed, counterexample, error } = decide(fates, { runs: share(10_000), seed: 7 })
  t.true(passed, `${counterexample ?? ''} ${error ?? ''}`)
})

test('shapes are found from use', t => {
  t.is(shapes(...texts.leaky), 'W_rec [2,2] W_in [2,3] b_rec [2]')
  t.is(shapes('h = tanh(W*h + g .* (V*(k .* x)) + b)'), 'W [2,2] g [2] V [2,3] k [3] b [2]')
  t.is(shapes('a = U*x; h = tanh(W*h + V*a)'), 'U [2,3] W [2,2] V [2,2]', 'a size that nothing decides is d')
  t.is(shapes('h = A*B*h + C*(D*x)'), 'A [2,2] B [2,2] C [2,2] D [2,3]')
  t.is(shapes('h = h * dot(a, x) + sum(b .* h) * c'), 'a [3] b [2] c [2]')
  t.is(shapes('h = e*h + i .* h', { e: 0.5 }), 'i [2]', 'e and i are names like any other')
  t.is(shapes('h = w*h + V*x', { w: ['d', 'd'], V: ['d', 'n'] }), 'w [2,2] V [2,3]')
  t.is(shapes('h = a*h + V*x', { a: 'learned' }), 'a [] V [2,3]')
  t.is(item(cell('h = a*h', { a: { learned: 0.25 } }).params({ d: 2, n: 1, m: 1 }, rng(1)).a as Value), 0.25)
})

test('several states come in the order in which they are assigned, and the readout sees h, or y', t => {
  const sizes = { d: 2, n: 3, m: 1 }
  t.deepEqual(Object.keys(cell(...texts.lstm).zeroState(sizes)), ['c', 'h'])
  const s = { c: tensor([1, 2]), h: tensor([3, 4]) }
  t.is(cell(...texts.lstm).output({}, s, scalar(0)), s.h)
  const [first] = Object.keys(cell('a = W*b; b = V*a').zeroState(sizes))
  t.is(first, 'b')
  t.deepEqual(
    [...(cell(...texts.membrane).output({}, { v: tensor([0, 1]) }, scalar(0)) as Tensor).data],
    [0, Math.tanh(1)],
  )
  t.deepEqual(Object.keys(cell('v = 0.5*v + W*tanh(v); h = tanh(v)').zeroState(sizes)), ['v', 'h'])
})

test('a text of one drive has synapses; one of several has none', t => {
  const driven = ['leaky', 'membrane'] as const
  for (const name of driven) t.true('synapses' in cell(...texts[name]), name)
  t.true('synapses' in cell('h = tanh(W*h + V*x + b)'))
  t.true('synapses' in cell('tau = 4; h = h + (tanh(W*h + V*x) - h) / tau'))
  for (const name of ['lstm', 'gru', 'peephole', 'mgu'] as const) t.false('synapses' in cell(...texts[name]), name)
  for (const text of [
    'h = tanh(W*h) + V*x',
    'c = 0.5 * c; h = tanh(W*c + V*x)',
    'h = tanh(W*h + W*tanh(h))',
    'c = V*x; h = tanh(W*c + U*h)',
    'h = tanh(W*h + V*x) .* mean(x)',
  ])
    t.false('synapses' in cell(text), text)
})

const trained = async (raw: RawOptions): Promise<readonly (readonly [string, readonly number[]])[]> => {
  const found = await prepared({ data: 'sunspots', hidden: 3, window: 4, steps: 3, batch: 1, ...raw })()
  if (E.isLeft(found)) throw new Error(found.left.message)
  const { data, options, engine } = found.right
  const { θ } = trainRun(setupOf(data, options, engine), options, () => {})
  return named(θ).map(([name, { data: values }]) => [name, [...values]])
}

const [leakyText] = texts.leaky
const always = ['bptt', 'rtrl', 'rflo', 'eprop', 'snap', 'uoro']
for (const rule of ruleNames.filter(name => name !== 'diagonal'))
  alwaysIf(always.includes(rule))(`${rule} learns the same of leaky from text as of leaky`, async t => {
    const left = await trained({ rule, cell: leakyText, alpha: 0.5 })
    const right = await trained({ rule, cell: 'leaky', alpha: 0.5, initial: 'normal' })
    t.deepEqual(
      left.map(([name]) => name),
      right.map(([name]) => name),
    )
    const differences = left.flatMap(([, values], i) => values.map((x, k) => Math.abs(x - right[i]![1][k]!)))
    t.true(Math.max(...differences) < 1e-12, String(Math.max(...differences)))
  })

test('the exact rule of diagonal cells serves a diagonal text, and refuses one whose units hear each other', async t => {
  await t.throwsAsync(trained({ rule: 'diagonal', cell: leakyText, alpha: 0.5 }), { instanceOf: KindError })
  const text = 'h = tanh(a .* h + V*x)'
  const [left, right] = [await trained({ rule: 'diagonal', cell: text }), await trained({ rule: 'rtrl', cell: text })]
  for (const [i, [, values]] of left.entries())
    for (const [k, value] of values.entries()) t.true(Math.abs(value - right[i]![1][k]!) < 1e-9)
})

/** What must be refused, the column that is named, and the word that says why. */
const hostile: readonly (readonly [text: string, column: number | null, says: RegExp])[] = [
  ['h'.repeat(1_000_000), null, /1000000 characters; wanted at most 4000/],
  [`h = ${'('.repeat(10_000)}h${')'.repeat(10_000)}`, null, /at most 4000/],
  [`h = ${'('.repeat(1900)}h${')'.repeat(1900)}`, 5 + limits.depth, /inside one another/],
  [`h = ${'-'.repeat(3900)}h`, 5 + limits.depth, /inside one another/],
  [`h = h${'^2'.repeat(1900)}`, 6 + 2 * limits.depth, /inside one another/],
  ['h = h.constructor', 6, /no property access/],
  ['h = constructor*h', 5, /the name `constructor`/],
  ['h = __proto__ + h', 5, /the name `__proto__`/],
  ['f(x) = x; h = f(h)', 1, /definition of a function/],
  ['h = import(h)', 5, /no function `import`/],
  ['h = import + h', 5, /the name `import`/],
  ['h = evaluate(h)', 5, /no function `evaluate`/],
  ['h = "h"', 5, /no strings/],
  ['h = 5 cm', 7, /no operator between `5` and `cm`/],
  ['h = 1:3', 6, /no ranges/],
  ['h = h[1]', 6, /no indexing/],
  ['h = [1, 2]', 5, /no matrices/],
  ['h = h > 0 ? h : x', 7, /a condition/],
  ['h = true', 5, /the name `true`/],
  ['h = h; { h }', 8, /braces/],
  ['h = h % 2', 7, /percent/],
  ['h = 2h', 6, /no operator between/],
  ['h = (1+h)(h)', 10, /no operator between/],
  ['h = 1e999*h', 5, /finite/],
  ['h = log(-1)*h', 5, /NaN/],
  ['u = W*h + tanh(', 16, /ends too early/],
  ['h = tanh(W*h', 13, /wanted a `\)`/],
  ['h = W*h + * x', 11, /`\*` in a place/],
  ['h = W*h)', 8, /`\)` in a place/],
  ['h = (W*h; 2)', 9, /`;` inside a parenthesis/],
  ['h == W*h', 4, /second `=`/],
  ['tanh(W*h)', 1, /no assignment/],
  ['h = tahn(W*h)', 5, /Did you mean `tanh`/],
  ['h = W(x + h)', 5, /W\*\(/],
  ['h = tanh', 5, /function `tanh` without/],
  ['h = h*h', 6, /\.\* or ⊙/],
  ['h = h / h', 7, /write \.\//],
  ['h = h^h', 7, /exponent/],
  ['h = W*h + x', 1, /h \[d\] = W \* h \+ x \[n\]/],
  ['h = x*W + h', 9, /Put a matrix before/],
  ['h = dot(h)', 5, /dot of 1 argument/],
  ['h = (1-alpha)*h + alpha*tanh(W*h)', 8, /Give \{ alpha: 0\.5 \}/],
  ['x = h; h = x', 1, /an assignment to x/],
  ['h = h; h = 2*h', 8, /second assignment to h/],
  ['uu = W*h; h = tanh(u)', 1, /uu, which nothing reads.*Did you mean `u`/],
  ['u = W*x', null, /no state/],
  ['v = 0.5*v + W*x; y = tanh(v) + x', 32, /which is no state/],
  ['h = h\nu = )', 5, /line 2, column 5/],
  ['', null, /empty text/],
]

for (const [text, column, says] of hostile)
  test(`refused: ${JSON.stringify(text.slice(0, 40))}${text.length > 40 ? ` … (${text.length})` : ''}`, t => {
    const from = performance.now()
    const error = t.throws(() => cell(text), { instanceOf: JanusError })
    t.true(performance.now() - from < 1000)
    t.regex(error?.message.replaceAll('\n', ' ') ?? '', says)
    t.not(error?.remedy, '')
    if (column === null) return
    t.regex(error?.given ?? '', new RegExp(`column ${column}:`))
    const [, line = '', caret = ''] = error?.message.split('\n') ?? []
    t.is(caret.trim(), '^')
    t.true(line.length < 80 && caret.length <= line.length + 1)
  })

test('errors are of the kind of their mistake', t => {
  t.throws(() => cell('h = tahn(h)'), { instanceOf: NameError })
  t.throws(() => cell('h = h*h'), { instanceOf: ShapeError })
  t.throws(() => cell('h = h +'), { instanceOf: DomainError })
  t.throws(() => cell('h = a*h', { alpha: 1 }), { instanceOf: NameError, message: /one of a/ })
  t.throws(() => cell('h = alpha*h', { alfa: 1 }), { instanceOf: NameError, message: /Did you mean `alpha`/ })
  t.throws(() => cell('h = a*h', { a: Number.NaN }), { instanceOf: DomainError })
  t.throws(() => cell('h = W*h', { W: ['d', 'q' as 'd'] }), { instanceOf: DomainError })
})

test('the longest sums and products are read, and run', t => {
  for (const text of [`h = ${'h+'.repeat(1997)}h`, `h = ${'h.*'.repeat(1331)}h`]) {
    t.true(text.length <= limits.length)
    const { h } = cell(text).step({}, { h: tensor([1]) }, tensor([1]))
    t.is((h as Tensor).data[0], text.includes('+') ? 1998 : 1)
  }
})

test('operators bind as they do in mathjs', t => {
  const scope = { a: 1.5, b: -0.75, c: 2.25 }
  const read = (name: string) => scope[name as keyof typeof scope]
  for (const text of [
    'a - b - c',
    'a / b / c',
    'a / b * c',
    '-a^2',
    'a^-2',
    'a - -b',
    '2^c^2',
    '-a * b^2 + c / (a - b)',
    'a .* b ./ c - +a',
    '(a + b) * (c - a)^3',
    'tanh(a - b * c) / exp(-a)',
    'a * -b + abs(b) * sqrt(c)',
    'π * a',
  ])
    t.true(
      Math.abs(
        item(
          lift(
            evaluate(
              statementsOf({ who: 'cell', text: text.replace('π', '3.141592653589793') }, true)[0]!.expression,
              read,
            ),
          ),
        ) - Number(mathjs(text.replaceAll('π', 'pi'), scope)),
      ) < 1e-12,
      text,
    )
})

test('losses from text are the losses by name, and so are their gradients', t => {
  const [v, target] = [tensor([0.3, -1.2, 0.5]), tensor([0, 1, 0])]
  const pairs = [
    [loss('0.5 * sum((v - target).^2)'), halfSquaredError()],
    [loss('p = softmax(v); -sum(y_star .* log(p))'), crossEntropy],
    [loss('y = softmax(v); c = -dot(target, ln(y)); c'), crossEntropy],
    [loss('k * dot(v - target, v - target)', { k: 0.5 }), halfSquaredError()],
  ] as const
  for (const [written, known] of pairs) {
    const near = (f: (l: typeof written) => Value): void => {
      const [left, right] = [f(written) as Tensor, f(known) as Tensor]
      t.true(left.data.every((x, i) => Math.abs(x - right.data[i]!) < 1e-14))
    }
    near(l => l.each(v, target))
    near(l => grad((w: Value) => l.each(w, target))(v) as Value)
  }
  t.deepEqual(pairs[2][0].output(v), crossEntropy.output(v))
  t.throws(() => loss('sum(v - targt)'), { instanceOf: NameError, message: /Did you mean `target`/ })
  t.throws(() => loss('v - target'), { instanceOf: JanusError, message: /sum\(…\)/ })
  t.throws(() => loss('1 + 1'), { instanceOf: JanusError })
})

test('a model file keeps the text: a run goes on from it, and it speaks', async t => {
  const out = join(folder, 'kept')
  const data = join(folder, 'text.txt')
  writeFileSync(data, 'we the people of the united states '.repeat(12))
  const raw = { data, cell: 'h = tanh(W*h + V*x + b)', hidden: 4, steps: 2, layers: 2, out }
  t.true(E.isRight(await train(raw)()))
  const path = join(out, readdirSync(out)[0]!, 'model.json')
  const found = await openModel(path)()
  t.true(E.isRight(found) && found.right.cell.cell === raw.cell && found.right.θ.cell.layer2 !== undefined)
  const config = JSON.parse(readFileSync(path.replace('model.json', 'config.json'), 'utf8'))
  t.is(config.options.cell, raw.cell)
  t.true(E.isRight(await train({ data, from: path, steps: 1, out: join(folder, 'on') })()))
  t.true(E.isRight(await generate({ from: path, length: '3' })()))
})

test('the command line refuses a wrong text with its column, and exit code 2', async t => {
  for (const command of [
    train({ data: 'sunspots', cell: 'u = W*h + tanh(', out: folder }),
    spectrum({ cell: 'u = W*h + tanh(' }),
  ]) {
    const outcome = await command()
    t.true(E.isLeft(outcome) && outcome.left.code === 2 && /at column 16.*\n.*\n +\^$/.test(outcome.left.message))
  }
})
