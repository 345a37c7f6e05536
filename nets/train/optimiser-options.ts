/** What the options of optimisers may be, and by which names other libraries give them. */
import { DomainError, NameError } from '../../ad/errors.ts'
import { requireNames } from '../../ad/require.ts'
import type { Schedule } from './schedules.ts'

/** A step size, at least 0, or one for each update. */
export type LearningRate = number | Schedule

export interface Range {
  readonly wanted: string
  has(x: number): boolean
}
export const fraction: Range = { wanted: 'in [0, 1)', has: x => x >= 0 && x < 1 }
export const positive: Range = { wanted: 'above 0, and finite', has: x => x > 0 && x < Infinity }
export const atLeast0: Range = { wanted: 'a finite number of at least 0', has: x => x >= 0 && x < Infinity }

const usual = 'Usual values: lr 0.01, momentum and beta1 0.9, beta2 0.999, epsilon 1e-8, decay 0.01'

export const requireRange = (who: string, name: string, x: unknown, { has, wanted }: Range, remedy = usual): void => {
  if (typeof x === 'number' && has(x)) return
  const given = `${name} = ${typeof x === 'string' ? `'${x}'` : String(x)}`
  throw new DomainError({ who, given, wanted: `${name} ${wanted}`, remedy })
}

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
    requireRange(who, 'lr', lr, { ...atLeast0, wanted: `${atLeast0.wanted}, or a schedule` })
    return () => lr
  }
  return count => {
    const rate = lr(count)
    requireRange(who, `lr(${count})`, rate, atLeast0, 'A schedule gives a step size for every count from 0')
    return rate
  }
}
