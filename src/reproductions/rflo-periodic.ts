/** RFLO's periodic task without an input. Murray 2019, and the released program murray-lab/rflo-learning. */
import { tensorOf, zeros } from '../../ad/tensor.ts'
import type { Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Paper } from '../../rules/index.ts'
import { tasks } from '../training/tasks/index.ts'
import { dataOf, written } from './begin.ts'
import { near, ordered, within } from './held.ts'
import { firstLoss, lastLosses, medianOf, type OfRun } from './readings.ts'
import type { Part, Reproduction } from './reproduction.ts'

const [d, trials, seeds] = [50, 10_000, [0, 1, 2]] as const
const task = 'murray-sines(input=onset, ends=both)'

/** h = 0.1 at the first step of a trial, where the input is 1: no parameter of its own, as there. */
const cell = 'g = h + 0.1*sum(x); h = (1-alpha)*g + alpha*tanh(W*g)'

/** W = 1.5 N(0, 1/d), W_out = 0.1 (2 U - 1)/√d, b_out = 0. */
const thetaOf = (seed: number): Theta => {
  const random = rng(seed)
  const root = Math.sqrt(d)
  const W = Float64Array.from({ length: d * d }, () => (1.5 * random.normal()) / root)
  const W_out = Float64Array.from({ length: d }, () => (0.1 * (2 * random.uniform() - 1)) / root)
  return {
    cell: { W: tensorOf([d, d], W) },
    start: {},
    readout: { W_out: tensorOf([1, d], W_out), b_out: zeros([1]) },
  }
}

/** Both rules from the same model, which is written for each seed. */
const sweepOf = (folder: string, seed: number): Part => {
  const from = written(folder, `rflo-periodic-${seed}`, dataOf(task), { cell, hidden: d, alpha: 0.1 }, thetaOf(seed))
  return { settings: { task, from, rule: ['rflo', 'bptt'], washout: 100, every: 100, steps: trials, seed } }
}

/** Theirs is half the mean squared error. */
const half =
  (of: OfRun): OfRun =>
  run =>
    of(run) / 2

const named = (seed: number): string => `seed ${seed}`

/** The median of a half over the seeds. */
const over = (rule: string, of: OfRun) => medianOf(seeds.map(named), { rule }, half(of))

export const rfloPeriodic: Reproduction = {
  name: 'rflo-periodic',
  title: 'A periodic target without an input, by RFLO and BPTT',
  paper: tasks['murray-sines'].papers[0] as Paper,
  protocol: `${d} units of τ = 10, ${trials} trials of 100 steps, h = 0.1 at the start of each, rate 0.03, an update a trial by the mean
gradient; ${seeds.length} seeds, the median. Theirs is one run whose seed is not set. Ours differs in that the readout has a bias, which
begins at 0, and that the first of the 100 steps is learned from too.`,
  minutes: 3.1,
  sweeps: folder => Object.fromEntries(seeds.map(seed => [named(seed), sweepOf(folder, seed)])),
  figures: [
    near('½ mean squared error of trial 0', 0.3248, 0.01, over('rflo', firstLoss)),
    ordered('½ mean squared error, trials 9,900 to 9,999', {
      rflo: over('rflo', lastLosses(100)),
      bptt: over('bptt', lastLosses(100)),
    }),
    within('the same by RFLO', '1.5e-4', [0.5e-4, 4.5e-4], over('rflo', lastLosses(100))),
    within('the same by BPTT', '2.3e-4', [0.8e-4, 7e-4], over('bptt', lastLosses(100))),
  ],
}
