/** Ordinary slips against what is exported: an error of the project's says what was given and what was wanted; nothing is passed over. */
import test from 'ava'
import { integer } from 'fast-check'
import { JanusError } from '../../ad/errors.ts'
import {
  binary,
  compose,
  cost,
  dense,
  item,
  masked,
  nested,
  own,
  pull,
  push,
  scale,
  toMatrix,
  unary,
} from '../../ad/index.ts'
import * as nets from '../../nets/index.ts'
import { conforms, decide, describe, equation, find, gap, networks, prove, realise } from '../../proofs/index.ts'
import { deltas } from '../../rules/index.ts'
import { audit, contradictions, lineOf } from '../../src/audit/index.ts'
import { bundle, display } from '../../src/display/notebook.ts'
import * as identifying from '../../src/identify/index.ts'
import * as janus from '../../src/index.ts'
import * as models from '../../src/models.ts'
import * as symbols from '../../src/symbols.ts'
import * as weights from '../../src/weights/index.ts'
import { some } from '../effort.ts'

type Any = (...given: readonly unknown[]) => unknown

const { bptt, example, gradient, halfSquaredError, leaky, network, ones, rtrl, sgd, train, unroll } = janus
const sizes = { d: 2, n: 1, m: 1 }
const net = network(leaky(), sizes, halfSquaredError())
const θ = net.init(1)
const data = [example([1], [1]), example([0], [1])]
const run = unroll(net)(θ, data)

/** As a module that was imported whole: it has no text of its own. */
const bare: unknown = Object.create(null)

/** What a hand puts in the wrong place. */
const wrong: readonly unknown[] = [
  ...[undefined, null, 1, -1, Number.NaN, 'x', [], [1, 2], [[1], [1, 2]], {}, { optimizer: 1 }, { lr: 0.1 }],
  ...[new Float32Array(2), Promise.resolve(1), (x: unknown) => x, () => undefined],
  ...[ones([2]), janus.scalar(1), net, θ, data, run, bptt, rtrl, janus.uoro, leaky(), halfSquaredError(), sizes],
]

/** What a hand puts there more seldom: alone, and the last of them after another. */
const strange: readonly unknown[] = [3n, new Map([['W', 1]]), bare]

const isOurs = (thrown: unknown): boolean => thrown instanceof JanusError
const settled = (made: unknown): void => {
  if (made instanceof Promise) made.catch(() => undefined)
}

/** Errors made without a stack, which takes most of the time that an error takes. */
const withoutStacks = <A>(body: () => A): A => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return body()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Calls that end in an error that is none of ours, in words. */
const raw = (name: string, call: Any, more = true): readonly string[] => withoutStacks(() => answers(name, call, more))

const answers = (name: string, call: Any, more: boolean): readonly string[] => {
  const seconds = [...wrong, bare]
  const lists = [[], ...[...wrong, ...strange].map(x => [x]), ...some(wrong.flatMap(x => seconds.map(y => [x, y])))]
  const found = new Set<string>()
  for (const given of lists)
    try {
      const made = call(...given)
      settled(made)
      if (more && given.length === 1 && typeof made === 'function')
        for (const line of answers(`${name}(…)`, made as Any, false)) found.add(line)
    } catch (thrown) {
      if (!isOurs(thrown)) found.add(`${name}: ${thrown}`)
    }
  return [...found]
}

const entries = {
  janusgrad: janus,
  'janusgrad/weights': weights,
  'janusgrad/models': models,
  'janusgrad/symbols': symbols,
  'janusgrad/identify': identifying,
}

/** Of the entries of building blocks: what the documents write. */
const documented = {
  ...{ cost, unary, binary },
  ...{ estimates: nets.estimates, signsOf: nets.signsOf, resumed: nets.resumed, byLag: nets.byLag },
  ...{ unrolled: nets.unrolled, deltas },
  ...{ decide, gap, networks: (given: never) => void networks(given), describe, realise },
  ...{ contradictions, lineOf },
  ...{ bundle, display },
}

const maps = { push, pull, dense, compose, scale, masked, own, toMatrix, item, nested }

for (const [entry, functions] of Object.entries(entries))
  test(`no function of ${entry} answers a slip with an error of JavaScript's own`, t => {
    const names = Object.entries(functions).filter(([name, f]) => typeof f === 'function' && !/^[A-Z]/.test(name))
    t.deepEqual(
      names.flatMap(([name, f]) => raw(name, f as Any)),
      [],
    )
  })

test('nor does one that the documents write', t => {
  t.deepEqual(
    Object.entries(documented).flatMap(([name, f]) => raw(name, f as unknown as Any)),
    [],
  )
})

test('nor does one of linear maps', t => {
  t.deepEqual(
    Object.entries(maps).flatMap(([name, f]) => raw(name, f as unknown as Any, false)),
    [],
  )
})

