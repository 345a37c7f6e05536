/** One timestep of a network and a rule as a graph: the timestep, the step of the rule, and how a pass turns and ends. */

import { simplified } from '../../ad/compiler/graph.ts'
import { KindError } from '../../ad/errors.ts'
import { matrix } from '../../ad/linear/linear.ts'
import { concatenate, times, toValue } from '../../ad/linear/space.ts'
import { type Graph, trace } from '../../ad/modes/trace.ts'
import { slice } from '../../ad/primitives/layout.ts'
import { sameShape, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import type { Network, Theta } from '../network.ts'
import { type Rule, stepped } from '../run/rule.ts'
import {
  initialTimestep,
  type StepInput,
  type Timestep,
  timesDirect,
  timestep,
  withZeroError,
} from '../run/timestep.ts'
import type { Learner, WindowOptions } from '../run/windows.ts'
import { requireSameProgram, requireSteady } from './purity.ts'

/** Finds the values in a memory, in order. */
const find = (memory: unknown, found: Value[]): void => {
  if (typeof memory !== 'object' || memory === null) return
  if (isValue(memory)) found.push(memory)
  else for (const child of Object.values(memory)) if (typeof child === 'object') find(child, found)
}

/** The values in a memory, in order; tags, spaces and other facts about it are no values. */
export const valuesIn = (memory: unknown): readonly Value[] => {
  const found: Value[] = []
  find(memory, found)
  return found
}

/** Makes a part of a memory again with the next values; null where it holds none, and stays as it is. */
type Refill = ((next: () => Value) => unknown) | null

const refillOf = (node: unknown): Refill => {
  if (isValue(node)) return next => next()
  if (typeof node !== 'object' || node === null) return null
  const parts = Object.entries(node).map(([name, child]) => [name, child, refillOf(child)] as const)
  if (parts.every(([, , refill]) => refill === null)) return null
  return next => {
    const filled = parts.map(([name, child, refill]) => [name, refill ? refill(next) : child] as const)
    return Array.isArray(node) ? filled.map(([, child]) => child) : Object.fromEntries(filled)
  }
}

/** Memories of the structure of one, from other values: what is found once serves many. */
export const refilling = <M>(memory: M): ((values: readonly Value[]) => M) => {
  const refill = refillOf(memory)
  return values => {
    let at = 0
    return refill ? (refill(() => values[at++] as Value) as M) : memory
  }
}

/** A memory of the same structure with other values. */
export const withValues = <M>(memory: M, values: readonly Value[]): M => refilling(memory)(values)

const unsteady = (given: string): never => {
  throw new KindError({
    who: 'compile',
    given,
    wanted: 'a step that branches on no number and a memory of the same values throughout',
    remedy: "Use where instead of an if, or engine: 'eager'",
  })
}

/** Throws for a program that asked for a number while it was traced: it cannot be compiled. */
export const requireFixedStructure = <R>(run: () => R): R => {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof KindError && thrown.who === 'item')
      return unsteady('a rule or cell that branches on a number')
    throw thrown
  }
}

/** What a rule needs of a plan: nothing where it faces the past; a way back where it faces the future; 'counted' where passes also go back over timesteps whose losses have been counted. */
export type Way = 'past' | 'future' | 'counted'

/** What a plan is made of: one sequence of a batch, or the only one. */
export interface TraceExample<M> {
  readonly net: Network
  readonly rule: Rule<M>
  readonly θ: Theta
  readonly state: Branch
  /** What the rule remembers, for its structure and shapes. */
  readonly memory: M
  /** What joins windows, and what it remembers, where there is such a thing. */
  readonly joint: { readonly rule: NonNullable<WindowOptions['joint']>; readonly memory: unknown } | null
  /** What learns at the end of every window, and what is learned, where there is such a thing. */
  readonly learner: { readonly by: Learner; readonly learned: object } | null
  readonly now: StepInput
}

/** What comes from outside at a timestep. */
export const given = ['x', 'target', 'weight', 'noise', 'isLast'] as const
export type Given = (typeof given)[number]

