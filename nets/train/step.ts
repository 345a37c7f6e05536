/** A step of training: what is seen of it, and what training goes on from. */

import { describe } from '../../ad/describe.ts'
import { KindError } from '../../ad/errors.ts'
import { type Cotangent, viewLike } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Theta } from '../network.ts'
import type { Random } from '../random.ts'
import type { Saved } from '../run/executor.ts'
import type { Concrete } from './gradient.ts'

/** Where a run was left in the middle of a sequence; without carries, where the next sequence begins. */
export interface Paused<M> extends Saved<M> {
  /** Σ of the weights since the last update, and how many steps there have been since the sequence began. */
  readonly weight: number
  readonly count: number
  /** Steps of the sequences that washouts ended before this one; 0 where it is left out. */
  readonly washed?: number
  readonly random: Random
}

/** Where training goes on from: parameters, what the optimiser remembers, and, within a sequence, where the run was left. */
export interface TrainState<Θ, M = unknown, O = unknown> {
  readonly θ: Θ
  readonly optimiser?: O | undefined
  readonly run?: Paused<M>
  /** Keeps a TrainStep, which has a `state`, from being taken for a TrainState without a run. */
  readonly state?: never
}

/** A shadow at a step of training. */
export interface ShadowStep<Θ> {
  /** What it has in place of the step's `gradient`, where this step moved θ. */
  readonly gradient: Concrete<Θ> | null
  /** What it remembers, of a batch for its first sequence: as `memory()` of a step. */
  memory(): unknown
  /** Bytes of what it remembers of all sequences; through windows of a compiled rule, of the frames that hold them. */
  bytes(): number
}

/** One step of training. Each is a start from which training goes on as if it had not stopped, bit for bit. */
export interface TrainStep<Θ, M = unknown, O = unknown> {
  /** Steps so far, from 1. */
  readonly step: number
  /** Of a batch, the mean over its sequences. */
  readonly loss: number
  /** y [m]; of a batch of B, [B, m]. */
  readonly output: Tensor
  /** The parameters after the step. */
  readonly θ: Concrete<Θ>
  /** The mean gradient that moved θ, where this step did. */
  readonly gradient: Concrete<Θ> | null
  readonly optimiser: O | undefined
  /** The shadows that have started, by name. */
  readonly shadows: Readonly<Record<string, ShadowStep<Θ>>>
  /** What the rule remembers, of a batch for its first sequence: a copy. Under a compiled engine, call it before the next step. */
  memory(): M
  /** All that training goes on from: a copy, as `memory()` is. */
  state(): TrainState<Concrete<Θ>, M, O>
}

/** θ, a step, or the state of a step; without its `run`, at the start of another sequence. */
export type TrainFrom<Θ, M = unknown, O = unknown> = Θ | TrainStep<Θ, M, O> | TrainState<Θ, M, O>

/** A start as a state: θ alone, or that of a step or another state. */
export const stateOf = <Θ, M, O>(start: TrainFrom<Θ, M, O>): TrainState<Θ, M, O> => {
  if (typeof start !== 'object' || start === null)
    throw new KindError({
      who: 'train',
      given: `${describe(start)} as the start`,
      wanted: 'θ, a step, or the state of a step',
      remedy: 'Write train(rule, net, options)(net.init(1), data)',
    })
  if ('state' in (start as object)) return (start as TrainStep<Θ, M, O>).state() as TrainState<Θ, M, O>
  return 'θ' in (start as object) ? (start as TrainState<Θ, M, O>) : { θ: start as Θ }
}

/** A step, its copies made when they are asked for. */
export const stepFrom = <Θ, M, O>(
  result: Pick<TrainStep<Θ, M, O>, 'step' | 'loss' | 'output' | 'shadows'>,
  θ: Theta,
  gradient: Cotangent<Theta> | null,
  optimiser: O | undefined,
  save: () => Paused<M>,
): TrainStep<Θ, M, O> => ({
  ...result,
  θ: θ as unknown as Concrete<Θ>,
  get gradient() {
    return gradient && (viewLike(θ, gradient) as unknown as Concrete<Θ>)
  },
  optimiser,
  memory: () => (save().carries[0] as Saved<M>['carries'][number]).memory,
  state: () => ({ θ: θ as unknown as Concrete<Θ>, ...(optimiser !== undefined && { optimiser }), run: save() }),
})
