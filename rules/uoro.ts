import { DomainError } from '../ad/errors.ts'
import { pull, push } from '../ad/linear/apply.ts'
import { outer, plus, zero } from '../ad/linear/linear.ts'
import { asRow, asTangent, type Cotangent, type Tangent, times, toValue, zeroCotangentIn } from '../ad/linear/space.ts'
import { div } from '../ad/primitives/elementwise.ts'
import { requireCount } from '../ad/require.ts'
import { zeros } from '../ad/tensor.ts'
import { outputs, steps, sumOf } from '../nets/run/fold.ts'
import { error, isSet, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import { bptt } from './bptt.ts'
import { backwardJacobian } from './fpbptt.ts'
import { maker, type RuleFacts } from './parts/facts.ts'
import { checkScales, type Scales, scaleOptions, scalesOf, stochastic } from './parts/stochastic.ts'

/** s̃ θ̃, a column times a row: the rank-one approximation of the influence. */
export interface RankOne {
  readonly state: Tangent<State>
  readonly param: Cotangent<Param>
}

/** The same where a draw is made every k steps, with the timesteps since the last one. */
export interface RankOneInWindows extends RankOne {
  readonly window: readonly Timestep[]
}

export type UoroOptions = Scales & {
  /** What comes first at a step: by default the gradient, as Tallec & Ollivier publish it, or the draw, as Marschall et al. do. */
  readonly order?: 'published' | 'marschall'
  /** Steps per random draw, at least 1; within them credit is BPTT's. 1 by default. */
  readonly k?: number
}

const facts: RuleFacts<'past'> = {
  name: 'uoro',
  title: 'Unbiased online recurrent optimisation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes alone',
  keeps: 'vectors, d + |θ|',
  structure: 'rank one',
  exactness: 'unbiased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'nothing',
  cost: { time: 'd²', memory: 'd + |θ|' },
  options: {
    ...scaleOptions,
    order: {
      range: "'published' or 'marschall'",
      default: "'published'",
      means: 'whether the gradient is emitted before the draw or after it',
    },
    k: { range: 'whole number ≥ 1', default: '1', means: 'steps per random draw, exact within them' },
  },
  papers: [
    {
      authors: 'Tallec & Ollivier',
      year: 2017,
      title: 'Unbiased online recurrent optimization',
      id: 'arXiv:1702.05043',
    },
  ],
}

/** ν, one for each number of the state. */
const signs = { law: 'sign', shape: ['state'] } as const

const checkOrder = ({ order = 'published', k = 1 }: UoroOptions): void => {
  requireCount('uoro', `k = ${k}`, k, 'k = 1 draws at every step')
  if (order === 'published' || (order === 'marschall' && k === 1)) return
  throw new DomainError({
    who: 'uoro',
    given: `order = ${JSON.stringify(order)}, k = ${k}`,
    wanted: "'published', or 'marschall' with a draw at every step",
    remedy: "Leave order out for the paper's own; only it has windows of k steps",
  })
}

const initial = ({ immediate: { from, to } }: Timestep): RankOne => ({
  state: asTangent(to, zeros([to.size])),
  param: zeroCotangentIn(from),
})

/** (c s̃) θ̃, a credit pulled back through the rank-one influence. */
const through = ({ immediate: { from, to } }: Timestep, s: Tangent<State>, θ̃: Cotangent<Param>, c: Cotangent<State>) =>
  pull(outer(from, to, s, θ̃), c)

/** s̃ = ρ₀ J s̃₋ + ρ₁ ν and θ̃ = θ̃₋/ρ₀ + ν B/ρ₁. */
const drawn = (
  scales: Scales,
  { param }: RankOne,
  Js: Tangent<State>,
  ν: Tangent<State>,
  νB: Cotangent<Param>,
): RankOne => {
  const [ρ0, ρ1] = scalesOf(scales, [toValue(param), toValue(Js)], [toValue(νB), toValue(ν)])
  return {
    state: plus(times(ρ0, Js), times(ρ1, ν)),
    param: plus(times(div(1, ρ0), param), times(div(1, ρ1), νB)),
  }
}

/** A draw at every step. */
const atEveryStep = (scales: Scales, order: 'published' | 'marschall') =>
  stochastic<RankOne>(facts, signs, {
    init: initial,
    step: (memory, now) => {
      const [Js, ν, q] = [push(now.jacobian, memory.state), asTangent(now.jacobian.to, now.noise), error(now)]
      const next = drawn(scales, memory, Js, ν, pull(now.immediate, asRow(ν)))
      return order === 'marschall'
        ? [through(now, next.state, next.param, q), next]
        : [plus(pull(now.immediate, q), through(now, Js, memory.param, q)), next]
    },
  })

/** The timesteps of a window by themselves, the newest first, with J = 0 at its first: nothing comes from before it. */
const alone = ([first, ...rest]: readonly Timestep[]): readonly Timestep[] =>
  first ? [{ ...first, jacobian: zero(first.jacobian) }, ...rest].toReversed() : []

/** s̃ pushed through a window, after each of its timesteps. */
const pushed = (s: Tangent<State>, window: readonly Timestep[]): readonly Tangent<State>[] => {
  let at = s
  return window.map(now => {
    at = push(now.jacobian, at)
    return at
  })
}

/** A draw every k steps, as one step of a window: its J is a product, and within it ν B and the gradient are by BPTT. */
const everySteps = (scales: Scales, k: number) =>
  stochastic<RankOneInWindows>({ ...facts, eager: true }, signs, {
    init: first => ({ ...initial(first), window: [] }),
    step: (memory, now) => {
      const window = [...memory.window, now]
      if (window.length < k && !isSet(now.isLast)) return [zeroCotangentIn(now.immediate.from), { ...memory, window }]
      const [carried, ν] = [pushed(memory.state, window), asTangent(now.jacobian.to, now.noise)]
      const νB = sumOf(outputs(steps({ ...backwardJacobian, init: () => asRow(ν) })(alone(window))))
      const within = outputs(steps(bptt)(alone(window)))
      const before = window.map((at, i) => through(at, carried[i] as Tangent<State>, memory.param, error(at)))
      const next = drawn(scales, memory, carried.at(-1) as Tangent<State>, ν, νB)
      return [sumOf([...within, ...before]), { ...next, window: [] }]
    },
  })

/**
 * M ≈ s̃ θ̃, s̃ = ρ₀ J s̃₋ + ρ₁ ν, θ̃ = θ̃₋/ρ₀ + ν B/ρ₁; ν of random signs, one for each number of the state. Unbiased online
 * recurrent optimisation: remembers one tangent and one cotangent, whatever the cell. It emits q B + (q J s̃₋) θ̃₋ and
 * draws ν after that, so that this timestep's own term is exact (Tallec & Ollivier 2017 and their program); with `order: 'marschall'`
 * it draws first and emits (q s̃) θ̃ (Marschall et al. 2020). With k > 1 there is one draw every k steps: J, B and q are those of the
 * window, by BPTT within it. Throws a DomainError for constants ρ beside `normalize` or not above 0, for k below 1, for windows of
 * Marschall's order.
 */
export const uoro = maker(facts, (options: UoroOptions = {}) => {
  const { order = 'published', k = 1, ...rest } = options
  const scales = rest as Scales
  checkScales('uoro', scales)
  checkOrder(options)
  return k === 1 ? atEveryStep(scales, order) : everySteps(scales, k)
})
