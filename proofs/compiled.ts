/** A compiled program is the program: on every primitive, through every mode, on whole networks. */
import { record } from 'fast-check'
import { grad, jvp, valueAndGrad, vjp, vmap } from '../ad/calculus.ts'
import { compile } from '../ad/compile.ts'
import type { EngineLike } from '../ad/compiler/engine.ts'
import { add, mul, tanh } from '../ad/elementwise.ts'
import { dense } from '../ad/follow.ts'
import { stack, sum } from '../ad/layout.ts'
import { dot, matvec } from '../ad/product.ts'
import { softmax } from '../ad/reduction.ts'
import { tensor } from '../ad/tensor.ts'
import type { Row, Value } from '../ad/value.ts'
import { learn } from '../nets/learn.ts'
import { halfSquared } from '../nets/loss.ts'
import { sgd } from '../nets/optimise.ts'
import { type Theta, task, unrolled } from '../nets/task.ts'
import { influence } from '../rules/rtrl.ts'
import { onNetworks } from './duality.ts'
import { networks, quarters } from './networks.ts'
import { applied, describeTrial, trialsOf, whereOf } from './primitives.ts'
import { entries, equation, type Proposition } from './proposition.ts'

/** The engines that compile: the one that walks is eager code to the last bit, the other sums in its own order. */
const engines = [
  { engine: 'compiled-js', within: 1e-15 },
  { engine: 'compiled-wasm', within: 1e-13 },
] as const

/** A row, its push and its pull, compiled and not. */
export const compiledOf = (row: Row): readonly Proposition<never>[] =>
  engines.flatMap(({ engine, within }) =>
    (row.specimens ?? []).map(
      specimen =>
        equation({
          claim: `${whereOf(row, specimen)} by ${engine} is what it is, and so are its push and pull`,
          forAll: trialsOf(row, specimen),
          sides: ({ args, tangents, cotangent }) => {
            const f = applied(row, specimen)
            const all = (xs: readonly Value[], ts: readonly Value[], c: Value) => {
              const [out, pullback] = vjp(f as never, ...xs)
              return [out, jvp(f as never, xs, ts)[1], pullback(c)] as never
            }
            return [entries(compile(all, engine)(args, tangents, cotangent)), entries(all(args, tangents, cotangent))]
          },
          describe: describeTrial,
          within,
          verdict: 'holds',
          runs: 5,
        }) as never,
    ),
  )

interface Trial {
  readonly w: readonly number[]
  readonly x: readonly number[]
}
const program = (W: Value, x: Value): Value => add(dot(softmax(matvec(W, tanh(x))), x), sum(mul(x, x)))

export const compiled: readonly Proposition<never>[] = [
  onNetworks('the loss of a whole run and its gradient, compiled, are what they are', ({ task, θ, sequence }) => {
    const whole = valueAndGrad((p: Theta) => unrolled(task, sequence)(p).loss)
    return [entries(compile(whole)(θ) as never), entries(whole(θ) as never)]
  }),
  onNetworks(
    'learning online by RTRL, compiled, is learning online by RTRL',
    ({ task: { cell, sizes }, θ, sequence }) => {
      const made = task(cell, sizes, halfSquared(), 'learned')
      const learned = (engine: EngineLike): readonly number[] => {
        const lessons = learn(influence(dense))({ task: made, optimiser: sgd({ lr: 0.125 }), engine })({ θ }, sequence)
        return [...lessons].flatMap(({ loss, learner }) => entries([loss, learner.θ]))
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
        [...entries(ours as never), ...entries(many)],
        [...entries(theirs as never), ...entries(each)],
      ]
    },
    within: 1e-12,
    verdict: 'holds',
    runs: 30,
  }) as never,
]
