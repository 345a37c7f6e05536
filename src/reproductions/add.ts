/** Marschall's Add: the figures of their released program, run again. */
import { marschall } from '../training/tasks/papers.ts'
import { ordered, within } from './held.ts'
import { floor, held, medianOf } from './readings.ts'
import type { Figure, Reproduction } from './reproduction.ts'
import { ruleFile } from './rules/file.ts'

/** RFLO with the readout in place of a random feedback; without a leak nothing is left of its trace. */
const rfloByReadout = 'decay(lambda=0)'
/** KeRNL at σ = 1e-5: what A and α are learned by is of the order of σ², so that they stay at I and 0.8: decayed derivatives. */
const kernlAsBegun = 'decay(lambda=0.2)'
const randomRflo = 'rflo'

/** A figure of theirs, and how far above or below it ours may be. */
const by = (name: string, sweep: string, rule: string, theirs: number, slack = 0.01): Figure =>
  within(name, theirs.toFixed(3), [theirs - slack, theirs + slack], medianOf(sweep, { rule }, held))

/** A figure inside the range of their seeds. */
const among = (name: string, sweep: string, settings: { readonly rule?: string }, theirs: readonly number[]): Figure =>
  within(
    name,
    theirs.map(x => x.toFixed(3)).join(', '),
    [Math.min(...theirs), Math.max(...theirs)],
    medianOf(sweep, settings, held),
  )

const floors = { 'no dependency': 0.6616, 'only the far one': 0.6277, 'only the near one': 0.5192, both: 0.4545 }

/** A rule that learns nothing at this rate: no better than who knows of no dependency, or it diverges. */
const fails = (sweep: string, rule: string, theirs: string): Figure =>
  within(
    `${rule} learns nothing`,
    theirs,
    [floors['no dependency'], Number.POSITIVE_INFINITY],
    medianOf(sweep, { rule }, held),
  )

const seed = '0..2'
const [online, chunks, forward, drawn, tuned] = ['online', 'chunks', 'F-BPTT', 'drawn', 'rate 0.001'] as const

const network = `32 tanh units without a leak, softmax cross-entropy in nats over 5,000 steps held out, SGD, an update a step, 3 seeds, the
median.`
const again = `Theirs is the authors' program (github:omarschall/vanilla-rtrl) run again: one number is the mean of 3 seeds, three are the seeds.`

export const add: Reproduction = {
  name: 'add',
  title: 'Add (1): floors, and the rules that learn at rate 0.03',
  paper: marschall,
  protocol: `${network} ${again} Their chunks of 10 steps update by the sum of the gradient over a chunk, ours by its mean, so ours have ten times
the rate. Their RFLO has the true readout unless it is given another feedback, which is \`decay(lambda=0)\` here; with a random one most seeds of
both do worse than who knows of no dependency. The kernel of their KeRNL stays as it begins, A = I and a decay of 0.8, since noise of 1e-5 moves it by some 1e-10 of its rate: \`kernl(gamma=0.8)\`, which is \`decay(lambda=0.2)\`.`,
  minutes: 2,
  estimated: true,
  sweeps: () => ({
    [online]: {
      settings: { task: 'add', rule: ['rtrl', rfloByReadout, kernlAsBegun, randomRflo], steps: 30_000, seed },
    },
    [chunks]: { settings: { task: 'add', rule: 'bptt', window: 10, lr: 0.3, steps: 3000, seed } },
  }),
  figures: [
    ...Object.entries(floors).map(([name, value]) =>
      within(`floor: ${name}`, value.toFixed(4), [value - 5e-5, value + 5e-5], floor(online, name)),
    ),
    by('rtrl', online, 'rtrl', 0.46),
    by('bptt in chunks of 10', chunks, 'bptt', 0.461),
    by('RFLO, true readout', online, rfloByReadout, 0.511, 0.02),
    by('KeRNL', online, kernlAsBegun, 0.511, 0.02),
    among('RFLO, random feedback', online, { rule: randomRflo }, [0.765, 0.674, 0.666]),
  ],
}

