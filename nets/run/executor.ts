/** A run of a rule step by step, as a driver sees it, whichever engine does the work. */
import { plus } from '../../ad/linear/linear.ts'
import { type Cotangent, times, toValue } from '../../ad/linear/space.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { scalar, type Tensor } from '../../ad/tensor.ts'
import type { Branch, Tree } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import type { Example, Network, Theta } from '../network.ts'
import { memoryBytes } from './memory-size.ts'
import type { Rule } from './rule.ts'
import { type Carry, initialStep, type StepResult, stepOf } from './step.ts'

/** The loss and the output of a step, of one sequence or of each of a batch; to be read before the next step. */
export interface StepView {
  /** The mean over the sequences. */
  readonly loss: number
  /** Each sequence's own. */
  readonly losses: ArrayLike<number>
  /** y [m], or [B, m] for a batch of B. */
  output(): Value
  /** What must be finite, by name: of all sequences, or of one. */
  quantities(sequence?: number): { readonly [name: string]: Tree }
  /** The state that the step of a sequence began with. */
  before(sequence: number): Branch
}

/** Where a run was left: the state and the memory of each sequence, and the gradient summed since the last update. */
export interface Saved<M> {
  readonly carries: readonly Carry<M>[]
  readonly gradient: Cotangent<Theta> | null
  /** That sum by the blocks of sequences that workers have of it, so that a run goes on with the same bits. */
  readonly blocks?: readonly Tensor[]
}

/** A run of a rule over one sequence, or over several at once; gradients are means over them. */
export interface Executor<M> {
  /** Whether nothing that `save` returns is ever overwritten, so that saving copies nothing. */
  readonly persistent: boolean
  /** Timestep 0 with these parameters, what the rule emits for it being part of the gradient, or where a run was left after so many steps. */
  reset(θ: Theta, saved?: Saved<M>, steps?: number): void
  /** Replaces the parameters from the next step on. */
  setParameters(θ: Theta): void
  /** One step of each sequence, with the noise drawn for it. */
  step(data: readonly Example[], noise: readonly Value[], last: boolean): StepView
  /** The sum of what the rule has emitted since the last time, with the readout's part: a copy, or in the place given. */
  takeGradient(into?: Tensor): Cotangent<Theta>
  /** Where the run is now. */
  save(): Saved<M>
  /** Bytes of what the rule remembers of all sequences; through windows of a compiled rule, of the frames that hold them. */
  remembered(): number
  /** It is not used any more: its memory may serve another run. */
  release(): void
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length

const viewOf = (
  nows: readonly StepResult<unknown>[],
  before: readonly Carry<unknown>[],
  batch: number | null,
): StepView => ({
  before: sequence => (before[sequence] as Carry<unknown>).state,
  loss: mean(nows.map(now => item(now.loss))),
  losses: nows.map(now => item(now.loss)),
  output: () => (batch === null ? (nows[0] as StepResult<unknown>).output : stack(nows.map(now => now.output))),
  quantities: sequence => {
    const chosen = sequence === undefined ? nows : nows.slice(sequence, sequence + 1)
    return {
      state: chosen.map(now => now.carry.state),
      loss: chosen.map(now => now.loss),
      gradient: chosen.map(now => toValue(now.gradient)),
    }
  },
})

/** A gradient in the place given for it. */
export const copiedInto = (gradient: Cotangent<Theta>, into: Tensor | undefined): Cotangent<Theta> => {
  if (!into) return gradient
  into.data.set((toValue(gradient) as Tensor).data)
  return into as unknown as Cotangent<Theta>
}

/** The reference: every sequence on its own, one operation after the other; the gradient of a batch is their mean. */
export const eagerExecutor = <M>(net: Network, rule: Rule<M, 'past'>, batch: number | null): Executor<M> => {
  const count = batch ?? 1
  let [carries, θ]: [readonly Carry<M>[], Theta | null] = [[], null]
  let sum: Cotangent<Theta> | null = null
  const step = stepOf(net, rule)
  const gather = (gradient: Cotangent<Theta>): void => {
    sum = sum ? plus(sum, gradient) : gradient
  }
  return {
    persistent: true,
    reset: (first, saved) => {
      θ = first
      if (saved) [carries, sum] = [saved.carries, saved.gradient]
      else {
        const { gradient, carry } = initialStep(net, rule)(first)
        carries = new Array<Carry<M>>(count).fill(carry)
        sum = times(count, gradient)
      }
    },
    setParameters: next => {
      θ = next
    },
    step: (data, noise, last) => {
      const nows = carries.map((carry, i) => {
        const [example, drawn] = [data[i] as Example, noise[i] as Value]
        const now = step(θ as Theta, carry, { ...example, noise: drawn, isLast: scalar(last ? 1 : 0) })
        gather(now.gradient)
        return now
      })
      const before = carries
      carries = nows.map(({ carry }) => carry)
      return viewOf(nows, before, batch)
    },
    takeGradient: into => {
      const total = sum as Cotangent<Theta>
      sum = null
      return copiedInto(batch === null ? total : times(1 / count, total), into)
    },
    save: () => ({ carries, gradient: sum }),
    remembered: () => memoryBytes(carries.map(({ memory }) => memory)),
    release: () => {
      carries = []
    },
  }
}
