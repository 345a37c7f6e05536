/** The flip-flop task: each output holds the sign of the last pulse of its input. Sussillo & Barak 2013. */
import { tensor } from '../../../ad/tensor.ts'
import { example } from '../../../nets/network.ts'
import { meanSquare } from './measure.ts'
import { real, whole } from './option.ts'
import { byAdam } from './protocols.ts'
import { task } from './task.ts'

const options = {
  bits: whole(3, 'inputs and outputs', 1, 1024),
  p: real(0.05, 'the probability of a pulse, either sign as likely', 0, 1, true),
}

export const flipFlop = task(
  {
    name: 'flip-flop',
    asks: 'bits inputs, each 0 or with probability p a pulse of -1 or 1; target the last pulse of each.',
    options,
    defaults: byAdam,
    papers: [
      {
        authors: 'Sussillo & Barak',
        year: 2013,
        title: 'Opening the black box: low-dimensional dynamics in high-dimensional recurrent neural networks',
        id: 'doi:10.1162/NECO_a_00409',
      },
    ],
  },
  ({ bits, p }) => ({
    n: bits,
    m: bits,
    ...meanSquare(bits),
    horizon: Math.ceil(5 / p),
    floors: [
      { name: 'no memory, no input', value: 1 },
      { name: 'no memory', value: 1 - p },
      { name: 'the last pulses', value: 0 },
    ],
    begin: random => Array.from({ length: bits }, () => random.sign()),
    next: (before: readonly number[], random) => {
      const pulses = before.map(() => (random.uniform() < p ? random.sign() : 0))
      const now = before.map((sign, i) => pulses[i] || sign)
      return [[example(tensor(pulses), tensor(now))], now]
    },
  }),
)
