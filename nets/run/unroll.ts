import { isNonEmpty } from 'fp-ts/lib/ReadonlyArray.js'
import { map } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { bracket, DomainError, internal, KindError, NonFiniteError, ShapeError } from '../../ad/errors.ts'
import { checkFinite, checkParameters, isFiniteAll } from '../../ad/finite.ts'
import { times } from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { ones, scalar } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, type Network, type Theta, whole } from '../network.ts'
import { initialTimestep, noNoise, type Run, type State, type Timestep, timestep } from './timestep.ts'

const misfit = (name: string, value: Value, size: number, t: number): never => {
  throw new ShapeError({
    who: 'data',
    given: `${name} ${bracket(value.shape)} at step ${t}`,
    wanted: `[${size}], as the net says`,
    remedy: 'Give every step vectors of the sizes of the task',
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

const isVector = ({ shape }: Value, size: number): boolean => shape.length === 1 && shape[0] === size

/** Refuses inputs and targets that do not fit the network, by name. */
export const checkDatum = ({ sizes }: Pick<Network, 'sizes'>, { x, target, weight }: Example, t: number): void => {
  if (!isVector(x, sizes.n)) misfit('input', x, sizes.n, t)
  if (!isVector(target, sizes.m)) misfit('target', target, sizes.m, t)
  if (!isNumbers(x) || !isNumbers(target)) unknown(isNumbers(x) ? 'target' : 'input', t)
  checkWeight(weight, t)
}

/** The moments of the steps numbered from … to - 1, counted from 0, on from the state before them. */
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

/** How moments are made: what a noisy rule declared to be drawn, and by whom they are linearised. */
export interface Making {
  readonly noise?: () => Value
  readonly by?: typeof timestep
}

interface Stretch extends Making {
  readonly from?: number
  readonly to?: number
}

/** The moments of a run one at a time, θ fixed. */
export const timesteps =
  (net: Network, making: Making = {}) =>
  (θ: Theta, sequence: readonly Example[]): Iterable<Timestep> => ({
    *[Symbol.iterator]() {
      const first = initialTimestep(net)(θ)
      yield first
      yield* timestepsFrom(net, θ, first.after, sequence, making)
    },
  })

/** The finished run. A loss of the whole run is only now known, and its mistakes with it. */
export const unroll =
  (net: Network, making?: Making) =>
  (θ: Theta, sequence: readonly Example[]): Run => {
    checkParameters('unroll', θ)
    const run = [...timesteps(net, making)(θ, sequence)]
    if (!isNonEmpty(run)) throw internal('a run has at least moment 0')
    return isWholeRun(net.loss) ? finished(net, sequence, run) : run
  }

const finished = (net: Network, sequence: readonly Example[], run: Run): Run => {
  const total = run.reduce((sum, now) => sum + item(now.loss), 0)
  const [, pullback] = vjp((sum: Value) => whole(net, sequence, [sum]), scalar(total))
  const factor = pullback(ones([]))[0] as Value
  checkFinite('unroll', sequence.length, { 'derivative of the loss of the whole run': factor })
  const scaled = (now: Timestep): Timestep => ({
    ...now,
    outputError: times(factor, now.outputError),
    readoutGradient: times(factor, now.readoutGradient),
  })
  return map(scaled)(run)
}

/** The loss of a run: the sum over time, finished where the network says so. */
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
    remedy: 'Use sumOfSquares, or unroll the run and give it to a rule when it has finished',
  })
}
