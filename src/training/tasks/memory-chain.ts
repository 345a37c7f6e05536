/** The memory chain as a prediction: what a trial begins with decides the reward at its end. After Osband et al. 2020. */
import { meanSquare } from './measure.ts'
import { whole } from './option.ts'
import { gamma, withReturns } from './returns.ts'
import { task } from './task.ts'

const options = { length: whole(8, 'steps from the context to the query', 1, 10_000), gamma }

/** Mean square of what later trials bring, which nothing foretells: Σ_{j≥1} γ^{2 (length - t + j (length + 2))} at step t of a trial. */
const unforeseen = (length: number, γ: number): number => {
  if (γ === 0) return 0
  const q = γ ** (2 * (length + 2))
  const steps = Array.from({ length: length + 2 }, (_, t) => γ ** (2 * (length - t)))
  return (q / (1 - q)) * (steps.reduce((a, b) => a + b, 0) / (length + 2))
}

/** What a predictor loses that does not know the context at the steps after the first: γ^{2 (length - t)} at each. */
const forgotten = (length: number, γ: number): number =>
  Array.from({ length }, (_, t) => γ ** (2 * t)).reduce((a, b) => a + b, 0) / (length + 2)

export const memoryChain = task(
  {
    name: 'memory-chain',
    asks: 'A context of -1 or 1, length steps on a query, then the context as the reward, input 0. Target its discounted return.',
    options,
    papers: [
      {
        authors: 'Osband et al.',
        year: 2020,
        title: 'Behaviour suite for reinforcement learning',
        id: 'arXiv:1908.03568',
      },
      {
        authors: 'Farr et al.',
        year: 2026,
        title: 'Streaming reinforcement learning under partial observability with real-time recurrent learning',
        id: 'arXiv:2605.24709',
      },
    ],
  },
  ({ length, gamma: discount }) => ({
    n: 3,
    m: 1,
    ...meanSquare(1),
    horizon: length + 1,
    floors: [
      { name: 'no memory', value: unforeseen(length, discount) + forgotten(length, discount) },
      { name: 'the context', value: unforeseen(length, discount) },
    ],
    ...withReturns(random => {
      const context = random.sign()
      return Array.from({ length: length + 2 }, (_, t) => [
        t === length + 1 ? context : 0,
        t === 0 ? context : 0,
        +(t === length),
      ])
    }, discount),
  }),
)
