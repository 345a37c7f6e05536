import { getMonoid } from 'fp-ts/lib/Endomorphism.js'
import { concatAll } from 'fp-ts/lib/Monoid.js'
import { internal, KindError } from '../../ad/errors.ts'
import { plus } from '../../ad/linear/linear.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import type { Theta } from '../network.ts'
import type { Draws } from '../random.ts'
import { type Param, type Run, type Timestep, withReadout } from './timestep.ts'

export type Facing = 'past' | 'future' | 'any'

/** A Mealy machine: where it starts, and one step. Which way the sum faces is in its type. */
export interface Machine<M, I, O, F extends Facing = 'any'> {
  init(first: I): M
  step(memory: M, now: I): readonly [O, M]
  /** What a noisy rule wants drawn at each step. */
  readonly draws?: Draws
  /** Refused at compile time where it does not fit, and at run time where it is said. */
  readonly facing?: F
}

/** A learning rule: what a moment is worth to the parameters of the state. */
export type Rule<M, F extends Facing = 'any'> = Machine<M, Timestep, Cotangent<Param>, F>

/** A rule with the direction it is run in: from a finished run to what each moment is worth. */
export type Method = (run: Run) => Iterable<Cotangent<Param>>

type Lazy<T> = Iterable<T>
const lazily = <T>(generate: () => Iterator<T>): Lazy<T> => ({ [Symbol.iterator]: generate })

/** The scan: every output with the memory after it, one at a time. A memory lives only if the reader keeps it. */
export const walk =
  <M, I, O>(machine: Machine<M, I, O, Facing>) =>
  (inputs: Iterable<I>): Lazy<readonly [O, M]> =>
    lazily(function* () {
      let memory: M | undefined
      for (const now of inputs) {
        const [out, next] = machine.step(memory ?? machine.init(now), now)
        memory = next
        yield [out, next] as const
      }
    })

/** The outputs of a walk, without the memories. */
export const outputs = <O, M>(steps: Iterable<readonly [O, M]>): Lazy<O> =>
  lazily(function* () {
    for (const [out] of steps) yield out
  })

/** Refuses what is no rule: a method, which is a rule with the direction it is run in, or a rule that was not called. */
export const requireRule = (who: string, rule: unknown): void => {
  if (typeof (rule as { readonly step?: unknown } | null)?.step === 'function') return
  throw new KindError({
    who,
    given: typeof rule === 'function' ? 'a function' : String(rule),
    wanted: 'a rule: a record of init and step, such as credit, influence(dense) or uoro()',
    remedy: 'bptt and rtrl are methods, for gradient and total: their rules are credit and influence(dense)',
  })
}

/** Refuses a machine that says it faces the other way. */
export const requireFacing = (who: string, machine: { readonly facing?: Facing }, wanted: Facing): void => {
  requireRule(who, machine)
  const { facing = 'any' } = machine
  if (facing === 'any' || facing === wanted) return
  throw new KindError({
    who,
    given: `a rule that faces the ${facing}`,
    wanted: `one that faces the ${wanted}`,
    remedy:
      wanted === 'past' ? 'Turn it round with a window: chunked, sliding, future, spaced' : 'Run it with forwards',
  })
}

/** A left fold: from the past on, as the moments come. */
export const forwards =
  <M, I, O>(machine: Machine<M, I, O, 'past' | 'any'>) =>
  (inputs: Iterable<I>): Lazy<O> => {
    requireFacing('forwards', machine, 'past')
    return outputs(walk(machine)(inputs))
  }

/** A right fold: from the future back. Needs the whole run. */
export const backwards =
  <M, I, O>(machine: Machine<M, I, O, 'future' | 'any'>) =>
  (inputs: readonly I[]): Lazy<O> => {
    requireFacing('backwards', machine, 'future')
    return outputs(walk(machine)(inputs.toReversed()))
  }

/** Adds cotangents as they come. There must be one. */
export const sumOf = <A>(outs: Iterable<Cotangent<A>>): Cotangent<A> => {
  let total: Cotangent<A> | undefined
  for (const out of outs) total = total ? plus(total, out) : out
  if (!total) throw internal('a run has at least moment 0')
  return total
}

/** Refuses what is no method: a rule, which has no direction yet, or a maker of rules that was not called. */
const requireMethod = (who: string, method: unknown): void => {
  if (typeof method === 'function') return
  throw new KindError({
    who,
    given: typeof (method as { step?: unknown } | null)?.step === 'function' ? 'a rule' : String(method),
    wanted: 'a method: a rule with the direction it is run in',
    remedy: 'forwards(rule) for one that faces the past, backwards(rule) for one that faces the future',
  })
}

const outsBy = (who: string, method: Method, run: Run): Iterable<Cotangent<Param>> => {
  requireMethod(who, method)
  const outs: unknown = method(run)
  if (typeof outs === 'object' && outs !== null && Symbol.iterator in outs) return outs as Iterable<Cotangent<Param>>
  throw new KindError({
    who,
    given: 'a function that makes no gradients of a run',
    wanted: 'a method, such as bptt, rtrl, forwards(uoro()) or forwards(rflo(B))',
    remedy: 'A maker of rules is called first, with what the rule needs; then forwards or backwards',
  })
}

/** The sum of what a method says of every moment, for the parameters the state depends on; added as it goes. */
export const total =
  (method: Method) =>
  (run: Run): Cotangent<Param> =>
    sumOf(outsBy('total', method, run))

/** ∂L/∂θ by a method: its sum over time, joined to the readout's own gradient, which is exact in every rule. */
export const gradient =
  (method: Method) =>
  (run: Run): Cotangent<Theta> =>
    withReadout(sumOf(outsBy('gradient', method, run)), sumOf(run.map(now => now.readoutGradient)))

/** Another way to look at a moment: an arrow replaced, a mistake silenced. */
export type StepTransform = (now: Timestep) => Timestep

/** Several views as one: the first acts first. Views are a monoid of endomorphisms, so a list of approximations is one. */
export const composed = (...list: readonly StepTransform[]): StepTransform => concatAll(getMonoid<Timestep>())(list)

/** The same machine, looking at the run through a view of each moment. */
export const transformed =
  (view: StepTransform) =>
  <M, O, F extends Facing>({ init, step, draws, facing }: Machine<M, Timestep, O, F>): Machine<M, Timestep, O, F> => ({
    ...(draws && { draws }),
    ...(facing && { facing }),
    init: first => init(view(first)),
    step: (memory, now) => step(memory, view(now)),
  })
