import test from 'ava'
import { compile } from '../../ad/compiler/compile.ts'
import { engineOf } from '../../ad/compiler/engine.ts'
import { JanusError } from '../../ad/errors.ts'
import { compose, identity, matrix } from '../../ad/linear/linear.ts'
import { spaceOf, unflattenLike } from '../../ad/linear/space.ts'
import { grad, jvp, vmap } from '../../ad/modes/transforms.ts'
import { dot, matmul, matvec, outer } from '../../ad/primitives/contraction.ts'
import { add, exp, mul, unary } from '../../ad/primitives/elementwise.ts'
import { broadcastTo, concat, reshape, slice, stack, sum, transpose } from '../../ad/primitives/layout.ts'
import { scalar, tensor, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { rule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { sequence } from '../../nets/sequence.ts'
import { chain } from '../../nets/train/chain.ts'
import { clipByNorm } from '../../nets/train/clipping.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { adam, sgd } from '../../nets/train/optimisers.ts'
import { predict } from '../../nets/train/predict.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sliding } from '../../rules/tbptt.ts'
import { uoro } from '../../rules/uoro.ts'
import { heldTo, thrownBy } from '../thrown.ts'

const small = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError())
const larger = small.with({ sizes: { d: 3, n: 1, m: 1 } })
const [W, x] = [zeros([3, 2]), zeros([3])]

/** Every mistake a caller of the library can make, by what they did. */
const mistakes: Readonly<Record<string, () => unknown>> = {
  'a ragged tensor': () => tensor([[1, 2], [3]]),
  'too few numbers for a shape': () => tensor([1, 2, 3], [2, 2]),
  'shapes that do not broadcast': () => add(W, zeros([4])),
  'a matrix on a vector of another size': () => matvec(W, x),
  'matvec of two vectors': () => matvec(x, x),
  'a product of matrices that do not meet': () => matmul(W, W),
  'outer of a matrix': () => outer(W, x),
  'dot of two lengths': () => dot(x, zeros([2])),
  'a reshape that loses numbers': () => reshape(W, [5]),
  'a spread that does not fit': () => broadcastTo(x, [2]),
  'a slice beyond the end': () => slice(x, 1, 4),
  'an axis that is not there': () => sum(x, 1),
  'a transpose with an axis twice': () => transpose(W, [0, 0]),
  'concat of nothing': () => concat([]),
  'concat of other widths': () => concat([W, zeros([1, 3])]),
  'stack of two shapes': () => stack([x, W]),
  'a gradient of a vector': () => grad((v: Value) => v)(x),
  'a tangent of another shape': () => jvp((v: Value) => v, [x], [W]),
  'vmap of a scalar': () => vmap((v: Value) => v)(scalar(1)),
  'a branch on a value': () => grad((v: Value) => (item(v) > 0 ? v : v))(scalar(1)),
  'item of a vector': () => item(x),
  'linear maps that do not meet': () => compose(identity(spaceOf(x)), identity(spaceOf(W)) as never),
  'a matrix that is no linear map of its spaces': () => matrix(spaceOf(x), spaceOf(x), W),
  'a gradient of other parameters': () => unflattenLike(W, zeros([5]) as never),
  'a leak out of range': () => leaky({ alpha: 1.5 }),
  'a time constant out of range': () => leaky({ tau: 0.5 }),
  'no units': () => network(leaky(), { d: 0, n: 1, m: 1 }, halfSquaredError()),
  'no window': () => sliding({ k: 0 })(bptt),
  'a maker where a rule should be': () => gradient(uoro as never, small),
  'a word where a rule should be': () => gradient('bptt' as never, small),
  'a rule that faces nowhere': () => total({ ...rtrl, faces: 'sideways' } as never),
  'a rule of your own without a step': () => rule({ name: 'mine', faces: 'past', init: () => null } as never),
  'a rule that faces the future and should learn online': () =>
    train(bptt as never, small, { optimiser: sgd({ lr: 1 }) }),
  'windows for a rule that faces the past': () => sliding({ k: 2 })(rtrl as never),
  'training without an optimiser': () => train(rtrl, small, {} as never),
  'an optimiser that was not called': () => train(rtrl, small, { optimiser: sgd } as never),
  'an optimiser in a chain that was not called': () => chain(sgd({ lr: 1 }), adam as never),
  'an update every half step': () => train(rtrl, small, { optimiser: sgd({ lr: 1 }), every: 0.5 }),
  'data that are no list': () => gradient(bptt, small)(small.init(1), new Set() as never),
  'sequences of two lengths': () =>
    gradient(bptt, small)(small.init(1), [sequence([1], [2]), sequence([1, 2], [3, 4])]),
  'an input of another network': () => gradient(bptt, small)(small.init(1), sequence([[1, 2]], [1])),
  'more inputs than targets': () => sequence([1, 2], [1]),
  'parameters of another network': () => predict(small)(larger.init(1), sequence([1], [1])),
  'a parameter that is misspelt': () => {
    const { cell, ...rest } = small.init(1)
    const { b_rec, ...weights } = cell
    return predict(small)({ ...rest, cell: { ...weights, b_rek: b_rec } }, sequence([1], [1]))
  },
  'a primitive without derivatives': () => unary('cube', v => v ** 3, { push: [null] } as never),
  'a name that is not declared': () => mul(undefined as never, 1),
  'a negative step size': () => sgd({ lr: -0.1 }),
  'a beta of 1': () => adam({ lr: 0.1, beta1: 1 }),
  'a limit of 0': () => clipByNorm(0),
  'a list where a value should be': () => add([1, 2] as never, 1),
  'a word where a number should be': () => tensor(['a'] as never),
  'a shape of half a number': () => zeros([1.5]),
  'an argument that is not there': () => grad((v: Value) => v, 5 as never)(scalar(1)),
  'another axis to map': () => vmap((v: Value) => v, [1 as never])(x),
  'primals that are not in a list': () => jvp((v: Value) => v, x as never, x as never),
  'a plain number from a function of values': () => grad((_: Value) => 3 as never)(scalar(1)),
  'half a seed': () => rng(0.5),
  'a compiled program larger than memory': () =>
    compile((v: Value) => exp(broadcastTo(v, [2 ** 20, 2 ** 20])), 'compiled-js')(scalar(1)),
  'a place of another shape': () => compile((v: Value) => exp(v)).into(W, x),
  'an engine that is not there': () => engineOf('fast' as never),
  'eager code in single precision': () => engineOf({ name: 'eager', dtype: 'f32' }),
  'a library that was not found': () => engineOf({ name: 'compiled-blas', dtype: 'f64' }),
}

for (const [what, make] of Object.entries(mistakes))
  test(`${what} is refused: who, what was given, what was wanted, what to do`, t => {
    const error = thrownBy(make)
    if (!(error instanceof JanusError)) return t.fail(String(error))
    for (const part of [error.who, error.given, error.wanted, error.remedy]) t.true(part.length > 0)
    t.true([error.who, error.given, error.wanted, error.remedy].every(part => error.message.includes(part)))
  })

test('the exact words', t => {
  const words = Object.entries(mistakes).map(([what, make]) => `${what} → ${(thrownBy(make) as Error).message}`)
  heldTo(t, 'test/ad/errors.txt', words)
})
