import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { describe } from '../../ad/describe.ts'
import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { type Linear, plus, reaches, zero, zeroMap } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import {
  asCotangent,
  type Cotangent,
  concatenate,
  spaceOf,
  times,
  zeroCotangent,
  zerosLike,
} from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { ones, sameShape, scalar, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, type Tree } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import { type Layer, layerOf } from '../cells/affine.ts'
import { broadcastOf } from '../cells/cell.ts'
import { type Example, initialState, logits, type Network, type ReadoutParams, type Theta } from '../network.ts'
import { initialReplay, type Replay, replayOf } from './replay.ts'

declare const role: unique symbol
/** What a (co)tangent belongs to; the roles make states, parameters, readouts and logits distinct types. */
export type State = Branch & { readonly [role]?: 'state' }
/** What the state depends on: { cell, start }. */
export type Param = Pick<Theta, 'cell' | 'start'> & { readonly [role]?: 'param' }
export type Readout = ReadoutParams & { readonly [role]?: 'readout' }
export type Logits = Value & { readonly [role]?: 'logits' }
export type Output = Value & { readonly [role]?: 'output' }

/** One timestep of a run, linearised. */
export interface Timestep {
  /** J = ∂s/∂s₋ [S, S], S the numbers in the state. */
  readonly jacobian: Linear<State, State>
  /** B = ∂s/∂θ with s₋ held [S, P], P the parameters that the state depends on. */
  readonly immediate: Linear<Param, State>
  /** ∂v/∂s [m, S], v the logits. */
  readonly readoutMap: Linear<State, Logits>
  /** ∂o/∂s [width, S] of what the readout sees, o = cell.output(θ, s, x): fixed feedback enters here. */
  readonly outputMap: Linear<State, Output>
  /** ∂r/∂s of what a broadcast of the error reaches: in a stack the outputs of all its layers, else o. */
  readonly broadcastMap: Linear<State, Output>
  /** r, the outputs of the units that a broadcast reaches. */
  readonly activity: Value
  /** ∂ℓ/∂v [m]. */
  readonly logitError: Cotangent<Logits>
  /** ∂ℓ/∂θ.readout, exact at the timestep; `wholeGradient` joins it to what a rule emits for the rest. */
  readonly readoutGradient: Cotangent<Readout>
  /** ∂ℓ/∂θ through the output with s held, exact at the timestep as well; absent where the output reads no parameters. */
  readonly outputGradient?: Cotangent<Param>
  readonly loss: Value
  /** y = g(v). */
  readonly prediction: Value
  readonly before: State
  readonly after: State
  readonly x: Value
  readonly target: Value
  readonly noise: Value
  /** 1 at timestep 0, the start of the run; else 0. */
  readonly isStart: Value
  /** 1 at the run's last timestep; else 0. */
  readonly isLast: Value
  /** The inputs and the activation of a cell that acts through one drive u = W z, from which `kronecker` makes factors. */
  readonly layer?: Layer
  /** What it was made of, for rules that run it again; none where the loss is one of the whole run. */
  readonly replay?: Replay | undefined
}

/** A run in order of time, timestep 0 first, with the network that it is of. */
export interface Run extends ReadonlyNonEmptyArray<Timestep> {
  readonly net: Network
}

/** Timesteps as a run of a network; `net` is no entry of the list, and is not printed with it. */
export const runOf = (net: Network, timesteps: readonly Timestep[]): Run =>
  Object.defineProperty([...timesteps], 'net', { value: net }) as unknown as Run

const isTimestep = (x: unknown): boolean => typeof x === 'object' && x !== null && 'jacobian' in x && 'immediate' in x

/** Refuses what is no run: θ, data, a network, a run of no timesteps, or for what needs its network a run that was sliced. Throws a KindError. */
export const requireRun = (who: string, run: unknown, needsNet = false): void => {
  const isList = Array.isArray(run) && run.length > 0 && run.every(isTimestep)
  if (isList && !(needsNet && (run as unknown as Run).net === undefined)) return
  throw new KindError({
    who,
    given: isList ? 'timesteps without their network: a slice of a run has none' : describe(run),
    wanted: 'a run: its timesteps, timestep 0 first',
    remedy: isList
      ? 'Unroll the shorter sequence: unroll(net)(θ, data.slice(0, t))'
      : 'Make one with unroll(net)(θ, data)',
  })
}

