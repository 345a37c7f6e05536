/** Schedules of a step size: a number for each update, counted from 0. For `lr` of an optimiser. */
import { DomainError } from '../../ad/errors.ts'
import { requireCount } from '../../ad/require.ts'

export type Schedule = (count: number) => number

const requireRate = (who: string, name: string, x: number): void => {
  if (Number.isFinite(x) && x >= 0) return
  throw new DomainError({
    who: `schedule.${who}`,
    given: `${name} = ${x}`,
    wanted: `${name} of at least 0`,
    remedy: `schedule.${who} takes step sizes, such as 0.01`,
  })
}

/** The same step size throughout. */
export const constant = (lr: number): Schedule => {
  requireRate('constant', 'lr', lr)
  return () => lr
}

/** Half a cosine from one step size to another over so many updates, the last one from then on. Loshchilov & Hutter 2017. */
export const cosine = (from: number, to: number, updates: number): Schedule => {
  requireRate('cosine', 'from', from)
  requireRate('cosine', 'to', to)
  requireCount('schedule.cosine', `updates = ${updates}`, updates, 'Say over how many updates')
  return count => to + ((from - to) * (1 + Math.cos((Math.PI * Math.min(count, updates)) / updates))) / 2
}

/** The step size times a factor after every so many updates. */
export const step = (lr: number, { every, factor }: { readonly every: number; readonly factor: number }): Schedule => {
  requireRate('step', 'lr', lr)
  requireRate('step', 'factor', factor)
  requireCount('schedule.step', `every = ${every}`, every, 'Say after how many updates')
  return count => lr * factor ** Math.floor(count / every)
}

/** A straight line up from lr/updates over so many updates, then another schedule from its own beginning. */
export const warmUp = (updates: number, after: number | Schedule): Schedule => {
  requireCount('schedule.warmUp', `updates = ${updates}`, updates, 'Say over how many updates')
  const then = typeof after === 'number' ? constant(after) : after
  return count => (count < updates ? (then(0) * (count + 1)) / updates : then(count - updates))
}

/** lr/√(1 + count). */
export const inverseSquareRoot = (lr: number): Schedule => {
  requireRate('inverseSquareRoot', 'lr', lr)
  return count => lr / Math.sqrt(1 + count)
}
