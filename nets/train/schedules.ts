/** Schedules: the step size of each update, counted from 0. An optimiser takes one for its `lr`: sgd({ lr: cosine(0.1, 0, 1000) }). */
import { ranges, requireCount, requireNames, requireRange } from '../../ad/require.ts'

/** The step size of update `count`, from 0; at least 0. A pure function of the count: what an older step of training shows is worked out again by it. */
export type Schedule = (count: number) => number

const requireRate = (who: string, name: string, x: unknown): void =>
  requireRange(`schedule.${who}`, name, x, ranges.atLeast0, 'Give a step size, such as 0.01')

const requireSteps = (who: string, name: string, steps: number, remedy: string): void =>
  requireCount(`schedule.${who}`, `${name} = ${String(steps)}`, steps, remedy)

/** The same step size throughout. Throws a DomainError for one below 0, as all of these do. */
export const constant = (lr: number): Schedule => {
  requireRate('constant', 'lr', lr)
  return () => lr
}

/** Half a cosine between two step sizes: `from` at 0, `to` at `steps` and after. Loshchilov & Hutter 2017, without restarts. */
export const cosine = (from: number, to: number, steps: number): Schedule => {
  requireRate('cosine', 'from', from)
  requireRate('cosine', 'to', to)
  requireSteps('cosine', 'steps', steps, 'Say over how many updates')
  return count => to + ((from - to) * (1 + Math.cos((Math.PI * Math.min(count, steps)) / steps))) / 2
}

export interface StepOptions {
  /** Updates between changes, at least 1. */
  readonly every: number
  /** What lr is multiplied by at each, at least 0. */
  readonly factor: number
}

/** Step decay: lr·factor^⌊count / every⌋. */
export const step = (lr: number, options: StepOptions): Schedule => {
  requireRate('step', 'lr', lr)
  requireNames('schedule.step', options, ['every', 'factor'])
  const { every, factor } = options
  requireRate('step', 'factor', factor)
  requireSteps('step', 'every', every, 'Say after how many updates')
  return count => lr * factor ** Math.floor(count / every)
}

/**
 * A straight line from after(0)/steps up to after(0), which update number `steps` takes; from there on the schedule `after`.
 * A number is a constant one. warmUp(1, after) is after.
 */
export const warmUp = (steps: number, after: number | Schedule): Schedule => {
  requireSteps('warmUp', 'steps', steps, 'Say over how many updates')
  const then = typeof after === 'function' ? after : constant(after)
  return count => (count < steps ? (then(0) * (count + 1)) / steps : then(count + 1 - steps))
}

/** lr·min(t/w, √(w/t)) at t = count + 1: lr/√t where w = 1, otherwise a line up to lr at t = w first. Vaswani et al. 2017. */
export const inverseSquareRoot = (lr: number, warmUpSteps = 1): Schedule => {
  requireRate('inverseSquareRoot', 'lr', lr)
  requireSteps('inverseSquareRoot', 'warmUpSteps', warmUpSteps, 'Leave it out for none')
  return count => lr * Math.min((count + 1) / warmUpSteps, Math.sqrt(warmUpSteps / (count + 1)))
}
