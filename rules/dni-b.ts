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
import { type DniOptions, dni, dniFindings, requireDni } from './dni.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { gradientOf, requireOptions, requireRate } from './parts/synthesiser.ts'

/** Options of a learned Jacobian. */
export interface JacobianModelOptions {
  /** The step size of Ĵ, at least 0. It grows without end where it is above 2/‖h₋‖². */
  readonly lr: number
  /** Ĵ [d, d] to begin with, d numbers of the state written flat; 0 by default. */
  readonly begin?: Value
}

/** Ĵ, and what the rule that sees it remembers. */
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
 * A rule that sees Ĵ in place of J = ∂h/∂h₋, and Ĵ ← Ĵ + lr (h - Ĵ h₋) h₋ᵀ just before: the slope of ½‖Ĵ h₋ - h‖², local in
 * time and space. Marschall et al. 2020. Where h = J h₋ it comes no further from J while lr ‖h₋‖² ≤ 2, and learns it in the
 * directions that are visited; elsewhere it learns how states follow each other, which is not J. Any past-facing fold may
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
      const J = add(known, mul(mul(lr, sub(1, now.isFirst)), update))
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
  keeps: 'synthesiser, J [d, d]',
  options: {
    ...dni.facts.options,
    model: { range: '{ lr, begin }', default: '{ lr: 0.01 }', means: 'how the Jacobian is learned' },
  },
}

/**
 * DNI(b): `dni` that sees Ĵ in place of J, and whose target is q₋ + tanh(g(a)) Ĵ. The prediction that is asked for the
 * gradient is not squashed. With a random feedback too, `transformed(feedback(B))(dniB(…))`, neither W_rec nor W_out is carried
 * backwards. Marschall et al. 2020, whose code begins Ĵ at W_rec and renews the synthesiser of the target every 5 steps; here
 * Ĵ begins at 0, or at `model.begin`, and the target asks the synthesiser of the timestep, or with `renew: 5` as theirs. O(d²) a step with a linear synthesiser.
 */
export const dniB = maker(facts, <P extends Branch>(options: Partial<DniBOptions<P>> = {}) => {
  const { model = { lr: 0.01 }, squash = tanh, ...rest } = options
  requireDni('dni-b', rest)
  const learning = withLearnedJacobian(model)
  return ruleFor(facts, (_, seed) => gradientOf(learning(dniFindings({ seed, ...rest, squash }))))
})
