import { describe } from '../../ad/describe.ts'
import { bracket, DomainError, KindError, NonFiniteError, ShapeError } from '../../ad/errors.ts'
import { checkFinite, isFiniteAll } from '../../ad/finite.ts'
import { times } from '../../ad/linear/space.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { requireNames } from '../../ad/require.ts'
import { scalar } from '../../ad/tensor.ts'
import { isValue, item, type Value } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, type Network, requireCausal, type Theta, whole } from '../network.ts'
import { parametersOf } from './parameters.ts'
import {
  initialTimestep,
  mapRun,
  noNoise,
  type Run,
  runOf,
  type State,
  type Timestep,
  timesDirect,
  timestep,
} from './timestep.ts'

const misfit = (name: string, value: Value, size: number, numbered: boolean, t: number): never => {
  const given = value.shape.length === 0 && !value.interpreter ? `${item(value)} []` : bracket(value.shape)
  throw new ShapeError({
    who: 'data',
    given: `${name} ${given} at step ${t}`,
    wanted: `[${size}], as the network has it${numbered ? `, or a whole number [] from 0 to ${size - 1}` : ''}`,
    remedy: 'Give every step vectors of the sizes of the network',
  })
}

const unknown = (name: string, t: number): never => {
  throw new NonFiniteError({
    who: 'data',
    given: `a number that is not finite in the ${name} at step ${t}`,
    wanted: 'finite numbers',
    remedy: 'Leave the step out, or give it weight 0 and zeros in place of what is missing',
  })
}

const isNumbers = (value: Value): boolean => value.interpreter !== null || isFiniteAll(value.data)

const checkWeight = (weight: Value, t: number): void => {
  if (weight.interpreter || (isFiniteAll(weight.data) && item(weight) >= 0)) return
  throw new DomainError({
    who: 'data',
    given: `a weight of ${item(weight)} at step ${t}`,
    wanted: 'a finite number of at least 0',
    remedy: 'Leave it out for 1; 0 counts the step for nothing',
  })
}

/** Refuses what is no list of examples. Throws a KindError. */
export const requireSequence = (who: string, data: unknown): void => {
  if (Array.isArray(data)) return
  throw new KindError({
    who,
    given: describe(data),
    wanted: 'a list of examples',
    remedy: 'sequence(inputs, targets) makes one; spread what is not a list: [...data]',
  })
}

const requireExample = (datum: unknown, t: number): void => {
  const { x, target, weight } = (datum ?? {}) as { readonly [name: string]: unknown }
  if (isValue(x) && isValue(target) && isValue(weight)) return
  throw new KindError({
    who: 'data',
    given: `${describe(datum)} at step ${t}`,
    wanted: 'an example: an input, a target and a weight',
    remedy: 'Make it with example(x, target), or a whole sequence with sequence(inputs, targets)',
  })
}

const isVector = ({ shape }: Value, size: number): boolean => shape.length === 1 && shape[0] === size

/** Whether a value is the index of a symbol, from 0 to size - 1. */
const isNumber = (value: Value, size: number): boolean => {
  if (value.shape.length > 0) return false
  return value.interpreter !== null || (Number.isInteger(item(value)) && item(value) >= 0 && item(value) < size)
}

/** Refuses a vector of another size and, where the index of a symbol may stand for a vector, a number that is none. */
const checkSize = (name: string, value: Value, size: number, numbered: boolean, t: number): void => {
  if (isVector(value, size) || (numbered && isNumber(value, size))) return
  misfit(name, value, size, numbered, t)
}

/** The parts of a network that data are checked against. */
export type Fitting = Pick<Network, 'sizes'> & {
  readonly cell?: Pick<Network['cell'], 'numbered'>
  readonly loss?: Pick<Network['loss'], 'numbered'>
}

/** Whether a value is a vector of so many finite numbers. */
const isVectorOfNumbers = (value: Value | undefined, size: number): boolean =>
  value?.interpreter === null && value.shape.length === 1 && value.data.length === size && isFiniteAll(value.data)

/** Whether an example is two vectors of the network's sizes and a weight, as nearly all are: seen at one look. */
export const fits = ({ n, m }: Fitting['sizes'], datum: Partial<Example> | undefined): boolean => {
  if (!isVectorOfNumbers(datum?.x, n) || !isVectorOfNumbers(datum?.target, m)) return false
  const weight = datum?.weight
  if (weight?.interpreter !== null || weight.data.length !== 1) return false
  const w = weight.data[0] as number
  return w >= 0 && w < Number.POSITIVE_INFINITY
}

