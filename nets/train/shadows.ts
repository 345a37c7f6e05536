/**
 * Rules run beside the one that trains, on its trajectory: the same θ, the same data, each with a memory of its own. What they
 * emit moves nothing.
 *
 * Laws (proofs/nets/shadows.ts):
 * 1. what is trained is what it is without shadows, bit for bit, by every rule and engine
 * 2. the shadow of a rule beside itself emits its gradient
 * 3. a shadow that begins at a later sequence or washout has from there on what one from the beginning has
 */
import type { EngineLike } from '../../ad/compiler/engine.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type Random, rng, streams } from '../random.ts'
import type { Executor, StepView } from '../run/executor.ts'
import { drawsFor } from '../run/noise.ts'
import { type AnyRule, requireFacing, requireRule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { engineFor, executorFor, ruleOn } from './plans.ts'

/** A rule that is run beside the one that trains, and after how many steps of training it may begin. */
export interface Shadow {
  readonly rule: AnyRule<unknown, 'past'>
  /** It begins with the first sequence, or the first washout, after so many steps; 0 by default. */
  readonly from?: number
}

/** Shadows by the names under which a step has them. */
export type Shadows = Readonly<Record<string, AnyRule<unknown, 'past'> | Shadow>>

/** Whether a shadow is given with when it begins. */
const isShadow = (given: AnyRule<unknown, 'past'> | Shadow): given is Shadow => 'rule' in given

/** Shadows by name, each checked. Throws a KindError for what is no rule, or one that faces the future; a DomainError for a step below 0. */
export const shadowsOf = (given: Shadows): readonly (readonly [name: string, shadow: Required<Shadow>])[] =>
  Object.entries(given).map(([name, one]) => {
    const who = `train, shadow ${name}`
    if (typeof one === 'object' && one !== null && isShadow(one)) requireNames(who, one, ['rule', 'from'])
    const { rule, from = 0 } = typeof one === 'object' && one !== null && isShadow(one) ? one : { rule: one }
    requireRule(who, rule)
    requireFacing(who, rule, 'past')
    requireCount(who, `from = ${from}`, from, 'Leave it out to begin with the first step', 0)
    return [name, { rule, from }]
  })

/** A number of 32 bits out of a name and a seed (FNV-1a): names part the streams of shadows. */
const seedFor = (name: string, seed: number): number => {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** The stream that a shadow draws from, by its name: neither the trained rule's nor another shadow's. */
export const shadowStream = (name: string, seed: number): Random => rng(seedFor(name, seed), streams.shadow)

/** A shadow as it runs: its executor, and the noise of a step of one sequence. */
export interface Running {
  readonly name: string
  readonly from: number
  readonly executor: Executor<unknown>
  noise(): Value
}

/** What makes the shadows of a run; their streams go on from one run to the next. */
export const shadowMakers = (net: Network, given: Shadows, asked: EngineLike | undefined, seed: number) => {
  const makers = shadowsOf(given).map(([name, { rule, from }]) => {
    const engine = engineFor(rule.eager ? 'eager' : asked, rule, net)
    const own = ruleOn(engine, rule, net, seed)
    const [draws, random] = [drawsFor(own.draws, net), shadowStream(name, seed)]
    const noise = (): Value => (own.draws ? random.draw(draws) : noNoise)
    return { name, from, noise, open: executorFor(engine, net, own, () => random.copy().draw(draws)) }
  })
  return (...run: Parameters<(typeof makers)[number]['open']>): readonly Running[] =>
    makers.map(({ open, ...rest }) => ({ ...rest, executor: open(...run) }))
}

/** A shadow at a step: what it emitted since the last update, null until it has started, and what it remembers. */
export interface Shown {
  readonly gradient: Cotangent<Theta> | null
  /** Of the first sequence. */
  memory(): unknown
  /** What it remembers of all sequences, in bytes. */
  bytes(): number
}

/** An executor with others beside it: what it gives is its own. */
export interface Shadowed<M> extends Executor<M> {
  /** By name, those that have started, as they were at the last gradient. */
  shown(): Readonly<Record<string, Shown>>
}

/** Whether a shadow has started, and what it emitted before the last update. */
interface At {
  started: boolean
  gradient: Cotangent<Theta> | null
}

const shownOf = ({ executor }: Running, { gradient }: At): Shown => ({
  gradient,
  memory: () => executor.save().carries[0]?.memory,
  bytes: () => executor.remembered(),
})

/**
 * The product of executors on one trajectory: every sequence, step and change of θ goes to all; outputs, losses
 * and gradients are the first one's. A shadow begins where a sequence does, once there have been `from` steps; a run that goes on from
 * the middle of a sequence has none before the next one.
 */
export const shadowed = <M>(trained: Executor<M>, shadows: readonly Running[], steps: () => number): Shadowed<M> => {
  const at = shadows.map((): At => ({ started: false, gradient: null }))
  const each = (act: (shadow: Running, at: At) => void): void =>
    shadows.forEach((shadow, i) => {
      if ((at[i] as At).started) act(shadow, at[i] as At)
    })
  return {
    ...trained,
    reset: (θ, saved, count) => {
      trained.reset(θ, saved, count)
      shadows.forEach(({ executor, from }, i) => {
        const begins = saved === undefined && steps() >= from
        at[i] = { started: begins, gradient: null }
        if (begins) executor.reset(θ)
      })
    },
    setParameters: θ => {
      trained.setParameters(θ)
      each(({ executor }) => executor.setParameters(θ))
    },
    step: (data: readonly Example[], noise, last): StepView => {
      each(({ executor, noise }) => executor.step(data, data.map(noise), last))
      return trained.step(data, noise, last)
    },
    takeGradient: into => {
      each(({ executor }, here) => {
        here.gradient = executor.takeGradient()
      })
      return trained.takeGradient(into)
    },
    release: () => {
      trained.release()
      for (const { executor } of shadows) executor.release()
    },
    shown: () =>
      Object.fromEntries(
        shadows.flatMap((shadow, i) => ((at[i] as At).started ? [[shadow.name, shownOf(shadow, at[i] as At)]] : [])),
      ),
  }
}
