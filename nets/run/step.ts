import type { Cotangent } from '../../ad/linear/space.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Task, Theta } from '../network.ts'
import type { Rule } from './scan.ts'
import { joined, moment, type Now, outsetMoment } from './timestep.ts'

/** What goes round from one instant to the next. */
export interface Carry<M> {
  readonly state: Branch
  readonly memory: M
}

/** What an instant gives: the gradient of θ, the loss, the output, and what goes on. */
export interface Instant<M> {
  readonly gradient: Cotangent<Theta>
  readonly loss: Value
  readonly output: Value
  readonly carry: Carry<M>
}

/** The carry after moment 0. */
export const outset =
  <M>(task: Task, rule: Rule<M, 'past' | 'any'>) =>
  (θ: Theta): Carry<M> => {
    const first = outsetMoment(task)(θ)
    const [, memory] = rule.step(rule.init(first), first)
    return { state: first.after, memory }
  }

/** One instant of learning as one program of Values: the rule's step after the moment. */
export const instant =
  <M>(task: Task, rule: Rule<M, 'past' | 'any'>) =>
  (θ: Theta, { state, memory }: Carry<M>, now: Now): Instant<M> => {
    const here = moment(task)(θ, state, now)
    const [out, next] = rule.step(memory, here)
    return {
      gradient: joined(out, here.direct),
      loss: here.loss,
      output: here.output,
      carry: { state: here.after, memory: next },
    }
  }
