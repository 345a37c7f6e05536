import test from 'ava'
import { compile } from '../../ad/compiler/compile.ts'
import { pull } from '../../ad/linear/apply.ts'
import { grad, vmap } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, neg, tanh } from '../../ad/primitives/elementwise.ts'
import { gather } from '../../ad/primitives/indexing.ts'
import { slice, sum } from '../../ad/primitives/layout.ts'
import { eye, full, nested, ones, scalar, type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { cell } from '../../nets/cells/cell.ts'
import { closed } from '../../nets/cells/closed.ts'
import { embedded } from '../../nets/cells/embedded.ts'
import { gru, gruPytorch, mgu } from '../../nets/cells/gru.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { lru } from '../../nets/cells/lru.ts'
import { lstm } from '../../nets/cells/lstm.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { crossEntropy, halfSquaredError } from '../../nets/loss.ts'
import { example, network, params } from '../../nets/network.ts'
import { bidirectional, unrollBoth } from '../../nets/run/bidirectional.ts'
import { checkpointed } from '../../nets/run/checkpointing.ts'
import { inputGradient } from '../../nets/run/input-gradient.ts'
import { rule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import { error } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { ahead, delayed, standardised } from '../../nets/sequence.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { evaluate, predict } from '../../nets/train/predict.ts'
import { bptt } from '../../rules/bptt.ts'
import { triangleBy } from '../../rules/readings/triangle-by.ts'
import { rflo } from '../../rules/rflo.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, sliding, spaced } from '../../rules/tbptt.ts'

type Any = (...given: never[]) => unknown
const sizes = { d: 2, n: 1, m: 1 }
const net = network(leaky(), sizes, halfSquaredError())
const θ = net.init(0)
const data = [example([1], [1]), example([0], [1])]
const both = bidirectional(leaky(), leaky(), sizes, halfSquaredError())
const mine = (step: Any) => rule({ name: 'mine', faces: 'past', init: () => null, step: step as never })
const myopic = (now: never) => pull((now as { immediate: never }).immediate, error(now))
const named = (step: Any) =>
  network(cell({ params: { W: ['d', 'd'], b: ['d'] }, state: { h: ['d'] } }, step as never), sizes, halfSquaredError())

/** A slip, and what the error must say. */
const slips: readonly (readonly [name: string, slip: () => unknown, says: RegExp])[] = [
  ['a seed for a stream', () => params(net, 1 as never), /params: 1; .*rng\(1\)/],
  ['an axis for a list', () => vmap((x: Value) => x, 0 as never)(ones([2])), /vmap: inAxes 0; wanted a list/],
  ['no options of sgd', () => (sgd as Any)(), /sgd: options undefined; wanted a record of lr/],
  ['no options of adam', () => (adam as Any)(), /adam: options undefined/],
  ['no options of chunked', () => (chunked as Any)(), /chunked: options undefined; wanted a record of k/],
  ['no options of sliding', () => (sliding as Any)(), /sliding: options undefined/],
  ['no options of spaced', () => (spaced as Any)(), /spaced: options undefined; wanted a record of k1, k2/],
  ["another library's option", () => (gru as Any)({ forget: 1 } as never), /gru: an option forget; wanted no options/],
  [
    "gradient's dtype",
    () => (gradient as Any)(bptt as never, net as never, { dtype: 'f32' } as never),
    /gradient: an option dtype; wanted engine, seed, workers/,
  ],
  ["gradient's seed", () => (gradient as Any)(bptt as never, net as never, { sead: 1 } as never), /Did you mean seed/],
  [
    "gradient's place",
    () => gradient(bptt, net)(θ, data, { ito: zeros([1]) } as never),
    /gradient: an option ito.*Did you mean into/,
  ],
  [
    "predict's seed",
    () => (predict as Any)(net as never, { seed: 1 } as never),
    /predict: an option seed; wanted engine/,
  ],
  [
    "evaluate's engine",
    () => (evaluate as Any)(net as never, { engin: 'eager' } as never),
    /evaluate: .*Did you mean engine/,
  ],
  [
    "evaluate's part",
    () => evaluate(net)(θ, data, { form: 1 } as never),
    /evaluate: an option form.*Did you mean from/,
  ],
  [
    "inputGradient's engine",
    () => (inputGradient as Any)(bptt as never, net as never, { engine: 'eager' } as never),
    /inputGradient: an option engine; wanted seed/,
  ],
  ["scan's seed", () => (scan as Any)(bptt as never, { sed: 1 } as never), /scan: an option sed/],
  ["unroll's noise", () => unroll(net, { nois: 1 } as never)(θ, data), /unroll: .*Did you mean noise/],
  [
    "an engine's precision",
    () => gradient(bptt, net, { engine: { name: 'compiled-js', precision: 'f32' } as never }),
    /engine: an option precision; wanted name, dtype/,
  ],
  [
    "ahead's horizon",
    () => (ahead as Any)([1, 2, 3] as never, { h: 2 } as never),
    /ahead: an option h; wanted horizon/,
  ],
  [
    'a number for a horizon',
    () => (ahead as Any)([1, 2, 3] as never, 2 as never),
    /ahead: options 2; wanted a record of horizon/,
  ],
  [
    "standardised's part",
    () => (standardised as Any)([1, 2, 3] as never, { until: 2 } as never),
    /standardised: an option until; wanted from, to/,
  ],
  [
    'a part counted from the end',
    () => standardised([1, 2, 3, 4], { from: -1 }),
    /standardised: from = -1; wanted a whole number of at least 0/,
  ],
  [
    'a delay into the past',
    () => delayed([zeros([1])], [zeros([1])], -1),
    /delayed: delay = -1; wanted a whole number of at least 0/,
  ],
  [
    'no length of a window',
    () => (chunked as Any)({} as never),
    /chunked: k = undefined; wanted a whole number of at least 1/,
  ],
  ['a length of half a window', () => (spaced as Any)({ k1: 2 } as never), /spaced: k2 = undefined/],
  [
    'a part of a rule',
    () => rule({ name: 'mine', faces: 'past', init: () => null, step: () => null, eagr: true } as never),
    /rule: an option eagr.*Did you mean eager/,
  ],
  [
    'a part of a layout',
    () => cell({ params: {}, state: { h: ['d'] }, stat: 1 } as never, ((_: never, s: never) => s) as never),
    /cell: an option stat/,
  ],
  [
    'a part of a cell',
    () => cell({ params: {}, state: { h: ['d'] } }, (_, s) => s, { outputs: () => 1 } as never),
    /cell: an option outputs.*Did you mean output/,
  ],
  [
    'where no parameter begins',
    () => cell({ params: { W: ['d', 'd'] }, state: { h: ['d'] } }, (_, s) => s, { initial: { w: zeros } } as never),
    /cell: initial: an option w; wanted W/,
  ],
  ["closed's output", () => (closed as Any)(leaky() as never, { ouput: 1 } as never), /closed: .*Did you mean output/],
  [
    'no size of an embedding',
    () => (embedded as Any)(leaky() as never, { size: 8 } as never),
    /embedded: size .*wanted a whole number/,
  ],
  [
    "triangleBy's seed",
    () => triangleBy(bptt, { seeds: 1 } as never)(unroll(net)(θ, data)),
    /triangleBy: .*Did you mean seed/,
  ],
  [
    "checkpointed's k",
    () => checkpointed(bptt, { segments: 2 } as never)(net)(θ, data),
    /checkpointed: an option segments; wanted k, seed/,
  ],
  ['an option of gruPytorch', () => (gruPytorch as Any)({ bias: 1 } as never), /gruPytorch: an option bias/],
  ['an option of mgu', () => (mgu as Any)({ bias: 1 } as never), /mgu: an option bias/],
  ['an option of lru', () => (lru as Any)({ rMin: 1 } as never), /lru: an option rMin/],
  ['a text for a bias', () => lstm({ forgetBias: 'x' as never }), /forgetBias = 'x'; wanted forgetBias finite/],
  ['a number for a shape', () => ones(3 as never), /shape 3; .*\[3\]/],
  ['a text for a shape', () => zeros('3' as never), /shape '3'; wanted whole numbers/],
  [
    'an argument in place of its number',
    () => (grad as unknown as (f: unknown, x: unknown) => unknown)(sum, tensor([1])),
    /grad: argnum a value \[1\].*grad\(f\)\(x\)/,
  ],
  [
    'an engine as an option',
    () => compile((x: Value) => neg(x), { engine: 'eager' } as never)(scalar(1)),
    /a record without a name.*compile\(f, 'comp/,
  ],
  ['θ as options', () => predict(net, θ as never), /predict: an option cell.*Parameters come in a call of their own/],
  ['a list with a hole', () => tensor(new Array(2)), /tensor: nothing; wanted numbers/],
  ['values in a list', () => tensor([scalar(1), scalar(2)] as never), /stack\(\[x, y\]\)/],
  [
    'a shape that is too small',
    () =>
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        [2],
      ),
    /4 numbers for shape \[2\]/,
  ],
  ['one number in a shape', () => tensor(5, [3]), /1 numbers for shape \[3\].*full\(\[3\], x\)/],
  ['sizes below 0', () => tensor([], [-1, 0]), /shape \[-1, 0\]/],
  ['a size that is no whole number', () => tensor([1, 2], [0.5, 4]), /shape \[0.5, 4\]/],
  ['a text to fill with', () => full([2], 'x' as never), /full: 'x'; wanted a number/],
  ['a text as a scalar', () => scalar('x' as never), /scalar: 'x'/],
  ['a size of eye', () => eye(-1), /shape \[-1, -1\]/],
  [
    'no pair',
    () =>
      gradient(
        mine((_: never, now: never) => myopic(now)),
        net,
      )(θ, data),
    /mine: a step that returns a value \[8\]/,
  ],
  [
    'a pair the wrong way round',
    () =>
      gradient(
        mine((_: never, now: never) => [null, myopic(now)]),
        net,
      )(θ, data),
    /whose first result is null.*The gradient comes first/,
  ],
  [
    'nothing',
    () => [
      ...train(
        mine(() => undefined),
        net,
        { optimiser: sgd({ lr: 1 }), engine: 'eager' },
      )(θ, data),
    ],
    /a step that returns nothing/,
  ],
  [
    'the network first',
    () => (gradient as Any)(net as never, bptt as never),
    /gradient: a network; .*gradient\(bptt, net\)/,
  ],
  [
    'the data first',
    () => [
      ...(train(rtrl, net, { optimiser: sgd({ lr: 1 }) }) as (a: never, b: never) => Iterable<unknown>)(
        data as never,
        θ as never,
      ),
    ],
    /train: an object.*wanted a list of examples/,
  ],
  ['both ends in a stack', () => stacked([both as never, leaky()]), /stacked: a bidirectional network/],
  ['both ends as a cell', () => network(both as never, sizes, halfSquaredError()), /network: a bidirectional network/],
  ['a cell that was not called', () => stacked([leaky as never]), /Call it: leaky\(\), not leaky/],
  [
    'an argument that is not there',
    () => grad((x: Value, y: Value) => sum(mul(x, y)), 2)(ones([2]), ones([2])),
    /argnum 2 of 2 arguments/,
  ],
  ['a row after the last', () => gather(ones([3, 2]), tensor([3])), /row 3 of 3/],
  ['a row before the first', () => gather(ones([3, 2]), tensor([-1])), /row -1 of 3/],
  ['a slice from before the beginning', () => slice(ones([4]), -1, 2), /-1 to 2 of an axis of 4/],
  ['a slice backwards', () => slice(ones([4]), 3, 2), /3 to 2 of an axis of 4/],
  ['the total of no rule', () => total({} as never), /wanted a rule/],
  ['a step size below 0', () => adam({ lr: -1 }), /lr = -1/],
  ['a step size below 0 of sgd', () => sgd({ lr: -1 }), /lr = -1/],
  [
    'inputs of another size for both ends',
    () => unrollBoth(both)(both.init(0), [example([1, 2], [1])]),
    /input \[2\] at step 1/,
  ],
  [
    'targets of another size for both ends',
    () => unrollBoth(both)(both.init(0), [example([1], [1, 2])]),
    /target \[2\] at step 1/,
  ],
  [
    'an option that a rule has not',
    () => (rflo as Any)({ feedbak: 1 } as never),
    /rflo: an option feedbak; .*Did you mean feedback\?/,
  ],
  ['no layers', () => stacked(leaky() as never), /no layers/],
  ['a layout without names', () => cell({ W: ['d', 'd'] } as never, (() => null) as never), /a layout without params/],
  [
    'a size in capitals',
    () =>
      network(
        cell({ params: { W: ['d', 'D' as never] }, state: { h: ['d'] } }, (_, s) => s),
        sizes,
        halfSquaredError(),
      ).init(0),
    /a size 'D'; .*Did you mean 'd'\?/,
  ],
  [
    'a parameter that is not there',
    () =>
      gradient(bptt, named(({ w }: { w: never }, { h }: { h: Value }) => ({ h: tanh(add(matvec(w, h), 1)) })) as never)(
        named(() => null).init(0) as never,
        data,
      ),
    /undefined in the step of a cell; .*θ has W, b; the state has h/,
  ],
]

for (const [name, slip, says] of slips)
  test(`a slip is met with its remedy: ${name}`, t => {
    const thrown = t.throws(slip as () => never, { message: says })
    t.regex(thrown?.name ?? '', /^(Shape|Kind|Name|Domain)Error$/)
  })

test('unambiguous slips are accepted', t => {
  t.deepEqual(nested(tensor(new Float32Array([1, 2]))), [1, 2])
  t.deepEqual(nested(tensor(new Uint8Array([1, 2, 3, 4]), [2, 2])), [
    [1, 2],
    [3, 4],
  ])
  t.deepEqual(
    nested(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        [4],
      ),
    ),
    [1, 2, 3, 4],
  )
  const target = tensor([1, 0])
  const loss = (crossEntropy() as typeof crossEntropy).each(tensor([1, 2]), target) as Tensor
  t.deepEqual(nested(loss), nested(crossEntropy.each(tensor([1, 2]), target) as Tensor))
})
