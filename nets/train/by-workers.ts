/** Gradients by several workers: each does its shares, and their sums are added in the order of the shares. */
import type { Engine } from '../../ad/compiler/engine.ts'
import { DomainError } from '../../ad/errors.ts'
import type { Cotangent } from '../../ad/linear/space.ts'
import { scalar, type Tensor } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { framesOf, type Prepared } from '../compiled/prepare.ts'
import { isWholeRun } from '../loss.ts'
import { type Network, type Theta, whole } from '../network.ts'
import type { Rule } from '../run/rule.ts'
import { wholeRunFactor } from '../run/unroll.ts'
import { windowsOf } from '../run/windows.ts'
import { parametersIn, type SharedBuffers, sharedBuffersOf, sharedParameters } from '../workers/blocks.ts'
import { carriedOut, freshId, leave, type Run, requireWorkers } from '../workers/crew.ts'
import type { Found, Packed, Parameters, Place } from '../workers/session.ts'
import type { Batch, Unchecked } from './data.ts'
import { runsInTurn } from './in-turn.ts'
import { beginnings, meanOf, type Shared, sharedOut } from './shares.ts'

/** A share as it is sent: its run, where that begins, and its data. */
interface Sent {
  readonly run: Run
  readonly place: Place
  data(): Packed
  /** Where its gradient goes. */
  readonly into: Float64Array
  /** The first of its sequences. */
  readonly from: number
}

const abandoned = new FinalizationRegistry<number>(leave)

/** What is kept of a plan for gradients as long as it is there: its number with the workers, parameters, and buffers for each of its shares. */
interface Kept {
  readonly id: number
  readonly buffers: Map<number, SharedBuffers>
  parameters?: Parameters
}
const keptOf = new WeakMap<Prepared<unknown>, Kept>()

const kept = (made: Prepared<unknown>): Kept => {
  const known = keptOf.get(made)
  if (known) return known
  const found = { id: freshId(), buffers: new Map() }
  keptOf.set(made, found)
  abandoned.register(made, found.id)
  return found
}

/** The buffers of a share, by the first of its sequences. */
const buffersFor = (made: Prepared<unknown>, from: number): SharedBuffers => {
  const { buffers } = kept(made)
  const found = buffers.get(from) ?? sharedBuffersOf(made)
  buffers.set(from, found)
  return found
}

/** The parameters as workers are told: where threads see them, if there are any. */
const parametersFor = (workers: number, θ: Theta, { run }: Sent): Parameters => {
  if (workers === 1) return parametersIn(θ)
  const own = kept(run.made)
  own.parameters = sharedParameters(θ, own.parameters)
  return own.parameters
}

/** A loss of the whole run asks for its factor half-way: as many shares as there are workers, forward, and then back. */
const inRounds = (
  workers: number,
  net: Network,
  θ: Theta,
  sent: readonly Sent[],
  { sequences }: Batch,
): readonly Found[] => {
  const [found, parameters]: [Found[], Parameters] = [[], parametersFor(workers, θ, sent[0] as Sent)]
  for (let at = 0; at < sent.length; at += workers) {
    const now = sent.slice(at, at + workers)
    const losses = carriedOut(
      workers,
      now.map(({ run, place, data }) => ({ run, command: () => ['follow', parameters, place, data()] })),
    ) as readonly (readonly number[])[]
    const factors = losses.map((totals, k) =>
      totals.map((total, i) => {
        const sequence = sequences[(now[k] as Sent).from + i] ?? []
        return item(wholeRunFactor('gradient', net, sequence, total))
      }),
    )
    const gradients = carriedOut(
      workers,
      now.map(({ run, into }, k) => ({ run, command: () => ['back', factors[k] ?? [], into] })),
    ) as readonly Float64Array[]
    gradients.forEach((gradient, k) => {
      found.push({ losses: losses[k] ?? [], gradient })
    })
  }
  return found
}

const foundBy = (
  { workers }: Shared,
  net: Network,
  rule: Rule,
  θ: Theta,
  sent: readonly Sent[],
  batch: Batch,
): readonly Found[] => {
  const future = rule.faces === 'future' && !windowsOf(rule)
  if (future && isWholeRun(net.loss)) return inRounds(workers, net, θ, sent, batch)
  const parameters = parametersFor(workers, θ, sent[0] as Sent)
  return carriedOut(
    workers,
    sent.map(({ run, place, data, into }) => ({
      run,
      command: () => ['run', parameters, place, data(), future, into],
    })),
  ) as readonly Found[]
}

/** Each sequence's loss and the mean gradient, the data checked as they are laid out; null where there is nothing to share out. */
export const byWorkers = (
  wanted: number,
  engine: Engine,
  net: Network,
  rule: Rule,
  θ: Theta,
  batch: Unchecked,
  noise: readonly (readonly Value[])[],
  into: Tensor | undefined,
): { readonly losses: readonly number[]; readonly gradient: Cotangent<Theta> } | null => {
  const { sequences, steps } = batch
  const [[first]] = sequences as readonly [readonly [Batch['sequences'][number][number]]]
  const how = { count: sequences.length, inTurn: runsInTurn(engine, net, rule, θ, batch) }
  const shared = sharedOut(engine, net, rule, wanted, θ, how, first, noise[0]?.[0] as Value)
  if (!shared) return null
  const { shares, workers } = shared
  const places = beginnings(shares, θ)
  const sent = shares.map(({ made, block }, i): Sent => {
    const run = { id: kept(made).id, made, frames: framesOf(made.what.windows, steps), on: i % workers }
    const { pack, gradient } = buffersFor(made, block.from)
    const data = (): Packed => pack(batch, noise, block, true)
    return { run, place: places[i] as Place, data, into: gradient, from: block.from }
  })
  const found = foundBy(shared, net, rule, θ, sent, batch)
  const gradient = meanOf(
    shared,
    found.map(one => one.gradient),
    θ,
    into,
  )
  const totals = shares[0]?.columns ? (found[0] as Found).losses : found.flatMap(({ losses }) => losses)
  const losses = isWholeRun(net.loss)
    ? totals.map((total, i) => item(whole(net, sequences[i] ?? [], [scalar(total)])))
    : totals
  return { losses, gradient: gradient as unknown as Cotangent<Theta> }
}

/** Refuses what is no number of workers, and several where nothing is compiled that they could share. Throws a DomainError. */
export const requireWorkersFor = (who: string, workers: number, isEager: boolean): void => {
  requireWorkers(who, workers)
  if (workers === 1 || !isEager) return
  throw new DomainError({
    who,
    given: `workers = ${workers} where the eager engine runs`,
    wanted: 'a rule, a cell and a loss that are compiled',
    remedy: "Leave workers out, or use engine: 'compiled' where the rule can be",
  })
}
