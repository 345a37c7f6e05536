/** What the runs of a sweep came to: a cell for all that differ by their seed alone. */
import { grouped } from '../comparison/plan.ts'
import { bootstrap, type Interval } from '../statistics/bootstrap.ts'
import { interquartileMean, median } from '../statistics/summary.ts'
import { kindOf } from '../training/data/index.ts'
import type { Config } from '../training/settings.ts'
import { isOver, type Standing } from './stand.ts'

/** A run that came to its end, and to what. */
interface Ended {
  readonly id: string
  readonly seed: number
  /** The held-out figure; where it diverged ∞, or -∞ where higher is better. */
  readonly held: number
}

export interface Cell {
  readonly name: string
  /** The settings of all its runs. */
  readonly config: Config
  /** Runs of the plan. */
  readonly planned: number
  readonly ended: readonly Ended[]
  readonly median: number
  readonly middle: number
  readonly interval: Interval
  /** How many of those that ended diverged; they count in the other figures as the worst of all. */
  readonly diverged: number
  /** Null where none ended. */
  readonly best: Ended | null
  readonly title: string
  readonly better: 'lower' | 'higher'
}

const figureOf = ({ run }: Standing) => kindOf(run.sources.data).figure(run.sources.data)

const endedOf = (standing: Standing): Ended => {
  const { run, stand } = standing
  const worst = figureOf(standing).better === 'lower' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  return { id: run.id, seed: run.options.seed, held: stand.is === 'finished' ? stand.held : worst }
}

const cellOf = (standings: readonly [Standing, ...Standing[]]): Cell => {
  const [first] = standings
  const { title, better } = figureOf(first)
  const ended = standings.filter(isOver).map(endedOf)
  const values = ended.map(({ held }) => held)
  const sign = better === 'lower' ? 1 : -1
  const { seed: _, ...config } = first.run.config
  return {
    name: first.run.group,
    config,
    planned: standings.length,
    ended,
    median: median(values),
    middle: interquartileMean(values),
    interval: bootstrap(values, interquartileMean),
    diverged: values.filter(value => !Number.isFinite(value)).length,
    best: ended.toSorted((a, b) => sign * (a.held - b.held) || 0)[0] ?? null,
    title,
    better,
  }
}

/** The cells of a sweep in the order of its plan. */
export const cellsOf = (standings: readonly Standing[]): readonly Cell[] =>
  grouped(standings.map(one => ({ ...one, group: one.run.group }))).map(cellOf)
