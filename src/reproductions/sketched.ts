/** The tables of sketched RTRL: chaotic series and rotations, each rule on its own and beside the exact gradient. */
import { sketchedRtrl } from '../training/tasks/papers.ts'
import { ordered, within } from './held.ts'
import { cosineTo, lastLosses, medianOf, type OfRun } from './readings.ts'
import type { Figure, Part, Reproduction } from './reproduction.ts'

/** What each rule of theirs is here. */
const rules = {
  'SnAp-1': 'snap',
  KF: 'kfrtrl',
  decay: 'decay(lambda=0.9)',
  UORO: 'uoro(order=marschall)',
} as const
type Name = keyof typeof rules

/** Released runs: the range of the figures, and the cosine to the exact gradient from step 13,400 on. */
interface Table {
  readonly exact: readonly [median: number, low: number, high: number]
  readonly tbptt: readonly [median: number, low: number, high: number]
  readonly rules: Readonly<Record<Name, readonly [median: number, low: number, high: number, cosine: number]>>
}

const common = { batch: 8, washout: 200, dtype: 'f32' } as const

/** Every rule on its own. */
const alone = (task: string): Readonly<Record<string, Part>> => ({
  alone: { settings: { task, rule: Object.values(rules), ...common, every: 1, steps: 15_000, seed: 0 } },
  tbptt: { settings: { task, rule: 'bptt', ...common, window: 25, steps: 600, seed: 0 } },
})

/** Exact RTRL, and every rule with it beside from a washout late in the run on: on another seed, since a shadow is no part of a run. */
const beside = (task: string): Readonly<Record<string, Part>> => ({
  exact: { settings: { task, rule: 'rtrl', ...common, every: 1, steps: 15_000, seed: 1 } },
  beside: {
    settings: { task, rule: Object.values(rules), ...common, every: 1, steps: 15_000, seed: 1 },
    shadow: 'rtrl@13400',
  },
})

/** Theirs is the mean of five records of 200 losses, one each 250 steps; the last 1,250 losses have the same mean but for noise. */
const nmse: OfRun = lastLosses(1250)

const ranged = (name: string, [median, low, high]: readonly number[], found: Figure['found'] | OfNumber): Figure =>
  within(`${name}, NMSE`, `${median} [${low}, ${high}]`, [low ?? Number.NaN, high ?? Number.NaN], found as OfNumber)
type OfNumber = ReturnType<typeof medianOf>

const losses = ({ tbptt, rules: table }: Table): readonly Figure[] => [
  ranged('TBPTT(25)', tbptt, medianOf('tbptt', {}, lastLosses(50))),
  ...Object.entries(table).map(([name, range]) =>
    ranged(name, range, medianOf('alone', { rule: rules[name as Name] }, nmse)),
  ),
]

const cosines = ({ exact, rules: table }: Table): readonly Figure[] => [
  ranged('exact', exact, medianOf('exact', {}, nmse)),
  ...Object.entries(table).map(([name, [, , , cosine]]) => {
    const reading = medianOf('beside', { rule: rules[name as Name] }, cosineTo('rtrl', 13_400))
    return within(`${name}, cosine from step 13,400`, String(cosine), [cosine - 0.15, cosine + 0.15], reading)
  }),
]

const protocol = `64 tanh units without a leak, 8 lanes, f32, Adam 0.001 at every step (TBPTT: a chunk of 25), washout 200, 15,000 steps; NMSE
before each update; the mean of the last 1,250 losses (of TBPTT 50 chunks). The sketch of rank 4 is not among ours. Ours is one seed, theirs the median and range of ten; the lanes of ours draw their starts, and ours begin with
weights N(0, 1/d) where theirs are U(-1/8, 1/8): a spectral radius of 1, not 0.6. KF-RTRL here emits before it
draws.`

/** A series as two reproductions: the losses, and what needs exact RTRL, which takes 20 times as long. */
const series = (
  name: string,
  task: string,
  title: string,
  table: Table,
  minutes: Pick<Reproduction, 'minutes' | 'estimated'>,
): readonly [Reproduction, Reproduction] => {
  const common = { paper: sketchedRtrl, protocol } as const
  return [
    { ...common, name, title: `${title}: the losses`, ...minutes, sweeps: () => alone(task), figures: losses(table) },
    {
      ...common,
      name: `${name}-beside`,
      title: `${title}: the rules beside exact RTRL`,
      minutes: 110,
      estimated: true,
      sweeps: () => beside(task),
      figures: cosines(table),
    },
  ]
}

export const [henon, henonBeside] = series(
  'henon',
  'henon',
  'Hénon',
  {
    exact: [0.0051, 0.0041, 0.0071],
    tbptt: [0.0326, 0.0252, 0.0334],
    rules: {
      'SnAp-1': [0.0047, 0.0035, 0.0071, 0.763],
      KF: [0.012, 0.0072, 0.2501, 0.626],
      decay: [0.0689, 0.0501, 0.1042, 0.311],
      UORO: [0.8052, 0.0767, 0.9127, 0.052],
    },
  },
  { minutes: 1.9 },
)

export const [mackeyGlass, mackeyGlassBeside] = series(
  'mackey-glass',
  'mackey-glass(delay=16, integrator=euler)',
  'Mackey-Glass',
  {
    exact: [0.0079, 0.0031, 0.0612],
    tbptt: [0.0077, 0.0069, 0.0093],
    rules: {
      'SnAp-1': [0.0048, 0.0035, 0.0074, 0.398],
      KF: [0.0233, 0.0051, 0.0688, 0.431],
      decay: [0.0427, 0.0217, 0.1108, 0.344],
      UORO: [0.0489, 0.0196, 0.0891, 0.063],
    },
  },
  { minutes: 1.9, estimated: true },
)

const turned = (rule: string, of: OfRun) => medianOf('beside', { rule }, of)
const late = cosineTo('rtrl', 19_840)

export const rotation: Reproduction = {
  name: 'rotation',
  title: 'Rotation: the cosine separates the rules, the loss does not',
  paper: sketchedRtrl,
  protocol:
    '64 units, 20,000 steps, Adam 0.001, 8 lanes, washout 64 so that a trial begins from 0; cosines over the last 160 steps. Ours is one seed, theirs five. Weights as in Hénon. Exact RTRL and the chunks of 25 are not run here.',
  minutes: 1.9,
  sweeps: () => ({
    beside: {
      settings: {
        task: 'rotation-memory',
        rule: [rules['SnAp-1'], rules.decay],
        batch: 8,
        washout: 64,
        dtype: 'f32',
        every: 1,
        steps: 20_000,
        seed: 0,
      },
      shadow: 'rtrl@19840',
    },
  }),
  figures: [
    ordered('cosines', { decay: turned(rules.decay, late), 'SnAp-1': turned(rules['SnAp-1'], late) }),
    within('SnAp-1, cosine', '.41', [0.3, 0.55], turned(rules['SnAp-1'], late)),
    within('decay, cosine', '.18', [0.05, 0.3], turned(rules.decay, late)),
    within('SnAp-1, loss', '.077', [0.06, 0.125], turned(rules['SnAp-1'], lastLosses(1280))),
    within('decay, loss', '.097', [0.06, 0.125], turned(rules.decay, lastLosses(1280))),
  ],
}