const verbs: readonly (readonly [name: string, call: Any])[] = [
  ['gradient(bptt, net)', gradient(bptt, net) as Any],
  ['lossAndGradient(rtrl, net)', janus.lossAndGradient(rtrl, net) as Any],
  [
    'train',
    (...given) => [
      ...(train(rtrl, net, { optimiser: sgd({ lr: 1 }) }) as (...a: never[]) => Iterable<unknown>)(
        ...(given as never[]),
      ),
    ],
  ],
  ['predict', janus.predict(net) as Any],
  ['evaluate', janus.evaluate(net) as Any],
  ['unroll', unroll(net) as Any],
  ['scan', given => [...janus.scan(rtrl)(given as never)]],
  ['total', janus.total(bptt) as Any],
  ['triangleBy', janus.triangleBy(rtrl) as Any],
  ['inputGradient', janus.inputGradient(bptt, net) as Any],
  ['network.with', net.with as Any],
  ['draw', janus.rng(1).draw as Any],
  ['sizes', given => network(leaky(), given as never, halfSquaredError())],
  [
    'a layout',
    given =>
      network(
        janus.cell({ params: given, state: { h: ['d'] } } as never, () => ({})) as never,
        sizes,
        halfSquaredError(),
      ).init(1),
  ],
  [
    'the names of a layout',
    given =>
      network(
        janus.cell({ params: { W: given }, state: { h: ['d'] } } as never, () => ({})) as never,
        sizes,
        halfSquaredError(),
      ).init(1),
  ],
  ['masks', given => network(janus.withConnectivity(leaky(), given as never), sizes, halfSquaredError()).init(1)],
  [
    'initialisers',
    given => network(janus.withInitialisers(leaky(), given as never), sizes, halfSquaredError()).init(1),
  ],
  ['a synthesiser', given => gradient(janus.dni({ synthesiser: given as never }), net)(θ, data)],
  ['an optimiser', given => [...train(rtrl, net, { optimiser: given as never })(θ, data)]],
  [
    'an update',
    given => [...train(rtrl, net, { optimiser: { init: () => null, step: () => given as never } })(θ, data)],
  ],
  ['place', given => gradient(bptt, net)(θ, data, given as never)],
  ['into', given => gradient(bptt, net)(θ, data, { into: given as never })],
]

test('nor does what they give back', t => {
  t.deepEqual(
    verbs.flatMap(([name, call]) => raw(name, call, false)),
    [],
  )
})

const claim = equation<number>({
  claim: 'a number is itself',
  forAll: integer({ min: 0, max: 9 }),
  sides: x => [[x], [x]],
  within: 0,
  verdict: 'holds',
})

/** What would be decided by nothing, or never. */
const vacuous: readonly (readonly [name: string, slip: () => unknown, says: RegExp])[] = [
  ...[0, -1, 1.5, Number.NaN, Infinity, '9'].map(
    runs =>
      [
        `${runs} runs`,
        () => decide(claim, { runs: runs as number }),
        /^decide: runs = .*; wanted a whole number/,
      ] as const,
  ),
  ['half a seed', () => decide(claim, { seed: 0.5 }), /^decide: seed = 0.5; wanted a whole number/],
  ['a pattern that is no text', () => find({ pattern: 5 as never }), /^prove: pattern 5; wanted words/],
  [
    'a rule not in a list',
    () => find({ rules: rtrl as never }),
    /^prove: an object of name, title, faces, …; wanted a list of rules/,
  ],
  ['a claim that is none', () => find({ claims: [{} as never] }), /^prove: an empty object; wanted a proposition/],
  ['a primitive that is none', () => find({ primitives: [{} as never] }), /^prove: nothing; wanted operations with/],
  ['sides that are tensors', () => gap(ones([2]) as never, [1, 1]), /^gap: a value \[2\]; wanted two lists/],
  ['runs of no steps', () => conforms(bptt, { steps: 0 }), /^conforms: steps = 0/],
  ['a cell by no name', () => conforms(bptt, { cells: ['leeky' as never] }), /^conforms: .*leeky.*Did you mean leaky/],
  ['a limit of another name', () => networks({ D: 2 } as never), /^networks: an option D/],
  ['a limit of 0', () => networks({ d: 0 }), /^networks: d = 0/],
  [
    'a line that is none',
    () => audit(bptt, { lines: ['exactnes' as never] }),
    /line 'exactnes'.*Did you mean 'exactness'/,
  ],
  ['a size that is none', () => audit(bptt, { sizes: { d: 0 } }), /^audit: d = 0/],
  ['a lag of 0', () => nets.byLag(run, 0), /^byLag: reach = 0/],
  ['signs that no memory holds', () => nets.signsOf([60]), /^signsOf: shape \[1152921504606847000, 60\]/],
  [
    'draws for more steps',
    () => nets.estimates(janus.uoro())(run, ones([2, 3, 2])),
    /^estimates: draws: a value \[2, 3, 2\]; wanted draws \[N, 2, …\]/,
  ],
]

for (const [name, slip, says] of vacuous)
  test(`nothing is decided by: ${name}`, t => {
    t.throws(slip, { instanceOf: JanusError, message: says })
  })

