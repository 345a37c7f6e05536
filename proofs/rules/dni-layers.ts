/** Guessed credit between layers, not timesteps: each learns before the next has run. */

import { asCotangent, spaceOf } from '../../ad/linear/space.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, tanh } from '../../ad/primitives/elementwise.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { LeakyParams } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { type Decoupled, decoupled } from '../../rules/dni-layers.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { claim } from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { perfect } from './exact-synthesiser.ts'

/** Three layers made of a network's numbers: tanh, tanh, linear. */
const layersOf = ({ θ }: Realised): readonly Pick<Decoupled, 'θ' | 'step'>[] => {
  const { W_in, W_rec, b_rec } = θ.cell as LeakyParams
  const squashed: Decoupled['step'] = (p, x) => tanh(add(matvec(p.W as Value, x), p.b as Value))
  const straight: Decoupled['step'] = (p, x) => add(matvec(p.W as Value, x), p.b as Value)
  return [
    { θ: { W: W_in, b: b_rec }, step: squashed },
    { θ: { W: W_rec, b: b_rec }, step: squashed },
    { θ: { W: θ.readout.W_out, b: θ.readout.b_out }, step: straight },
  ]
}

const loss = halfSquaredError()
const through = (layers: readonly Pick<Decoupled, 'θ' | 'step'>[], x: Value): Value =>
  layers.reduce((v, { θ, step }) => step(θ, v), x)

/** The layers with synthesisers that know the slope of all that is above them. */
const knowing = (layers: ReturnType<typeof layersOf>, { x, target }: Timestep): readonly Decoupled[] =>
  layers.map((layer, l) => {
    const h = through(layers.slice(0, l + 1), x)
    const above = (v: Value): Value => loss.each(through(layers.slice(l + 1), v), target)
    const input = tensor([...entries(h), ...entries(target), 1])
    const { synthesiser, begin } = perfect([input], [asCotangent(spaceOf(h), grad(above)(h))])
    return { ...layer, synthesiser, ψ: begin }
  })

/** ∂L/∂θ of every layer, by reverse mode through all of them. */
const backpropagated = (layers: ReturnType<typeof layersOf>, { x, target }: Timestep): readonly number[] => {
  const whole = (θs: readonly Branch[]): Value =>
    loss.each(
      through(
        layers.map((layer, l) => ({ ...layer, θ: θs[l] as Branch })),
        x,
      ),
      target,
    )
  return entries(grad(whole)(layers.map(({ θ }) => θ)))
}

/** Layers in place of timesteps. */
export const depthwise: readonly Proposition[] = [
  claim(
    'layers that each update by a right prediction, before the next has run, do backpropagation',
    (run, _, made) => {
      const [layers, now] = [layersOf(made), run[1] as Timestep]
      const news = [...decoupled(loss)(knowing(layers, now), now.x, now.target)]
      const gradientsOf = (of: 'θ' | 'ψ') => news.filter(one => one.of === of).flatMap(one => list(one.gradient))
      return [
        [...gradientsOf('θ'), ...gradientsOf('ψ')],
        [...backpropagated(layers, now), ...gradientsOf('ψ').map(() => 0)],
      ]
    },
  ),
]
