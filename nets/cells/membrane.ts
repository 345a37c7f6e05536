import { add, mul, sub, tanh } from '../../ad/primitives/elementwise.ts'
import { affine } from './affine.ts'
import { type Rate, rateOf } from './leaky.ts'

/**
 * The leaky network whose membrane leaks, not its rate: v = (1 - α) v₋ + α (W_rec f(v₋) + W_in x + b_rec); other units read f(v).
 * W_rec [d, d], W_in [d, n], b_rec [d], v [d]. As in Bellec et al. 2020. Throws a DomainError for α outside (0, 1].
 */
export const membrane = (rate: Rate = {}) => {
  const alpha = rateOf('membrane', rate)
  const f = rate.f ?? tanh
  const kept = sub(1, alpha)
  return affine(
    { params: { W_rec: ['d', 'd'], W_in: ['d', 'n'], b_rec: ['d'] }, state: { v: ['d'] } },
    ({ v }, x) => ({ W_rec: f(v), W_in: x, b_rec: 1 }),
    ({ v }, u) => ({ v: add(mul(kept, v), mul(alpha, u)) }),
    { output: (_, { v }) => f(v) },
  )
}
