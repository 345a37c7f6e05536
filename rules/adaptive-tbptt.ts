import { requireConcrete } from '../ad/concrete.ts'
import { DomainError } from '../ad/errors.ts'
import { pull } from '../ad/linear/apply.ts'
import { type Cotangent, toValue } from '../ad/linear/space.ts'
import { ranges, requireCount, requireRange } from '../ad/require.ts'
import { scalar, type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import type { Network, Theta } from '../nets/network.ts'
import { folded, outputs, sumOf } from '../nets/run/fold.ts'
import { parametersAt } from '../nets/run/rerun.ts'
import { rule } from '../nets/run/rule.ts'
import {
  error,
  initialTimestep,
  isSet,
  noNoise,
  type Param,
  type State,
  type Timestep,
  timestep,
} from '../nets/run/timestep.ts'
import { bptt, type Credit } from './bptt.ts'
import { windowFor } from './parts/decay-estimate.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'

export interface AdaptiveTbpttOptions {
  /** δ, the relative bias of the gradient that is borne, above 0; 0.1 by default. */
  readonly tolerance?: number
  /** Steps of the longest window, at least 2; 50 by default. Longer memory is not seen. */
  readonly most?: number
  /** Steps of the shortest, from 1 to `most`; 1 by default. */
  readonly least?: number
  /** Every so many steps credit is pulled back over `most` steps and measured, at least 1; 10 by default. */
  readonly every?: number
  /** Weight of the newest measurement in the running mean, in (0, 1]; 0.1 by default. The first counts in full. */
  readonly rate?: number
}

/** What makes a timestep again: what it depended on. */
interface Recorded {
  readonly θ: Theta
  readonly before: State
  readonly x: Value
  readonly isStart: Value
}

/** The timesteps within reach, oldest first; steps so far; the window; the running means of ‖∂ℓ_t/∂s_{t-k}‖ [R + 1] and of that credit [R + 1, S]. */
export interface AdaptiveTbpttMemory {
  readonly recorded: readonly Recorded[]
  readonly steps: number
  readonly window: number
  readonly norms: Tensor | null
  readonly credits: Tensor | null
}

/** A timestep again, its loss left out: that has been counted. */
const again =
  (net: Network) =>
  ({ θ, before, x, isStart }: Recorded): Timestep => {
    if (isSet(isStart)) return initialTimestep(net)(θ)
    const nothing = { target: zeros([net.sizes.m]), weight: scalar(0), noise: noNoise, isLast: scalar(0) }
    return timestep(net)(θ, before, { x, ...nothing })
  }

/** The timesteps before the newest in a window of k; timestep 0 goes with timestep 1. */
const withinReach = (recorded: readonly Recorded[], k: number): readonly Recorded[] => {
  const start = Math.max(0, recorded.length - k + 1)
  return recorded.slice(start === 1 && isSet((recorded[0] as Recorded).isStart) ? 0 : start)
}

type Passed = readonly (readonly [Cotangent<Param>, Credit])[]

/** ∂ℓ_t/∂s_{t-k} for k = 0 … R, a row each: [R + 1, S]. */
const creditsOf = (now: Timestep, passed: Passed): Tensor => {
  const rows = [error(now), ...passed.map(([, credit]) => credit)]
  const numbers = rows.map(row => requireConcrete(toValue(row), 'adaptive-tbptt measures credit').data)
  return tensorOf([rows.length, now.jacobian.to.size], Float64Array.from(numbers.flatMap(row => [...row])))
}

const rowsOf = ({ shape: [count = 0, width = 0], data }: Tensor): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, i) => [...data.subarray(i * width, (i + 1) * width)])

/** Mean + rate · (newest - mean); the newest where it is the first. */
const followed = (mean: Tensor | null, newest: Tensor, rate: number): Tensor =>
  mean
    ? tensorOf(
        newest.shape,
        newest.data.map((x, i) => (mean.data[i] as number) + rate * (x - (mean.data[i] as number))),
      )
    : newest

