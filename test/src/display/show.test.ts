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
import { bidirectional } from '../../../nets/run/bidirectional.ts'
import { rule } from '../../../nets/run/rule.ts'
import { scan } from '../../../nets/run/scan.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { train } from '../../../nets/train/online.ts'
import { adam, sgd } from '../../../nets/train/optimisers.ts'
import { prove } from '../../../proofs/index.ts'
import { bptt } from '../../../rules/bptt.ts'
import { registry } from '../../../rules/registry.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { snap } from '../../../rules/snap.ts'
import { chunked, tbptt } from '../../../rules/tbptt.ts'
import { uoro } from '../../../rules/uoro.ts'
import { bundle, display } from '../../../src/display/notebook.ts'
import { shown } from '../../../src/display/show.ts'
import { stepper } from '../../../src/display/stepper.ts'
import { triangleOf } from '../../../src/display/triangle.ts'

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
const both = bidirectional(leaky(), gru(), { d: 3, n: 1, m: 1 }, halfSquaredError())

test('numbers print with four digits, whole or small ones as they are', t => {
  const output = [3, -2, 1 / 3, 123456.7, 1.5e-7, 2 ** 40, 1e300, Number.NaN, Number.NEGATIVE_INFINITY].map(digits)
  t.deepEqual(output, ['3', '-2', '0.3333', '123500', '1.5e-7', '1.1e12', '1e300', 'NaN', '-Infinity'])
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

test('a linear map prints its structure with sizes, a matrix its numbers too', t => {
  const first = sumMaps(compose(now.jacobian, zero(now.immediate)), now.immediate)
  t.is(shown(first), 'linear map 15 → 3: Sum(Compose(Taped 3→3, Zero 15→3), Taped 15→3)')
  t.regex(shown(dense(now.jacobian)), /^linear map 3 → 3: Dense 3→3\n\[\[.*\n.*\n.*\]\]$/)
  const deep = Array.from({ length: 40 }).reduce<typeof first>(
    f => sumMaps(compose(now.jacobian, f), now.immediate),
    first,
  )
  t.true(shown(deep).split('\n').length <= 5)
})

test('a timestep prints its parts, a run a line a timestep up to some', t => {
  t.regex(shown(now), /jacobian +J = ∂s\/∂s₋ +3 → 3 +[\d.]+ +Taped 3→3\nimmediate +B = ∂s\/∂θ +15 → 3/)
  t.is(shown(run).split('\n').length, 2 + 5)
  const long = shown(runOf(50)).split('\n')
  t.is(long.length, 2 + 12)
  t.regex(long.at(-1) ?? '', /^50 /)
})

test('a cell prints its parameters in sizes of the network, or says that its sizes are fixed', t => {
  t.regex(shown(leaky()), /W_rec \[d, d\], W_in \[d, n\], b_rec \[d\]\n +state +h \[d\]$/)
  for (const make of Object.values(cells)) t.notRegex(shown(make()), /\d\]|NaN/)
  t.regex(shown(stacked([gru(), lstm()], [5, 4])), /fixed sizes/)
})

test('a rule prints which way it faces, what it draws and its facts, one of your own what it declares', t => {
  t.regex(
    shown(bptt),
    /^the rule bptt: Backpropagation through time\n +faces +the future\n[\s\S]* +paper +Werbos 1990$/,
  )
  t.regex(shown(uoro()), /^the rule uoro: [\s\S]*faces +the past\n[\s\S]*draws +sign \[state\] at each step\n/)
  t.regex(shown(uoro()), /Tallec & Ollivier 2017/)
  const mine = rule({
    name: 'mine',
    faces: 'past',
    init: () => null,
    step: (_: null, { immediate }) => [zeros([immediate.from.size]) as never, null],
  })
  t.is(shown(mine), 'the rule mine\n  faces  the past')
  t.notRegex(shown(adam({ lr: 0.1 })), /rule/)
  t.is(shown(table).split('\n').length, 2 + Object.keys(table).length)
})

test('a rule that waits for its network says so, a maker how it is called and its options', t => {
  t.regex(shown(snap({ n: 2 })), /^the rule snap: [\s\S]*needs +its network/)
  t.notRegex(shown(snap({ n: 2 })), /by default/)
  t.regex(shown(snap), /^a maker of rules, snap: [\s\S]*call +snap\(\{ … \}\)\n[\s\S]*\n +n +[^\n]*1 by default/)
  t.regex(
    shown(registry['random-feedback']),
    /^a maker of rules, random-feedback: .*\n +call +randomFeedback\(\{ … \}\)\n/,
  )
  t.is(shown(registry).split('\n').length, 1 + Object.keys(registry).length)
})

test('a rule in windows prints them, and none of the facts that hold without them', t => {
  const text = shown(chunked({ k: 3 })(bptt))
  t.regex(text, /^the rule bptt in windows: [\s\S]*faces +the past\n +windows +a pass every 3 steps, 3 steps back\n/)
  t.notRegex(text, /exact|nothing/)
  t.regex(shown(tbptt({ k: 3 })), /^the rule tbptt in windows: [\s\S]* biased\n[\s\S]*windows +a pass every 3 steps/)
})

test('a step of training prints its loss, its output, and whether it moved the parameters', t => {
  const sequence = Array.from({ length: 2 }, () => example([1], [0]))
  const iterator = train(rtrl, net, { optimiser: sgd({ lr: 0.1 }), every: 2, engine: 'eager' })(θ, sequence)
  t.regex(shown(iterator), /^a generator/)
  const [first, second] = [...iterator].map(shown) as [string, string]
  t.regex(first, /^step 1 of training\n +loss +[\d.]+\n +output +\[[-\d.]+\]\n +gradient +no update at this step\n/)
  t.regex(second, /^step 2 of training\n[\s\S]* gradient +norm [\d.]+, the mean since the last update/)
})

test('a network prints its sizes and shapes, one that reads from both ends too', t => {
  t.regex(shown(net), /^a network: d = 3 units, n = 1 inputs, m = 1 outputs\n +parameters +W_rec \[3, 3\]/)
  t.regex(shown(both), /^a bidirectional network: d = 3 [\s\S]* backward +W_hr [\s\S]*readout +W_out \[1, 6\]/)
})

test('parts of other records print in a word or two', t => {
  const output = shown({ run, net, θ, J: now.jacobian, rule: bptt, a: tensor([1, 2]) })
  t.regex(output, /run: a run of 4 steps/)
  t.regex(output, /net: a network/)
  t.regex(output, /'θ': cell\.W_rec \[3, 3\]/)
  t.regex(output, /J: linear map Taped 3→3/)
  t.regex(output, /rule: the rule bptt/)
  t.regex(shown([uoro]), /a maker of rules, uoro/)
  t.regex(output, /a: tensor \[2\] \[1, 2\]/)
})

test('a text of several lines prints as it is, one of a line in quotes', t => {
  t.is(shown('one\ntwo'), 'one\ntwo')
  t.is(shown('one'), "'one'")
})

test('what is read as it is asked for shows its first few, and can be read again', t => {
  const lazy = scan(bptt)(run)
  t.is(shown(lazy), shown(lazy))
  t.is(shown(lazy).split('\n').length, 1 + run.length)
  t.is(shown(scan(bptt)(runOf(30))).split('\n').length, 1 + 8 + 1)
  for (const line of shown(scan(rtrl)(runOf(30))).split('\n')) t.true([...line].length <= 80, line)
})

test('a value inside a derivative says so', t => {
  let output = ''
  grad((x: Value) => {
    output = shown(x)
    return tanh(x)
  })(scalar(1))
  t.regex(output, /inside a derivative/)
})

test('no record of a small run prints wider than 80 columns', t => {
  const decided = [...prove({ pattern: 'one-step truncation', runs: 3 })]
  for (const value of [
    net,
    θ,
    θ.cell,
    run,
    runOf(50),
    ...run,
    leaky(),
    lstm(),
    registry,
    ...Object.values(registry),
    both,
    chunked({ k: 3 })(bptt),
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
  const values = [
    eye(2),
    full([20], 1),
    normal(3, 3, 3),
    zeros([0]),
    scalar(2),
    run,
    now,
    θ,
    net,
    leaky(),
    registry,
    uoro,
    bptt,
    both,
  ]
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