const other = { sead: 1 } as never
/** Options of other names were passed over. */
const misspelt: readonly (readonly [name: string, slip: () => unknown])[] = [
  ['gradient', () => gradient(bptt, net, other)],
  ['gradient', () => gradient(bptt, net)(θ, data, other)],
  ['predict', () => janus.predict(net, other)],
  ['evaluate', () => janus.evaluate(net, other)],
  ['evaluate', () => janus.evaluate(net)(θ, data, other)],
  ['unroll', () => unroll(net, other)],
  ['scan', () => janus.scan(bptt, other)],
  ['scan', () => janus.total(bptt, other)],
  ['triangleBy', () => janus.triangleBy(rtrl, other)(run)],
  ['inputGradient', () => janus.inputGradient(bptt, net, other)],
  ['closed', () => janus.closed(leaky(), other)],
  ['cell', () => janus.cell({ params: { W: ['d'] }, state: { h: ['d'] } }, (_, s) => s, other)],
  ['network.with', () => net.with(other)],
  ['ahead', () => janus.ahead([1, 2, 3], other)],
  ['standardised', () => janus.standardised([1, 2, 3], other)],
  ['stepper', () => janus.stepper(run, other)],
  ['derive', () => symbols.derive('leaky', other)],
  ['prove', () => find(other)],
  ['prove', () => [...prove(other)]],
  ['prove', () => find('rtrl' as never)],
  ['toTorch', () => weights.toTorch('leaky', θ.cell, other)],
  ['readoutToTorch', () => weights.readoutToTorch(θ.readout, other)],
]

for (const [i, [name, slip]] of misspelt.entries())
  test(`an option of another name is refused: ${name}, ${i}`, t => {
    t.throws(slip, { instanceOf: JanusError, message: new RegExp(`^${name}: (an option sead|options 'rtrl')`) })
  })

/** What was taken in silence for something else. */
const silent: readonly (readonly [name: string, slip: () => unknown, says: RegExp])[] = [
  [
    'a function that was called',
    () => janus.grad(janus.sum(ones([2])) as never),
    /grad: a value \[\]; wanted a function.*grad\(f\)\(x\)/,
  ],
  [
    'a rule as a cell',
    () => network(bptt as never, sizes, halfSquaredError()),
    /network: a learning rule; wanted a cell/,
  ],
  ['a rule as a layer', () => janus.stacked([leaky(), bptt as never]), /stacked: a learning rule/],
  ['no cell to embed for', () => janus.embedded(3 as never, 4), /embedded: 3; wanted a cell/],
  ['no size of a table', () => janus.embedded(leaky(), undefined as never), /embedded: size nothing/],
  ['no cell in a residual', () => janus.residual(leaky as never), /residual: the function leaky/],
  ['no cell in a loop', () => janus.closed(leaky as never), /closed: the function leaky/],
  ['a promise as a tree', () => janus.distance(Promise.resolve(θ) as never, {}), /a promise, not yet awaited/],
  ['a Map as a tree', () => janus.entries(new Map([['W', ones([2])]]) as never), /an object Map where a value/],
  [
    'a promise of options',
    () => gradient(bptt, net, Promise.resolve({}) as never),
    /gradient: options a promise, not yet/,
  ],
  ['a cell as a network', () => gradient(bptt, leaky() as never), /gradient: a cell; wanted a network/],
  ['θ as a network', () => unroll(θ as never), /unroll: parameters; wanted a network/],
  [
    'both ends forwards',
    () => janus.predict(janus.bidirectional(leaky(), leaky(), sizes, halfSquaredError()) as never),
    /predict: a bidirectional network/,
  ],
  ['the network for a run', () => janus.spectrum(net as never), /spectrum: .*unroll\(net\)\(θ, data\)/],
  ['a slice of a run', () => janus.total(janus.uoro())(run.slice(0, 2) as never), /a slice of a run has none/],
  [
    'the timestep first',
    () =>
      gradient(
        janus.rule({
          name: 'a',
          faces: 'past',
          init: () => null,
          step: now => [janus.error(now as never), null] as never,
        }),
        net,
      )(θ, data),
    /error: null; wanted a timestep.*\(memory, now\)/,
  ],
  [
    'a map that is none',
    () => janus.pull(janus.error(run[1]!) as never, run[1]!.immediate as never),
    /pull: a value \[2\]; wanted a linear map/,
  ],
  [
    'a gradient of a tree',
    () => sgd({ lr: 1 }).step({ count: 0, velocity: null }, θ as never, θ),
    /optimiser: .*tensor\(entries\(gradient\)\)/,
  ],
  [
    'triangles of other lengths',
    () => janus.alignmentByLag(janus.doubleSum(run), janus.doubleSum(unroll(net)(θ, data.slice(1)))),
    /3 and 2 rows/,
  ],
]

for (const [name, slip, says] of silent)
  test(`what is none is not taken for one: ${name}`, t => {
    t.throws(slip, { instanceOf: JanusError, message: says })
  })
