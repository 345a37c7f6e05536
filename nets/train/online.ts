import type { EngineLike } from '../../ad/compiler/engine.ts'
import { KindError } from '../../ad/errors.ts'
import { checkFinite, checkParameters } from '../../ad/finite.ts'
import { applyUpdate, type Cotangent, times, toValue } from '../../ad/linear/space.ts'
import { requireCount } from '../../ad/require.ts'
import { scalar, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import type { PerStep } from '../loss.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type Random, rng } from '../random.ts'
import { refuseOnline } from '../run/bidirectional.ts'
import { fitted } from '../run/noise.ts'
import { type Rule, requireFacing } from '../run/scan.ts'
import type { Carry } from '../run/step.ts'
import { noNoise } from '../run/timestep.ts'
import { checkDatum, requirePerStep } from '../run/unroll.ts'
import { type Sequences, sequencesOf, sessionsBy } from './gradient.ts'
import type { Optimiser } from './optimisers.ts'

/** What is learned: the parameters, and what the optimiser remembers of their gradients. */
export interface TrainState<P extends Branch, O> {
  readonly θ: Theta<P>
  readonly optimiser?: O
}

export interface TrainOptions<P extends Branch, S extends Branch, O> {
  readonly net: Network<P, S, PerStep>
  readonly optimiser: Optimiser<O>
  /** Steps between updates, at least 1; an update takes the mean gradient over them. The end of the data updates too. */
  readonly every?: number
  /** What is done to a gradient before the optimiser sees it. */
  readonly clip?: (gradient: Cotangent<Theta>) => Cotangent<Theta>
  /** What does the work: `eager` is the reference and the default, `compiled` the fastest that needs nothing installed. */
  readonly engine?: EngineLike
  /** Where a noisy rule's draws come from. */
  readonly random?: Random
}

/** One step of learning: what was seen, and the learner after it. `updated` carries the gradient that moved θ. */
export interface TrainStep<P extends Branch, M, O> {
  readonly step: number
  /** Of a batch, the mean over its sequences. */
  readonly loss: Value
  /** y [m]; of a batch of B, [B, m]. */
  readonly output: Value
  /** What goes on to the next instant; of a batch, its first sequence's. To be read before the next step is taken. */
  readonly carry: Carry<M>
  readonly learner: TrainState<P, O>
  readonly updated?: Cotangent<Theta>
}

const update = <P extends Branch, O>(
  learner: TrainState<P, O>,
  optimiser: Optimiser<O>,
  gradient: Cotangent<Theta>,
): TrainState<P, O> => {
  const [change, memory] = optimiser.step(learner.optimiser ?? optimiser.init(gradient), gradient)
  return { θ: applyUpdate<Theta>(learner.θ, change) as Theta<P>, optimiser: memory }
}

/** Refuses what does not say how parameters move. */
const requireOptimiser = (optimiser: unknown): void => {
  if (typeof (optimiser as { readonly step?: unknown } | undefined)?.step === 'function') return
  throw new KindError({
    who: 'learn',
    given: typeof optimiser === 'function' ? 'an optimiser that was not called' : `optimiser ${String(optimiser)}`,
    wanted: 'an optimiser: sgd({ lr: 0.01 }), adam({ lr: 0.001 })',
    remedy: 'learn(rule)({ task, optimiser: sgd({ lr: 0.01 }) })',
  })
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

/** Σ of the weights of an instant, a mean over the sequences of a batch. */
const weightOf = (data: readonly Example[]): number => sum(data.map(({ weight }) => item(weight))) / data.length

/**
 * Learns as time goes on, one instant at a time, with a rule that faces the past. What the rule remembers is carried
 * over updates as it is, so it is stale by O(step size): that is online learning. A windowed rule whose windows do not divide
 * `every` carries losses over an update too; `flushed` ends a window with each. Several sequences of one length are a
 * batch, learned from side by side by the mean of their gradients. Throws a NonFiniteError where it diverges.
 */
export const learn =
  <M>(rule: Rule<M, 'past'>) =>
  <P extends Branch, S extends Branch, O>({
    net,
    optimiser,
    every = 1,
    clip = g => g,
    random = rng(0),
    engine = 'eager',
  }: TrainOptions<P, S, O>) => {
    requireCount('learn', `every = ${every}`, every, 'every: 1 updates at each step')
    requireFacing('learn', rule, 'past')
    requireOptimiser(optimiser)
    if ('forward' in net) refuseOnline()
    const plain: Network = net
    requirePerStep('learn', plain)
    const sessions = sessionsBy(engine, plain, rule)
    return function* (start: TrainState<P, O>, data: Sequences, from = 0): Generator<TrainStep<P, M, O>> {
      const { sequences, batch } = sequencesOf(data)
      const [first] = sequences
      if (!first?.[0]) return
      let [learner, weight] = [start, 0]
      const draws = fitted(rule.draws, plain, start.θ)
      const noise = (): Value => (rule.draws ? random.draw(draws) : noNoise)
      checkParameters('learn', start.θ)
      const session = sessions(start.θ, first[0], batch, first.length, zeros(draws.shape))
      session.begin(start.θ)
      try {
        for (let i = 0; i < first.length; i++) {
          const now = sequences.map(sequence => sequence[i] as Example)
          for (const datum of now) checkDatum(plain, datum, i + 1)
          const ends = i === first.length - 1
          const seen = session.see(now, now.map(noise), ends)
          checkFinite('learn', from + i + 1, seen.quantities())
          weight += weightOf(now)
          const lesson = { step: from + i + 1, loss: scalar(seen.loss), output: seen.output(), carry: session.carry() }
          if ((i + 1) % every !== 0 && !ends) {
            yield { ...lesson, learner }
            continue
          }
          const gradient = session.take()
          checkFinite('learn', from + i + 1, { gradient: toValue(gradient) })
          const updated = clip(weight > 0 ? times(1 / weight, gradient) : gradient)
          learner = update(learner, optimiser, updated)
          checkFinite('learn', from + i + 1, { parameters: learner.θ })
          weight = 0
          yield { ...lesson, learner, updated }
          session.move(learner.θ)
        }
      } finally {
        session.end()
      }
    }
  }
