import { type Cotangent, moved, numbers, plus, times } from '../ad/space.ts'
import { scalar } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { item, type Value } from '../ad/value.ts'
import { type Engine, instantBy } from './engine.ts'
import { checkFinite } from './finite.ts'
import { type Carry, type Instant, outset } from './instant.ts'
import type { PerStep } from './loss.ts'
import { type Rule, requireFacing } from './machine.ts'
import { silent } from './moment.ts'
import type { Optimiser } from './optimise.ts'
import { type Random, stream } from './random.ts'
import { checkDatum, requirePerStep } from './run.ts'
import type { Datum, Task, Theta } from './task.ts'
import { requireCount } from './whole.ts'

/** What is learned: the parameters, and what the optimiser remembers of their gradients. */
export interface Learner<P extends Branch, O> {
  readonly θ: Theta<P>
  readonly optimiser?: O
}

export interface Learning<P extends Branch, S extends Branch, O> {
  readonly task: Task<P, S, PerStep>
  readonly optimiser: Optimiser<O>
  /** Steps between updates, at least 1; an update takes the mean gradient over them. The end of the data updates too. */
  readonly every?: number
  /** What is done to a gradient before the optimiser sees it. */
  readonly clip?: (gradient: Cotangent<Theta>) => Cotangent<Theta>
  /** `compiled` is faster, for rules whose memory keeps its structure, such as RTRL; eager by default. */
  readonly engine?: Engine
  /** Where a noisy rule's draws come from. */
  readonly random?: Random
}

/** One step of learning: what was seen, and the learner after it. `updated` carries the gradient that moved θ. */
export interface Lesson<P extends Branch, M, O> {
  readonly step: number
  readonly loss: Value
  readonly output: Value
  readonly carry: Carry<M>
  readonly learner: Learner<P, O>
  readonly updated?: Cotangent<Theta>
}

/** Losses' gradients gathered since the last update, with the weight they had. */
interface Gathered {
  readonly sum: Cotangent<Theta>
  readonly weight: number
}

const gather = (held: Gathered | undefined, { gradient }: Instant<unknown>, { weight }: Datum): Gathered => {
  const w = item(weight)
  return held ? { sum: plus(held.sum, gradient), weight: held.weight + w } : { sum: gradient, weight: w }
}

const update = <P extends Branch, O>(
  learner: Learner<P, O>,
  optimiser: Optimiser<O>,
  gradient: Cotangent<Theta>,
): Learner<P, O> => {
  const [change, memory] = optimiser.step(learner.optimiser ?? optimiser.init(gradient), gradient)
  return { θ: moved<Theta>(learner.θ, change) as Theta<P>, optimiser: memory }
}

/**
 * Learns as time goes on, one instant at a time, with a rule that faces the past. What the rule remembers is carried
 * over updates as it is, so it is stale by O(step size): that is online learning. A windowed rule whose windows do not divide
 * `every` carries losses over an update too; `flushed` ends a window with each. Throws a NonFiniteError where it diverges.
 */
export const learn =
  <M>(rule: Rule<M, 'past'>) =>
  <P extends Branch, S extends Branch, O>({
    task,
    optimiser,
    every = 1,
    clip = g => g,
    random = stream(0),
    engine = 'eager',
  }: Learning<P, S, O>) => {
    requireCount('learn', `every = ${every}`, every, 'every: 1 updates at each step')
    requireFacing('learn', rule, 'past')
    const plain: Task = task
    requirePerStep('learn', plain)
    const step = instantBy(engine, plain, rule)
    const noise = (): Value => (rule.draws ? random.draw(rule.draws) : silent)
    return function* (start: Learner<P, O>, sequence: readonly Datum[], from = 0): Generator<Lesson<P, M, O>> {
      let learner = start
      let carry = outset(plain, rule)(learner.θ)
      let held: Gathered | undefined
      for (const [i, datum] of sequence.entries()) {
        checkDatum(plain, datum, i + 1)
        const ends = i === sequence.length - 1
        const now = step(learner.θ, carry, { ...datum, noise: noise(), ends: scalar(ends ? 1 : 0) })
        checkFinite('learn', from + i + 1, { state: now.carry.state, loss: now.loss, gradient: numbers(now.gradient) })
        held = gather(held, now, datum)
        carry = now.carry
        const seen = { step: from + i + 1, loss: now.loss, output: now.output, carry }
        if ((i + 1) % every === 0 || ends) {
          const updated = clip(held.weight > 0 ? times(1 / held.weight, held.sum) : held.sum)
          learner = update(learner, optimiser, updated)
          checkFinite('learn', from + i + 1, { parameters: learner.θ })
          held = undefined
          yield { ...seen, learner, updated }
        } else yield { ...seen, learner }
      }
    }
  }
