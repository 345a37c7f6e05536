import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { bracket, ShapeError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { type Linear, nothing, zero } from '../../ad/linear/linear.ts'
import { linearised } from '../../ad/linear/linearize.ts'
import { asCotangent, beside, type Cotangent, hushed, silence, spaceOf } from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { ones, sameShape, scalar, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, type Tree } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import { layerOf } from '../cells/affine.ts'
import { reachedIn } from '../cells/cell.ts'
import { type Datum, logits, type ReadoutParams, started, type Task, type Theta } from '../network.ts'
import { outsetReplay, replayOf } from './replay.ts'

declare const role: unique symbol
/** What a (co)tangent belongs to; the roles keep states, parameters, readouts and logits apart. */
export type State = Branch & { readonly [role]?: 'state' }
/** What the state depends on: { cell, start }. */
export type Param = Pick<Theta, 'cell' | 'start'> & { readonly [role]?: 'param' }
export type Readout = ReadoutParams & { readonly [role]?: 'readout' }
export type Logits = Value & { readonly [role]?: 'logits' }
export type Seen = Value & { readonly [role]?: 'seen' }

/** One instant of a run, linearised. */
export interface Moment {
  /** J = ∂s/∂s₋. */
  readonly recurrent: Linear<State, State>
  /** B = ∂s/∂θ with s₋ held. */
  readonly immediate: Linear<Param, State>
  /** ∂v/∂s. */
  readonly readout: Linear<State, Logits>
  /** ∂o/∂s of what the readout sees, o = cell.output(s) [d]: where a feedback that is no readout enters. */
  readonly seen: Linear<State, Seen>
  /** ∂r/∂s of what a broadcast reaches: in a stack the outputs of all its layers, else what the readout sees. */
  readonly reached: Linear<State, Seen>
  /** r, the outputs of the units that a broadcast reaches. */
  readonly units: Value
  /** ∂ℓ/∂v. */
  readonly mistake: Cotangent<Logits>
  /** ∂ℓ/∂θ.readout, exact at the instant; the driver joins it to what a rule says of the rest. */
  readonly direct: Cotangent<Readout>
  readonly loss: Value
  /** y = g(v). */
  readonly output: Value
  readonly before: State
  readonly after: State
  readonly x: Value
  readonly target: Value
  readonly noise: Value
  /** 1 at moment 0, the start of the run; else 0. */
  readonly begins: Value
  /** 1 at the run's last moment; else 0. */
  readonly ends: Value
}

/** A run in order of time, moment 0 first. */
export type Run = ReadonlyNonEmptyArray<Moment>

/** What comes from outside at one instant. */
export interface Now extends Datum {
  readonly noise: Value
  readonly ends: Value
}

/** q = ∂ℓ/∂s, this instant's own loss pulled back to the state. */
export const error = (now: Moment): Cotangent<State> => pull(now.readout, now.mistake)

/** Whether a mark of a moment, `begins` or `ends`, is set. */
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
    given: `a loss of shape ${bracket(loss.shape)} at one moment`,
    wanted: 'a scalar, shape []',
    remedy: 'Sum it up inside the loss',
  })
}

/** What the readout sees of a state, and what a broadcast reaches: the same where the cell says nothing of it. */
const shown = ({ cell }: Task, after: State) => {
  const [output, , seen] = linearised((_: Branch, s: State): Seen => cell.output(s), {}, after)
  if (!cell.reached) return { seen, reached: seen, units: output }
  const [units, , reached] = linearised((_: Branch, s: State): Seen => reachedIn(cell, s), {}, after)
  return { seen, reached, units }
}

const judged = (task: Task, θ: Theta, after: State, now: Datum) => {
  const see = (readout: Readout, s: State): Logits => logits(task, readout, s)
  const [v, direct, readout] = linearised(see, θ.readout as Readout, after)
  const cost = (logit: Value): Value => mul(now.weight, task.loss.each(logit, now.target))
  const [loss, pullback] = vjp(cost, v)
  checkScalar(loss)
  const mistake = asCotangent(readout.to, pullback(ones([]))[0] as Value)
  const told = { mistake, direct: pull(direct, mistake), loss, output: task.loss.output(v) }
  return { readout, ...shown(task, after), ...told }
}

/** What the state depends on, out of all parameters. */
const paramOf = (θ: Theta): Param => {
  const names = Object.keys(θ).join(', ')
  if (names === 'cell, start, readout') return { cell: θ.cell, start: θ.start }
  throw new ShapeError({
    who: 'θ',
    given: `{ ${names} }`,
    wanted: '{ cell, start, readout }, in this order, since gradients are flat',
    remedy: 'Take them from params(task, stream(seed)), or write them in order',
  })
}

/** One step of a task, linearised at θ and the state before: what every rule is given. */
export const moment =
  (task: Task) =>
  (θ: Theta, before: State, { x, target, weight, noise, ends }: Now): Moment => {
    const step = ({ cell }: Param, s: State): State => task.cell.step(cell, s, x)
    const [after, immediate, recurrent] = linearised(step, paramOf(θ), before)
    checkState(before, after)
    const verdict = judged(task, θ, after, { x, target, weight })
    const now = { recurrent, immediate, ...verdict, before, after, x, target, noise, begins: scalar(0), ends }
    return { ...now, ...layerOf(task.cell, θ.cell), ...replayOf(task, θ, weight) }
  }

/** The noise of a rule that declares none. */
export const silent = zeros([0])

/** Moment 0, the start: what a learned initial state depends on enters here, so that it is no special case later. */
export const outsetMoment =
  (task: Task) =>
  (θ: Theta): Moment => {
    const begin = ({ start }: Param): State => started(task, start)
    const [state, immediate] = linearised(begin, paramOf(θ), {})
    const [space, v] = [spaceOf(state), zeros([task.sizes.m])]
    const [seen, units] = [task.cell.output(state), reachedIn(task.cell, state)]
    return {
      recurrent: nothing(space, space),
      immediate: task.start === 'learned' ? immediate : zero(immediate),
      readout: nothing(space, spaceOf<Logits>(v)),
      seen: nothing(space, spaceOf<Seen>(seen)),
      reached: nothing(space, spaceOf<Seen>(units)),
      units,
      mistake: silence<Logits>(v),
      direct: silence(θ.readout as Readout),
      loss: scalar(0),
      output: v,
      before: state,
      after: state,
      x: zeros([task.sizes.n]),
      target: v,
      noise: silent,
      begins: scalar(1),
      ends: scalar(0),
      ...layerOf(task.cell, θ.cell),
      ...outsetReplay(task, θ),
    }
  }

/** The moment with nothing to be charged for: its loss has been counted already. */
export const muted = (now: Moment): Moment => ({ ...now, mistake: hushed(now.mistake) })

/** A flat gradient of θ from the part of the state's parameters and the readout's. */
export const joined = (param: Cotangent<Param>, direct: Cotangent<Readout>): Cotangent<Theta> => beside(param, direct)
