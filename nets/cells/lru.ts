import { DomainError } from '../../ad/errors.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, cos, exp, log, mul, neg, sin, sqrt, sub } from '../../ad/primitives/elementwise.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { type Cell, cell, type Initialiser, type NoOptions } from './cell.ts'
import { normal, uniform } from './initialisers.ts'

/** A complex number for each entry, as its real and its imaginary part. */
type Complex = readonly [re: Value, im: Value]
const times = ([a, b]: Complex, [c, d]: Complex): Complex => [sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c))]
const plus = ([a, b]: Complex, [c, d]: Complex): Complex => [add(a, c), add(b, d)]

/**
 * Linear recurrent unit, a variant whose γ follows from λ and whose readout sees Re s: s = λ ⊙ s₋ + γ ⊙ (B x), complex numbers as pairs of reals, λ = exp(-exp ν + iφ), γ = √(1 - |λ|²).
 * ν, φ [d], B_re, B_im [d, n]. |λ| < 1 whatever ν. After Orvieto et al. 2023, whose own is `lruOrvieto`.
 */
export const lru = (options: NoOptions = {}) => {
  requireNames('lru', options, [])
  return cell(
    {
      params: { ν: ['d'], φ: ['d'], B_re: ['d', 'n'], B_im: ['d', 'n'] },
      state: { re: ['d'], im: ['d'] },
    },
    (θ, { re, im }, x) => {
      const size = exp(neg(exp(θ.ν)))
      const λ: Complex = [mul(size, cos(θ.φ)), mul(size, sin(θ.φ))]
      const γ = sqrt(sub(1, mul(size, size)))
      const driven: Complex = [mul(γ, matvec(θ.B_re, x)), mul(γ, matvec(θ.B_im, x))]
      const [newRe, newIm] = plus(times(λ, [re, im]), driven)
      return { re: newRe, im: newIm }
    },
    { initial: { ν: uniform(-3, -0.7), φ: uniform(0, Math.PI / 4) }, output: (_, { re }) => re },
  )
}

/** Options of the linear recurrent unit as published. */
export interface LruOptions {
  /** N, complex numbers in the recurrence, at least 1; d by default. */
  readonly states?: number
  /** Moduli of λ to begin with, 0 ≤ min < max < 1: evenly over the ring between them; 0 and 0.99 by default. */
  readonly radius?: readonly [min: number, max: number]
  /** Phases of λ to begin with are in [0, phase), above 0 and at most 2π, which is the default. */
  readonly phase?: number
}

/** Refuses moduli that are no ring inside the unit circle, and a phase that is none. */
export const checkRing = (who: string, [min, max]: readonly [number, number], phase?: number): void => {
  const isPhase = phase === undefined || (phase > 0 && phase <= 2 * Math.PI)
  if (min >= 0 && min < max && max < 1 && isPhase) return
  throw new DomainError({
    who,
    given: `radius = [${min}, ${max}]${phase === undefined ? '' : `, phase = ${phase}`}`,
    wanted: `0 ≤ min < max < 1${phase === undefined ? '' : ' and a phase in (0, 2π]'}`,
    remedy: 'Try radius: [0.9, 0.999] for long memories',
  })
}

const checkLru = ({ states, radius = [0, 0.99], phase }: LruOptions): void => {
  if (states !== undefined) requireCount('lruOrvieto', `states = ${states}`, states, 'Leave it out for d')
  checkRing('lruOrvieto', radius, phase)
}

type Layout = {
  readonly [K in 'ν_log' | 'θ_log' | 'γ_log']: readonly ['d' | number]
} & { readonly [K in 'B_re' | 'B_im']: readonly ['d' | number, 'n'] } & {
  readonly [K in 'C_re' | 'C_im']: readonly ['d', 'd' | number]
} & { readonly D: readonly ['d', 'n'] }
type Parameters = { readonly [K in keyof Layout]: Value }
type States = { readonly re: Value; readonly im: Value }

/** Complex matrices N(0, 1/fan-in), half in each part. */
const complexFanIn: Initialiser = (shape, random) => normal(Math.sqrt(0.5 / (shape[1] as number)))(shape, random)

/** log(-log |λ|), |λ|² even between the squares of two moduli; no modulus is 0. */
export const ring =
  ([min, max]: readonly [number, number]): Initialiser =>
  (shape, random) =>
    log(mul(-0.5, log(sub(max ** 2, mul(max ** 2 - min ** 2, uniform(0, 1)(shape, random))))))

/** γ = √(1 - |λ|²) of the ν_log that it begins with. */
const balanced = (θ: Parameters): Parameters => ({
  ...θ,
  γ_log: mul(0.5, log(sub(1, exp(mul(-2, exp(θ.ν_log)))))),
})

/**
 * Linear recurrent unit as published: s = λ ⊙ s₋ + exp(γ_log) ⊙ (B x), h = Re(C s) + D x, λ = exp(-exp ν_log + i exp θ_log), complex
 * numbers as pairs of reals. ν_log, θ_log, γ_log [N], B_re, B_im [N, n], C_re, C_im [d, N], D [d, n], a diagonal matrix for
 * the D [d] of their program, where n = d. h is the output, which the readout or a layer above sees, and no part of the state. All are learned; γ begins at √(1 - |λ|²). Orvieto et al. 2023, eq. 7.
 * Throws a DomainError for moduli or phases that are no ring inside the unit circle.
 */
export const lruOrvieto = (options: LruOptions = {}): Cell<Parameters, States> => {
  requireNames('lruOrvieto', options, ['states', 'radius', 'phase'])
  checkLru(options)
  const { states = 'd', radius = [0, 0.99], phase = 2 * Math.PI } = options
  const [N, input, output] = [[states], [states, 'n'], ['d', states]] as const
  const made = cell(
    {
      params: { ν_log: N, θ_log: N, γ_log: N, B_re: input, B_im: input, C_re: output, C_im: output, D: ['d', 'n'] },
      state: { re: N, im: N },
    },
    (θ, { re, im }, x) => {
      const size = exp(neg(exp(θ.ν_log)))
      const [angle, γ] = [exp(θ.θ_log), exp(θ.γ_log)]
      const driven: Complex = [mul(γ, matvec(θ.B_re, x)), mul(γ, matvec(θ.B_im, x))]
      const [newRe, newIm] = plus(times([mul(size, cos(angle)), mul(size, sin(angle))], [re, im]), driven)
      return { re: newRe, im: newIm }
    },
    {
      output: (θ, { re, im }, x) => add(sub(matvec(θ.C_re, re), matvec(θ.C_im, im)), matvec(θ.D, x)),
      initial: {
        ν_log: ring(radius),
        θ_log: (shape, random) => log(sub(phase, uniform(0, phase)(shape, random))),
        γ_log: zeros,
        B_re: complexFanIn,
        B_im: complexFanIn,
        C_re: complexFanIn,
        C_im: complexFanIn,
      },
    },
  )
  return { ...made, params: (sizes, random) => balanced(made.params(sizes, random)) }
}
