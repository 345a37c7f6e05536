/** How well gradients are aligned: those that rules make of the same stretches at the same parameters. */
import { alignment } from '../../ad/distance.ts'
import { mean } from '../../ad/moments.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Example, Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { ruleFor } from '../training/experiment.ts'
import type { TrainOptions } from '../training/options.ts'

/** Stretches of a sequence, each learned from by itself, from the zero state. */
export interface Stretches {
  readonly count: number
  readonly length: number
}

export const stretches: Stretches = { count: 20, length: 20 }

/** Consecutive stretches of a sequence, fewer where it is short: at least one. */
export const cutInto = (
  sequence: readonly Example[],
  { count, length }: Stretches,
): readonly (readonly Example[])[] => {
  const steps = Math.min(length, sequence.length)
  return Array.from({ length: Math.min(count, Math.floor(sequence.length / steps)) }, (_, i) =>
    sequence.slice(i * steps, (i + 1) * steps),
  )
}

/** Gradients of every stretch. */
export type Gradients = readonly Branch[]

type Maker = (θ: Theta, parts: readonly (readonly Example[])[]) => Gradients

const by = (rule: AnyRule, net: Network, seed: number): Maker => {
  const made = gradient(rule, net, { seed })
  return (θ, parts) => parts.map(part => made(θ, part) as Branch)
}

/** The gradients that a rule makes, in the windows that it trains in. */
export const gradientsBy = (options: TrainOptions, net: Network): Maker => by(ruleFor(options), net, options.seed)

/** The exact gradients: backpropagation over the whole stretch. */
export const exactGradients = (net: Network): Maker => by(bptt, net, 0)

/** The mean cosine over the stretches where neither gradient is 0; NaN where there are none. */
export const cosineOf = (ours: Gradients, theirs: Gradients): number => {
  const cosines = ours.map((one, i) => alignment(one, theirs[i] as Branch)).filter(Number.isFinite)
  return cosines.length === 0 ? Number.NaN : mean(cosines)
}

/** The cosine of every list of gradients with every other. */
export const matrixOf = (lists: readonly Gradients[]): readonly (readonly number[])[] =>
  lists.map(row => lists.map(column => cosineOf(row, column)))
