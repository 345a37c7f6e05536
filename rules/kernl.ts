import { bracket, ShapeError } from '../ad/errors.ts'
import { dense } from '../ad/linear/apply.ts'
import { compose, matrix } from '../ad/linear/linear.ts'
import { mul, sub } from '../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { eye, full } from '../ad/tensor.ts'
import type { Like, Value } from '../ad/value.ts'
import { composed, type StepTransform, transformed } from '../nets/run/fold.ts'
import type { Rule } from '../nets/run/rule.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { diagonalPattern, type Sparsity, sparsity } from './parts/sparsity.ts'
import { influenceRule } from './rtrl.ts'

const checkShape = (name: string, given: Value, wanted: readonly number[]): void => {
  if (bracket(given.shape) === bracket(wanted)) return
  throw new ShapeError({
    who: 'kernl',
    given: `${name} ${bracket(given.shape)}`,
    wanted: bracket(wanted),
    remedy: 'A is states by states, γ a rate for each state',
  })
}

const facts: RuleFacts<'past'> = {
  name: 'kernl',
  title: 'Kernel RNN learning',
  faces: 'past',
  changes: 'replaces',
  crosses: 'neither pushes nor pulls',
  keeps: 'a trace |θ|',
  structure: 'own units',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'weight transport',
  start: 'approximate',
  cost: { time: '|θ|', memory: '|θ|' },
  options: {
    A: { range: 'matrix [states, states]', default: 'the identity', means: 'the sensitivity of a state to others' },
    gamma: { range: '[0, 1] or a vector [states]', default: '0.5', means: 'the decay of every number of the state' },
  },
  papers: [
    { authors: 'Roth, Kanitscheider & Fiete', year: 2019, title: 'Kernel RNN learning (KeRNL)', id: 'ICLR 2019' },
  ],
}

/** Replaces J by diag(1 - γ), γ [S]: every number of the state decays at a rate of its own, in [0, 1]. */
export const withDecay =
  (γ: Value): StepTransform =>
  now => {
    const { from, to } = now.jacobian
    checkShape('γ', γ, [to.size])
    return { ...now, jacobian: matrix(from, to, mul(eye(to.size), sub(1, γ))) }
  }

/** Replaces q by q A, A [states, states]. */
export const withSensitivity =
  (A: Value): StepTransform =>
  now => {
    const { from } = now.readoutMap
    checkShape('A', A, [from.size, from.size])
    return { ...now, readoutMap: compose(now.readoutMap, matrix(from, from, A)) }
  }

/** γ [states] of a vector, or of one number in [0, 1] for every number of the state. Throws a DomainError for a number outside. */
export const decaysOf = (who: string, gamma: Like, states: number): Value => {
  if (typeof gamma !== 'number') return gamma
  requireRange(who, 'gamma', gamma, ranges.from0to1, 'gamma = 0.5 halves the trace at every step')
  return full([states], gamma)
}

/** The rule of a kernel A [states, states] and a decay γ [states]. */
export type KernelRule = (A: Value, γ: Value) => Rule<Influence, 'past'>

/** KeRNL with all of E kept, or, given the sparsity, its nonzero entries. */
export const withKernel = (structure?: Sparsity): KernelRule => {
  const keep = structure
    ? keepPattern({ ...structure, recurrent: diagonalPattern(structure), influence: structure.immediate })
    : dense
  return (A, γ) => transformed(composed(withDecay(γ), withSensitivity(A)))(influenceRule(keep, facts))
}

/**
 * Kernel RNN learning with a fixed kernel: E = (1 - γ) ⊙ E₋ + B, g = (q A) E, which is M ≈ A E. Roth et al. 2019.
 * Two linear maps are replaced: J by diag(1 - γ), γ [states], the readout by its product with A [states, states]. A step is O(d²).
 * Throws a ShapeError for an A or γ of another shape, a DomainError for a γ that is a number outside [0, 1].
 */
export const kernl = maker(facts, ({ A, gamma = 0.5 }: { readonly A?: Value; readonly gamma?: Like } = {}) =>
  ruleFor(facts, net => {
    const structure = sparsity(net)
    const states = structure.unitOf.length
    return withKernel(structure)(A ?? eye(states), decaysOf('kernl', gamma, states))
  }),
)
