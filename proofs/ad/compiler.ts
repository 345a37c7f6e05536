/** A compiled program is the program: on every primitive, through every mode, on whole networks. */

import { integer, record } from 'fast-check'
import { compile } from '../../ad/compiler/compile.ts'
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { grad, jvp, valueAndGrad, vjp, vmap } from '../../ad/modes/transforms.ts'
import { dot, matmul, matvec, outer } from '../../ad/primitives/contraction.ts'
import { add, div, exp, greater, mul, relu, sub, tanh, where } from '../../ad/primitives/elementwise.ts'
import { broadcastTo, concat, reshape, slice, stack, sum, transpose } from '../../ad/primitives/layout.ts'
import { logsumexp, mean, softmax } from '../../ad/primitives/reduction.ts'
import { type Shape, scalar, sizeOf, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Row, Value } from '../../ad/value.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network, type Theta, unrolled } from '../../nets/network.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { networks, quarters } from '../arbitraries/networks.ts'
import { onNetworks } from '../arbitraries/on-networks.ts'
import { entries, equation, type Proposition } from '../proposition.ts'
import { applied, describeTrial, trialsOf, whereOf } from './primitives.ts'

/** The engines that compile: the interpreted one is eager code to the last bit, the other sums in its own order. */
const engines = [
  { engine: 'compiled-js', within: 1e-15 },
  { engine: 'compiled-wasm', within: 1e-13 },
] as const

/** A row, its push and its pull, compiled and not. */
export const compiledOf = (row: Row): readonly Proposition[] =>
  engines.flatMap(({ engine, within }) =>
    (row.specimens ?? []).map(specimen =>
      equation({
        claim: `${whereOf(row, specimen)} by ${engine} is what it is, and so are its push and pull`,
        forAll: trialsOf(row, specimen),
        sides: ({ args, tangents, cotangent }) => {
          const f = applied(row, specimen)
          const all = (xs: readonly Value[], ts: readonly Value[], c: Value) => {
            const [out, pullback] = vjp(f, ...xs)
            return [out, jvp(f, xs, ts)[1], pullback(c)]
          }
          return [entries(compile(all, engine)(args, tangents, cotangent)), entries(all(args, tangents, cotangent))]
        },
        describe: describeTrial,
        within,
        verdict: 'holds',
        runs: 5,
      }),
    ),
  )

interface Trial {
  readonly w: readonly number[]
  readonly x: readonly number[]
}
const program = (W: Value, x: Value): Value => add(dot(softmax(matvec(W, tanh(x))), x), sum(mul(x, x)))

interface Sizes {
  readonly a: number
  readonly b: number
  readonly c: number
}
const size = integer({ min: 1, max: 19 })
const sizes = record({ a: size, b: size, c: size })
const wave = (shape: Shape, by: number): Tensor =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(by * (i + 1))),
    shape,
  )

/** x [a, b, c], y [b, c], W [c, c]: values spread, turned, cut, joined and added up along every axis. */
const layouts = (x: Value, y: Value, W: Value): readonly Value[] => {
  const [a, b, c] = x.shape as readonly [number, number, number]
  const twice = concat([x, x])
  const squares = mul(twice, twice)
  const u = add(tanh(mul(x, y)), relu(transpose(transpose(x, [2, 0, 1]), [1, 2, 0])))
  const joins = [0, 1, 2].map(axis => concat([u, slice(x, 0, 1, axis), tanh(u)], axis))
  const turned = reshape(transpose(u, [1, 0, 2]), [b * a, c])
  const products = [matmul(turned, transpose(W)), matmul(transpose(u, [0, 2, 1]), u), outer(sum(u, [0, 1]), sum(y, 1))]
  const n = a * b
  const M = reshape(x, [n, c])
  const cut = concat([reshape(slice(turned, 0, 1), [c]), reshape(slice(tanh(turned), 1, n), [(n - 1) * c])])
  const parts = [reshape(cut, [n, c]), reshape(outer(sum(x, [1, 2]), sum(y, 1)), [n, 1])]
  const held = add(
    matmul(matmul(M, transpose(M)), concat([turned, reshape(sum(turned, 1), [n, 1])], 1)),
    concat(parts, 1),
  )
  const sums = [
    sum(u, 0),
    sum(u, 1),
    sum(u, [0, 2]),
    mean(u, 2),
    softmax(x, 1),
    logsumexp(x, 0),
    div(u, add(2, exp(u))),
  ]
  const other = outer(sum(turned, 1), sum(y, 1))
  const shared = add(matmul(matmul(M, transpose(M)), concat([tanh(other), M], 1)), concat([other, turned], 1))
  const late = [
    mul(x, wave(x.shape, 0.9)),
    other,
    shared,
    mul(u, slice(u, a - 1, a)),
    mul(squares, concat([mul(u, u), sub(u, y)])),
  ]
  return [...joins, ...products, held, ...sums, ...late, where(greater(x, 0), u, broadcastTo(sum(y), x.shape))]
}

