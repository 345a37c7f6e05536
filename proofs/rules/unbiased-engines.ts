/** Rules that draw by both engines and one stream, and what is left of their means where parameters move. */

import type { EngineLike } from '../../ad/compiler/engine.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import type { Random } from '../../nets/random.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { windowed } from '../../nets/run/windows.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { artbp } from '../../rules/artbp.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { reverseKfrtrl } from '../../rules/reverse-kfrtrl.ts'
import { uoro } from '../../rules/uoro.ts'
import { networks } from '../arbitraries/networks.ts'
import type { Realised } from '../arbitraries/realise.ts'
import { drawsOf, few, mean, onFew, past, untyped } from '../arbitraries/sign-draws.ts'
import { entries, type Proposition } from '../proposition.ts'

/** A stream of the given draws. */
const saying = (draws: Tensor): Random => {
  let at = 0
  const draw: Random['draw'] = ({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1)
    at += size
    return tensorOf(shape, draws.data.slice(at - size, at))
  }
  const none = (): number => Number.NaN
  return {
    draw,
    uniform: none,
    normal: none,
    sign: none,
    copy: () => saying(tensorOf([draws.data.length - at], draws.data.slice(at))),
    position: () => [at],
  }
}

/** The parameters after a pass with an update at every step. */
export const onlineWith = (
  rule: AnyRule<unknown, 'past'>,
  { net: { cell, sizes }, θ, sequence }: Realised,
  options: { readonly noise?: Random; readonly seed?: number; readonly engine?: EngineLike } = {},
): readonly number[] => {
  const plain = network(cell, sizes, halfSquaredError(), { start: 'learned' })
  const how = { optimiser: sgd({ lr: 0.5 }), engine: 'eager', ...options } as const
  return entries([...train(rule, plain, how)(θ, sequence)].at(-1)?.θ.cell ?? {})
}
/** Over all signs, the parameters that learning with an update at every step ends with. */
export const onlineMean = (made: Realised): readonly number[] => {
  const draws = drawsOf(untyped(uoro()), made)
  const [count = 0, T = 0, d = 0] = draws.shape
  const each = (i: number) => tensorOf([T, d], draws.data.slice(i * T * d, (i + 1) * T * d))
  return mean(Array.from({ length: count }, (_, i) => onlineWith(past(uoro()), made, { noise: saying(each(i)) })))
}

export const online = networks({ losses: ['half_mse'], activations: ['tanh', 'identity'], n: 1, m: 1, d: 2 })
const smooth = { losses: ['half_mse', 'sse'], activations: ['tanh', 'sigmoid'] } as const

const chunkedArtbp = windowed({ every: 2, reach: 2, clipped: true })(artbp({ cut: 0.5 }))

export const engines: readonly Proposition[] = [
  onFew(
    'rules that draw learn the same by compiled and by eager code, from one stream',
    (made, { draw }) => {
      const rules = [past(uoro()), past(kfrtrl()), past(reverseKfrtrl()), past(chunkedArtbp)]
      const learned = (engine: EngineLike) => rules.flatMap(rule => onlineWith(rule, made, { seed: draw, engine }))
      return [learned('compiled'), learned('eager')]
    },
    { runs: 8, forAll: few(smooth) },
  ),
  onFew(
    'gradients by rules that draw are the same by compiled and by eager code, from one stream, alone and in a batch',
    ({ net, θ, sequence }, { draw }) => {
      const gradientsBy = (engine: EngineLike) =>
        [uoro(), kfrtrl(), reverseKfrtrl(), artbp({ cut: 0.5 })].map(untyped).flatMap(rule => {
          const of = gradient(rule, net, { engine, seed: draw })
          return [sequence, [sequence, sequence.toReversed()], sequence].flatMap(data => entries(of(θ, data)))
        })
      return [gradientsBy('compiled-js'), gradientsBy('eager')]
    },
    { runs: 8, forAll: few(smooth) },
  ),
]
