/** The answers of rules with random factors: with the signs that a case gives, and the mean over all that it could have given. */
import { plus } from '../../ad/linear/linear.ts'
import { asCotangent, type Cotangent, times, toValue, unflattenLike } from '../../ad/linear/space.ts'
import { concat, reshape, sum, transpose } from '../../ad/primitives/layout.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { sumOf } from '../../nets/run/fold.ts'
import { estimates, signsOf, withNoise } from '../../nets/run/noise.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Param } from '../../nets/run/timestep.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import type { Scales } from '../../rules/parts/stochastic.ts'
import { uoro } from '../../rules/uoro.ts'
import type { Computed } from './compare.ts'
import type { Answers } from './models/model.ts'
import { cellOf, type Problem } from './solve.ts'

type Given = { readonly normalize: boolean; readonly rho0?: number | undefined; readonly rho1?: number | undefined }

/** A file may give constants beside normalize: true; they are not used then. */
const scalesOf = ({ normalize, rho0 = 1, rho1 = 1 }: Given): Scales =>
  normalize ? { normalize } : { normalize, rho0, rho1 }

/** The cases' rule draws before it emits, as Marschall, Cho & Savin (2020) do. */
const drawnFirst = (given: Given) => uoro({ ...scalesOf(given), order: 'marschall' })

/** A rule over the finished run with these draws [T, …]: what it says in all, and what it remembers in the end. */
const drawn = <M>({ run }: Problem, rule: AnyRule<M, 'past'>, noise: Value): readonly [Cotangent<Param>, M] => {
  const steps = [...scan(rule)(withNoise(run, noise))]
  return [sumOf(steps.map(([out]) => out)), (steps.at(-1) as (typeof steps)[number])[1]]
}

const column = (W: Value): Value => (W.shape.length === 2 ? W : reshape(W, [...W.shape, 1]))

/** The parameters of the cell as W = [W_rec | W_in | b_rec], [d, d + n + 1]. */
const arranged = ({ θ: { cell, start } }: Problem, x: Cotangent<Param>): Tensor =>
  concat(
    Object.values(unflattenLike({ cell, start }, x).cell).map(W => column(W as Value)),
    1,
  ) as Tensor

/** So many sign sequences are enumerated at most, and so many at a time. */
const [most, atOnce] = [2 ** 18, 2 ** 10]

/** The mean over all sign sequences, `width` signs a step, enumerated; null where they are too many. */
const mean = <M>(problem: Problem, rule: AnyRule<M, 'past'>, width: number): Computed | null => {
  const shape = [problem.sequence.length, width]
  const all = 2 ** (problem.sequence.length * width)
  if (all > most) return null
  const space = problem.run[0].immediate.from
  let total: Cotangent<Param> | null = null
  for (let from = 0; from < all; from += atOnce) {
    const draws = signsOf(shape, from, Math.min(from + atOnce, all))
    const some = asCotangent(space, sum(estimates(rule)(problem.run, draws), 0))
    total = total ? plus(total, some) : some
  }
  return { grads: cellOf(problem, times(1 / all, total as Cotangent<Param>)) }
}

/** Rules with random factors, of a network with one drive. */
export const stochastic: Answers<Problem> = {
  uoro: (problem, { nu, ...scales }) => {
    const [sum, { state, param }] = drawn(problem, drawnFirst(scales), nu)
    const ends = { s_tilde_T: toValue(state) as Tensor, theta_tilde_T: arranged(problem, param) }
    return { grads: cellOf(problem, sum), ...ends }
  },
  kf_rtrl: (problem, { signs, ...scales }) => {
    const [sum, { post, pre }] = drawn(problem, kfrtrl(scalesOf(scales)), signs)
    return { grads: cellOf(problem, sum), u_T: pre as Tensor, A_T: transpose(post) as Tensor }
  },
  uoro_mean_over_all_signs: (problem, scales) => mean(problem, drawnFirst(scales), problem.given.sizes.d),
  kf_rtrl_mean_over_all_signs: (problem, scales) => mean(problem, kfrtrl(scalesOf(scales)), 2),
}
