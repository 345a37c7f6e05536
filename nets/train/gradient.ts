/** The gradient of a loss in the parameters by a rule: `gradient(rule, net)(θ, data)`. */

import type { Engine, EngineLike } from '../../ad/compiler/engine.ts'
import { describe } from '../../ad/describe.ts'
import { ShapeError } from '../../ad/errors.ts'
import { checkFinite, treeIsFinite } from '../../ad/finite.ts'
import { plus } from '../../ad/linear/linear.ts'
import { type Cotangent, spaceOf, times, toValue, viewLike } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf } from '../../ad/tree.ts'
import { isValue, item, type Value } from '../../ad/value.ts'
import type { CompiledExecutor } from '../compiled/executor.ts'
import { isWholeRun } from '../loss.ts'
import { type Network, requireNet, type Theta, whole } from '../network.ts'
import { type Random, rng, streams } from '../random.ts'
import { type Bidirectional, type BothTheta, gradientBoth, unrollBoth } from '../run/bidirectional.ts'
import {
  type BidirectionalStack,
  type BothLayersTheta,
  requireBptt,
  stackGradient,
} from '../run/bidirectional-stack.ts'
import { copiedInto } from '../run/executor.ts'
import { drawsFor } from '../run/noise.ts'
import { findNonFinite } from '../run/non-finite.ts'
import { exampleParameters, parametersOf } from '../run/parameters.ts'
import { type AnyRule, type Rule, requireRule } from '../run/rule.ts'
import { runGradient } from '../run/scan.ts'
import { noNoise } from '../run/timestep.ts'
import { lossOf, unroll, wholeRunFactor } from '../run/unroll.ts'
import { windowsOf } from '../run/windows.ts'
import { byWorkers, requireWorkersFor } from './by-workers.ts'
import { type Batch, batchOf, checkedBatch, type Sequences, stepOf, type Unchecked, uncheckedBatchOf } from './data.ts'
import { inTurn, runsInTurn } from './in-turn.ts'
import { compiledFor, engineFor, ruleOn, windowsFor } from './plans.ts'

/** A tree with numbers at its leaves. */
export type Concrete<T> = T extends Value ? Tensor : { readonly [K in keyof T]: Concrete<T[K]> }

/** What has parameters θ and a gradient: a network, bidirectional or not. */
export interface Net<Θ> {
  init(seed: number): Θ
}

export interface GradientOptions {
  /** What runs the program; by default the fastest that needs nothing installed, `eager` for a rule that branches on concrete values. */
  readonly engine?: EngineLike
  /** What a rule's constants and its noise are drawn from, in [0, 2³²); 0 by default. Later calls continue the stream of noise. */
  readonly seed?: number
  /**
   * Cores that share out a batch, at least 1: blocks of its sequences, whose sums are added in the order of the blocks, so that the
   * numbers are the same for any number of workers. Left out, a batch is run as a whole, on one core, which rounds differently.
   */
  readonly workers?: number
}

/** Where a gradient is put: a tree like θ, or all of it as one vector [|θ|]. */
export interface Into {
  readonly into?: Tensor
}

/** The loss of a run, or the mean loss of several, with its gradient. */
export interface LossAndGradient<Θ> {
  readonly loss: number
  readonly gradient: Concrete<Θ>
}

interface Flat {
  readonly loss: number
  readonly gradient: Cotangent<Theta>
}

const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length

const mean = <A>(list: readonly Cotangent<A>[]): Cotangent<A> =>
  times(
    1 / list.length,
    list.reduce((a, b) => plus(a, b)),
  )

/** What is drawn for each sequence at each step, step by step. */
type Noise = readonly (readonly Value[])[]

const noiseFor = ({ draws }: Pick<Rule, 'draws'>, net: Network, { sequences, steps }: Batch, random: Random): Noise => {
  if (!draws) return new Array<readonly Value[]>(steps).fill(sequences.map(() => noNoise))
  const wanted = drawsFor(draws, net)
  return Array.from({ length: steps }, () => sequences.map(() => random.draw(wanted)))
}

/** Every sequence unrolled and folded, one operation after the other. */
const eagerly = (net: Network, rule: Rule, θ: Theta, { sequences }: Batch, noise: Noise): Flat => {
  const found = sequences.map((sequence, i) => {
    const drawn = noise.map(row => row[i] as Value).values()
    const run = unroll(net, { noise: () => drawn.next().value ?? noNoise })(θ, sequence)
    return { loss: item(lossOf(net, sequence, run)), gradient: runGradient(rule)(run) }
  })
  return { loss: meanOf(found.map(({ loss }) => loss)), gradient: mean(found.map(({ gradient }) => gradient)) }
}

