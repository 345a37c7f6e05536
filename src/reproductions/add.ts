/** Marschall's Add and Mimic: the tables of their released program. */
import { marschall } from '../training/tasks/papers.ts'
import { within } from './held.ts'
import { floor, held, medianOf } from './readings.ts'
import type { Figure, Reproduction } from './reproduction.ts'

/** A figure of theirs, and how far above or below it ours may be. */
const by = (sweep: string, rule: string, theirs: number, slack = 0.01): Figure =>
  within(`${rule}, ${sweep}`, theirs.toFixed(3), [theirs - slack, theirs + slack], medianOf(sweep, { rule }, held))

/** A rule that does not learn at this rate: above .71, or it diverges. */
const fails = (sweep: string, rule: string): Figure =>
  within(`${rule}, ${sweep}`, 'above .71', [0.71, Number.POSITIVE_INFINITY], medianOf(sweep, { rule }, held))

const floors = { 'no dependency': 0.6616, 'only the far one': 0.6277, 'only the near one': 0.5192, both: 0.4545 }
const seed = '0..2'
const [theirRate, chunks, tuned] = ['rate 0.03', 'rate 0.03 in chunks', 'rate 0.001'] as const

const protocol = `32 tanh units without a leak, softmax cross-entropy in nats over 5,000 steps held out, SGD, an update a step (BPTT: in
chunks of 10 steps), 3 seeds, the median. Theirs is the authors' program run again, the mean of 3 seeds.`

export const add: Reproduction = {
  name: 'add',
  title: 'Add (1): floors, and the rules that learn at rate 0.03',
  paper: marschall,
  protocol,
  minutes: 1.8,
  sweeps: () => ({
    [theirRate]: { settings: { task: 'add', rule: ['rtrl', 'rflo', 'kernl'], steps: 30_000, seed } },
    [chunks]: { settings: { task: 'add', rule: 'bptt', window: 10, steps: 3000, seed } },
  }),
  figures: [
    ...Object.entries(floors).map(([name, value]) =>
      within(`floor: ${name}`, value.toFixed(4), [value - 5e-5, value + 5e-5], floor(theirRate, name)),
    ),
    by(theirRate, 'rtrl', 0.46),
    by(chunks, 'bptt', 0.461),
    by(theirRate, 'rflo', 0.511, 0.02),
    by(theirRate, 'kernl', 0.511, 0.02),
  ],
}

const failing = ['kfrtrl', 'uoro', 'reverse-kfrtrl', 'dni'] as const

export const addFailing: Reproduction = {
  name: 'add-failing',
  title: 'Add (2): the rules for which the rate 0.03 is too large',
  paper: marschall,
  protocol,
  minutes: 1.2,
  sweeps: () => ({ [theirRate]: { settings: { task: 'add', rule: failing, steps: 30_000, seed } } }),
  figures: failing.map(rule => fails(theirRate, rule)),
}

const slowly = { task: 'add', lr: 0.001, steps: 200_000, seed } as const

export const addTuned: Reproduction = {
  name: 'add-tuned',
  title: 'Add (3): KF-RTRL and RFLO at a rate of 0.001 over 200,000 steps',
  paper: marschall,
  protocol,
  minutes: 5,
  estimated: true,
  sweeps: () => ({ [tuned]: { settings: { ...slowly, rule: ['kfrtrl', 'rflo'] } } }),
  figures: [by(tuned, 'kfrtrl', 0.462), by(tuned, 'rflo', 0.495, 0.02)],
}

export const addDni: Reproduction = {
  name: 'add-dni',
  title: 'Add (4): DNI at a rate of 0.001 over 200,000 steps',
  paper: marschall,
  protocol,
  minutes: 4,
  estimated: true,
  sweeps: () => ({ [tuned]: { settings: { ...slowly, rule: 'dni' } } }),
  figures: [by(tuned, 'dni', 0.486, 0.02)],
}