/** The inputs of a timestep by what they are, each with the numbers of its nodes. */
export interface Inputs {
  readonly θ: readonly number[]
  readonly state: readonly number[]
  readonly now: readonly number[]
  readonly memory: readonly number[]
  readonly countedMemory: readonly number[]
  readonly lastMemory: readonly number[]
  readonly factor: readonly number[]
  /** The influence on the state that a joined window begins with. */
  readonly influence: readonly number[]
  /** What is learned of the windows so far, as a pass begins with it. */
  readonly learned: readonly number[]
  /** At the end of a pass: what was learned before, the state that its window began from, and what the rule remembers. */
  readonly learnedBefore: readonly number[]
  readonly begun: readonly number[]
  readonly endMemory: readonly number[]
}

/** The results of a timestep, likewise. */
export interface Outputs {
  readonly loss: number
  readonly output: number
  readonly state: readonly number[]
  readonly out: number
  readonly direct: number
  readonly memory: readonly number[]
  readonly start: readonly number[]
  readonly turn: readonly number[]
  readonly countedOut: number
  readonly countedMemory: readonly number[]
  readonly lastOut: number
  /** What a joint emits for a timestep, and of all before its window. */
  readonly share: readonly number[]
  readonly lastShare: readonly number[]
  /** What is learned after a pass. */
  readonly learned: readonly number[]
}

/** Values under names, and the way back from a list of them. */
const bundle = <K extends string>(groups: Readonly<Record<K, readonly Value[]>>) => {
  const names = Object.keys(groups) as K[]
  const flat = names.flatMap(name => groups[name])
  const pick = <T>(list: readonly T[]): Record<K, readonly T[]> => {
    let at = 0
    return Object.fromEntries(
      names.map(name => {
        const from = at
        at += groups[name].length
        return [name, list.slice(from, at)]
      }),
    ) as unknown as Record<K, readonly T[]>
  }
  return { flat, pick }
}

const scaledBy = (now: Timestep, [factor]: readonly Value[]): Timestep =>
  factor ? { ...now, logitError: times(factor, now.logitError), ...timesDirect(factor, now) } : now

/** What is exact in every rule, as the end of a gradient of θ. */
const directIn = ({ readoutGradient, outputGradient }: Timestep): Value =>
  outputGradient ? toValue(concatenate(outputGradient, readoutGradient)) : toValue(readoutGradient)

export interface Traced {
  readonly way: Way
  readonly graph: Graph
  readonly inputs: Inputs
  readonly outputs: Outputs
}

/** Refuses a memory that a timestep changes in structure. */
const checkSteady = (before: readonly Value[], after: readonly Value[]): void => {
  const same = before.length === after.length && before.every((value, i) => sameShape(value.shape, after[i]!.shape))
  if (!same) unsteady('a rule whose memory changes its structure')
}

/** The timestep that a pass ends at: timestep 0, or all before a window, by its influence. */
const beginning = (first: Timestep, [influence]: readonly Value[]): Timestep => {
  const { from, to } = first.immediate
  return influence ? { ...first, immediate: matrix(from, to, influence) } : first
}

/** What a rule emits for the parameters that the state depends on, and what is exact in every rule; or the two ends of what it emits for all. */
const parted = ({ errorAndTrace }: Pick<Rule, 'errorAndTrace'>, view: Timestep, out: Value) => {
  const { size } = view.immediate.from
  return errorAndTrace
    ? { out: slice(out, 0, size), direct: slice(out, size, out.shape[0] as number) }
    : { out, direct: directIn(view) }
}

/** A rule and what joins its windows, stepped side by side: what each emits, and the values of both memories. */
const stepping =
  <M>({ rule, memory, joint }: TraceExample<M>) =>
  (view: Timestep, held: readonly Value[]) => {
    const [own, other] = withValues([memory, joint?.memory] as const, held)
    const [out, next] = stepped(rule, own, view)
    requireSteady(memory, next)
    const [share, after] = joint ? joint.rule.step(other, view) : []
    return { ...parted(rule, view, toValue(out)), share: share ? [toValue(share)] : [], next: valuesIn([next, after]) }
  }