/** Step by step: a rule that faces the past, by itself or through windows. */
const stepwise = (executor: CompiledExecutor<unknown>, batch: Batch, noise: Noise): readonly number[] => {
  const totals = batch.sequences.map(() => 0)
  for (let t = 0; t < batch.steps; t++) {
    const { losses } = executor.step(stepOf(batch, t), noise[t] as readonly Value[], t === batch.steps - 1)
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (losses[i] as number)
  }
  return totals
}

/** One sequence of a batch, and its noise. */
const alone = ({ sequences, steps }: Batch, noise: Noise, i: number): readonly [Batch, Noise] => [
  { sequences: sequences.slice(i, i + 1), steps, batch: null },
  noise.map(row => row.slice(i, i + 1)),
]

/** Forward over the whole run, then backward: a rule that faces the future. */
const forwardThenBackward = (
  executor: CompiledExecutor<unknown>,
  net: Network,
  { sequences }: Batch,
  noise: Noise,
): readonly number[] => {
  const totals = executor.follow(sequences, noise)
  if (!isWholeRun(net.loss)) {
    executor.backwardPass()
    return totals
  }
  executor.backwardPass(
    sequences.map((sequence, i) => item(wholeRunFactor('gradient', net, sequence, totals[i] as number))),
  )
  return sequences.map((sequence, i) => item(whole(net, sequence, [scalarOf(totals[i] as number)])))
}

const scalarOf = (x: number): Tensor => {
  const made = zeros([])
  made.data[0] = x
  return made
}

const compiled = (
  engine: Engine,
  net: Network,
  rule: Rule,
  θ: Theta,
  batch: Batch,
  noise: Noise,
  into: Tensor | undefined,
): Flat => {
  const first = batch.sequences[0]?.[0] as Parameters<ReturnType<typeof compiledFor>>[1]
  const each = runsInTurn(engine, net, rule, θ, batch)
  const size = each ? null : batch.batch
  const executor = compiledFor(engine, net, rule)(θ, first, size, batch.steps, noise[0]?.[0] ?? noNoise)
  try {
    if (each) {
      const { losses, gradient } = inTurn(
        executor,
        θ,
        batch,
        i => stepwise(executor, ...alone(batch, noise, i))[0] as number,
      )
      return { loss: meanOf(losses), gradient }
    }
    executor.reset(θ)
    const wholeRun = rule.faces === 'future' && !windowsOf(rule)
    const losses = wholeRun ? forwardThenBackward(executor, net, batch, noise) : stepwise(executor, batch, noise)
    return { loss: meanOf(losses), gradient: executor.takeGradient(into) }
  } finally {
    executor.release()
  }
}

/** Shared out over workers, which are given the data as they are checked, if there is something to share; else on one core. */
const compiledBy = (
  workers: number,
  engine: Engine,
  net: Network,
  rule: Rule,
  θ: Theta,
  batch: Unchecked,
  noise: Noise,
  into: Tensor | undefined,
): Flat => {
  const found = byWorkers(workers, engine, net, rule, θ, batch, noise, into)
  if (found) return { loss: meanOf(found.losses), gradient: found.gradient }
  return compiled(engine, net, rule, θ, checkedBatch(batch), noise, into)
}

/** Where a gradient is written: the vector itself, and a check that it holds as many numbers as θ. */
const placeOf = (into: Tensor | undefined, size: number): void => {
  if (into === undefined || into?.data?.length === size) return
  throw new ShapeError({
    who: 'gradient',
    given: isValue(into) ? `a place of ${into.data.length} numbers` : `a place into that is ${describe(into)}`,
    wanted: `one of ${size}, as many as there are parameters`,
    remedy: `Make it with zeros([${size}])`,
  })
}

const ofNetwork = (rule: AnyRule, net: Network, options: GradientOptions) => {
  const { seed = 0 } = options
  const engine = engineFor(options.engine, rule, net)
  const own = ruleOn(engine, rule, net, seed)
  const random = rng(seed, streams.noise)
  const { size } = spaceOf(exampleParameters(net))
  const { workers } = options
  const isEager =
    engine.name === 'eager' || (isWholeRun(net.loss) && windowsFor(own)?.every !== Number.POSITIVE_INFINITY)
  if (workers !== undefined) requireWorkersFor('gradient', workers, isEager)
  return (θ: Theta, data: Sequences, place: Into = {}): LossAndGradient<Theta> => {
    requireNames('gradient', place, ['into'])
    const { into } = place
    placeOf(into, size)
    const parameters = parametersOf('gradient', net, θ)
    const given = uncheckedBatchOf('gradient', net, data)
    const onOne = isEager || given.steps === 0 || workers === undefined
    // Noise is drawn for what is known to fit, so that a mistake draws none.
    const batch = onOne || own.draws ? checkedBatch(given) : given
    const noise = noiseFor(own, net, batch, random)
    const { loss, gradient } =
      isEager || given.steps === 0
        ? eagerly(net, own, parameters, batch, noise)
        : workers === undefined
          ? compiled(engine, net, own, parameters, batch, noise, into)
          : compiledBy(workers, engine, net, own, parameters, given, noise, into)
    const placed = copiedInto(gradient, into)
    const found = { loss: scalarOf(loss), gradient: toValue(placed) }
    if (!treeIsFinite(found)) {
      findNonFinite('gradient', net, own, parameters, batch.sequences, noise)
      checkFinite('gradient', batch.steps, found)
    }
    return { loss, gradient: viewLike(parameters, placed) as Concrete<Theta> }
  }
}

