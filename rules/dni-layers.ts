/** Synthetic gradients through depth: a feed-forward network whose layers do not wait for one another. */

import { pull } from '../ad/linear/apply.ts'
import { linearizePair } from '../ad/linear/linearize.ts'
import { asCotangent, type Cotangent, flatten, spaceOf, times } from '../ad/linear/space.ts'
import { vjp } from '../ad/modes/transforms.ts'
import { ones } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { PerStep } from '../nets/loss.ts'
import {
  type Prediction,
  predict,
  regressionStep,
  requireDecay,
  type Synthesiser,
  withWeightDecay,
} from './parts/synthesiser.ts'

/** A layer with a synthesiser of its own for ∂ℓ/∂h. */
export interface Decoupled<P extends Branch = Branch, G extends Branch = Branch> {
  readonly θ: P
  readonly ψ: G
  readonly synthesiser: Synthesiser<G>
  /** Weight of ½‖ψ‖² beside the error of the prediction, at least 0; 0 by default. */
  readonly decay?: number
  /** x [inputs] → h [outputs]. */
  step(θ: P, x: Value): Value
}

/** A gradient that can be applied at once: of a layer's own parameters, or of its synthesiser's. */
export interface LayerGradient {
  readonly layer: number
  readonly of: 'θ' | 'ψ'
  readonly gradient: Cotangent<Branch>
}

/** The update of a synthesiser for its prediction, once its target is known. */
type SynthesiserUpdate = (target: Cotangent<Value>) => LayerGradient

const updateFor =
  (layer: number, { ψ, decay = 0 }: Decoupled, prediction: Prediction<Branch, Value>): SynthesiserUpdate =>
  target => ({ layer, of: 'ψ', gradient: times(-1, withWeightDecay(decay)(ψ, regressionStep(prediction, target))) })

/**
 * ĝ_l = g([h_l; y*; 1]; ψ_l) ≈ ∂ℓ/∂h_l: layer l gets its gradient ĝ_l ∂h_l/∂θ_l as soon as it has run, before the next one
 * runs. One layer later its synthesiser gets that of ½‖ĝ_l - ĝ_{l+1} ∂h_{l+1}/∂h_l‖²; the last one gets the true ∂ℓ/∂h. Layers
 * run lazily. With exact predictions it is backpropagation. Jaderberg et al. 2017. Throws a DomainError for a
 * decay below 0.
 */
export const decoupled = (loss: PerStep) =>
  function* (layers: readonly Decoupled[], x: Value, target: Value): Generator<LayerGradient> {
    let below: SynthesiserUpdate | null = null
    let input = x
    for (const [index, layer] of layers.entries()) {
      const { θ, ψ, synthesiser, step } = layer
      requireDecay('decoupled', layer.decay)
      const [out, byθ, byInput] = linearizePair<Branch, Value, Value>(step, θ, input)
      const prediction = predict<Branch, Value>(synthesiser, ψ, out, flatten([out, target, ones([1])]))
      yield { layer: index, of: 'θ', gradient: pull(byθ, prediction[0]) }
      if (below) yield below(pull(byInput, prediction[0]))
      below = updateFor(index, layer, prediction)
      input = out
    }
    const [, pullback] = vjp((v: Value) => loss.each(v, target), input)
    if (below) yield below(asCotangent(spaceOf(input), pullback(ones([]))[0] as Value))
  }