/** Refuses what is no example, or does not fit the network, by name. */
export const checkDatum = ({ sizes, cell, loss }: Fitting, datum: Example, t: number): void => {
  requireExample(datum, t)
  const { x, target, weight } = datum
  checkSize('input', x, sizes.n, cell?.numbered === true, t)
  checkSize('target', target, sizes.m, loss?.numbered === true, t)
  if (!isNumbers(x) || !isNumbers(target)) unknown(isNumbers(x) ? 'target' : 'input', t)
  checkWeight(weight, t)
}

/** How a run is made. */
export interface UnrollOptions {
  /** What works out the numbers of a timestep: eager by default, since a run is there to be inspected. */
  readonly by?: typeof timestep
  /** What is drawn at each step for a rule that wants noise. */
  readonly noise?: () => Value
}

/** The timesteps of sequence[from] … sequence[to - 1]; sequence[i] is timestep i + 1, on from the state before them. */
export function* timestepsFrom(
  net: Network,
  θ: Theta,
  state: State,
  sequence: readonly Example[],
  { from = 0, to = sequence.length, noise = () => noNoise, by = timestep }: Stretch = {},
): Generator<Timestep> {
  const linearised = by(net)
  let before = state
  for (let t = from; t < to; t++) {
    const now = sequence[t] as Example
    checkDatum(net, now, t + 1)
    const here = linearised(θ, before, { ...now, noise: noise(), isLast: scalar(t === sequence.length - 1 ? 1 : 0) })
    before = here.after
    yield here
  }
}

interface Stretch extends UnrollOptions {
  readonly from?: number
  readonly to?: number
}

/** The timesteps of a run one at a time, θ fixed. */
export const timesteps =
  (net: Network, options: UnrollOptions = {}) =>
  (θ: Theta, sequence: readonly Example[]): Iterable<Timestep> => ({
    *[Symbol.iterator]() {
      const first = initialTimestep(net)(θ)
      yield first
      yield* timestepsFrom(net, θ, first.after, sequence, options)
    },
  })

/**
 * The run of a network over a sequence, θ fixed: every timestep linearised, timestep 0 first. A loss of the whole run is known
 * only now, and ∂L/∂y with it. Throws a ShapeError or a NameError for a θ of another network, a ShapeError for data that do not
 * fit, a NonFiniteError for numbers that are none.
 */
export const unroll = (net: Network, options: UnrollOptions = {}) => {
  requireCausal('unroll', net, 'The network comes first: unroll(net)(θ, data)')
  requireNames('unroll', options, ['by', 'noise'])
  return (θ: Theta, sequence: readonly Example[]): Run => {
    requireSequence('unroll', sequence)
    const parameters = parametersOf('unroll', net, θ)
    return runThrough(net, sequence, timesteps(net, options)(parameters, sequence))
  }
}

/** The run whose timesteps over a sequence these are. Throws a NonFiniteError where the loss of a whole run has no finite derivative. */
export const runThrough = (net: Network, sequence: readonly Example[], all: Iterable<Timestep>): Run => {
  const run = runOf(net, [...all])
  return isWholeRun(net.loss) ? finished(net, sequence, run) : run
}

const finished = (net: Network, sequence: readonly Example[], run: Run): Run => {
  const total = run.reduce((sum, now) => sum + item(now.loss), 0)
  const factor = wholeRunFactor('unroll', net, sequence, total)
  return mapRun(now => ({
    ...now,
    logitError: times(factor, now.logitError),
    ...timesDirect(factor, now),
  }))(run)
}

/** ∂L/∂Σ of a loss of the whole run, Σ the weighted sum of what the steps cost. Throws a NonFiniteError where it is not finite. */
export const wholeRunFactor = (
  who: string,
  net: Pick<Network, 'loss' | 'sizes'>,
  sequence: readonly Example[],
  total: number,
): Value => {
  const factor = grad((sum: Value) => whole(net, sequence, [sum]))(scalar(total))
  checkFinite(who, sequence.length, { 'derivative of the loss of the whole run': factor })
  return factor
}

/** The loss of a run: the sum over time, transformed at the end where the network's loss is one of the whole run. */
export const lossOf = (net: Network, sequence: readonly Example[], run: Run): Value =>
  whole(
    net,
    sequence,
    run.slice(1).map(now => now.loss),
  )

/** An online rule needs a loss that is a sum over time. */
export const requirePerStep = (who: string, net: Network): void => {
  if (!isWholeRun(net.loss)) return
  throw new KindError({
    who,
    given: 'a loss of the whole run (rmse)',
    wanted: 'a loss that is a sum over time',
    remedy: 'Use squaredError(), or take the gradient of whole runs: gradient(rule, net)',
  })
}
