import type { PerStep } from '../../../nets/loss.ts'
import type { Example } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'

/** The least mean loss in nats that any network can have, knowing only what the name says. */
export interface Floor {
  readonly name: string
  readonly value: number
}

/** A made-up task: steps without end, drawn at random, whose best losses are known exactly. */
export interface MadeUp {
  /** What is heard and what is wanted, in a sentence. */
  readonly said: string
  /** How many numbers are heard, and how many wanted. */
  readonly n: number
  readonly m: number
  readonly loss: PerStep
  /** How many steps back what is wanted reaches. */
  readonly reach: number
  /** From the worst to the best. */
  readonly floors: readonly Floor[]
  /** The steps in order, without end, for `train` to learn from as they come; what came before the first is drawn too. */
  steps(random: Random): Generator<Example, never>
}
