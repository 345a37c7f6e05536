/** The Add task: two coins of the past, one near and one far, are weighted and added. Marschall, Cho & Savin 2020. */
import { DomainError } from '../../../ad/errors.ts'
import { mean } from '../../../ad/moments.ts'
import { tensor } from '../../../ad/tensor.ts'
import { type Example, example } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'
import { nats } from './measure.ts'
import { whole } from './option.ts'
import { marschall } from './papers.ts'
import type { Source } from './source.ts'
import { task } from './task.ts'

/** The probability of the first class, from the near and the far coin. */
const chance = (a: number, b: number): number => 0.5 + 0.5 * a - 0.25 * b

const pairs = [0, 1].flatMap(a => [0, 1].map(b => [a, b] as const))

/** The entropy in nats of a class of probability p and its opposite. */
const entropy = (p: number): number => [p, 1 - p].reduce((sum, q) => (q === 0 ? sum : sum - q * Math.log(q)), 0)

/** The mean entropy of the target, to one who knows of the two coins only so much. */
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
]

/** x = [coin, 1 - coin] and target = [p, 1 - p]. */
const moment = (coin: number, a: number, b: number): Example => {
  const p = chance(a, b)
  return example(tensor([coin, 1 - coin]), tensor([p, 1 - p]))
}

/** All eight there are, at 4 x_t + 2 x_{t-near} + x_{t-far}: steps alike are one object. */
const moments = [0, 1].flatMap(coin => pairs.map(([a, b]) => moment(coin, a, b)))

const flip = (random: Random): number => Number(random.uniform() < 0.5)

/** The state is the last `far` coins, the newest first; those before the first step are drawn too. */
const coins = (near: number, far: number, hold: number): Source<readonly number[]> => ({
  begin: random => Array.from({ length: far }, () => flip(random)),
  next: (before, random) => {
    const seen = [flip(random), ...before]
    const index = 4 * (seen[0] as number) + 2 * (seen[near] as number) + (seen[far] as number)
    return [new Array<Example>(hold).fill(moments[index] as Example), seen.slice(0, far)]
  },
})

const options = {
  near: whole(5, 'coins back to the near one', 1, 10_000),
  far: whole(9, 'coins back to the far one', 2, 10_000),
  hold: whole(1, 'steps that each coin is held; 2 with near=2, far=4 where the leak is 1/2', 1, 1000),
}

export const add = task(
  {
    name: 'add',
    asks: 'A fair coin x, input [x, 1 - x]; target [y, 1 - y], y = 0.5 + 0.5 x(t - near) - 0.25 x(t - far).',
    options,
    papers: [marschall],
  },
  ({ near, far, hold }) => {
    if (near >= far)
      throw new DomainError({
        who: 'add',
        given: `near = ${near}, far = ${far}`,
        wanted: 'near below far',
        remedy: 'The paper has 5 and 9, or 2 and 4 with hold = 2',
      })
    return { n: 2, m: 2, ...nats, horizon: far * hold, floors, ...coins(near, far, hold) }
  },
)