/** How a pass turns: with the rule's own memory, or with one by what is learned of the windows before; and that of its joint. */
const turning = <M>(
  { rule, joint, learner }: TraceExample<M>,
  view: Timestep,
  held: readonly Value[],
): readonly Value[] => {
  const own = learner ? learner.by.turn(withValues(learner.learned, held), view) : rule.init(view)
  return valuesIn([own, joint?.rule.init(view)])
}

/** What is learned of a window, by the state that it began from and the memory that its pass ended with. */
const learning = <M>(
  { state, memory, learner }: TraceExample<M>,
  held: readonly Value[],
  begun: readonly Value[],
  ended: readonly Value[],
): readonly Value[] => {
  if (!learner) return []
  const { by, learned } = learner
  const next = by.next(withValues(learned, held), rebuild(state, begun), withValues(memory, ended))
  requireSteady(learned, next)
  checkSteady(valuesIn(learned), valuesIn(next))
  return valuesIn(next)
}

/** The timestep as a graph: with a future-facing rule, also how a pass turns, goes back over counted losses, and ends at a beginning. */
export const traced = <M>(example: TraceExample<M>, way: Way): Traced => {
  const { net, θ, state, memory, joint, learner, now } = example
  const values = valuesIn([memory, joint?.memory])
  const learned = valuesIn(learner?.learned)
  const future = way !== 'past'
  const factor = isWholeRun(net.loss) ? [now.weight] : []
  const { from, to } = initialTimestep(net)(θ).immediate
  const inputs = bundle({
    θ: leavesOf(θ),
    state: leavesOf(state),
    now: given.map(name => now[name]),
    memory: values,
    countedMemory: way === 'counted' ? values : [],
    lastMemory: future ? values : [],
    factor,
    influence: joint ? [zeros([to.size, from.size])] : [],
    learned,
    learnedBefore: learned,
    begun: learner ? leavesOf(state) : [],
    endMemory: learner ? values : [],
  })
  let outputs: ReturnType<typeof bundle> | undefined
  const program = (list: readonly Value[]): readonly Value[] => {
    const at = inputs.pick(list)
    const here = Object.fromEntries(given.map((name, i) => [name, at.now[i]])) as unknown as StepInput
    const parameters = rebuild(θ, at.θ)
    const view = scaledBy(timestep(net)(parameters, rebuild(state, at.state), here), at.factor)
    const first = beginning(initialTimestep(net)(parameters), at.influence)
    const step = stepping(example)
    const { out, direct, share, next } = step(view, at.memory)
    checkSteady(values, next)
    const counted = way === 'counted' ? step(withZeroError(view), at.countedMemory) : { out, next: [] }
    const last = future ? step(first, at.lastMemory) : { out, share }
    const results = {
      loss: [view.loss],
      output: [view.prediction],
      state: leavesOf(view.after),
      out: [out],
      direct: [direct],
      memory: next,
      start: leavesOf(first.after),
      turn: future ? turning(example, view, at.learned) : [],
      countedOut: [counted.out],
      countedMemory: counted.next,
      lastOut: [last.out],
      share,
      lastShare: last.share,
      learned: learning(example, at.learnedBefore, at.begun, at.endMemory),
    }
    outputs = bundle(results)
    return outputs.flat
  }
  const shapes = inputs.flat.map(value => value.shape)
  const found = requireFixedStructure(() => trace(program, shapes))
  requireSameProgram(found, trace(program, shapes))
  const graph = simplified(found)
  const at = outputs!.pick(graph.outputs) as Record<keyof Outputs, readonly number[]>
  const one = (name: keyof Outputs): number => at[name][0]!
  return {
    way,
    graph,
    inputs: inputs.pick([...graph.inputs.keys()]),
    outputs: {
      ...at,
      loss: one('loss'),
      output: one('output'),
      out: one('out'),
      direct: one('direct'),
      countedOut: one('countedOut'),
      lastOut: one('lastOut'),
    },
  }
}
