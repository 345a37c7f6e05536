import test from 'ava'
import { pull } from '../../ad/linear/apply.ts'
import { grad, vmap } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import { gather } from '../../ad/primitives/indexing.ts'
import { slice, sum } from '../../ad/primitives/layout.ts'
import { eye, full, nested, ones, scalar, type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { cell } from '../../nets/cells/cell.ts'
import { gru, gruPytorch, mgu } from '../../nets/cells/gru.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { lru } from '../../nets/cells/lru.ts'
import { lstm } from '../../nets/cells/lstm.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import { crossEntropy, halfSquaredError } from '../../nets/loss.ts'
import { example, network, params } from '../../nets/network.ts'
import { bidirectional, unrollBoth } from '../../nets/run/bidirectional.ts'
import { rule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { error } from '../../nets/run/timestep.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { bptt } from '../../rules/bptt.ts'
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
  ['an option of gruPytorch', () => (gruPytorch as Any)({ bias: 1 } as never), /gruPytorch: an option bias/],
  ['an option of mgu', () => (mgu as Any)({ bias: 1 } as never), /mgu: an option bias/],
  ['an option of lru', () => (lru as Any)({ rMin: 1 } as never), /lru: an option rMin/],
  ['a text for a bias', () => lstm({ forgetBias: 'x' as never }), /forgetBias = 'x'; wanted forgetBias finite/],
  ['a number for a shape', () => ones(3 as never), /shape 3; .*\[3\]/],
  ['a text for a shape', () => zeros('3' as never), /shape 3; wanted whole numbers/],
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
  ['a text to fill with', () => full([2], 'x' as never), /full: string x; wanted a number/],
  ['a text as a scalar', () => scalar('x' as never), /scalar: string x/],
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
