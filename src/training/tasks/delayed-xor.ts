/** Delayed exclusive or: whether a coin is another than one some steps before. After the temporal XOR of Elman 1990. */
import type { Tensor } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import type { Random } from '../../../nets/random.ts'
import { hotVectors } from '../data/hot.ts'
import { nats } from './measure.ts'
import { whole } from './option.ts'
import { byAdam } from './protocols.ts'
import { task } from './task.ts'

const options = { delay: whole(5, 'steps between the two coins', 1, 10_000) }
const sides = hotVectors(2) as readonly [Tensor, Tensor]
const flip = (random: Random): 0 | 1 => (random.uniform() < 0.5 ? 1 : 0)

/** At 2 x_t + x_{t-delay}: steps alike are one object. */
const moments = ([0, 1] as const).flatMap(x =>
  ([0, 1] as const).map(old => example(sides[x], sides[x === old ? 0 : 1])),
)

export const delayedXor = task(
  {
    name: 'delayed-xor',
    asks: 'A fair coin x a step, one-hot; target the class x(t) XOR x(t - delay).',
    options,
    defaults: byAdam,
    papers: [
      { authors: 'Elman', year: 1990, title: 'Finding structure in time', id: 'doi:10.1207/s15516709cog1402_1' },
    ],
  },
  ({ delay }) => ({
    n: 2,
    m: 2,
    ...nats,
    horizon: delay,
    floors: [
      { name: 'only one of the two', value: Math.LN2 },
      { name: 'both', value: 0 },
    ],
    begin: random => Array.from({ length: delay }, () => flip(random)),
    next: (before: readonly number[], random) => {
      const x = flip(random)
      const now = moments[2 * x + (before.at(-1) as number)] as (typeof moments)[number]
      return [[now], [x, ...before.slice(0, -1)]]
    },
  }),
)
