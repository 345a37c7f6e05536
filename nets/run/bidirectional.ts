/** Two cells over one sequence, one from each end: each direction is a run of its own, and the readout sees both. */

import { KindError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { asCotangent, type Cotangent, spaceOf, times, unflattenLike } from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { requireMethod, requireNames } from '../../ad/require.ts'
import { ones, scalar, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import { type Cell, checkSizes, fanIn, requireCell, type Sizes, widthOf } from '../cells/cell.ts'
import { isWholeRun, type Loss } from '../loss.ts'
import { type Example, network, type ReadoutParams, whole } from '../network.ts'
import { type Random, rng } from '../random.ts'
import { parametersOf } from './parameters.ts'
import type { Replay } from './replay.ts'
import type { AnyRule, Facing } from './rule.ts'
import { total } from './scan.ts'
import {
  type Logits,
  mapRun,
  type Param,
  type Readout,
  type Run,
  runOf,
  type State,
  type Timestep,
} from './timestep.ts'
import { checkDatum, requireSequence, type UnrollOptions, unroll } from './unroll.ts'

type Which = 'forward' | 'backward'

/** All parameters; the readout has W_out [m, 2d] for [F; B], or the widths of the two outputs together. */
export type BothTheta<P extends Branch = Branch, Q extends Branch = Branch> = {
  readonly forward: P
  readonly backward: Q
  readonly start: { readonly forward: Branch; readonly backward: Branch }
  readonly readout: ReadoutParams
}

/** A cell that reads from the left, one that reads from the right, and what they cost together. Not causal: y_t waits for the end of the sequence. */
export interface Bidirectional<P extends Branch = Branch, Q extends Branch = Branch> {
  readonly causal: false
  readonly forward: Cell<Branch, Branch>
  readonly backward: Cell<Branch, Branch>
  /** d units in each direction. */
  readonly sizes: Sizes
  readonly loss: Loss
  readonly start: 'zero' | 'learned'
  /** Parameters to begin with, by a seed in [0, 2³²). */
  init(seed: number): BothTheta<P, Q>
}

/** F_t reads x_1 … x_t, B_t reads x_T … x_t, v_t = W_out [F_t; B_t] + b_out. Schuster & Paliwal 1997. */
export const bidirectional = <P extends Branch, S extends Branch, Q extends Branch, R extends Branch>(
  forward: Cell<P, S>,
  backward: Cell<Q, R>,
  sizes: Sizes,
  loss: Loss,
  options: { readonly start?: 'zero' | 'learned' } = {},
): Bidirectional<P, Q> => {
  requireNames('bidirectional', options, ['start'])
  requireCell('bidirectional', forward)
  requireCell('bidirectional', backward)
  requireMethod('bidirectional', loss, 'each', 'a loss', 'Call it: halfSquaredError(), not halfSquaredError')
  const parts = {
    causal: false,
    forward: forward as unknown as Cell<Branch, Branch>,
    backward: backward as unknown as Cell<Branch, Branch>,
    sizes: checkSizes(sizes ?? { d: Number.NaN, n: Number.NaN, m: Number.NaN }),
    loss,
    start: options.start ?? 'zero',
  } as const
  return { ...parts, init: seed => paramsOf(parts, rng(seed)) as BothTheta<P, Q> }
}

const paramsOf = ({ forward, backward, sizes, start }: Omit<Bidirectional, 'init'>, random: Random): BothTheta => {
  const learned = start === 'learned'
  return {
    forward: forward.params(sizes, random),
    backward: backward.params(sizes, random),
    start: { forward: learned ? forward.zeroState(sizes) : {}, backward: learned ? backward.zeroState(sizes) : {} },
    readout: {
      W_out: fanIn([sizes.m, widthOf(forward, sizes) + widthOf(backward, sizes)], random),
      b_out: zeros([sizes.m]),
    },
  }
}

/** Both runs, each in its own order of time, the gradient of the readout, and the loss. */
export interface BothRuns {
  readonly forward: Run
  readonly backward: Run
  readonly direct: Cotangent<Readout>
  readonly loss: Value
  readonly losses: readonly Value[]
  readonly outputs: readonly Value[]
}

/** One direction, unrolled with a loss of 0: readout, loss and errors are filled in once both directions are known. Rules are given a network of all sizes. */
const side = (
  both: Bidirectional,
  θ: BothTheta,
  which: Which,
  sequence: readonly Example[],
  options: UnrollOptions,
): Run => {
  const noLoss = { output: (v: Value) => v, each: () => scalar(0) }
  const width = widthOf(both[which], both.sizes)
  const net = network(both[which], { ...both.sizes, m: width }, noLoss, { start: both.start, readout: 'none' })
  const unlabelled = sequence.map(example => ({ ...example, target: zeros([width]) }))
  const run = unroll(net, options)({ cell: θ[which], start: θ.start[which], readout: {} as ReadoutParams }, unlabelled)
  return runOf(network(both[which], both.sizes, noLoss, { start: both.start }), run)
}

/** v from the output of one direction, that of the other held constant. */
type FromSide = (readout: Readout, output: Value) => Logits

/** One direction's part of a timestep: the maps from its state and its parameters to v, and the loss there as one of a state of its own. */
const directionOf = (both: Bidirectional, which: Which, θ: BothTheta, now: Timestep, from: FromSide) => {
  const seen = (own: Branch, s: State): Value => both[which].output(own, s, now.x)
  const see = (readout: Readout, s: State): Logits => from(readout, seen(θ[which], s))
  const [v, direct, readoutMap] = linearizePair(see, θ.readout as Readout, now.after)
  const { replay } = now
  const lossAt: Replay['lossAt'] = (_, s, { weight, target }) =>
    mul(weight, both.loss.each(see(θ.readout as Readout, s as State), target))
  const again = replay && !isWholeRun(both.loss) ? { ...replay, lossAt } : undefined
  const byOwn = ({ cell }: Param, _: Branch): Logits => from(θ.readout as Readout, seen(cell, now.after))
  const gradient = (logitError: Cotangent<Logits>) =>
    now.outputGradient && {
      outputGradient: pull(linearizePair(byOwn, { cell: θ[which], start: θ.start[which] }, {})[1], logitError),
    }
  return { v, direct, parts: { readoutMap, replay: again }, gradient }
}

/** The readout at one timestep: the loss, ∂ℓ/∂v, ∂ℓ/∂θ.readout, and the part of each direction. */
const evaluated = (both: Bidirectional, θ: BothTheta, [left, right]: readonly [Timestep, Timestep], now: Example) => {
  const [f, b] = [
    both.forward.output(θ.forward, left.after, left.x),
    both.backward.output(θ.backward, right.after, right.x),
  ]
  const see = (readout: Readout, f: Value, b: Value): Logits =>
    add(matvec(readout.W_out, concat([f, b])), readout.b_out)
  const { v, direct, ...one } = directionOf(both, 'forward', θ, left, (readout, output) => see(readout, output, b))
  const other = directionOf(both, 'backward', θ, right, (readout, output) => see(readout, f, output))
  const [loss, pullback] = vjp((logit: Value) => mul(now.weight, both.loss.each(logit, now.target)), v)
  const logitError = asCotangent(spaceOf<Logits>(v), pullback(ones([]))[0] as Value)
  const shared = { loss, target: now.target, prediction: both.loss.output(v), logitError }
  return {
    ...shared,
    direct: pull(direct, logitError),
    forward: { ...shared, ...one.parts, ...one.gradient(logitError) },
    backward: { ...shared, ...other.parts, ...other.gradient(logitError) },
  }
}

/** d loss / d sum for a loss of the whole run, 1 for a sum over time. */
const factorOf = (both: Bidirectional, sequence: readonly Example[], sum: number): Value => {
  if (!isWholeRun(both.loss)) return scalar(1)
  return vjp((all: Value) => whole(both, sequence, [all]), scalar(sum))[1](scalar(1))[0] as Value
}

/** Runs both directions over a sequence; every timestep is then given what the readout makes of both. */
export const unrollBoth =
  (both: Bidirectional, options: UnrollOptions = {}) =>
  (parameters: BothTheta, sequence: readonly Example[]): BothRuns => {
    const θ = parametersOf('unrollBoth', both, parameters)
    requireSequence('unrollBoth', sequence)
    for (const [t, example] of sequence.entries()) checkDatum(both, example, t + 1)
    const forward = side(both, θ, 'forward', sequence, options)
    const backward = side(both, θ, 'backward', sequence.toReversed(), options)
    const T = sequence.length
    const found = sequence.map((now, t) =>
      evaluated(both, θ, [forward[t + 1] as Timestep, backward[T - t] as Timestep], now),
    )
    const losses = found.map(({ loss }) => loss)
    const factor = factorOf(
      both,
      sequence,
      losses.reduce((sum, loss) => sum + item(loss), 0),
    )
    const evaluatedAt = (now: Timestep, i: number, direction: Which): Timestep => {
      const parts = found[i]?.[direction]
      if (!parts) return now
      const { logitError, outputGradient } = parts
      const own = outputGradient && { outputGradient: times(factor, outputGradient) }
      return { ...now, ...parts, logitError: times(factor, logitError), ...own }
    }
    return {
      forward: mapRun((now, t) => evaluatedAt(now, t - 1, 'forward'))(forward),
      backward: mapRun((now, t) => evaluatedAt(now, t === 0 ? -1 : T - t, 'backward'))(backward),
      direct: times(
        factor,
        found.map(({ direct }) => direct).reduce((a, b) => plus(a, b)),
      ),
      loss: whole(both, sequence, losses),
      losses,
      outputs: found.map(({ prediction }) => prediction),
    }
  }

/** What a rule emits for a run, and what its outputs' own parameters get. */
const stateAndOutput = (emitted: Cotangent<Param>, run: Run): Cotangent<Param> =>
  run.reduce((sum, { outputGradient }) => (outputGradient ? plus(sum, outputGradient) : sum), emitted)

/** ∂L/∂θ by a rule, each direction folded on its own: exact for every exact rule. A tree like θ. */
export const gradientBoth =
  <M, F extends Facing>(rule: AnyRule<M, F>, seeded: { readonly seed?: number } = {}) =>
  (θ: BothTheta, { forward, backward, direct }: BothRuns): BothTheta => {
    const of = (which: Which, run: Run): Param =>
      unflattenLike({ cell: θ[which], start: θ.start[which] }, stateAndOutput(total(rule, seeded)(run), run))
    const [left, right] = [of('forward', forward), of('backward', backward)]
    return {
      forward: left.cell,
      backward: right.cell,
      start: { forward: left.start, backward: right.start },
      readout: unflattenLike(θ.readout as Readout, direct),
    }
  }

/** Throws the reason why a bidirectional network cannot be trained online. */
export const refuseOnline = (): never => {
  throw new KindError({
    who: 'train',
    given: 'a bidirectional network',
    wanted: 'a network that is causal: y_t may not wait for the end of the sequence',
    remedy: 'gradient(rule, net)(θ, data) gives the gradient of a whole sequence; update after it',
  })
}