export const addForward: Reproduction = {
  name: 'add-forward',
  title: 'Add (6): F-BPTT at rate 0.03',
  paper: marschall,
  protocol: `${network} ${again} Each update has the credit of the oldest of 10 steps.`,
  minutes: 0.7,
  estimated: true,
  sweeps: () => ({
    [forward]: { settings: { task: 'add', rule: ruleFile('f-bptt'), every: 1, steps: 30_000, seed } },
  }),
  figures: [within('F-BPTT over 10 steps', '0.460', [0.45, 0.47], medianOf(forward, {}, held))],
}

const failing = { kfrtrl: '0.670, 0.681, 0.666', uoro: '0.754, ∞, 0.664', 'reverse-kfrtrl': '∞, 0.698, 0.665' } as const

export const addFailing: Reproduction = {
  name: 'add-failing',
  title: 'Add (2): the rules for which the rate 0.03 is too large',
  paper: marschall,
  protocol: `${network} ${again} DNI learns at this rate where its synthesiser begins at 0, and hardly where it is drawn, N(0, 1/inputs), as their
program does by default. The synthesiser's rate is 0.01; drawn, it has a target network that is refreshed every 5 steps.`,
  minutes: 1.3,
  sweeps: () => ({
    [online]: { settings: { task: 'add', rule: [...Object.keys(failing), 'dni'], steps: 30_000, seed } },
    [drawn]: { settings: { task: 'add', rule: ruleFile('drawn-dni'), every: 1, steps: 30_000, seed } },
  }),
  figures: [
    ...Object.entries(failing).map(([rule, theirs]) => fails(online, rule, theirs)),
    among('DNI from 0', online, { rule: 'dni' }, [0.473, 0.565, 0.571]),
    ordered('drawn it learns less', {
      'from 0': medianOf(online, { rule: 'dni' }, held),
      drawn: medianOf(drawn, {}, held),
    }),
    within('DNI that is drawn', '0.623, 0.624, 0.607', [0.587, 0.644], medianOf(drawn, {}, held)),
  ],
}

const slowly = { task: 'add', lr: 0.001, steps: 200_000, seed } as const

export const addTuned: Reproduction = {
  name: 'add-tuned',
  title: 'Add (3): KF-RTRL and RFLO at a rate of 0.001 over 200,000 steps',
  paper: marschall,
  protocol: `${network} ${again} RFLO has the true readout, \`decay(lambda=0)\`.`,
  minutes: 5,
  estimated: true,
  sweeps: () => ({ [tuned]: { settings: { ...slowly, rule: ['kfrtrl', rfloByReadout] } } }),
  figures: [by('kfrtrl', tuned, 'kfrtrl', 0.462), by('RFLO, true readout', tuned, rfloByReadout, 0.495, 0.02)],
}

export const addDni: Reproduction = {
  name: 'add-dni',
  title: 'Add (4): DNI and DNI(b) at a rate of 0.001 over 200,000 steps',
  paper: marschall,
  protocol: `${network} ${again} Synthesisers are drawn, their rate is 0.01. Our DNI(b) begins with a Jacobian of 0, theirs with W_rec.`,
  minutes: 7.3,
  estimated: true,
  sweeps: () => ({
    DNI: { settings: { ...slowly, rule: ruleFile('drawn-dni'), every: 1 } },
    'DNI(b)': { settings: { ...slowly, rule: ruleFile('drawn-dni-b'), every: 1 } },
  }),
  figures: (
    [
      ['DNI', 0.486],
      ['DNI(b)', 0.519],
    ] as const
  ).map(([name, theirs]) => within(name, theirs.toFixed(3), [theirs - 0.02, theirs + 0.02], medianOf(name, {}, held))),
}

/** No figures of theirs at a rate of 0.001 are known: the program was not run for it. */
export const addRandom: Reproduction = {
  name: 'add-random',
  title: 'Add (5): UORO and reverse KF-RTRL at a rate of 0.001 over 200,000 steps',
  paper: marschall,
  protocol: `${network} The paper draws their curves and gives no number, and the program was not run again for these: what is held is that they learn the near
dependency, as there.`,
  minutes: 2.5,
  estimated: true,
  sweeps: () => ({ [tuned]: { settings: { ...slowly, rule: ['uoro', 'reverse-kfrtrl'] } } }),
  figures: (['uoro', 'reverse-kfrtrl'] as const).map(rule =>
    within(rule, 'learns', [floors.both, floors['only the far one']], medianOf(tuned, { rule }, held)),
  ),
}
