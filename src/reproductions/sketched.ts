/** The tables of sketched RTRL: chaotic series, each rule on its own and beside the exact gradient. */
import { sketchedRtrl } from '../training/tasks/papers.ts'
import { within } from './held.ts'
import { cosineTo, lastLosses, medianOf, type OfRun } from './readings.ts'
import type { Figure, Reproduction } from './reproduction.ts'
import {
  alone,
  beside,
  exactly,
  type SketchedName,
  sketchedNetwork,
  sketchedRules,
  sketching,
} from './sketched-runs.ts'

type Spread = readonly [median: number, low: number, high: number]

/** Released runs: the median and the range of the figures, and the mean cosine to the exact gradient from step 13,400 on. */
export interface Table {
  readonly exact: Spread
  readonly tbptt: Spread
  readonly rules: Readonly<Record<SketchedName, readonly [...Spread, cosine: number]>>
  /** The sketch of rank 4 after 2,000 steps. */
  readonly sketch: readonly [...Spread, cosine: number]
}

/** Theirs is the mean of five records of 200 losses, 250 or 500 steps apart. */
const nmse: OfRun = lastLosses(2000)

const spread = (name: string, [median, low, high]: Spread, reading: ReturnType<typeof medianOf>): Figure =>
  within(`${name}, NMSE`, `${median} [${low}, ${high}]`, [low, high], reading)

const named = (what: string, seeds: readonly number[]): readonly string[] => seeds.map(seed => `${what} ${seed}`)

const losses = ({ tbptt, rules: table }: Table, seeds: readonly number[]): readonly Figure[] => [
  spread('TBPTT(25)', tbptt, medianOf(named('tbptt', seeds), {}, lastLosses(80))),
  ...Object.entries(table).map(([name, [median, low, high]]) =>
    spread(
      name,
      [median, low, high],
      medianOf(named('alone', seeds), { rule: sketchedRules[name as SketchedName] }, nmse),
    ),
  ),
]

const exact = ({ exact: theirs }: Table, seeds: readonly number[]): Figure =>
  spread('exact', theirs, medianOf(named('exact', seeds), {}, nmse))

const cosine = (name: string, theirs: number, from: number, sweep: string, settings = {}): Figure =>
  within(
    `${name}, cosine from step ${from.toLocaleString('en')}`,
    String(theirs),
    [theirs - 0.15, theirs + 0.15],
    medianOf(sweep, settings, cosineTo('rtrl', from)),
  )

const cosines = (table: Table): readonly Figure[] =>
  Object.entries(table.rules).map(([name, [, , , theirs]]) =>
    cosine(name, theirs, 13_400, 'beside', { rule: sketchedRules[name as SketchedName] }),
  )

const sketchFigures = ({ sketch: [median, low, high, theirs] }: Table): readonly Figure[] => [
  spread('sketch of rank 4', [median, low, high], medianOf('sketch', {}, lastLosses(1200))),
  cosine('sketch of rank 4', theirs, 800, 'sketch'),
]

const protocol = `${sketchedNetwork} (TBPTT: a chunk of 25),
washout 200, 15,000 steps; NMSE before each update; the mean of the last 2,000 losses (of TBPTT 80 chunks), theirs of five records of 200 each. The lanes
of ours draw their starts, and are normalised by one mean and deviation.`
const one = `${protocol} Ours is one seed, theirs the median and range of ten (of TBPTT five), read from the released runs.`

type Minutes = Pick<Reproduction, 'minutes' | 'estimated'>

/** How long each part of a series takes. */
export interface Lengths {
  readonly losses: Minutes
  readonly beside: Minutes
  readonly sketch: Minutes
  readonly table: Minutes
}

const ten = Array.from({ length: 10 }, (_, seed) => seed)

/** A series as four reproductions: the losses, what needs exact RTRL, the sketch, and the losses of ten seeds. */
export const series = (
  name: string,
  task: string,
  title: string,
  table: Table,
  lengths: Lengths,
): readonly [Reproduction, Reproduction, Reproduction, Reproduction] => {
  const paper = sketchedRtrl
  return [
    {
      name,
      title: `${title}: the losses`,
      paper,
      protocol: one,
      ...lengths.losses,
      sweeps: alone(task, [0]),
      figures: losses(table, [0]),
    },
    {
      name: `${name}-beside`,
      title: `${title}: the rules beside exact RTRL`,
      paper,
      protocol: one,
      ...lengths.beside,
      sweeps: beside(task),
      figures: [exact(table, [1]), ...cosines(table)],
    },
    {
      name: `${name}-sketch`,
      title: `${title}: the sketch of rank 4 over 2,000 steps`,
      paper,
      protocol: `${sketchedNetwork}, washout 200, 2,000 steps, ours in f64; what is new between units is cut to rank 4 before it is added. The mean of the last 1,200 losses and cosines,
theirs of the records from step 1,000 to 2,000. Ours is one seed, theirs the median and range of ten, read from the released runs.`,
      ...lengths.sketch,
      sweeps: sketching(task),
      figures: sketchFigures(table),
    },
    {
      name: `${name}-table`,
      title: `${title}: the losses of ten seeds`,
      paper,
      protocol: `${protocol} The median of ten seeds inside the range of theirs.`,
      ...lengths.table,
      sweeps: folder => ({ ...alone(task, ten)(folder), ...exactly(task, ten)(folder) }),
      figures: [exact(table, ten), ...losses(table, ten)],
    },
  ]
}
