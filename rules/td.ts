import { DomainError } from '../ad/errors.ts'
import { pull } from '../ad/linear/apply.ts'
import { plus } from '../ad/linear/linear.ts'
import { linearizePair } from '../ad/linear/linearize.ts'
import {
  asCotangent,
  type Cotangent,
  concatenate,
  spaceOf,
  times,
  zeroCotangent,
  zeroCotangentIn,
} from '../ad/linear/space.ts'
import { add, mul, neg, sub } from '../ad/primitives/elementwise.ts'
import { reshape, slice } from '../ad/primitives/layout.ts'
import { ranges, requireRange } from '../ad/require.ts'
import { scalar, tensorOf } from '../ad/tensor.ts'
import type { Value } from '../ad/value.ts'
import { logits, type Network, type Theta } from '../nets/network.ts'
import { parametersAt } from '../nets/run/rerun.ts'
import { type AnyRule, type Rule, requireFacing, requireRule, resolved } from '../nets/run/rule.ts'
import { isSet, type Param, type State, type Timestep } from '../nets/run/timestep.ts'
import { windowsOf } from '../nets/run/windows.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { rtrl } from './rtrl.ts'

export interface TdOptions {
  /** γ, the discount of later rewards, in [0, 1]; 0.9 by default. */
  readonly gamma?: number
  /** λ, the decay of the trace beside γ, in [0, 1]; 0.9 by default. */
  readonly lambda?: number
  /** Which input is the reward, from 0; 0 by default. */
  readonly reward?: number
  /** Which output is the prediction, from 0; 0 by default. The others are not learned. */
  readonly value?: number
  /** What gives the slope of the prediction, a rule that emits at each step the gradient of that step; rtrl by default. */
  readonly by?: AnyRule<unknown, 'past'>
}

/** The input before; the trace z [|θ|]; δ and the trace that the last step multiplied; what the inner rule remembers. */
export interface StreamingTdMemory {
  readonly x: Value
  readonly trace: Cotangent<Theta>
  readonly delta: Value
  readonly multiplied: Cotangent<Theta>
  readonly inner: unknown
}

const facts: RuleFacts<'past'> = {
  name: 'td',
  title: 'Streaming TD(λ)',
  faces: 'past',
  changes: 'bootstraps',
  crosses: 'pushes alone',
  keeps: 'influence, trace |θ|',
  structure: 'dense',
  exactness: 'biased',
  pairs: 'no pairs',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd²·|θ|', memory: 'd·|θ|' },
  options: {
    gamma: { range: '[0, 1]', default: '0.9', means: 'discount of later rewards' },
    lambda: { range: '[0, 1]', default: '0.9', means: 'decay of the trace, beside gamma' },
    reward: { range: 'whole number ≥ 0', default: '0', means: 'which input is the reward' },
    value: { range: 'whole number ≥ 0', default: '0', means: 'which output is the prediction' },
    by: { range: 'a rule', default: 'rtrl', means: 'what gives the slope of the prediction' },
  },
  papers: [
    {
      authors: 'Elsayed, Vasan & Mahmood',
      year: 2024,
      title: 'Streaming deep reinforcement learning finally works',
      id: 'arXiv:2410.14606',
    },
    {
      authors: 'Sutton',
      year: 1988,
      title: 'Learning to predict by the methods of temporal differences',
      id: 'doi:10.1007/BF00115009',
    },
    {
      authors: 'Elelimy et al.',
      year: 2024,
      title: 'Real-time recurrent learning using trace units in reinforcement learning',
      id: 'arXiv:2409.01449',
    },
  ],
}

const requireIndex = (name: string, index: number, count: number, of: string): void => {
  if (Number.isInteger(index) && index >= 0 && index < count) return
  throw new DomainError({
    who: 'td',
    given: `${name} = ${index} of ${count} ${of}`,
    wanted: `a whole number from 0 to ${count - 1}`,
    remedy: `Say which of the ${of} it is`,
  })
}

const entry = (x: Value, i: number): Value => reshape(slice(x, i, i + 1), [])

