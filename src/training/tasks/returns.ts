/** Streams whose targets are discounted returns of a reward among the inputs: what is predicted of a future that is drawn ahead. */
import { type Example, example } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'
import { real } from './option.ts'
import type { Source } from './source.ts'

/** The inputs of a trial, step by step; the first of each is its reward. */
export type Trial = readonly (readonly number[])[]

export const gamma = real(0.9, 'the discount of later rewards', 0, 0.99)

/** How many steps ahead a reward weighs less than 1e-16. */
const stepsAhead = (discount: number): number => (discount === 0 ? 1 : Math.ceil(Math.log(1e-16) / Math.log(discount)))

/** G_t = Σ_{k≥0} γ^k r_{t+1+k} over what is there. */
const returnsOf = (rows: Trial, discount: number): readonly number[] => {
  const found = new Array<number>(rows.length).fill(0)
  for (let t = rows.length - 2; t >= 0; t--)
    found[t] = ((rows[t + 1] as readonly number[])[0] as number) + discount * (found[t + 1] as number)
  return found
}

const lengthOf = (ahead: readonly Trial[]): number => ahead.reduce((sum, trial) => sum + trial.length, 0)

/** As many trials as the return of the oldest needs. */
const drawnAhead = (ahead: readonly Trial[], draw: () => Trial, discount: number): readonly Trial[] => {
  const trials = [...ahead]
  if (trials.length === 0) trials.push(draw())
  while (lengthOf(trials.slice(1)) < stepsAhead(discount)) trials.push(draw())
  return trials
}

/** Trials one after another; the target of a step is its return, those of later trials included. */
export const withReturns = (trial: (random: Random) => Trial, discount: number): Source<readonly Trial[]> => ({
  begin: () => [],
  next: (ahead, random) => {
    const trials = drawnAhead(ahead, () => trial(random), discount)
    const [oldest = [], ...rest] = trials
    const returns = returnsOf(trials.flat(), discount)
    return [oldest.map((x, t): Example => example(x, returns[t] as number)), rest]
  },
})
