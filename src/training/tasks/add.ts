/** The Add task: two coins of the past, one near and one far, are weighed and added. Marschall, Cho & Savin 2020. */
import { tensor } from '../../../ad/tensor.ts'
import { crossEntropy } from '../../../nets/loss.ts'
import { type Example, example } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'
import { mean } from '../data/mean.ts'
import type { MadeUp } from './task.ts'

const [near, far] = [5, 9] as const

/** How likely the first class is, from the near and the far coin. */
const chance = (a: number, b: number): number => 0.5 + 0.5 * a - 0.25 * b

const pairs = [0, 1].flatMap(a => [0, 1].map(b => [a, b] as const))

/** The entropy in nats of a class of probability p and its opposite. */
const entropy = (p: number): number => [p, 1 - p].reduce((sum, q) => (q === 0 ? sum : sum - q * Math.log(q)), 0)

/** The mean entropy of what is wanted, to one who knows of the two coins only so much. */
const floor = (known: (a: number, b: number) => number): number => {
  const guess = (a: number, b: number): number =>
    mean(pairs.filter(pair => known(...pair) === known(a, b)).map(pair => chance(...pair)))
  return mean(pairs.map(pair => entropy(guess(...pair))))
}

const floors = [
  { name: 'no dependency', value: floor(() => 0) },
  { name: 'only the far one', value: floor((_, b) => b) },
  { name: 'only the near one', value: floor(a => a) },
  { name: 'both', value: floor((a, b) => 2 * a + b) },
] as const

/** x = [coin, 1 - coin] and target = [p, 1 - p]. */
const moment = (coin: number, a: number, b: number): Example => {
  const p = chance(a, b)
  return example(tensor([coin, 1 - coin]), tensor([p, 1 - p]))
}

/** All eight there are, at 4 x_t + 2 x_{t-near} + x_{t-far}: steps alike are one object. */
const moments = [0, 1].flatMap(coin => pairs.map(([a, b]) => moment(coin, a, b)))

function* steps(random: Random): Generator<Example, never> {
  const coin = (): number => Number(random.uniform() < 0.5)
  const heard = Array.from({ length: far }, coin)
  for (;;) {
    heard.unshift(coin())
    yield moments[4 * (heard[0] as number) + 2 * (heard[near] as number) + (heard[far] as number)] as Example
    heard.pop()
  }
}

export const add: MadeUp = {
  said: `A fair coin x a step, heard as [x, 1 - x]; [y, 1 - y] is wanted, y = 0.5 + 0.5 x(t - ${near}) - 0.25 x(t - ${far}).`,
  n: 2,
  m: 2,
  loss: crossEntropy,
  reach: far,
  floors,
  steps,
}
