import { bracket, ShapeError } from '../ad/errors.ts'
import { dense } from '../ad/linear/apply.ts'
import { compose, matrix } from '../ad/linear/linear.ts'
import { mul, sub } from '../ad/primitives/elementwise.ts'
import { eye } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { composed, type Rule, type StepTransform, transformed } from '../nets/run/scan.ts'
import type { Influence } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import type { Sparsity } from './parts/sparsity.ts'
import { influence } from './rtrl.ts'

const checkShape = (name: string, given: Value, wanted: readonly number[]): void => {
  if (bracket(given.shape) === bracket(wanted)) return
  throw new ShapeError({
    who: 'kernl',
    given: `${name} ${bracket(given.shape)}`,
    wanted: bracket(wanted),
    remedy: 'A is states by states, γ a rate for each state',
  })
}

/** J is put away for a decay: every number of the state forgets at a rate of its own, γ [states], in [0, 1] where it is to forget. */
export const withDecay =
  (γ: Value): StepTransform =>
  now => {
    const { from, to } = now.jacobian
    checkShape('γ', γ, [to.size])
    return { ...now, jacobian: matrix(from, to, mul(eye(to.size), sub(1, γ))) }
  }

/** The error is heard through A [states, states]: q A. */
export const withSensitivity =
  (A: Value): StepTransform =>
  now => {
    const { from } = now.readout
    checkShape('A', A, [from.size, from.size])
    return { ...now, readout: compose(now.readout, matrix(from, from, A)) }
  }

/** The rule of a kernel A [states, states] and a decay γ [states]. */
export type Kernelled = (A: Value, γ: Value) => Rule<Influence, 'past'>

/** Kernels over one way to remember: all of E, or, with the wiring, what there is of it. */
export const withKernel = (wiring?: Sparsity): Kernelled => {
  const remember = wiring ? keepPattern({ ...wiring, recurrent: decayOf(wiring), influence: wiring.immediate }) : dense
  return (A, γ) => transformed(composed(withDecay(γ), withSensitivity(A)))(influence(remember))
}

/**
 * Kernel RNN learning with a kernel that is given: E = (1 - γ) ⊙ E₋ + B, g = (q A) E, which is M ≈ A E. Roth et al. 2019.
 * Two arrows are replaced: J by a decay γ [states], the readout by what A [states, states] makes of it. With the wiring of
 * the network a step is O(d²). Throws a ShapeError for another A or γ.
 */
export const kernl = (A: Value, γ: Value, wiring?: Sparsity) => withKernel(wiring)(A, γ)

/** A decay leads from every number of the state to itself. */
const decayOf = ({ units }: Sparsity) => ({ rows: units.length, columns: units.map((_, row) => [row]) })
