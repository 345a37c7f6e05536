/** Rules that leave out what their likes need: for claims to be refuted with. */

import { pull, push } from '../../ad/linear/apply.ts'
import { outer, plus, scale } from '../../ad/linear/linear.ts'
import { asRow, asTangent, times, toValue } from '../../ad/linear/space.ts'
import { div, greater, mul, sqrt, where } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import type { Value } from '../../ad/value.ts'
import { transformed } from '../../nets/run/fold.ts'
import type { AnyRule, Rule } from '../../nets/run/rule.ts'
import { error, isSet } from '../../nets/run/timestep.ts'
import { bptt, type Credit } from '../../rules/bptt.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { stochastic } from '../../rules/parts/stochastic.ts'
import { type RankOne, uoro } from '../../rules/uoro.ts'

const squared = (x: Value): Value => sum(mul(x, x))

/** UORO with ρ₁ = 1, and ρ₀ = √(‖θ̃₋‖/‖J s₋ + ν‖) of the vector that has the noise in it already. */
export const updatedUoro: Rule<RankOne, 'past'> = stochastic(
  uoro.facts as RuleFacts<'past'>,
  { law: 'sign', shape: ['state'] },
  {
    init: first => uoro().init(first),
    step: ({ state, param }, now) => {
      const ν = asTangent(now.jacobian.to, now.noise)
      const Js = push(now.jacobian, state)
      const [a, b] = [squared(toValue(param)), squared(toValue(plus(Js, ν)))]
      const both = mul(greater(a, 0), greater(b, 0))
      const ρ0 = where(both, sqrt(sqrt(div(where(both, a, 1), where(both, b, 1)))), 1)
      const s = plus(times(ρ0, Js), ν)
      const θ̃ = plus(times(div(1, ρ0), param), pull(now.immediate, asRow(ν)))
      return [pull(outer(now.immediate.from, now.immediate.to, s, θ̃), error(now)), { state: s, param: θ̃ }]
    },
  },
)

/** Credit cut by the sign of the noise, and nothing for what came through. */
export const cutFlatly: AnyRule<Credit, 'future'> = transformed(now =>
  isSet(now.isStart) ? now : { ...now, jacobian: scale(greater(now.noise, 0), now.jacobian) },
)(bptt)