/** The same run with every timestep changed. */
export const mapRun =
  (change: (now: Timestep, t: number) => Timestep) =>
  (run: Run): Run =>
    runOf(run.net, run.map(change))

/** The input of one timestep: an example, the noise drawn for it, and whether it is the last. */
export interface StepInput extends Example {
  readonly noise: Value
  readonly isLast: Value
}

/** q = ∂ℓ/∂s, this timestep's own loss pulled back to the state. */
export const error = (now: Timestep): Cotangent<State> => {
  if (!isTimestep(now))
    throw new KindError({
      who: 'error',
      given: describe(now),
      wanted: 'a timestep',
      remedy: 'In a step of a rule it is the second argument: step: (memory, now) => …',
    })
  return pull(now.readoutMap, now.logitError)
}

/** Whether a mark of a timestep, `isStart` or `isLast`, is set. A compiled step may branch on isStart, a constant there; on isLast, which is not, by `where`. */
export const isSet = (mark: Value): boolean => item(mark) !== 0

/** A cell must give back the state it was given, shape by shape. */
const checkState = (before: Tree, after: Tree): void => {
  const [was, is] = [leavesOf(before), leavesOf(after)]
  const fits = was.length === is.length && was.every((leaf, i) => sameShape(leaf.shape, is[i]?.shape ?? []))
  const named = Object.keys(before).join() === Object.keys(after).join()
  if (fits && named) return
  const show = (tree: Tree, leaves: readonly Value[]): string =>
    `{ ${Object.keys(tree).join(', ')} } of ${leaves.map(leaf => bracket(leaf.shape)).join(', ')}`
  throw new ShapeError({
    who: 'cell',
    given: `a step from ${show(before, was)} to ${show(after, is)}`,
    wanted: 'a step that keeps every shape of the state',
    remedy: 'Return a record with the same names and shapes as the state it was given',
  })
}

const checkScalar = (loss: Value): void => {
  if (loss.shape.length === 0) return
  throw new ShapeError({
    who: 'loss',
    given: `a loss of shape ${bracket(loss.shape)} at one timestep`,
    wanted: 'a scalar, shape []',
    remedy: 'Sum it up inside the loss',
  })
}

/** What the readout sees of a state, and what a broadcast reaches: the same by default. */
const shown = ({ cell }: Network, θ: Theta, after: State, x: Value) => {
  const seen = ({ cell: own }: Param, s: State): Output => cell.output(own, s, x)
  const [output, byParam, outputMap] = linearizePair(seen, paramOf(θ), after)
  const isLearned = reaches(byParam)
  if (!cell.broadcast) return { maps: { outputMap, broadcastMap: outputMap, activity: output }, isLearned }
  const reached = (_: Branch, s: State): Output => broadcastOf(cell, θ.cell, s, x)
  const [activity, , broadcastMap] = linearizePair(reached, {}, after)
  return { maps: { outputMap, broadcastMap, activity }, isLearned }
}

/** ∂ℓ/∂θ through an output with parameters of its own, from ∂ℓ/∂v. */
const throughOutput = (see: (θ: Pick<Theta, 'cell'>) => Logits, θ: Theta, logitError: Cotangent<Logits>) => ({
  outputGradient: pull(linearizePair((own: Param, _: Branch): Logits => see(own), paramOf(θ), {})[1], logitError),
})

const evaluated = (net: Network, θ: Theta, after: State, now: Example) => {
  const see = (readout: Readout, s: State): Logits => logits(net, { cell: θ.cell, readout }, s, now.x)
  const [v, byReadout, readoutMap] = linearizePair(see, θ.readout as Readout, after)
  const cost = (logit: Value): Value => mul(now.weight, net.loss.each(logit, now.target))
  const [loss, pullback] = vjp(cost, v)
  checkScalar(loss)
  const logitError = asCotangent(readoutMap.to, pullback(ones([]))[0] as Value)
  const readoutGradient = pull(byReadout, logitError)
  const { maps, isLearned } = shown(net, θ, after, now.x)
  const through = ({ cell }: Pick<Theta, 'cell'>) => logits(net, { cell, readout: θ.readout }, after, now.x)
  const own = isLearned ? throughOutput(through, θ, logitError) : {}
  return { readoutMap, ...maps, logitError, readoutGradient, ...own, loss, prediction: net.loss.output(v) }
}

