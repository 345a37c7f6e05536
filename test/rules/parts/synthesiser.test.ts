import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../../ad/errors.ts'
import { toMatrix } from '../../../ad/linear/apply.ts'
import { asCotangent, spaceOf, toValue } from '../../../ad/linear/space.ts'
import { scalar, type Tensor, tensor, tensorOf } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { rng } from '../../../nets/random.ts'
import type { Timestep } from '../../../nets/run/timestep.ts'
import {
  minus,
  predict,
  regressionStep,
  requireOptions,
  requireRates,
  requireReach,
  stateAndTargetFeatures,
  stateFeatures,
  synthesiser,
  synthesiserOf,
  updated,
  withWeightDecay,
} from '../../../rules/parts/synthesiser.ts'

const numbers = (x: Value): readonly number[] => [...(x as Tensor).data]
const matrix = (rows: number, columns: number, ...data: readonly number[]) =>
  tensorOf([rows, columns], Float64Array.from(data))

test('the forms of a synthesiser begin at a prediction of 0, of the sizes that are asked for', t => {
  const sizes = { inputs: 3, outputs: 2 }
  const { linear, nonlinear, diagonal, lowRank, mlp } = synthesiser
  const shapesOf = (ψ: object) => Object.values(ψ).map(({ shape }) => shape)
  t.deepEqual(shapesOf(linear.params(sizes, rng(1))), [[2, 3]])
  t.deepEqual(shapesOf(nonlinear().params(sizes, rng(1))), [[2, 3]])
  t.deepEqual(shapesOf(diagonal.params(sizes, rng(1))), [[2], [2]])
  t.deepEqual(shapesOf(lowRank(1).params(sizes, rng(1))), [
    [2, 1],
    [1, 3],
  ])
  t.deepEqual(shapesOf(mlp().params(sizes, rng(1))), [
    [2, 16],
    [16, 3],
  ])
  const a = tensor([1, 2, 3])
  for (const one of [linear, nonlinear(), lowRank(2), mlp({ hidden: 4 })])
    t.deepEqual(numbers(one.predict(one.params(sizes, rng(1)) as never, a)), [0, 0])
})

test('what each form of a synthesiser predicts', t => {
  const { linear, nonlinear, diagonal, lowRank, mlp } = synthesiser
  const a = tensor([1, 2, 3])
  const A = matrix(2, 3, 1, 0, 1, 0, 1, -1)
  t.deepEqual(numbers(linear.predict({ A }, a)), [4, -1])
  t.deepEqual(numbers(nonlinear().predict({ A }, a)), [Math.tanh(4), Math.tanh(-1)])
  t.deepEqual(numbers(diagonal.predict({ w: tensor([2, 3]), c: tensor([1, -1]) }, a)), [3, 5])
  const narrow = { U: matrix(2, 1, 2, -1), V: matrix(1, 3, 1, 1, -1) }
  t.deepEqual(numbers(lowRank(1).predict({ ...narrow, V: matrix(1, 3, 1, 1, 1) }, a)), [12, -6])
  t.deepEqual(numbers(mlp().predict({ ...narrow, V: matrix(1, 3, 1, 1, -2.5) }, a)), [
    2 * Math.tanh(-4.5),
    -Math.tanh(-4.5),
  ])
})

test('features are the state, the target as a vector, and a 1', t => {
  const state = { h: tensor([3, 4]) }
  t.deepEqual(numbers(stateFeatures(state)), [3, 4, 1])
  const at = (target: Tensor) =>
    numbers(stateAndTargetFeatures({ after: state, target, prediction: tensor([0, 0, 0]) } as unknown as Timestep))
  t.deepEqual(at(tensor([5, 6, 7])), [3, 4, 5, 6, 7, 1])
  t.deepEqual(at(scalar(2)), [3, 4, 0, 0, 1, 1])
  t.deepEqual(at(scalar(0)), [3, 4, 1, 0, 0, 1])
})