const facts: RuleFacts<'past'> = {
  name: 'adaptive-tbptt',
  title: 'Adaptively truncated BPTT',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pulls alone',
  keeps: 'k timesteps',
  structure: 'none',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'k·d²', memory: 'k timesteps' },
  options: {
    tolerance: { range: '> 0', default: '0.1', means: 'relative bias of the gradient that is borne' },
    most: { range: 'whole number ≥ 2', default: '50', means: 'longest window' },
    least: { range: 'whole number ≥ 1', default: '1', means: 'shortest window' },
    every: { range: 'whole number ≥ 1', default: '10', means: 'steps between two measurements of the decay' },
    rate: { range: '(0, 1]', default: '0.1', means: 'weight of the newest measurement in the running mean' },
  },
  count: { option: 'most', least: 2, begins: window => Math.max(2, window) },
  eager: true,
  papers: [
    {
      authors: 'Aicher, Foti & Fox',
      year: 2019,
      title: 'Adaptively truncating backpropagation through time to control gradient bias',
      id: 'arXiv:1905.07473',
    },
  ],
}

const checked = (options: AdaptiveTbpttOptions): Required<AdaptiveTbpttOptions> => {
  const { tolerance = 0.1, most = 50, least = 1, every = 10, rate = 0.1 } = options
  requireRange('adaptive-tbptt', 'tolerance', tolerance, ranges.positive, 'Try 0.1')
  requireCount('adaptive-tbptt', `most = ${most}`, most, 'The decay is measured over so many steps', 2)
  requireCount('adaptive-tbptt', `least = ${least}`, least, 'least = 1 lets a window shrink to the timestep alone')
  requireCount('adaptive-tbptt', `every = ${every}`, every, 'every = 1 measures at each step')
  requireRange('adaptive-tbptt', 'rate', rate, ranges.above0to1, 'rate = 1 takes the newest measurement alone')
  if (least <= most) return { tolerance, most, least, every, rate }
  throw new DomainError({
    who: 'adaptive-tbptt',
    given: `least = ${least}, most = ${most}`,
    wanted: 'least at most most',
    remedy: 'least = most is a sliding window of that many steps',
  })
}

/**
 * Sliding windows whose length K follows the memory of the network: each loss is pulled back over K steps, K the least with
 * E(K) ≤ δ · (a lower bound of the gradient's norm), E(K) = Σ_{k ≥ K} φ_k a bound on what is cut off, φ_k the mean of
 * ‖∂ℓ_t/∂s_{t-k}‖. φ is measured over `most` steps every so often, and taken to decay geometrically beyond half of them.
 * Aicher, Foti & Fox 2019. Until the first measurement, and where no K is found, K = `most`.
 *
 * Remembers of each timestep what makes it again: θ, the state before and the input. It branches on numbers, so only eager code
 * runs it. Throws a DomainError for an option out of range, a KindError for a loss of the whole run.
 */
export const adaptiveTbptt = maker(facts, (options: AdaptiveTbpttOptions = {}) => {
  const { tolerance, most, least, every, rate } = checked(options)
  /** The running means with what was found, and the window that they ask for. */
  const renewed = (memory: AdaptiveTbpttMemory, found: Tensor) => {
    const norms = tensorOf(
      [found.shape[0] as number],
      Float64Array.from(rowsOf(found), row => Math.hypot(...row)),
    )
    const means = { norms: followed(memory.norms, norms, rate), credits: followed(memory.credits, found, rate) }
    const measured = { norms: [...means.norms.data], credits: rowsOf(means.credits) }
    return { ...means, window: windowFor(measured, tolerance, least) }
  }
  return ruleFor(facts, net =>
    rule<AdaptiveTbpttMemory, 'past', typeof facts>(
      {
        faces: 'past',
        init: () => ({ recorded: [], steps: 0, window: most, norms: null, credits: null }),
        step: (memory, now) => {
          const { recorded, steps, window } = memory
          const { before, x, isStart } = now
          const next = [...recorded, { θ: parametersAt('adaptive-tbptt', now), before, x, isStart }].slice(-most)
          if (isSet(isStart)) return [pull(now.immediate, error(now)), { ...memory, recorded: next }]
          const measures = (steps + 1) % every === 0 && steps + 1 >= most
          const reached = withinReach(recorded, measures ? most : window).map(again(net))
          const passed = [...folded(bptt)([...reached, now])]
          const gradient = sumOf(outputs(passed.slice(0, withinReach(recorded, window).length + 1)))
          const carried = { ...memory, recorded: next, steps: steps + 1 }
          if (!measures) return [gradient, carried]
          return [gradient, { ...carried, ...renewed(memory, creditsOf(now, passed.slice(0, most))) }]
        },
      },
      { ...facts, reach: most },
    ),
  )
})
