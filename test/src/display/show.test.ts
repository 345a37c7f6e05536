import test from 'ava'
import { digits, spark } from '../../../ad/format.ts'
import { dense } from '../../../ad/linear/apply.ts'
import { compose, sumMaps, zero } from '../../../ad/linear/linear.ts'
import { grad } from '../../../ad/modes/transforms.ts'
import { tanh } from '../../../ad/primitives/elementwise.ts'
import { table } from '../../../ad/primitives/table.ts'
import { eye, full, scalar, show, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { gru } from '../../../nets/cells/gru.ts'
import { cells } from '../../../nets/cells/index.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { stacked } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { adam } from '../../../nets/train/optimisers.ts'
import { prove } from '../../../proofs/index.ts'
import { bptt } from '../../../rules/bptt.ts'
import { uoro } from '../../../rules/uoro.ts'
import { bundle, display } from '../../../src/display/notebook.ts'
import { shown } from '../../../src/display/show.ts'
import { stepper } from '../../../src/display/stepper.ts'
import { triangleOf } from '../../../src/display/triangle.ts'
import { family } from '../../../src/family.ts'

const random = rng(1)
const normal = (...shape: number[]): Tensor => random.draw({ law: 'normal', shape })

const net = network(leaky({ alpha: 0.5 }), { d: 3, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const runOf = (steps: number) =>
  unroll(net)(
    θ,
    Array.from({ length: steps }, (_, t) => example(tensor([Math.sin(t)]), tensor([0.1]))),
  )
const run = runOf(4)
const now = run[2] as (typeof run)[0]

test('numbers print with four digits, whole or small ones as they are', t => {
  const said = [3, -2, 1 / 3, 123456.7, 1.5e-7, 2 ** 40, 1e300, Number.NaN, Number.NEGATIVE_INFINITY].map(digits)
  t.deepEqual(said, ['3', '-2', '0.3333', '123500', '1.5e-7', '1.1e12', '1e300', 'NaN', '-Infinity'])
})

test('a sparkline goes from the least to the largest, marks what is not finite, and averages to its width', t => {
  t.is(spark([0, 1, 2, 3, 4]), '▁▂▃▅▇')
  t.is(spark([4, Number.NaN, 0, Number.POSITIVE_INFINITY]), '▇?▁?')
  t.is(spark([5, 5]), '▁▁')
  t.is(spark([0, 0, 4, 4], 2), '▁▇')
  t.is(spark([]), '')
})

test('a long vector prints its first digits, its course and its range; a matrix in aligned rows, shortened', t => {
  t.is(show(tensor([...Array(10).keys()])), 'tensor [10] [0, 1, 2, …] ▁▁▂▂▃▃▅▅▇▇ 0 to 9')
  t.is(
    show(
      tensor([
        [1, -10],
        [100, 0.5],
      ]),
    ),
    'tensor [2, 2]\n[[  1, -10],\n [100, 0.5]]',
  )
  const [head, ...lines] = show(zeros([20, 20])).split('\n')
  t.is(head, 'tensor [20, 20]')
  t.deepEqual([lines.length, lines.at(-2)], [8, ' …,'])
  t.is(lines.at(-1), ' [0, 0, 0, 0, 0, 0, …, 0]]')
})

const shapes = [[], [0], [1], [3], [8], [9], [1000], [1, 1], [0, 3], [3, 0], [2, 7], [40, 40], [2, 3, 4], [30, 30, 30]]

test('no tensor prints wider than 80 columns, at any scale', t => {
  for (const shape of shapes)
    for (const scale of [1, 1e-9, -123456, 1e200]) {
      const { data } = normal(...shape)
      const lines = show(
        tensor(
          data.map(x => x * scale),
          shape,
        ),
      ).split('\n')
      t.true(
        lines.every(line => [...line].length <= 80),
        `${shape} ${lines[0]}`,
      )
    }
})

test('an arrow prints its structure with sizes, a written out one its numbers too', t => {
  const first = sumMaps(compose(now.jacobian, zero(now.immediate)), now.immediate)
  t.is(shown(first), 'arrow 15 → 3: Sum(Compose(Taped 3→3, Zero 15→3), Taped 15→3)')
  t.regex(shown(dense(now.jacobian)), /^arrow 3 → 3: Dense 3→3\n\[\[.*\n.*\n.*\]\]$/)
  const deep = Array.from({ length: 40 }).reduce<typeof first>(
    f => sumMaps(compose(now.jacobian, f), now.immediate),
    first,
  )
  t.true(shown(deep).split('\n').length <= 5)
})

test('a moment prints its parts, a run a line a moment up to some', t => {
  t.regex(shown(now), /recurrent +J = ∂s\/∂s₋ +3 → 3 +[\d.]+ +Taped 3→3\nimmediate +B = ∂s\/∂θ +15 → 3/)
  t.is(shown(run).split('\n').length, 2 + 5)
  const long = shown(runOf(50)).split('\n')
  t.is(long.length, 2 + 12)
  t.regex(long.at(-1) ?? '', /^50 /)
})

test('a cell prints its parameters in sizes of the task, or says that its sizes are fixed', t => {
  t.regex(shown(leaky()), /W_rec \[d, d\], W_in \[d, n\], b_rec \[d\]\n +state +h \[d\]$/)
  for (const make of Object.values(cells)) t.notRegex(shown(make()), /\d\]|NaN/)
  t.regex(shown(stacked([gru(), lstm()], [5, 4])), /fixed sizes/)
})

test('a rule prints where it faces and what it draws, a member of the family its facts', t => {
  t.regex(shown(bptt), /faces the future/)
  t.regex(shown(uoro()), /faces the past; draws sign \[state\]/)
  t.notRegex(shown(adam({ lr: 0.1 })), /rule/)
  t.is(shown(table).split('\n').length, 2 + Object.keys(table).length)
  t.regex(shown(family.uoro), /Tallec & Ollivier 2017/)
  t.is(shown(family).split('\n').length, 1 + Object.keys(family).length)
})

test('parts of other records print in a word or two', t => {
  const said = shown({ run, net, θ, J: now.jacobian, rule: bptt, a: tensor([1, 2]) })
  t.regex(said, /run: a run of 4 steps/)
  t.regex(said, /net: a task/)
  t.regex(said, /'θ': cell\.W_rec \[3, 3\]/)
  t.regex(said, /J: arrow Taped 3→3/)
  t.regex(said, /rule: a rule/)
  t.regex(said, /a: tensor \[2\] \[1, 2\]/)
})

test('a text of several lines prints as it is, one of a line in quotes', t => {
  t.is(shown('one\ntwo'), 'one\ntwo')
  t.is(shown('one'), "'one'")
})

test('what is read as it is asked for shows its first few, and can be read again', t => {
  const lazy = bptt(run)
  t.is(shown(lazy), shown(lazy))
  t.is(shown(lazy).split('\n').length, 1 + run.length)
  t.is(shown(bptt(runOf(30))).split('\n').length, 1 + 8 + 1)
})

test('a value inside a derivative says so', t => {
  let said = ''
  grad((x: Value) => {
    said = shown(x)
    return tanh(x)
  })(scalar(1))
  t.regex(said, /inside a derivative/)
})

test('no record of a small run prints wider than 80 columns', t => {
  const decided = [...prove({ pattern: 'one-step truncation' })]
  for (const value of [
    net,
    θ,
    θ.cell,
    run,
    runOf(50),
    ...run,
    leaky(),
    lstm(),
    family,
    family.ok,
    bptt,
    triangleOf(1, 4),
  ])
    for (const line of shown(value).split('\n')) t.true([...line].length <= 80, line)
  for (const line of shown(decided).split('\n').slice(0, 1)) t.true([...line].length <= 80, line)
})

/** The tags of a page that are left open, or closed without having been opened. */
const unbalanced = (html: string): readonly string[] => {
  const open: string[] = []
  for (const [, close, tag = '', alone] of html.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g))
    if (close && open.at(-1) === tag) open.pop()
    else if (!alone) open.push(`${close}${tag}`)
  return open
}

test('notebooks are given text, tables in HTML that is whole and escaped, and figures', t => {
  const hostile = { claim: '<script>alert("&")</script>', verdict: 'holds' }
  const values = [eye(2), full([20], 1), normal(3, 3, 3), zeros([0]), scalar(2), run, now, θ, net, leaky(), family]
  for (const value of [...values, hostile, [hostile], stepper(run), triangleOf(1, 3), { a: '<b>' }, 3, undefined]) {
    const { 'text/plain': text, 'text/html': html = '', 'image/svg+xml': svg = '' } = bundle(value)
    t.is(text, shown(value))
    t.true(html !== '' || svg !== '')
    t.deepEqual(unbalanced(html), [])
    t.deepEqual(unbalanced(svg), [])
    t.notRegex(html, /<script|<b>|&(?!amp;|lt;|gt;|quot;|#39;)/)
    t.notRegex(svg, /NaN|Infinity/)
  }
})

test('tensors, steppers and what display makes carry the symbol of Jupyter', t => {
  const jupyter = Symbol.for('Jupyter.display')
  for (const value of [eye(2), stepper(run), display(run), display(3)]) {
    const form = (value as unknown as { [jupyter]: () => { 'text/plain': string } })[jupyter]
    t.is(typeof form.call(value)['text/plain'], 'string')
  }
  t.false(Object.keys(stepper(run)).includes('Jupyter.display'))
})