test('a step of the regression is the error of the prediction through its slope', t => {
  const ψ = { A: matrix(2, 2, 1, 2, 3, 4) }
  const state = { h: tensor([0, 0]) }
  const guess = predict(synthesiser.linear, ψ, state, tensor([1, -1]))
  t.deepEqual(numbers(toValue(guess[0])), [-1, -1])
  t.deepEqual((toMatrix(guess[1]) as Tensor).shape, [2, 4])
  const space = spaceOf(state)
  const target = asCotangent(space, tensor([1, 5]))
  t.deepEqual(numbers(toValue(minus(target, guess[0]))), [2, 6])
  t.deepEqual(numbers(toValue(regressionStep(guess, target))), [2, -2, 6, -6])
})

test('weight decay takes ψ off an update, where there is one', t => {
  const ψ = { A: matrix(1, 2, 10, 20) }
  const update = asCotangent(spaceOf(ψ), tensor([1, 2]))
  t.is(withWeightDecay(0)(ψ, update), update)
  t.deepEqual(numbers(toValue(withWeightDecay(0.5)(ψ, update))), [-4, -8])
  t.deepEqual(numbers(toValue(withWeightDecay(0.5)(ψ, update, 0))), [1, 2])
  t.deepEqual(numbers(updated(ψ, 0.5, update).A), [10.5, 21])
})

test('a synthesiser begins where it is told to, or as its seed draws it', t => {
  const [input, state] = [tensor([1, 2, 3]), { h: tensor([0, 0]) }]
  const { mlp } = synthesiser
  const begun = (options: object) =>
    synthesiserOf({ synthesiser: mlp({ hidden: 2 }), ...options }).initialise(input, state)
  t.deepEqual(begun({}).V.shape, [2, 3])
  t.deepEqual(begun({}).U.shape, [2, 2])
  t.deepEqual(begun({}), begun({ seed: 1 }))
  t.notDeepEqual(begun({}), begun({ seed: 2 }))
  const begin = { U: matrix(2, 1, 1, 1), V: matrix(1, 3, 1, 1, 1) }
  t.is(begun({ begin }), begin)
  t.deepEqual(Object.keys(synthesiserOf({}).initialise(input, state)), ['A'])
})

test('options of a synthesiser out of their range are refused', t => {
  const domain = { instanceOf: DomainError }
  t.throws(() => synthesiser.lowRank(0), { ...domain, message: /lowRank: rank 0; .*at least 1/ })
  t.throws(() => synthesiser.mlp({ hidden: 0 }), { ...domain, message: /mlp: hidden = 0/ })
  t.throws(() => synthesiserOf({ synthesiser: {} as never }), {
    instanceOf: KindError,
    message: /a synthesiser, such as/,
  })
  t.throws(() => requireReach('one', 'lambda', 1.5), { ...domain, message: /one: lambda = 1.5/ })
  t.notThrows(() => requireReach('one', 'lambda', 1))
  t.throws(() => requireRates('one', { lr: -1 }), { ...domain, message: /one: lr = -1/ })
  t.throws(() => requireRates('one', { decay: -1 }), { ...domain, message: /one: decay = -1/ })
  t.notThrows(() => requireRates('one', {}))
  t.throws(() => requireOptions('one', null, '{ lr: 1 }'), {
    instanceOf: KindError,
    message: /one: null; .*one\(\{ lr: 1 \}\)/,
  })
  t.throws(() => requireOptions('one', 5, '{ lr: 1 }'), { instanceOf: KindError })
  const narrow = { ...synthesiser.linear, predict: () => tensor([1, 2, 3]) }
  t.throws(() => predict(narrow, { A: tensor([1]) }, { h: tensor([0, 0]) }, tensor([1])), {
    instanceOf: ShapeError,
    message: /a prediction of shape \[3\]; wanted \[2\]/,
  })
  const flat = { ...synthesiser.linear, predict: () => matrix(2, 1, 1, 2) }
  t.throws(() => predict(flat, { A: tensor([1]) }, { h: tensor([0, 0]) }, tensor([1])), { instanceOf: ShapeError })
})
