/** What a network gives without learning: its outputs, and its loss. Forward only. */
import type { EngineLike } from '../../ad/compiler/engine.ts'
import { DomainError, ShapeError } from '../../ad/errors.ts'
import { refuseNonFinite } from '../../ad/finite.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import { item } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, initialState, logits, type Network, requireCausal, type Theta, unrolled } from '../network.ts'
import { type Executor, eagerExecutor } from '../run/executor.ts'
import { forwardOnly } from '../run/forward-only.ts'
import { checkStep, findNonFinite } from '../run/non-finite.ts'
import { parametersOf } from '../run/parameters.ts'
import type { Rule } from '../run/rule.ts'
import { noNoise } from '../run/timestep.ts'
import { type Batch, batchOf, checked, isIterable, peeked, type Sequences, stepOf } from './data.ts'
import { compiledFor, engineFor } from './plans.ts'

export interface ForwardOptions {
  /** What runs the program; by default the fastest that needs nothing installed. */
  readonly engine?: EngineLike
}

const checkForward = (who: string, net: unknown, options: ForwardOptions): void => {
  requireCausal(who, net, `The network comes first: ${who}(net)(θ, data)`)
  requireNames(who, options, ['engine'])
}

const executorFor =
  (net: Network, options: ForwardOptions) =>
  (θ: Theta, { sequences, batch, steps }: Batch): Executor<null> => {
    const engine = engineFor(options.engine, {}, net)
    if (engine.name === 'eager') return eagerExecutor(net, forwardOnly, batch)
    return compiledFor(engine, net, forwardOnly)(θ, sequences[0]?.[0] as Example, batch, steps, noNoise)
  }

const noSteps = (): never => {
  throw new ShapeError({
    who: 'predict',
    given: 'no steps',
    wanted: 'sequences of at least one',
    remedy: 'Give what the network reads',
  })
}

/**
 * The outputs y of a network: [T, m] of one sequence, [B, T, m] of B sequences of one length. Throws a ShapeError where there is
 * no step, a NonFiniteError where a run is not finite.
 */
export const predict = (net: Network, options: ForwardOptions = {}) => {
  checkForward('predict', net, options)
  const open = executorFor(net, options)
  return (θ: Theta, data: Sequences): Tensor => {
    const parameters = parametersOf('predict', net, θ)
    const batch = batchOf('predict', net, data)
    const { sequences, steps } = batch
    if (steps === 0) noSteps()
    const { m } = net.sizes
    const found = zeros(batch.batch === null ? [steps, m] : [sequences.length, steps, m])
    const executor = open(parameters, batch)
    const noise = sequences.map(() => noNoise)
    executor.reset(parameters)
    try {
      for (let t = 0; t < steps; t++) {
        const now = stepOf(batch, t)
        const view = executor.step(now, noise, t === steps - 1)
        checkStep('predict', net, parameters, t + 1, now, view)
        const { data } = view.output() as Tensor
        for (let i = 0; i < sequences.length; i++)
          found.data.set(data.subarray(i * m, (i + 1) * m), (i * steps + t) * m)
      }
      return found
    } finally {
      executor.release()
    }
  }
}

/** How many steps are followed at a time. */
const stretch = 256
/** Facing the future, so that a plan has frames for a whole stretch; nothing is ever carried back. */
const overStretches: Rule<null, 'future'> = { ...forwardOnly, faces: 'future' }

/** One sequence: a list, or examples as they come. */
type Sequence = Iterable<Example>
type Summed = (θ: Theta, sequence: Sequence, from: number) => number

/** The sum of what the steps from `from` on cost, of one sequence; the states come from all before. */
const summed = (net: Network, engine: EngineLike | undefined): Summed => {
  const chosen = engineFor(engine, {}, net)
  if (chosen.name === 'eager') return eagerly(net)
  const prepare = compiledFor(chosen, net, overStretches)
  return (θ, sequence, from) => {
    const [first, all] = peeked(sequence)
    if (first === undefined) return 0
    const executor = prepare(θ, first, null, stretch, noNoise)
    executor.reset(θ)
    let [t, sum, part] = [0, 0, [] as Example[]]
    const follow = (): void => {
      const total = executor.follow([part])[0] as number
      if (t > from) sum += total
      executor.resume()
      part = []
    }
    for (const now of all) {
      part.push(now)
      t++
      if (part.length === stretch || t === from) follow()
    }
    if (part.length > 0) follow()
    executor.release()
    return sum
  }
}

const eagerly =
  (net: Network): Summed =>
  (θ, sequence, from) => {
    let [t, sum, state] = [0, 0, initialState(net, θ.start)]
    for (const { x, target, weight } of sequence) {
      state = net.cell.step(θ.cell, state, x)
      if (t++ >= from) sum += item(mul(weight, net.loss.each(logits(net, θ, state, x), target)))
    }
    return sum
  }

/** The examples of a stream of one sequence, each checked against the network. */
function* single(net: Network, data: Iterable<Example>): Generator<Example> {
  for (const [example] of checked(net, data, null)) yield example as Example
}

const onlyWhole = (from: number): never => {
  throw new DomainError({
    who: 'evaluate',
    given: `from = ${from} with a loss of the whole run`,
    wanted: 'from = 0',
    remedy: 'A loss of the whole run is of all its steps: leave from out',
  })
}

/**
 * The loss of a network on data, forward only: of one sequence Σ w_t ℓ_t from step `from` on, counted from 0, the state coming
 * from all before it; of several their mean. One sequence may be any iterable of examples, which are read as they are needed.
 * Throws a DomainError for a `from` below 0, and for one above 0 with a loss of the whole run, a NonFiniteError for a loss that
 * is not finite, which names the step where the run is a list.
 */
export const evaluate = (net: Network, options: ForwardOptions = {}) => {
  checkForward('evaluate', net, options)
  const { engine } = options
  const whole = isWholeRun(net.loss)
  const sum: Summed = whole ? (θ, sequence) => item(unrolled(net, [...sequence])(θ).loss) : summed(net, engine)
  const found = (loss: number, θ: Theta, sequences: readonly (readonly Example[])[]): number => {
    if (Number.isFinite(loss)) return loss
    findNonFinite('evaluate', net, forwardOnly, θ, sequences, [])
    return refuseNonFinite('evaluate', 'loss', 'Scale the inputs down, or begin with smaller parameters')
  }
  return (θ: Theta, data: Sequences | Iterable<Example>, part: { readonly from?: number } = {}): number => {
    requireNames('evaluate', part, ['from'])
    const { from = 0 } = part
    requireCount('evaluate', `from = ${from}`, from, 'Steps are counted from 0', 0)
    const parameters = parametersOf('evaluate', net, θ)
    if (whole && from > 0) onlyWhole(from)
    if (isIterable(data)) return found(sum(parameters, single(net, data as Iterable<Example>), from), parameters, [])
    const { sequences, steps } = batchOf('evaluate', net, data)
    const total = sequences.reduce((total, sequence) => total + sum(parameters, sequence, from), 0)
    return steps === 0 ? 0 : found(total / sequences.length, parameters, sequences)
  }
}
