/** What rules with random factors have in common: they draw from step 1 on, and they balance their factors. */

import { DomainError, KindError } from '../../ad/errors.ts'
import { type Cotangent, zeroCotangentIn } from '../../ad/linear/space.ts'
import { div, greater, mul, sqrt, where } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import { sizeOf } from '../../ad/tensor.ts'
import { lift, type Value } from '../../ad/value.ts'
import type { Draws } from '../../nets/random.ts'
import { type Fold, rule } from '../../nets/run/rule.ts'
import { isSet, type Param, type Timestep } from '../../nets/run/timestep.ts'
import type { RuleFacts } from './facts.ts'

/** Refuses a timestep that nothing was drawn for. */
export const requireNoise = (who: string, { noise }: Timestep): void => {
  if (sizeOf(noise.shape) > 0) return
  throw new KindError({
    who,
    given: 'a timestep without noise',
    wanted: 'a run whose noise was drawn as the rule declares',
    remedy: 'gradient, train and scan draw it by their seed; withNoise(run, draws) gives it',
  })
}

/**
 * A past-facing rule that draws. Nothing is drawn for timestep 0: its memory stays as it was initialised, and a learned start
 * gets a gradient of exactly 0; only the parameters of the cell get a gradient.
 */
export const stochastic = <M>(
  facts: RuleFacts<'past'>,
  draws: Draws,
  { init, step }: Pick<Fold<M, Timestep, Cotangent<Param>>, 'init' | 'step'>,
) =>
  rule<M, 'past', RuleFacts<'past'>>(
    {
      faces: 'past',
      draws,
      init,
      step: (memory, now) => {
        if (isSet(now.isStart)) return [zeroCotangentIn(now.immediate.from), memory]
        requireNoise(facts.name, now)
        return step(memory, now)
      },
    },
    facts,
  )

const norm = (x: Value): Value => sqrt(sum(mul(x, x)))

/** √(‖a‖ / ‖b‖), which makes factors a and b as long as each other; 1 where a norm is 0. */
const balance = (a: Value, b: Value): Value => {
  const [p, q] = [norm(a), norm(b)]
  const both = mul(greater(p, 0), greater(q, 0))
  return where(both, sqrt(div(where(both, p, 1), where(both, q, 1))), 1)
}

/** Whether factors are balanced at each step, or, where they are not, the constants to scale by. */
export type Scales =
  | { readonly normalize?: true }
  | { readonly normalize: false; readonly rho0?: number; readonly rho1?: number }

/** The same as options of a rule. */
export const scaleOptions = {
  normalize: { range: 'true or false', default: 'true', means: 'whether the two factors are balanced at each step' },
  rho0: {
    range: '> 0, with normalize false',
    default: '1',
    means: 'constant scale of what is carried on',
    with: { normalize: false },
  },
  rho1: {
    range: '> 0, with normalize false',
    default: '1',
    means: 'constant scale of what is new',
    with: { normalize: false },
  },
} as const

type Factors = readonly [divided: Value, multiplied: Value]

/** ρ₀ for what was carried on, ρ₁ for what is new: balanced before the two are added, or constant. */
export const scalesOf = (scales: Scales, carried: Factors, fresh: Factors): readonly [Value, Value] =>
  scales.normalize === false
    ? [lift(scales.rho0 ?? 1), lift(scales.rho1 ?? 1)]
    : [balance(...carried), balance(...fresh)]

/** Refuses constants together with balancing, and constants that are not above 0. */
export const checkScales = (who: string, scales: Scales): void => {
  const { normalize = true, rho0 = 1, rho1 = 1 } = scales as { normalize?: unknown; rho0?: number; rho1?: number }
  const fine = [rho0, rho1].every(ρ => Number.isFinite(ρ) && ρ > 0)
  if (fine && (normalize === false || (normalize === true && !('rho0' in scales || 'rho1' in scales)))) return
  throw new DomainError({
    who,
    given: JSON.stringify(scales),
    wanted: 'normalize true alone, or normalize false with rho0 and rho1 above 0',
    remedy: 'Balanced factors choose their own scales: leave rho0 and rho1 out, or say normalize: false',
  })
}
