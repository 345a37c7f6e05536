/** The runs of sketched RTRL, as the released program has them: initial parameters, lanes, washouts. */
import { zeros } from '../../ad/tensor.ts'
import { uniform } from '../../nets/cells/initialisers.ts'
import type { Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Settings } from '../experiments/plan.ts'
import type { Made } from '../training/data/task.ts'
import { dataOf, written } from './begin.ts'
import type { Part } from './reproduction.ts'

/** What each rule of theirs is here: their RFLO has the true readout and decays by 0.9. */
export const sketchedRules = {
  'SnAp-1': 'snap',
  KF: 'kfrtrl',
  decay: 'decay(lambda=0.9)',
  UORO: 'uoro(order=marschall)',
} as const
export type SketchedName = keyof typeof sketchedRules

/** What all of them have. */
export const sketchedNetwork = `64 tanh units without a leak, every weight and the readout's bias U(-1/8, 1/8), 8 lanes, f32, Adam 0.001 at every step`

const [d, limit] = [64, 1 / 8]

/** Every weight and the readout's bias U(-1/√d, 1/√d), the units' biases 0, as theirs. */
const thetaOf = ({ choice: { made } }: Made, seed: number): Theta => {
  const { n, m } = made
  const random = rng(seed)
  const drawn = (shape: readonly number[]) => uniform(-limit, limit)(shape, random)
  return {
    cell: { W_rec: drawn([d, d]), W_in: drawn([d, n]), b_rec: zeros([d]) },
    start: {},
    readout: { W_out: drawn([m, d]), b_out: drawn([m]) },
  }
}

/** Settings of a task by seed: 8 lanes in f32, an update a step, from a model that is written first. */
export const sketchedRuns = (folder: string, task: string, washout = 200) => {
  const data = dataOf(task)
  const likeness = { cell: 'leaky', hidden: d, alpha: 1 } as const
  return (seed: number) => {
    const from = written(folder, `${data.choice.name}-uniform-${seed}`, data, likeness, thetaOf(data, seed))
    return { task, from, batch: 8, washout, dtype: 'f32', every: 1, seed } as const satisfies Settings
  }
}

/** The sweeps of a reproduction by their names, whose models are written in a folder. */
type Sweeps = (folder: string) => Readonly<Record<string, Part>>

const each = Object.values(sketchedRules)

/** Every rule on its own, at some seeds. */
export const alone =
  (task: string, seeds: readonly number[]): Sweeps =>
  folder => {
    const at = sketchedRuns(folder, task)
    const parts = (seed: number): (readonly [string, Part])[] => {
      const { every, ...settings } = at(seed)
      return [
        [`alone ${seed}`, { settings: { ...settings, every, rule: each, steps: 15_000 } }],
        [`tbptt ${seed}`, { settings: { ...settings, rule: 'bptt', window: 25, steps: 600 } }],
      ]
    }
    return Object.fromEntries(seeds.flatMap(parts))
  }

/** Exact RTRL on its own, at some seeds. */
export const exactly =
  (task: string, seeds: readonly number[]): Sweeps =>
  folder => {
    const at = sketchedRuns(folder, task)
    const part = (seed: number): Part => ({ settings: { ...at(seed), rule: 'rtrl', steps: 15_000 } })
    return Object.fromEntries(seeds.map(seed => [`exact ${seed}`, part(seed)]))
  }

/** Every rule with exact RTRL beside it from a washout late in the run on: on another seed, since a shadow is no part of a run. */
export const beside =
  (task: string): Sweeps =>
  folder => ({
    ...exactly(task, [1])(folder),
    beside: { settings: { ...sketchedRuns(folder, task)(1), rule: each, steps: 15_000 }, shadow: 'rtrl@13400' },
  })

/** The sketch of rank 4, what is new cut to rank 4 first, with exact RTRL beside it from the start; in f64, since it runs eagerly. */
export const sketching =
  (task: string): Sweeps =>
  folder => {
    const { dtype: _, ...settings } = sketchedRuns(folder, task)(0)
    return { sketch: { settings: { ...settings, rule: 'sketch(rank=4,project=4)', steps: 2000 }, shadow: 'rtrl' } }
  }
