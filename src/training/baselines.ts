import { type Data, kindOf } from './data/index.ts'
import type { Baseline } from './data/kind.ts'
import { type Beside, oracles } from './oracles.ts'

export type { Baseline } from './data/kind.ts'

/**
 * The simple predictors' figures on the held-out tail. Text: add-one unigram, and a bigram smoothed towards it by k = 5,
 * in bits a character. Series: the previous value, and AR(2) with intercept fit to the training part, as RMSE in raw
 * units. Images: the majority class, and the nearest class mean, in % that are right. Tasks: the floors that are known. Beside a
 * run also its oracles: the best constant, and a ridge readout of a random network as large. Never throws.
 */
export const baselines = (data: Data, beside?: Beside): readonly Baseline[] => [
  ...kindOf(data).baselines(data),
  ...(beside ? oracles(data, beside) : []),
]
