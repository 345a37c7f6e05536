import { DomainError, NameError } from '../../ad/errors.ts'
import { add, mul, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import type { Like, Value } from '../../ad/value.ts'
import { type AffineCell, affine } from './affine.ts'

/** How fast units forget: α in (0, 1], a value too, or the time constant τ = 1/α ≥ 1; α = 1 is Elman's network. */
export type Rate =
  | { readonly alpha?: Like; readonly f?: (u: Value) => Value }
  | { readonly tau: number; readonly f?: (u: Value) => Value }

export type LeakyParams = { readonly W_rec: Value; readonly W_in: Value; readonly b_rec: Value }
export type LeakyState = { readonly h: Value }

const checkNames = (who: string, rate: Rate): void => {
  if (typeof rate !== 'object' || rate === null) requireNames(who, rate, ['alpha', 'tau', 'f'])
  const other = Object.keys(rate).find(name => !['alpha', 'tau', 'f'].includes(name))
  const given = other ?? ('tau' in rate && 'alpha' in rate ? 'both alpha and tau' : undefined)
  if (given !== undefined)
    throw new NameError({
      who,
      given,
      wanted: 'alpha or tau, and f',
      remedy: 'tau is 1/alpha: give one of them',
    })
}

/** α of a rate. Throws a DomainError for a number outside (0, 1], a NameError for other names or both. */
export const rateOf = (who: string, rate: Rate): Like => {
  checkNames(who, rate)
  const alpha = 'tau' in rate ? 1 / rate.tau : (rate.alpha ?? 1)
  if (typeof alpha !== 'number' || (alpha > 0 && alpha <= 1)) return alpha
  throw new DomainError({
    who,
    given: 'tau' in rate ? `tau = ${rate.tau}` : `alpha = ${alpha}`,
    wanted: 'alpha in (0, 1], which is tau of at least 1',
    remedy: 'alpha = 1 is the Elman network',
  })
}

/**
 * The leaky network: u = W_rec h₋ + W_in x + b_rec, h = (1 - α) h₋ + α f(u). Elman 1990 for α = 1.
 * W_rec [d, d], W_in [d, n], b_rec [d], h [d]; f any elementwise program, tanh by default. Throws a DomainError for α outside (0, 1].
 */
export const leaky = (rate: Rate = {}): AffineCell<LeakyParams, LeakyState> => {
  const alpha = rateOf('leaky', rate)
  const f = rate.f ?? tanh
  const kept = sub(1, alpha)
  return affine(
    { params: { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] }, state: { h: ['d'] } },
    (s, x) => ({ W_rec: s.h, W_in: x, b_rec: 1 }),
    (s, u) => ({ h: alpha === 1 ? f(u) : add(mul(kept, s.h), mul(alpha, f(u))) }),
  )
}
