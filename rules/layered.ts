/** Synthetic gradients through depth: a feed-forward network whose layers do not wait for one another. */
import { vjp } from '../ad/calculus.ts'
import { pull } from '../ad/follow.ts'
import { linearised } from '../ad/linearised.ts'
import { asCotangent, type Cotangent, join, spaceOf, times } from '../ad/space.ts'
import { ones } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { PerStep } from '../nets/loss.ts'
import { type Guess, guessed, lesson, type Synthesiser } from './synthesiser.ts'

/** A layer with a guesser of its own for ∂ℓ/∂h. */
export interface Decoupled<P extends Branch = Branch, G extends Branch = Branch> {
  readonly θ: P
  readonly ψ: G
  readonly synthesiser: Synthesiser<G>
  /** x [inputs] → h [outputs]. */
  step(θ: P, x: Value): Value
}

/** A gradient that can be applied at once: of a layer's own parameters, or of its guesser's. */
export interface News {
  readonly layer: number
  readonly of: 'θ' | 'ψ'
  readonly gradient: Cotangent<Branch>
}

const told = (layer: number, guess: Guess<Branch, Value>, target: Cotangent<Value>): News => ({
  layer,
  of: 'ψ',
  gradient: times(-1, lesson(guess, target)),
})

/**
 * ĝ_l = g([h_l; y*; 1]; ψ_l) ≈ ∂ℓ/∂h_l: layer l hears its gradient ĝ_l ∂h_l/∂θ_l as soon as it has run, before the next one
 * runs. One layer later its guesser hears that of ½‖ĝ_l - ĝ_{l+1} ∂h_{l+1}/∂h_l‖²; the last one hears the true ∂ℓ/∂h. Layers
 * run as the news is asked for. With exact guesses it is backpropagation. Jaderberg et al. 2017.
 */
export const decoupled = (loss: PerStep) =>
  function* (layers: readonly Decoupled[], x: Value, target: Value): Generator<News> {
    let below: Guess<Branch, Value> | null = null
    let input = x
    for (const [layer, { θ, ψ, synthesiser, step }] of layers.entries()) {
      const [out, byθ, byInput] = linearised<Branch, Value, Value>(step, θ, input)
      const guess = guessed<Branch, Value>(synthesiser, ψ, out, join([out, target, ones([1])]))
      yield { layer, of: 'θ', gradient: pull(byθ, guess[0]) }
      if (below) yield told(layer - 1, below, pull(byInput, guess[0]))
      below = guess
      input = out
    }
    const [, pullback] = vjp((v: Value) => loss.each(v, target), input)
    if (below) yield told(layers.length - 1, below, asCotangent(spaceOf(input), pullback(ones([]))[0] as Value))
  }