/** v and v₋ of output i, by θ as it is now; ∂v/∂θ [|θ|], the inner rule's at an error of 1 there and what goes through the output alone; and what the inner rule remembers. */
const slopeOf =
  (net: Network, inner: Rule<unknown, 'past'>, i: number) => (memory: unknown, x: Value, now: Timestep) => {
    const θ = parametersAt('td', now)
    const { to } = now.readoutMap
    const unit = asCotangent(
      to,
      tensorOf(
        [to.size],
        Float64Array.from({ length: to.size }, (_, j) => +(i === j)),
      ),
    )
    const [v, byθ] = linearizePair((p: Theta, s: State) => logits(net, p, s, now.x), θ, now.after)
    const [byState, next] = inner.step(memory, { ...now, logitError: unit })
    const slope = plus(pull(byθ, unit), concatenate(byState, zeroCotangent(θ.readout)) as Cotangent<Theta>)
    return { is: entry(v, i), was: entry(logits(net, θ, now.before, x), i), slope, next }
  }

/**
 * Streaming TD(λ): the prediction v of Σ_{k≥0} γ^k r_{t+1+k}, r the reward among the inputs, learned as time goes on.
 * δ = r + γ v - v₋, both by θ as it is now and the states as they were; it emits -δ z₋, and z = γλ z₋ + ∂v/∂θ, whose recurrent part is any rule's. Sutton 1988; Elsayed et al. 2024;
 * with RTRL, Elelimy et al. 2024. δ and z are there apart for an optimiser that needs them, `obgd`.
 *
 * The target of an example is not read: it may be the return itself, so that the loss says how far off the prediction was. Throws
 * a DomainError for γ or λ outside [0, 1], an input or output that is not there; a KindError for a rule that faces the future.
 */
export const td = maker(facts, (options: TdOptions = {}) => {
  const { gamma = 0.9, lambda = 0.9, reward = 0, value = 0, by = rtrl } = options
  requireRange('td', 'gamma', gamma, ranges.from0to1, 'gamma = 0 predicts the next reward alone')
  requireRange('td', 'lambda', lambda, ranges.from0to1, 'lambda = 0 credits the last prediction alone')
  requireRule('td', by)
  requireFacing('td', by, 'past')
  /** Windows look at which step it is, so that only eager code runs them inside another rule. */
  const known = by.eager || by.reach || windowsOf(by) ? { ...facts, eager: true as const } : facts
  return ruleFor(known, (net, seed) => {
    requireIndex('reward', reward, net.sizes.n, 'inputs')
    requireIndex('value', value, net.sizes.m, 'outputs')
    const inner = resolved(by as AnyRule<unknown, 'past'>, net, seed)
    const slopes = slopeOf(net, inner, value)
    return {
      ...(inner.draws && { draws: inner.draws }),
      init: first => {
        const nothing = zeroCotangentIn(spaceOf(parametersAt('td', first)))
        return { x: first.x, trace: nothing, delta: scalar(0), multiplied: nothing, inner: inner.init(first) }
      },
      step: ({ x, trace, inner: memory }: StreamingTdMemory, now: Timestep) => {
        const { is, was, slope, next } = slopes(memory, x, now)
        if (isSet(now.isStart))
          return [emitted(trace), { x: now.x, trace, delta: scalar(0), multiplied: trace, inner: next }]
        const delta = sub(add(entry(now.x, reward), mul(gamma, is)), was)
        const following = plus(times(gamma * lambda, trace), slope)
        const carried = { x: now.x, trace: following, delta, multiplied: trace, inner: next }
        return [emitted(times(neg(delta), trace)), carried]
      },
      errorAndTrace: ({ delta, multiplied }: StreamingTdMemory) => ({ delta, trace: multiplied }),
    } satisfies Omit<Rule<StreamingTdMemory, 'past'>, 'name' | 'faces'>
  })
})

/** The gradient of all of θ, as what a rule emits; the driver joins nothing to it. */
const emitted = (all: Cotangent<Theta>): Cotangent<Param> => all as unknown as Cotangent<Param>
