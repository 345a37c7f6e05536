/** What the options of optimisers may be, and by which names other libraries give them. */
import { NameError } from '../../ad/errors.ts'
import { type Range, ranges, requireNames, requireRange } from '../../ad/require.ts'
import type { Schedule } from './schedules.ts'

/** A step size, at least 0, or one for each update. */
export type LearningRate = number | Schedule

const usual = 'Usual values: lr 0.01, momentum and beta1 0.9, beta2 0.999, epsilon 1e-8, decay 0.01'

/** Refuses a number that an optimiser cannot have, and says which are usual. Throws a DomainError. */
export const requireUsual = (who: string, name: string, x: unknown, range: Range): void =>
  requireRange(who, name, x, range, usual)

const meant = (name: string): string => `Did you mean ${name}?`
const decayRemedy = 'Weight decay is a part of its own: chain(sgd({ lr }), weightDecay({ decay, lr })), or adamw'
const rateNames = { learning_rate: meant('lr'), learningRate: meant('lr') }
const names = { ...rateNames, decay: decayRemedy, weight_decay: decayRemedy, weightDecay: decayRemedy }
export const betaNames = { b1: meant('beta1'), b2: meant('beta2'), betas: 'Say beta1 and beta2', eps: meant('epsilon') }
export const decayNames = { weight_decay: meant('decay'), weightDecay: meant('decay') }
const smoothing = meant('decay')
export const smoothingNames = { alpha: smoothing, rho: smoothing, smoothing, eps: meant('epsilon') }

/** Refuses options that are no record, of names not known, or by the names that other libraries give to these. */
export const requireOptions = (who: string, options: unknown, known: readonly string[], more: object = {}): void => {
  const elsewhere: Readonly<Record<string, string>> = { ...names, ...more }
  const foreign = Object.keys(options ?? {}).find(name => !known.includes(name) && Object.hasOwn(elsewhere, name))
  const remedy = foreign && elsewhere[foreign]
  if (remedy) throw new NameError({ who, given: `an option ${foreign}`, wanted: known.join(', '), remedy })
  requireNames(who, options, known)
}

/** The step size of each update. Throws a DomainError for one below 0 or not finite: of a number now, of a schedule then. */
export const rateOf = (who: string, lr: LearningRate): Schedule => {
  if (typeof lr !== 'function') {
    requireUsual(who, 'lr', lr, { ...ranges.atLeast0, wanted: `${ranges.atLeast0.wanted}, or a schedule` })
    return () => lr
  }
  return count => {
    const rate = lr(count)
    requireRange(who, `lr(${count})`, rate, ranges.atLeast0, 'A schedule gives a step size for every count from 0')
    return rate
  }
}
