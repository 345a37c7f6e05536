/** Marschall's Mimic: a network learns the outputs of another on coins; their released program, run again. */
import { marschall } from '../training/tasks/papers.ts'
import { ordered, within } from './held.ts'
import { floor, held, medianOf } from './readings.ts'
import type { Reproduction } from './reproduction.ts'

const byReadout = 'decay(lambda=0)'
const of = (rule: string) => medianOf('online', { rule }, held)

export const mimic: Reproduction = {
  name: 'mimic',
  title: 'Mimic: RTRL and RFLO at a rate of 0.001 over 30,000 steps',
  paper: marschall,
  protocol: `32 inputs, units and outputs, tanh without a leak, W_rec orthogonal, SGD 0.001, an update a step; mean squared error over 5,000 steps held out, 3
seeds, the median. Theirs is the authors' program (github:omarschall/vanilla-rtrl) run again with two seeds, the readout alone as far as 0.18 and
0.17; its target network is another draw of the same law, so ours are held to half and twice theirs.`,
  minutes: 1,
  estimated: true,
  sweeps: () => ({
    online: {
      settings: {
        task: 'mimic',
        rule: ['rtrl', byReadout],
        hidden: 32,
        initial: 'orthogonal',
        lr: 0.001,
        every: 1,
        steps: 30_000,
        seed: '0..2',
      },
    },
  }),
  figures: [
    within('RTRL', '0.0785, 0.0964', [0.044, 0.175], of('rtrl')),
    within('RFLO, true readout', '0.0816, 0.0871', [0.042, 0.169], of(byReadout)),
    ordered('both learn', { rtrl: of('rtrl'), 'best constant': floor('online', 'best constant') }),
  ],
}
