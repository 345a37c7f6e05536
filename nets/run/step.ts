import type { Cotangent } from '../../ad/linear/space.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Network, Theta } from '../network.ts'
import { type Rule, stepped, wholeGradient } from './rule.ts'
import { initialTimestep, type StepInput, timestep } from './timestep.ts'

/** The carry from one timestep to the next. */
export interface Carry<M> {
  readonly state: Branch
  readonly memory: M
}

/** What a timestep gives: the gradient of θ, the loss, the output, and what goes on. */
export interface StepResult<M> {
  readonly gradient: Cotangent<Theta>
  readonly loss: Value
  readonly output: Value
  readonly carry: Carry<M>
}

/** Timestep 0: the carry after it, and what the rule emits for it. */
export const initialStep =
  <M>(net: Network, rule: Rule<M, 'past'>) =>
  (θ: Theta): Pick<StepResult<M>, 'gradient' | 'carry'> => {
    const first = initialTimestep(net)(θ)
    const [out, memory] = stepped(rule, rule.init(first), first)
    return { gradient: wholeGradient(rule, out, first), carry: { state: first.after, memory } }
  }

/** One timestep of learning as one program of Values: the rule's step after the timestep. */
export const stepOf =
  <M>(net: Network, rule: Rule<M, 'past'>) =>
  (θ: Theta, { state, memory }: Carry<M>, now: StepInput): StepResult<M> => {
    const here = timestep(net)(θ, state, now)
    const [out, next] = stepped(rule, memory, here)
    return {
      gradient: wholeGradient(rule, out, here),
      loss: here.loss,
      output: here.prediction,
      carry: { state: here.after, memory: next },
    }
  }
