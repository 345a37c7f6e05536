/** Runs of a past-facing rule whose parameters, and what their optimiser holds, stay in the memory of the program. */
import type { Numbers } from '../../ad/compiler/plan.ts'
import { asCotangent, type Cotangent, spaceOf, toValue, viewLike } from '../../ad/linear/space.ts'
import { type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Example, Theta } from '../network.ts'
import type { Saved } from '../run/executor.ts'
import { executorOver, write } from './executor.ts'
import type { Prepared } from './prepare.ts'
import { ringOf } from './ring.ts'
import { programOf, type UpdatePorts } from './update.ts'

/** An update that a step ends with: what the sum of gradients is multiplied by, and the optimiser's numbers. */
export interface Move {
  readonly scale: number
  readonly numbers: readonly number[]
}

/** A run that moves its own parameters. What is read off it is a copy, as it is after the newest step. */
export interface LearningExecutor<M> {
  /** A sequence begins with these parameters, or goes on from where a run was left after so many steps. */
  reset(θ: Theta, saved?: Saved<M>, steps?: number): void
  /** Puts vectors [|θ|] where the optimiser holds them. */
  hold(held: readonly Value[]): void
  /** A step of each sequence, and an update after it if there is one. Whether all is finite for sure. */
  advance(data: readonly Example[], noise: readonly Value[], last: boolean, move: Move | null): boolean
  /** The mean loss of the step. */
  loss(): number
  /** Its output: the memory itself. */
  output(): Tensor
  parameters(): Theta
  held(): readonly Tensor[]
  /** The gradient of the step's update, times the scale given. */
  gradient(scale: number): Cotangent<Theta>
  save(): Saved<M>
  release(): void
}

/** An idle executor of what is prepared with an update, or a new one. */
export const learningOf = <M>(made: Prepared<M>): LearningExecutor<M> => {
  const idle = made.idle.executor as LearningExecutor<M> | null
  made.idle.executor = null
  return idle ?? learningExecutor(made)
}

const learningExecutor = <M>(made: Prepared<M>): LearningExecutor<M> => {
  const ring = ringOf(made, 2)
  const { machine, row, staged, count, at } = ring
  const { ports } = staged
  const own = staged.update as UpdatePorts
  const steps = executorOver(ring, made)
  const like = made.example.θ
  const size = row(ports.gradient).length
  const [scaleAt, numbersAt, check] = [own.scale, own.numbers, own.check].map(port => row(port)) as [
    Numbers,
    Numbers,
    Numbers,
  ]
  const losses = [0, 1].map(frame => row(ports.loss, frame))
  const outputs = [0, 1].map(frame =>
    tensorOf(staged.plan.ports[ports.output]!.shape, row(ports.output, frame) as Float64Array),
  )
  let adds = true
  const gathered = (leaf: (i: number) => Numbers): Tensor => {
    const all = zeros([size])
    let from = 0
    ports.θ.forEach((_, i) => {
      all.data.set(leaf(i), from)
      from += leaf(i).length
    })
    return all
  }
  const executor: LearningExecutor<M> = {
    reset: (θ, saved, count) => {
      steps.reset(θ, saved, count)
      adds = true
    },
    hold: vectors => {
      vectors.forEach((vector, k) => {
        let from = 0
        for (const held of own.held) {
          const place = row(held[k] as number)
          place.set((vector as Tensor).data.subarray(from, from + place.length))
          from += place.length
        }
      })
    },
    advance: (data, noise, last, move) => {
      at.now++
      at.collected = at.now
      write(ring, data, noise, last)
      if (move) {
        scaleAt[0] = move.scale
        numbersAt.set(move.numbers)
      }
      const [now, other] = at.now % 2 === 0 ? [0, 1] : [1, 0]
      machine.perform(programOf(adds, move !== null), other, now, other)
      adds = move === null
      return Number.isFinite(check[0])
    },
    loss: () => {
      const now = losses[at.now % 2] as Numbers
      let sum = 0
      for (let i = 0; i < now.length; i++) sum += now[i] as number
      return sum / count
    },
    output: () => outputs[at.now % 2] as Tensor,
    parameters: () =>
      viewLike(
        like,
        asCotangent(
          spaceOf(like),
          gathered(i => row(ports.θ[i] as number)),
        ),
      ),
    held: () => (own.held[0] ?? []).map((_, k) => gathered(i => row(own.held[i]?.[k] as number))),
    gradient: scale => {
      const found = zeros([size])
      row(ports.gradient).forEach((x, i) => {
        found.data[i] = (count > 1 ? x / count : x) * scale
      })
      return found as unknown as Cotangent<Theta>
    },
    save: () => {
      const { carries, gradient } = steps.save()
      return {
        carries,
        gradient: adds ? gradient : asCotangent(spaceOf(like), zeros(toValue(gradient as never).shape)),
      }
    },
    release: () => {
      made.idle.executor = executor
    },
  }
  return executor
}
