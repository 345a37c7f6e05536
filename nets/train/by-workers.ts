/**
 * Gradients by several workers: a batch is cut into blocks of sequences, each run by the plan of a batch of its size, and their sums
 * are added in the order of the blocks. Who ran a block does not matter, so neither does the number of workers.
 */
import type { Engine } from '../../ad/compiler/engine.ts'
import { DomainError } from '../../ad/errors.ts'
import { type Cotangent, spaceOf } from '../../ad/linear/space.ts'
import { scalar, type Tensor, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'
import { framesOf, type Prepared } from '../compiled/prepare.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, type Network, type Theta, whole } from '../network.ts'
import type { Rule } from '../run/rule.ts'
import { wholeRunFactor } from '../run/unroll.ts'
import { windowsOf } from '../run/windows.ts'
import { type Block, beginningOf, blocksOf, packed, parametersIn } from '../workers/blocks.ts'
import { carriedOut, freshId, leave, type Run, requireWorkers, workersFor } from '../workers/crew.ts'
import type { Found, Packed } from '../workers/session.ts'
import type { Batch } from './data.ts'
import { runsInTurn } from './in-turn.ts'
import { preparedFor } from './plans.ts'

/** A block of a batch, and the run that works it out. */
interface Part {
  readonly block: Block
  readonly run: Run
  readonly data: Packed
}

const abandoned = new FinalizationRegistry<number>(leave)
const numbered = new WeakMap<Prepared<unknown>, number>()

/** The number under which workers keep a plan for gradients: as long as the plan is there. */
const idOf = (made: Prepared<unknown>): number => {
  const known = numbered.get(made)
  if (known !== undefined) return known
  const id = freshId()
  numbered.set(made, id)
  abandoned.register(made, id)
  return id
}

/** Blocks of a batch; of one sequence each where they run in turn. */
const cut = (count: number, each: boolean): readonly Block[] =>
  each ? Array.from({ length: count }, (_, i) => ({ from: i, to: i + 1 })) : blocksOf(count)

/** Sums of losses and gradient of each block: all at once, or with a stop for each factor of a loss of the whole run. */
const foundBy = (
  workers: number,
  net: Network,
  rule: Rule,
  θ: Theta,
  parts: readonly Part[],
  sequences: readonly (readonly Example[])[],
): readonly Found[] => {
  const parameters = parametersIn(θ)
  const places = new Map(parts.map(({ run }) => [run.made, beginningOf(run.made, θ)]))
  const place = ({ run }: Part) => places.get(run.made)!
  const future = rule.faces === 'future' && !windowsOf(rule)
  if (!(future && isWholeRun(net.loss)))
    return carriedOut(
      workers,
      parts.map(part => ({ run: part.run, command: ['run', parameters, place(part), part.data, future] })),
    ) as readonly Found[]
  const found: Found[] = []
  for (let at = 0; at < parts.length; at += workers) {
    const now = parts.slice(at, at + workers)
    const losses = carriedOut(
      workers,
      now.map(part => ({ run: part.run, command: ['follow', parameters, place(part), part.data] })),
    ) as readonly (readonly number[])[]
    const factors = now.map(({ block: { from } }, k) =>
      losses[k]!.map((total, i) => item(wholeRunFactor('gradient', net, sequences[from + i]!, total))),
    )
    const gradients = carriedOut(
      workers,
      now.map(({ run }, k) => ({ run, command: ['back', factors[k]!] })),
    ) as readonly Float64Array[]
    now.forEach((_, k) => {
      found.push({ losses: losses[k]!, gradient: gradients[k]! })
    })
  }
  return found
}

/** The sum of a list of vectors over `count`, in the order of the list. */
const meanOver = (count: number, list: readonly Float64Array[], into: Tensor): void => {
  const { data } = into
  data.set(list[0]!)
  for (const one of list.slice(1)) for (let i = 0; i < data.length; i++) data[i]! += one[i]!
  for (let i = 0; i < data.length; i++) data[i]! /= count
}

/** Each sequence's sum of losses over time, and the mean gradient over the sequences. */
export const byWorkers = (
  wanted: number,
  engine: Engine,
  net: Network,
  rule: Rule,
  θ: Theta,
  batch: Batch,
  noise: readonly (readonly Value[])[],
  into: Tensor = zeros([spaceOf(θ).size]),
): { readonly losses: readonly number[]; readonly gradient: Cotangent<Theta> } => {
  const { sequences, steps } = batch
  const each = runsInTurn(engine, net, rule, θ, batch)
  const blocks = cut(sequences.length, each)
  const open = preparedFor(engine, net, rule)
  const plans = blocks.map(({ from, to }) =>
    open(θ, sequences[0]![0]!, to - from > 1 ? to - from : null, noise[0]![0]!),
  )
  const workers = workersFor(plans, Math.min(wanted, blocks.length))
  const parts = blocks.map((block, i): Part => {
    const made = plans[i]!
    const run = { id: idOf(made), made, frames: framesOf(made.what.windows, steps), on: i % workers }
    return { block, run, data: packed(made, sequences, noise, block, true) }
  })
  const found = foundBy(workers, net, rule, θ, parts, sequences)
  meanOver(
    sequences.length,
    found.map(({ gradient }) => gradient),
    into,
  )
  const losses = found.flatMap(one => one.losses)
  return {
    losses: losses.map((total, i) => item(whole(net, sequences[i]!, [scalar(total)]))),
    gradient: into as unknown as Cotangent<Theta>,
  }
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
