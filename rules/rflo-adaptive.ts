import { toValue } from '../ad/linear/space.ts'
import { outer } from '../ad/primitives/contraction.ts'
import { add, mul, sub } from '../ad/primitives/elementwise.ts'
import { ranges, requireRange } from '../ad/require.ts'
import type { Value } from '../ad/value.ts'
import { composed } from '../nets/run/fold.ts'
import { broadcastFeedback, localParameters, ownUnitOnly } from '../nets/run/transforms.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { drawnBroadcast, type FeedbackOptions } from './parts/feedback.ts'
import type { Influence } from './parts/influence.ts'
import { sparsity } from './parts/sparsity.ts'
import { localOwnUnitTrace, rflo } from './rflo.ts'
import { influenceRule } from './rtrl.ts'

/** The initial value of adaptive feedback and how it learns. */
export interface RfloAdaptiveOptions extends FeedbackOptions {
  /** The step size of the feedback, at least 0; 0.01 by default. Only if it equals the readout's do the two get the same updates. */
  readonly lr?: number
  /** Weight decay of B, at least 0: each update multiplies F by 1 - lr decay; 0 by default. */
  readonly decay?: number
}

/** The current feedback F [units, m], and RFLO's trace. */
export interface RfloAdaptiveMemory {
  readonly feedback: Value
  readonly trace: Influence
}

const facts: RuleFacts<'past'> = {
  ...rflo.facts,
  name: 'rflo-adaptive',
  faces: 'past',
  title: 'Random-feedback local online learning with adaptive feedback',
  options: {
    ...rflo.facts.options,
    lr: { range: '≥ 0', default: '0.01', means: 'step size of the feedback, that of the readout' },
    decay: { range: '≥ 0', default: '0', means: 'weight decay of the feedback' },
  },
}

/**
 * RFLO, or e-prop, whose feedback learns: F ← (1 - lr decay) F - lr r εᵀ, r the outputs of the units, the update that plain gradient
 * descent makes to W_outᵀ at every step. With equal lr and decay, F - W_outᵀ shrinks by
 * 1 - lr decay a step. In `train` this needs sgd, `every` 1, weights of 1 and one sequence: the update of F is that of its own
 * timestep. Kolen & Pollack 1994, Akrout et al. 2019, "adaptive e-prop" of Bellec et al. 2020. The memory keeps it as `feedback`; with lr = 0 it is RFLO.
 * Throws a DomainError for lr or decay below 0, a ShapeError for an F of another shape.
 */
export const rfloAdaptive = maker(facts, ({ feedback, lr = 0.01, decay = 0 }: RfloAdaptiveOptions = {}) => {
  requireRange('rflo-adaptive', 'lr', lr, ranges.atLeast0, "Give the readout's own step size")
  requireRange('rflo-adaptive', 'decay', decay, ranges.atLeast0, 'Leave it out for none')
  return ruleFor<RfloAdaptiveMemory, 'past'>(facts, (net, seed) => {
    const first = feedback ?? drawnBroadcast(net, seed)
    const { init, step } = influenceRule(localOwnUnitTrace(sparsity(net)), facts)
    return {
      init: now => ({ feedback: first, trace: init(now) }),
      step: ({ feedback, trace }, now) => {
        const [gradient, next] = step(trace, composed(ownUnitOnly, localParameters, broadcastFeedback(feedback))(now))
        const update = add(outer(now.activity, toValue(now.logitError)), mul(decay, feedback))
        return [gradient, { feedback: sub(feedback, mul(mul(lr, sub(1, now.isStart)), update)), trace: next }]
      },
    }
  })
})