/** Both directions, each folded on its own; eager, since the second waits for the end of the sequence. */
const ofBoth = (rule: AnyRule, both: Bidirectional, { seed = 0 }: GradientOptions) => {
  return (θ: BothTheta, data: Sequences): LossAndGradient<BothTheta> => {
    const parameters = parametersOf('gradient', both, θ)
    const { sequences, steps } = batchOf('gradient', both, data)
    const runs = sequences.map(sequence => unrollBoth(both)(parameters, sequence))
    const trees = runs.map(run => gradientBoth(rule, { seed })(parameters, run))
    const space = spaceOf(parameters)
    const sum = mean(trees.map(tree => flatOf(space.size, tree)))
    const loss = meanOf(runs.map(run => item(run.loss)))
    checkFinite('gradient', steps, { loss: scalarOf(loss), gradient: toValue(sum) })
    return { loss, gradient: viewLike(parameters, sum) as Concrete<BothTheta> }
  }
}

/** Bidirectional layers, by BPTT; eager. */
const ofStack = (rule: AnyRule, net: BidirectionalStack) => {
  requireBptt(rule)
  return (θ: BothLayersTheta, data: Sequences): LossAndGradient<Branch> => {
    const { sequences, steps } = batchOf('gradient', net, data)
    const found = sequences.map(sequence => stackGradient(net)(θ, sequence))
    const parameters = parametersOf('gradient', net, θ as BothLayersTheta & Branch)
    const space = spaceOf(parameters as unknown as Branch)
    const sum = mean(found.map(([, tree]) => flatOf<Branch>(space.size, tree)))
    const loss = meanOf(found.map(([loss]) => item(loss)))
    checkFinite('gradient', steps, { loss: scalarOf(loss), gradient: toValue(sum) })
    return { loss, gradient: viewLike(parameters as unknown as Branch, sum) as Concrete<Branch> }
  }
}

const flatOf = <A>(size: number, tree: Branch): Cotangent<A> => {
  const flat = zeros([size])
  let at = 0
  for (const leaf of leavesOf(tree) as readonly Tensor[]) {
    flat.data.set(leaf.data, at)
    at += leaf.data.length
  }
  return flat as unknown as Cotangent<A>
}

/**
 * The loss of a network on data with its gradient ∂L/∂θ by a rule: trees like θ, with tensors at the leaves; of several
 * sequences, their means. Made once, it traces at its first call and runs the same plan from then on. A bidirectional
 * network runs eagerly. Throws a KindError for what is no rule, a NameError or a ShapeError for a θ of another network, a
 * DomainError for sequences of different lengths, a NonFiniteError for a gradient that is not finite.
 */
export const lossAndGradient = <Θ extends Branch>(
  rule: AnyRule,
  net: Net<Θ>,
  options: GradientOptions = {},
): ((θ: NoInfer<Θ>, data: Sequences, place?: Into) => LossAndGradient<Θ>) => {
  requireRule('gradient', rule)
  requireNet('gradient', net, 'The rule comes first, then the network: gradient(bptt, net)')
  requireNames('gradient', options, ['engine', 'seed', 'workers'])
  const one = net as unknown as Network | Bidirectional | BidirectionalStack
  if (!one.causal && options.workers !== undefined) requireWorkersFor('gradient', options.workers, true)
  const ofEnds = () => ('layers' in one ? ofStack(rule, one) : ofBoth(rule, one as Bidirectional, options))
  const made = one.causal ? ofNetwork(rule, one, options) : ofEnds()
  return made as unknown as (θ: Θ, data: Sequences, place?: Into) => LossAndGradient<Θ>
}

/** ∂L/∂θ by a rule, as `lossAndGradient` gives it, alone. */
export const gradient = <Θ extends Branch>(
  rule: AnyRule,
  net: Net<Θ>,
  options: GradientOptions = {},
): ((θ: NoInfer<Θ>, data: Sequences, place?: Into) => Concrete<Θ>) => {
  const both = lossAndGradient(rule, net, options)
  return (θ, data, place) => both(θ, data, place).gradient
}