/** What the state depends on, out of all parameters. */
const paramOf = ({ cell, start }: Theta): Param => ({ cell, start })

/** One step of a network, linearised at θ and the state before: what every rule is given. */
export const timestep =
  (net: Network) =>
  (θ: Theta, before: State, { x, target, weight, noise, isLast }: StepInput): Timestep => {
    const step = ({ cell }: Param, s: State): State => net.cell.step(cell, s, x)
    const [after, immediate, jacobian] = linearizePair(step, paramOf(θ), before)
    checkState(before, after)
    const costs = evaluated(net, θ, after, { x, target, weight })
    const now = { jacobian, immediate, ...costs, before, after, x, target, noise, isStart: scalar(0), isLast }
    return { ...now, ...layerOf(net.cell, θ.cell), ...replayOf(net, θ, weight) }
  }

/** The noise of a rule that declares none. */
export const noNoise = zeros([0])

/** Timestep 0, the start: it carries ∂s₀/∂θ.start. Rules that draw noise or need an input skip it by `isStart`. */
export const initialTimestep =
  (net: Network) =>
  (θ: Theta): Timestep => {
    const begin = ({ start }: Param): State => initialState(net, start)
    const [state, immediate] = linearizePair(begin, paramOf(θ), {})
    const [space, v] = [spaceOf(state), zeros([net.sizes.m])]
    const x = zeros([net.sizes.n])
    const [output, activity] = [net.cell.output(θ.cell, state, x), broadcastOf(net.cell, θ.cell, state, x)]
    return {
      jacobian: zeroMap(space, space),
      immediate: net.start === 'learned' ? immediate : zero(immediate),
      readoutMap: zeroMap(space, spaceOf<Logits>(v)),
      outputMap: zeroMap(space, spaceOf<Output>(output)),
      broadcastMap: zeroMap(space, spaceOf<Output>(activity)),
      activity,
      logitError: zeroCotangent<Logits>(v),
      readoutGradient: zeroCotangent(θ.readout as Readout),
      loss: scalar(0),
      prediction: v,
      before: state,
      after: state,
      x,
      target: v,
      noise: noNoise,
      isStart: scalar(1),
      isLast: scalar(0),
      ...layerOf(net.cell, θ.cell),
      ...initialReplay(net, θ),
    }
  }

/** The timestep with ∂ℓ/∂v = 0, so that q = 0: its loss has been counted already. */
export const withZeroError = (now: Timestep): Timestep => ({ ...now, logitError: zerosLike(now.logitError) })

/** What a timestep says of θ without a rule: the readout's gradient, and that through an output with parameters of its own. */
type Direct = Pick<Timestep, 'readoutGradient' | 'outputGradient'>

/** A flat gradient of θ: what a rule emits for the parameters of the state, and what is exact in every rule beside it. */
export const withReadout = (param: Cotangent<Param>, { readoutGradient, outputGradient }: Direct): Cotangent<Theta> =>
  concatenate(outputGradient ? plus(param, outputGradient) : param, readoutGradient)

/** The sum over a run of what is exact in every rule. */
export const directOf = (run: readonly Direct[]): Direct => {
  const own = run.flatMap(({ outputGradient }) => outputGradient ?? [])
  const readoutGradient = run.map(now => now.readoutGradient).reduce((a, b) => plus(a, b))
  return { readoutGradient, ...(own.length > 0 && { outputGradient: own.reduce((a, b) => plus(a, b)) }) }
}

/** The same times a factor. */
export const timesDirect = (factor: Value, { readoutGradient, outputGradient }: Direct): Direct => ({
  readoutGradient: times(factor, readoutGradient),
  ...(outputGradient && { outputGradient: times(factor, outputGradient) }),
})
