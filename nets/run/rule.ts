/** A learning rule as a value: which way it folds a run, where it starts, and one step. */

import { describe, described, hasMethod } from '../../ad/describe.ts'
import { KindError } from '../../ad/errors.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { kindOf } from '../kinds.ts'
import type { Network, Theta } from '../network.ts'
import type { Draws } from '../random.ts'
import { type Param, type Timestep, withReadout } from './timestep.ts'

/** The direction of a rule's fold: 'past', forwards in time as RTRL, usable online; 'future', backwards as BPTT. Not the word of Marschall et al. 2020, whose future-facing DNI runs forwards. */
export type Facing = 'past' | 'future'

/** A fold with outputs: where it starts, and one step. A step is pure: it keeps nothing outside its memory. */
export interface Fold<M, I, O, F extends Facing = Facing> {
  readonly faces: F
  init(first: I): M
  step(memory: M, now: I): readonly [O, M]
  /** What is drawn for each step, if anything. */
  readonly draws?: Draws
}

/** What is known of a rule without a network. */
export interface Facts<F extends Facing = Facing> {
  readonly name: string
  readonly faces: F
  /** Whether a step branches on concrete values, so that only the eager engine runs it. */
  readonly eager?: true
  /** The most timesteps that it looks back over, where its window is of its own making and not that of `windowed`. */
  readonly reach?: number
}

/** A gradient that is -δ·z, in two: the error δ [] of a prediction, and the trace z [|θ|] that it multiplies. */
export interface ErrorAndTrace {
  readonly delta: Value
  readonly trace: Cotangent<Theta>
}

/** A learning rule: at each timestep a cotangent of the parameters that the state depends on. */
export interface Rule<M = unknown, F extends Facing = Facing> extends Facts<F>, Fold<M, Timestep, Cotangent<Param>, F> {
  readonly faces: F
  /**
   * Of a rule of temporal differences, read from its memory: the δ and the z of the -δ z that its last step emitted, for an
   * optimiser that needs them apart. Such a rule emits the gradient of all of θ, the readout's part included; to what any other
   * emits `wholeGradient` joins that part.
   */
  errorAndTrace?(memory: M): ErrorAndTrace
}

/** A rule that is made once its network is known: it needs its sparsity, its sizes, or constants that a seed draws. */
export interface RuleFor<M = unknown, F extends Facing = Facing> extends Facts<F> {
  on(net: Network, seed: number): Rule<M, F>
}

export type AnyRule<M = unknown, F extends Facing = Facing> = Rule<M, F> | RuleFor<M, F>

/** What a rule remembers. */
export type MemoryOf<R> = R extends AnyRule<infer M, Facing> ? M : never

/** Refuses what is no rule. Throws a KindError. */
export const requireRule = (who: string, rule: unknown): void => {
  const kind = kindOf(rule)
  const isOther = kind !== null && kind !== 'a learning rule'
  if (typeof rule === 'object' && !isOther && (hasMethod(rule, 'step') || hasMethod(rule, 'on'))) {
    const { faces } = rule as { readonly faces?: unknown }
    if (faces === 'past' || faces === 'future') return
    throw new KindError({
      who,
      given: `a rule that faces ${typeof faces === 'string' ? faces : described(faces)}`,
      wanted: "a rule that faces 'past' or 'future'",
      remedy: "Make it with rule({ name, faces: 'past', init, step })",
    })
  }
  throw new KindError({
    who,
    given: isOther ? kind : describe(rule),
    wanted: 'a rule, such as bptt, rtrl or uoro()',
    remedy:
      typeof rule === 'function'
        ? 'A maker of rules is called first: uoro(), not uoro'
        : isOther
          ? `The rule comes first: ${who}(bptt, net)`
          : "Make one with rule({ name, faces: 'past', init, step })",
  })
}

/** Refuses a rule that faces the other way. Throws a KindError. */
export const requireFacing = (who: string, rule: { readonly faces: Facing }, wanted: Facing): void => {
  if (rule.faces === wanted) return
  throw new KindError({
    who,
    given: `a rule that faces the ${rule.faces}`,
    wanted: `one that faces the ${wanted}`,
    remedy:
      wanted === 'past'
        ? 'Give it windows: chunked({ k: 10 })(bptt)'
        : 'Give a rule that faces the future, such as bptt',
  })
}

