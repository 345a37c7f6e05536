import { KindError } from '../../ad/errors.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import { type Example, initialState, type Network, type Theta } from '../network.ts'
import { outputs, steps, sumOf } from './fold.ts'
import { parametersOf } from './parameters.ts'
import { type AnyRule, type Fold, type Rule, requireFacing, requireRule, resolved, stepped } from './rule.ts'
import { initialTimestep, type State, type Timestep, withReadout } from './timestep.ts'
import { checkDatum, requirePerStep, requireSequence, timestepsFrom } from './unroll.ts'

/** The states before each segment of k steps, by a forward pass that records nothing. */
const checkpoints = (net: Network, θ: Theta, sequence: readonly Example[], k: number): readonly State[] => {
  let state = initialState(net, θ.start)
  return sequence.flatMap((now, t) => {
    checkDatum(net, now, t + 1)
    const here = state
    state = net.cell.step(θ.cell, state, now.x)
    return t % k === 0 ? [here] : []
  })
}

/** The timesteps of a run, newest first, each segment run again from its checkpoint when its turn comes. */
function* newestFirst(net: Network, θ: Theta, sequence: readonly Example[], k: number): Generator<Timestep> {
  const starts = [...checkpoints(net, θ, sequence, k).entries()]
  for (const [i, start] of starts.toReversed()) {
    const stretch = { from: i * k, to: Math.min((i + 1) * k, sequence.length) }
    yield* [...timestepsFrom(net, θ, start, sequence, stretch)].toReversed()
  }
  yield initialTimestep(net)(θ)
}

/** Segments are run twice, and the noise would be drawn twice. */
const refuseNoise = (name: string): never => {
  throw new KindError({
    who: 'checkpointed',
    given: `the rule ${name}, which draws noise at each step`,
    wanted: 'a rule that draws none, such as bptt',
    remedy: 'Use gradient(rule, net), which keeps the whole run',
  })
}

/** A rule with the readout's part of the gradient beside its own. */
const entire = <M>(rule: Rule<M, 'future'>): Fold<M, Timestep, Cotangent<Theta>, 'future'> => ({
  faces: 'future',
  init: rule.init,
  step: (memory, now) => {
    const [out, next] = stepped(rule, memory, now)
    return [withReadout(out, now), next]
  },
})

/**
 * ∂L/∂θ by a future-facing rule that keeps no run: only every k-th state is stored, and each segment is run again when
 * the backward pass reaches it. The gradient is the same; k timesteps and T/k states are alive at a time, so O(√T) for
 * k = ⌈√T⌉, the default; every step is run twice. Chen et al. 2016; Griewank 1992. Throws a KindError for a loss of the
 * whole run, a rule that faces the past or draws noise, a DomainError for k below 1.
 */
export const checkpointed =
  <M>(rule: AnyRule<M, 'future'>, options: { readonly k?: number; readonly seed?: number } = {}) =>
  (net: Network) =>
  (θ: Theta, sequence: readonly Example[]): Cotangent<Theta> => {
    requireSequence('checkpointed', sequence)
    requireRule('checkpointed', rule)
    requireFacing('checkpointed', rule, 'future')
    requireNames('checkpointed', options, ['k', 'seed'])
    const { k, seed = 0 } = options
    const made = resolved(rule, net, seed)
    if (made.draws) refuseNoise(made.name)
    const length = k ?? Math.max(1, Math.ceil(Math.sqrt(sequence.length)))
    requireCount('checkpointed', `segments of ${length}`, length, 'Leave it out for ⌈√T⌉')
    requirePerStep('checkpointed', net)
    const newest = newestFirst(net, parametersOf('checkpointed', net, θ), sequence, length)
    return sumOf(outputs(steps(entire(made))(newest)))
  }