export const compiled: readonly Proposition[] = [
  onNetworks('the loss of a whole run and its gradient, compiled, are what they are', ({ net, θ, sequence }) => {
    const whole = valueAndGrad((p: Theta) => unrolled(net, sequence)(p).loss)
    return [entries(compile(whole)(θ)), entries(whole(θ))]
  }),
  onNetworks(
    'learning online by RTRL, compiled, is learning online by RTRL',
    ({ net: { cell, sizes }, θ, sequence }) => {
      const made = network(cell, sizes, halfSquaredError(), { start: 'learned' })
      const learned = (engine: EngineLike): readonly number[] => {
        const steps = train(rtrl, made, { optimiser: sgd({ lr: 0.125 }), engine })(θ, sequence)
        return [...steps].flatMap(({ loss, θ }) => [loss, ...entries(θ)])
      }
      return [learned('compiled'), learned('eager')]
    },
    { within: 1e-12, forAll: networks({ losses: ['half_mse'], activations: ['tanh', 'sigmoid'] }) },
  ),
  equation<Trial>({
    claim: 'compile composes with grad, vmap and itself, and traces anew when shapes change',
    forAll: record({ w: quarters(9), x: quarters(3) }),
    sides: ({ w, x }) => {
      const [W, v] = [tensor(w, [3, 3]), tensor([...x])]
      const slope = compile(grad(program, 1))
      const block = stack([v, v, v])
      const inner = grad((y: Value) => compile(program)(W, y))
      const small = tensor(w.slice(0, 4), [2, 2])
      const ours = [slope(W, v), slope(small, tensor(x.slice(0, 2))), slope(W, v), inner(v)]
      const plain = grad(program, 1)
      const theirs = [plain(W, v), plain(small, tensor(x.slice(0, 2))), plain(W, v), plain(W, v)]
      const many = compile(vmap((y: Value) => program(W, y)))(block)
      const each = [program(W, v), program(W, v), program(W, v)]
      return [
        [...entries(ours), ...entries(many)],
        [...entries(theirs), ...entries(each)],
      ]
    },
    within: 1e-12,
    verdict: 'holds',
    runs: 30,
  }),
  ...engines.map(
    ({ engine }): Proposition =>
      equation<Sizes>({
        claim: `values spread, turned, cut, joined and added up in any sizes by ${engine} are what they are, and so are their gradients`,
        forAll: sizes,
        sides: ({ a, b, c }) => {
          const args = [wave([a, b, c], 1.1), wave([b, c], 0.7), wave([c, c], 0.3)] as const
          const cost = (x: Value, y: Value, W: Value): Value =>
            layouts(x, y, W).reduce((total, out) => add(total, sum(mul(out, tanh(out)))), scalar(0))
          const all = (x: Value, y: Value, W: Value) => [
            ...layouts(x, y, W),
            ...[0, 1, 2].map(i => grad(cost, i as 0)(x, y, W)),
          ]
          return [entries(compile(all, engine)(...args)), entries(all(...args))]
        },
        within: 1e-11,
        verdict: 'holds',
        runs: 20,
      }),
  ),
]