const malformed = (name: string, given: string): never => {
  throw new KindError({
    who: name,
    given,
    wanted: '[gradient, memory]: a cotangent of the parameters, and what the next step is given',
    remedy: 'The gradient comes first: return [pull(now.immediate, error(now)), memory]',
  })
}

/** One step of a rule. Throws a KindError where it gives no pair, or no cotangent of the parameters first. */
export const stepped = <M>(rule: Rule<M>, memory: M, now: Timestep): readonly [Cotangent<Param>, M] => {
  const pair: unknown = rule.step(memory, now)
  if (!Array.isArray(pair) || pair.length !== 2) return malformed(rule.name, `a step that returns ${describe(pair)}`)
  const [out] = pair
  if (!(isValue(out) && out.shape.length === 1))
    malformed(rule.name, `a step whose first result is ${describe(out)}, where a cotangent should be`)
  return pair as unknown as readonly [Cotangent<Param>, M]
}

/** A flat gradient of θ from what a rule emits and what is exact in every rule, for a rule that leaves that to the driver. */
export const wholeGradient = (
  rule: Pick<Rule<never>, 'errorAndTrace'>,
  out: Cotangent<Param>,
  direct: Pick<Timestep, 'readoutGradient' | 'outputGradient'>,
): Cotangent<Theta> => (rule.errorAndTrace ? (out as unknown as Cotangent<Theta>) : withReadout(out, direct))

/** A rule on its network; constants that it draws come from the seed. */
export const resolved = <M, F extends Facing>(rule: AnyRule<M, F>, net: Network, seed = 0): Rule<M, F> =>
  'on' in rule ? rule.on(net, seed) : rule

/** A change to a rule, applied now or once its network is known. */
export const lifted = <M, F extends Facing, N, G extends Facing>(
  rule: AnyRule<M, F>,
  facts: Facts<G>,
  change: (rule: Rule<M, F>) => Rule<N, G>,
): AnyRule<N, G> => ('on' in rule ? { ...facts, on: (net, seed) => change(rule.on(net, seed)) } : change(rule))

interface Making {
  /** A rule of one's own: a name, which way it faces, and the two functions. */
  <M, F extends Facing>(rule: Facts<F> & Fold<M, Timestep, Cotangent<Param>, F>): Rule<M, F>
  /** A fold as a rule, with the facts that are known of it. */
  <M, F extends Facing, K extends Facts<F>>(fold: Fold<M, Timestep, Cotangent<Param>, F>, facts: K): Rule<M, F> & K
}

/** What a rule may say of itself: how it is run, and what lists and tables are made from (rules/parts/facts.ts). */
const partNames = [
  ...[
    'name',
    'faces',
    'init',
    'step',
    'draws',
    'eager',
    'reach',
    'errorAndTrace',
    'title',
    'both',
    'changes',
    'crosses',
    'keeps',
  ],
  ...['structure', 'exactness', 'pairs', 'locality', 'start', 'cost', 'options', 'count', 'papers'],
]

/**
 * A rule from a name, `faces`, `init(first)` and `step(memory, now) → [cotangent of the parameters, memory]`:
 * `rule({ name: 'myopic', faces: 'past', init: () => null, step: (_, now) => [pull(now.immediate, error(now)), null] })`.
 * A step is pure. Throws a KindError where a part is missing, a NameError for one that no rule has; facts of your own come second.
 */
export const rule = ((fold: Fold<unknown, Timestep, Cotangent<Param>> & Partial<Facts>, facts: Partial<Facts> = {}) => {
  const made = { ...facts, ...fold }
  const missing = ['init', 'step'].find(part => typeof (made as Record<string, unknown>)[part] !== 'function')
  const lacks = missing ?? (typeof made.name === 'string' && made.name !== '' ? undefined : 'name')
  if (lacks !== undefined)
    throw new KindError({
      who: 'rule',
      given: `a rule without ${lacks === 'name' ? 'a name' : `a function ${lacks}`}`,
      wanted: 'name, faces, init and step',
      remedy: "rule({ name: 'mine', faces: 'past', init: first => …, step: (memory, now) => [gradient, memory] })",
    })
  requireNames('rule', fold, partNames)
  requireRule('rule', made)
  return made
}) as Making
