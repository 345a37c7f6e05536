import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { toMatrix } from '../../../ad/linear/apply.ts'
import {
  compose,
  identity,
  type Linear,
  masked,
  matrix,
  outer,
  plus,
  scale,
  sparse,
  zeroMap,
} from '../../../ad/linear/linear.ts'
import { linearizePair } from '../../../ad/linear/linearize.ts'
import { local, own, roleOf } from '../../../ad/linear/own.ts'
import { asCotangent, asTangent, spaceOf } from '../../../ad/linear/space.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { add, mul } from '../../../ad/primitives/elementwise.ts'
import { nested, scalar, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const list = (f: Linear<never, never>): unknown => nested(toMatrix(f) as Tensor)
const rows = (f: unknown): unknown => list(f as Linear<never, never>)
const space = spaceOf(zeros([2]) as Value)
const W = tensor([
  [2, 3],
  [5, 7],
])
const h = tensor([10, 100])

const C = tensor([
  [1, 1],
  [0, 1],
])

const k = tensor([1, -1])
type Weights = { readonly w: Value; readonly b: Value }

/** 4 h + W h + C b + C W k: what a unit does to itself is 4. */
const program = (state: Value, { w, b }: Weights): Value =>
  add(add(mul(4, state), matvec(w, state)), add(matvec(C, b), matvec(C, matvec(w, k))))
const weights: Weights = { w: W, b: zeros([2]) }
const [, fromState, fromWeights] = linearizePair(program, h as Value, weights)
const [, fromFirst] = linearizePair((first: Weights, state: Value) => program(state, first), weights, h as Value)

test('the own part of a recorded map is what comes round the contractions', t => {
  t.deepEqual(rows(own(fromState)), [
    [4, 0],
    [0, 4],
  ])
  t.deepEqual(rows(fromState), [
    [6, 3],
    [5, 11],
  ])
  for (const map of [fromWeights, fromFirst]) t.true((rows(own(map)) as number[][]).flat().every(x => x === 0))
})

test('the local part of a map from weights keeps what a weight does to its unit, and nothing that comes through others', t => {
  for (const map of [fromWeights, fromFirst])
    t.deepEqual(rows(local(map)), [
      [10, 100, 0, 0, 1, 1],
      [0, 0, 10, 100, 0, 1],
    ])
})

const M = matrix(
  space,
  space,
  W,
  tensor([
    [2, 0],
    [0, 7],
  ]),
)
const diagonal = [
  [2, 0],
  [0, 7],
]

test('a Dense map knows its own part, and combinations act on their parts', t => {
  const I = identity(space)
  for (const part of [own, local] as const) t.deepEqual(rows(part(M)), diagonal)
  t.is(own(I), I)
  t.is(own(zeroMap(space, space)).tag, 'Zero')
  t.deepEqual(rows(own(plus(M, I))), [
    [3, 0],
    [0, 8],
  ])
  t.deepEqual(rows(own(compose(M, M))), [
    [4, 0],
    [0, 49],
  ])
  for (const part of [own, local] as const) {
    t.deepEqual(rows(part(scale(scalar(10), M))), [
      [20, 0],
      [0, 70],
    ])
    t.deepEqual(
      rows(
        part(
          masked(
            tensor([
              [0, 1],
              [1, 1],
            ]),
            M,
          ),
        ),
      ),
      [
        [0, 0],
        [0, 7],
      ],
    )
  }
  const cross = outer(space, space, asTangent(space, h), asCotangent(space, h))
  t.deepEqual(rows(own(cross)), [
    [0, 0],
    [0, 0],
  ])
  t.is(local(cross), cross)
})

test('a map whose matrix does not say what came through contractions has no own part', t => {
  const bare = matrix(space, space, W)
  t.throws(() => own(bare), { instanceOf: KindError, message: /^own: a Dense linear map/ })
  t.throws(() => own(sparse(space, space, new Float64Array(2), zeros([1, 2]))), {
    message: /^own: a Sparse linear map/,
  })
  t.throws(() => own(W as never), { instanceOf: KindError, message: /^own: a value \[2, 2\]; wanted a linear map/ })
  t.is(local(bare), bare)
})

test('a weight becomes an activity where a contraction meets it', t => {
  t.is(roleOf('elementwise', [null, null]), null)
  t.is(roleOf('elementwise', [null, 'weight']), 'weight')
  t.is(roleOf('layout', ['weight']), 'weight')
  t.is(roleOf('elementwise', ['activity', 'weight']), 'activity')
  t.is(roleOf('contraction', ['weight', null]), 'activity')
  t.is(roleOf('contraction', [null, 'activity']), 'activity')
  t.is(roleOf('contraction', [null, null]), null)
})
