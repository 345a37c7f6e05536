/** DNI(b): a matrix that is trained to predict the next state replaces the Jacobian. */

import { bracket, ShapeError } from '../ad/errors.ts'
import { matrix } from '../ad/linear/linear.ts'
import { flatten, spaceOf } from '../ad/linear/space.ts'
import { matvec, outer } from '../ad/primitives/contraction.ts'
import { add, mul, sub, tanh } from '../ad/primitives/elementwise.ts'
import { zeros } from '../ad/tensor.ts'
import { type Branch, leavesOf } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import type { Fold } from '../nets/run/rule.ts'
import type { State, Timestep } from '../nets/run/timestep.ts'
import { type DniOptions, dni, dniDiagnostics, requireDni } from './dni.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { gradientOf, requireOptions, requireRate } from './parts/synthesiser.ts'

/** Options of a learned Jacobian. */
export interface JacobianModelOptions {
  /** The step size of Ĵ, at least 0. Ĵ diverges where it is above 2/‖h₋‖². */
  readonly lr: number
  /** Initial Ĵ [d, d], d the size of the flattened state; 0 by default. */
  readonly begin?: Value
}

/** Ĵ, and the memory of the rule that is given it. */
export interface WithJacobian<M> {
  readonly J: Value
  readonly inner: M
}

const initialJacobian = ({ begin }: JacobianModelOptions, state: State): Value => {
  const d = spaceOf(state).size
  const J = begin ?? zeros([d, d])
  if (J.shape.join() === `${d},${d}`) return J
  throw new ShapeError({
    who: 'withLearnedJacobian',
    given: `a first J of shape ${bracket(J.shape)}`,
    wanted: `[${d}, ${d}], what a step does to the state`,
    remedy: 'Leave it out for zeros, or give W_rec of a network without a leak',
  })
}

/**
 * The rule is given Ĵ in place of J = ∂h/∂h₋, just after Ĵ ← Ĵ + lr (h - Ĵ h₋) h₋ᵀ: a gradient step on ½‖Ĵ h₋ - h‖², local in
 * time and space. Marschall et al. 2020. For linear dynamics h = J h₋ the error ‖Ĵ - J‖ does not grow while lr ‖h₋‖² ≤ 2, and J is
 * learned along the directions visited; otherwise Ĵ is a regression of h on h₋, which is not J. Any past-facing fold may
 * be given. Throws a DomainError for a step size below 0, a ShapeError for a Ĵ that does not fit.
 */
export const withLearnedJacobian = (options: JacobianModelOptions) => {
  requireOptions('withLearnedJacobian', options, '{ lr: 0.01 }')
  const { lr } = options
  requireRate('withLearnedJacobian', 'lr', lr)
  return <M, O>(rule: Fold<M, Timestep, O, 'past'>): Fold<WithJacobian<M>, Timestep, O, 'past'> => ({
    faces: 'past',
    ...(rule.draws && { draws: rule.draws }),
    init: now => ({ J: initialJacobian(options, now.after), inner: rule.init(now) }),
    step: ({ J: known, inner }, now) => {
      const space = spaceOf(now.after)
      const [before, after] = [now.before, now.after].map(state => flatten(leavesOf(state))) as [Value, Value]
      const update = outer(sub(after, matvec(known, before)), before)
      const J = add(known, mul(mul(lr, sub(1, now.isStart)), update))
      const [out, next] = rule.step(inner, { ...now, jacobian: matrix(space, space, J) })
      return [out, { J, inner: next }]
    },
  })
}

export interface DniBOptions<P extends Branch> extends DniOptions<P> {
  /** How Ĵ is learned. */
  readonly model: JacobianModelOptions
}

const facts: RuleFacts<'past'> = {
  ...dni.facts,
  name: 'dni-b',
  faces: 'past',
  title: 'Synthetic gradients with a learned Jacobian',
  keeps: 'synthesiser, Ĵ [d, d]',
  options: {
    ...dni.facts.options,
    model: { range: '{ lr, begin }', default: '{ lr: 0.01 }', means: 'how the Jacobian is learned' },
  },
}

/**
 * DNI(b): `dni` with Ĵ in place of J and the target q₋ + tanh(g(ã)) Ĵ. The prediction that gives the
 * gradient is not squashed. With a random feedback too, `transformed(feedback(B))(dniB(…))`, neither W_rec nor W_out is carried
 * backwards. Marschall et al. 2020, whose code initialises Ĵ to W_rec and refreshes its target network every 5 steps; here
 * Ĵ is initially 0, or `model.begin`, and the current synthesiser predicts the target, or with `refresh: 5` a target network as theirs.
 * O(d²) a step with a linear synthesiser.
 */
export const dniB = maker(facts, <P extends Branch>(options: Partial<DniBOptions<P>> = {}) => {
  const { model = { lr: 0.01 }, squash = tanh, ...rest } = options
  requireDni('dni-b', rest)
  const learning = withLearnedJacobian(model)
  return ruleFor(facts, (_, seed) => gradientOf(learning(dniDiagnostics({ seed, ...rest, squash }))))
})
