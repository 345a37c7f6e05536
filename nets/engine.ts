import { compile } from '../ad/compile.ts'
import { KindError } from '../ad/errors.ts'
import { type Cotangent, numbers } from '../ad/space.ts'
import { sameShape } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { isValue, type Value } from '../ad/value.ts'
import { type Carry, type Instant, instant } from './instant.ts'
import type { Rule } from './machine.ts'
import type { Now } from './moment.ts'
import type { Task, Theta } from './task.ts'

/** How instants are run: `eager` as they are written, `compiled` traced once and run in place. The numbers are the same. */
export type Engine = 'eager' | 'compiled'

/** The values in a memory, in order; tags, spaces and other facts about it are no values. */
const valuesIn = (memory: unknown): readonly Value[] => {
  if (isValue(memory)) return [memory]
  return typeof memory === 'object' && memory !== null ? Object.values(memory).flatMap(valuesIn) : []
}

/** A memory of the same structure with other values. */
const refilled = <M>(memory: M, values: readonly Value[]): M => {
  let at = 0
  const fill = (node: unknown): unknown => {
    if (isValue(node)) return values[at++]
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map(fill)
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, fill(child)]))
  }
  return fill(memory) as M
}

const unsteady = (given: string): never => {
  throw new KindError({
    who: 'learn',
    given,
    wanted: 'for the compiled engine, a step that branches on no number and a memory of the same values throughout',
    remedy: "Use engine: 'eager'",
  })
}

const checkSteady = (before: readonly Value[], after: readonly Value[]): void => {
  if (before.length === after.length && before.every((value, i) => sameShape(value.shape, after[i]?.shape ?? [])))
    return
  unsteady('a rule whose memory changes its structure')
}

type Step<M> = (θ: Theta, carry: Carry<M>, now: Now) => Instant<M>

/** Says of a program that asked for a number while it was traced that it cannot be compiled. */
const traced = <R>(run: () => R): R => {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof KindError && thrown.who === 'item')
      return unsteady('a rule or cell that branches on a number')
    throw thrown
  }
}

/** The same instants, compiled. Throws a KindError for a rule that branches on numbers or whose memory grows. */
const compiled = <M>(task: Task, rule: Rule<M, 'past' | 'any'>): Step<M> => {
  let shape: M
  const program = compile((θ: Theta, state: Branch, memory: readonly Value[], now: Now & Branch) => {
    const out = instant(task, rule)(θ, { state, memory: refilled(shape, memory) }, now)
    const values = valuesIn(out.carry.memory)
    checkSteady(memory, values)
    const { gradient, loss, output, carry } = out
    return { gradient: numbers(gradient), loss, output, state: carry.state, memory: values }
  })
  return (θ, { state, memory }, { x, target, weight, noise, ends }) => {
    shape = memory
    const out = traced(() => program(θ, state, valuesIn(memory), { x, target, weight, noise, ends }))
    const carry = { state: out.state, memory: refilled(memory, out.memory) }
    return { gradient: out.gradient as unknown as Cotangent<Theta>, loss: out.loss, output: out.output, carry }
  }
}

/** The instants of a task and a rule, run by an engine. */
export const instantBy = <M>(engine: Engine, task: Task, rule: Rule<M, 'past' | 'any'>): Step<M> =>
  engine === 'compiled' ? compiled(task, rule) : instant(task, rule)
