/** Synthesisers of c or δ: small programs with parameters ψ of their own, which a rule keeps in its memory and trains. */

import { describe } from '../../ad/describe.ts'
import { bracket, KindError, ShapeError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { type Linear, plus } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import {
  applyUpdate,
  asColumn,
  asCotangent,
  type Cotangent,
  flatten,
  type Space,
  spaceOf,
  times,
} from '../../ad/linear/space.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul, tanh } from '../../ad/primitives/elementwise.ts'
import { gather } from '../../ad/primitives/indexing.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { ranges, requireCount, requireMethod, requireRange } from '../../ad/require.ts'
import { eye, ones, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, type Tree } from '../../ad/tree.ts'
import type { Like, Value } from '../../ad/value.ts'
import { fanIn } from '../../nets/cells/cell.ts'
import { type Random, rng } from '../../nets/random.ts'
import type { Facing, Fold } from '../../nets/run/rule.ts'
import type { Param, State, Timestep } from '../../nets/run/timestep.ts'

/** A program that predicts c or δ of a state. */
export interface Synthesiser<P extends Branch = Branch> {
  /** Initial ψ for so many numbers in and out. */
  params(sizes: { readonly inputs: number; readonly outputs: number }, random: Random): P
  /** input [inputs] → [outputs], a cotangent of the state written flat. Differentiable in ψ. */
  predict(ψ: P, input: Value): Value
}

/** g(a) = A a. A [outputs, inputs], 0 to begin with, so that it predicts 0 before it has learned. */
export const linear: Synthesiser<{ readonly A: Value }> = {
  params: ({ inputs, outputs }) => ({ A: zeros([outputs, inputs]) }),
  predict: ({ A }, input) => matvec(A, input),
}

/** g(a) = f(A a), f entry by entry: `linear` followed by a nonlinearity. A [outputs, inputs], 0 to begin with. Marschall et al. 2020. */
export const nonlinear = (f: (x: Value) => Value = tanh): typeof linear => ({
  ...linear,
  predict: (ψ, input) => f(linear.predict(ψ, input)),
})

type Narrow = { readonly U: Value; readonly V: Value }
/** Parameters of a bottleneck of `width` numbers: U [outputs, width] 0, V [width, inputs] N(0, 1/inputs). */
const narrow =
  (width: number): Synthesiser<Narrow>['params'] =>
  ({ inputs, outputs }, random) => ({ U: zeros([outputs, width]), V: fanIn([width, inputs], random) })

/** g(a) = U V a of rank r. U [outputs, r] is 0 to begin with, V [r, inputs] is N(0, 1/inputs). */
export const lowRank = (rank: number): Synthesiser<Narrow> => {
  requireCount('lowRank', `rank ${rank}`, rank, 'Rank 1 is the smallest; linear has all of them')
  return { params: narrow(rank), predict: ({ U, V }, input) => matvec(U, matvec(V, input)) }
}

/** g(a)_i = w_i a_i + c_i: w, c [outputs], 0 to begin with; output i reads entry i of a alone. */
export const diagonal: Synthesiser<{ readonly w: Value; readonly c: Value }> = {
  params: ({ outputs }) => ({ w: zeros([outputs]), c: zeros([outputs]) }),
  predict: ({ w, c }, input) => add(mul(w, slice(input, 0, w.shape[0] as number)), c),
}

/** g(a) = U tanh(V a). U [outputs, hidden] is 0 to begin with (Jaderberg et al. 2017), V [hidden, inputs] is N(0, 1/inputs). */
export const mlp = ({ hidden = 16 } = {}): Synthesiser<Narrow> => {
  requireCount('mlp', `hidden = ${hidden}`, hidden, 'Leave it out for 16')
  return { params: narrow(hidden), predict: ({ U, V }, input) => matvec(U, tanh(matvec(V, input))) }
}

/** Options of every rule with a synthesiser. */
export interface SyntheticGradientOptions<P extends Branch> {
  /** The synthesiser's own step size, at least 0; 0.01 by default. */
  readonly lr?: number
  /** The form of the synthesiser; linear by default. Of a batch, each sequence trains one of its own. */
  readonly synthesiser?: Synthesiser<P>
  /** Initial ψ, of an earlier run for example. */
  readonly begin?: P
  /** Weight of ½‖ψ‖² in what each update makes small, at least 0; 0 by default. */
  readonly decay?: number
}

/** What an initial ψ is drawn from: the seed that the rule is run with. */
export interface SynthesiserSeed {
  readonly seed?: number
}

/** The synthesiser of a rule, its initial ψ, and the map of updates to updates with weight decay. */
export const synthesiserOf = <P extends Branch>({
  synthesiser = linear as unknown as Synthesiser<P>,
  begin,
  seed = 1,
  decay = 0,
}: SyntheticGradientOptions<P> & SynthesiserSeed) => {
  requireMethod(
    'synthesiser',
    synthesiser,
    'params',
    'a synthesiser, such as synthesiser.linear or synthesiser.mlp({ hidden: 16 })',
    'Write dni({ synthesiser: synthesiser.mlp() })',
  )
  const initialise = (input: Value, state: State): P =>
    begin ?? synthesiser.params({ inputs: input.shape[0] as number, outputs: spaceOf(state).size }, rng(seed))
  return { synthesiser, initialise, decayed: withWeightDecay(decay) }
}

/** [h; 1], what the future is predicted from. */
export const stateFeatures = (state: State): Value => flatten([...leavesOf(state), ones([1])])

/** y* [m]: a target that is the number [] of a class as its one-hot vector. */
const targetVector = ({ target, prediction }: Timestep): Value => {
  if (target.shape.length > 0) return target
  const m = prediction.shape[0] as number
  return reshape(gather(eye(m), reshape(target, [1])), [m])
}

/** [h; y*; 1], the input for predicting δ = c + q: q needs the target. */
export const stateAndTargetFeatures = (now: Timestep): Value =>
  flatten([...leavesOf(now.after), targetVector(now), ones([1])])

declare const dual: unique symbol
/** The cotangents of an A, as a space of their own. */
export interface Dual<in out A> {
  readonly [dual]?: (a: A) => A
}

/** A linear map into cotangents read as one into tangents, by the Euclidean metric of the squared error that a synthesiser learns by. */
export const asTangentMap = <P, A>(f: Linear<P, Dual<A>>): Linear<P, A> => f as unknown as Linear<P, A>

/** g [d] and ∂g/∂ψ [d, |ψ|]. */
export type Prediction<P, A> = readonly [guess: Cotangent<A>, slope: Linear<P, Dual<A>>]

/** A prediction for a state, and its derivative by ψ. Throws a ShapeError for a prediction of another size. */
export const predict = <P extends Branch, A extends Tree>(
  synthesiser: Synthesiser<P>,
  ψ: P,
  state: A,
  input: Value,
): Prediction<P, A> => {
  const space: Space<A> = spaceOf(state)
  const [out, slope] = linearizePair((p: P, a: Value) => synthesiser.predict(p, a), ψ, input)
  if (out.shape.length === 1 && out.shape[0] === space.size)
    return [asCotangent(space, out), slope as unknown as Linear<P, Dual<A>>]
  throw new ShapeError({
    who: 'synthesiser',
    given: `a prediction of shape ${bracket(out.shape)}`,
    wanted: `[${space.size}], a number for each of the state`,
    remedy: 'Let params make its last layer of `outputs` rows',
  })
}

/** (target - g) ∂g/∂ψ: minus the gradient of ½‖g - target‖². */
export const regressionStep = <P, A>([predicted, slope]: Prediction<P, A>, target: Cotangent<A>): Cotangent<P> =>
  pull(asTangentMap(slope), minus(target, predicted))

/**
 * update - decay ψ: minus the gradient of ½‖g - target‖² + ½ decay ‖ψ‖², biases included; there is no decay
 * where `given` is 0, that is, without an update. A linear synthesiser settles at the ridge solution (Σ c aᵀ) (Σ a aᵀ + T decay I)⁻¹ of its
 * T updates. Without decay, the update as it is.
 */
export const withWeightDecay =
  (decay: number) =>
  <P extends Branch>(ψ: P, update: Cotangent<P>, given: Like = 1): Cotangent<P> =>
    decay === 0 ? update : minus(update, times(mul(decay, given), asCotangent<P>(spaceOf(ψ), flatten(leavesOf(ψ)))))

/** ψ after a step along a cotangent, made a tangent by the Euclidean metric. */
export const updated = <P extends Branch>(ψ: P, rate: Like, update: Cotangent<P>): P =>
  applyUpdate(ψ, asColumn(times(rate, update)))

/** a - b. */
export const minus = <A>(a: Cotangent<A>, b: Cotangent<A>): Cotangent<A> => plus(a, times(-1, b))

/** Refuses a λ or γ outside [0, 1]. */
export const requireReach = (who: string, name: string, x: number): void =>
  requireRange(who, name, x, ranges.from0to1, '1 looks all the way, 0 not at all')

/** Refuses a decay below 0, or infinite. */
export const requireDecay = (who: string, decay?: number): void => {
  if (decay !== undefined)
    requireRange(who, 'decay', decay, ranges.atLeast0, 'Leave it out for none; 0.01 holds ψ a little')
}

/** Refuses a step size below 0, or infinite. */
export const requireRate = (who: string, name: string, x: number): void =>
  requireRange(who, name, x, ranges.atLeast0, 'Try 0.01; 0 trains nothing')

/** Refuses options that were left out. */
export const requireOptions = (who: string, options: unknown, example: string): void => {
  if (typeof options === 'object' && options !== null) return
  throw new KindError({ who, given: describe(options), wanted: 'options', remedy: `${who}(${example})` })
}

/** Refuses a step size or a decay below 0, or infinite. */
export const requireRates = (who: string, { lr, decay }: { readonly lr?: number; readonly decay?: number }): void => {
  if (lr !== undefined) requireRate(who, 'lr', lr)
  requireDecay(who, decay)
}

/** The gradient alone of a fold that emits more. */
export const gradientOf = <M, O extends { readonly gradient: Cotangent<Param> }, F extends Facing>({
  faces,
  draws,
  init,
  step,
}: Fold<M, Timestep, O, F>): Fold<M, Timestep, Cotangent<Param>, F> => ({
  faces,
  ...(draws && { draws }),
  init,
  step: (memory, now) => {
    const [{ gradient }, next] = step(memory, now)
    return [gradient, next]
  },
})

/** The forms that a synthesiser may have. */
export const synthesiser = { linear, nonlinear, diagonal, lowRank, mlp } as const
