/** Rules that draw by both engines and one stream, and what is left of their means where parameters move. */
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { type Random, rng } from '../../nets/random.ts'
import type { Rule } from '../../nets/run/scan.ts'
import { windowed } from '../../nets/run/windows.ts'
import { gradientBy } from '../../nets/train/gradient.ts'
import { learn } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { artbp } from '../../rules/artbp.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { reverseKfrtrl } from '../../rules/reverse-kfrtrl.ts'
import { uoro } from '../../rules/uoro.ts'
import { networks } from '../arbitraries/networks.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { drawsOf, few, mean, onFew, past, untyped } from '../arbitraries/sign-draws.ts'
import { entries, type Proposition } from '../proposition.ts'

/** A stream that says what it is told to. */
const saying = (draws: Tensor): Random => {
  let at = 0
  const draw: Random['draw'] = ({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1)
    at += size
    return tensorOf(shape, draws.data.slice(at - size, at))
  }
  const none = (): number => Number.NaN
  return { draw, uniform: none, normal: none, sign: none }
}

/** The parameters after a pass with an update at every step. */
export const onlineWith = (
  rule: Rule<unknown, 'past'>,
  { net: { cell, sizes }, θ, sequence }: Realised,
  options: { readonly random?: Random; readonly engine?: EngineLike } = {},
): readonly number[] => {
  const plain = network(cell, sizes, halfSquaredError(), 'learned')
  const lessons = [...learn(rule)({ net: plain, optimiser: sgd({ lr: 0.5 }), ...options })({ θ }, sequence)]
  return entries(lessons.at(-1)?.learner.θ.cell ?? {})
}
/** Over all signs, the parameters that learning with an update at every step ends with. */
export const onlineMean = (made: Realised): readonly number[] => {
  const draws = drawsOf(untyped(uoro()), made)
  const [count = 0, T = 0, d = 0] = draws.shape
  const each = (i: number) => tensorOf([T, d], draws.data.slice(i * T * d, (i + 1) * T * d))
  return mean(Array.from({ length: count }, (_, i) => onlineWith(past(uoro()), made, { random: saying(each(i)) })))
}

export const online = networks({ losses: ['half_mse'], activations: ['tanh', 'identity'], n: 1, m: 1, d: 2 })
const smooth = { losses: ['half_mse', 'sse'], activations: ['tanh', 'sigmoid'] } as const

const chunkedArtbp = windowed({ every: 2, reach: 2, clipped: true })(artbp(0.5))

export const engines: readonly Proposition[] = [
  onFew(
    'rules that draw learn the same by compiled and by eager code, from one stream',
    (made, { draw }) => {
      const rules = [past(uoro()), past(kfrtrl()), past(reverseKfrtrl()), past(chunkedArtbp)]
      const learned = (engine: EngineLike) =>
        rules.flatMap(rule => onlineWith(rule, made, { random: rng(draw), engine }))
      return [learned('compiled'), learned('eager')]
    },
    { runs: 8, forAll: few(smooth) },
  ),
  onFew(
    'gradients by rules that draw are the same by compiled and by eager code, from one stream, alone and in a batch',
    ({ net, θ, sequence }, { draw }) => {
      const said = (engine: EngineLike) =>
        [uoro(), kfrtrl(), reverseKfrtrl(), artbp(0.5)].map(untyped).flatMap(rule => {
          const graded = gradientBy(engine, rule, { random: rng(draw) })(net)
          return [sequence, [sequence, sequence.toReversed()], sequence].flatMap(data => list(graded(θ, data).gradient))
        })
      return [said('compiled-js'), said('eager')]
    },
    { runs: 8, forAll: few(smooth) },
  ),
]
