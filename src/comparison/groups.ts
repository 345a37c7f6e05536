/** What the runs of a group came to over its seeds. */
import { join } from 'node:path'
import { z } from 'zod'
import { mean } from '../../ad/moments.ts'
import { files, linesIn } from '../experiments/files.ts'
import { bootstrap, type Interval } from '../statistics/bootstrap.ts'
import type { Sample } from '../statistics/paired.ts'
import { interquartileMean, median } from '../statistics/summary.ts'
import type { Baseline } from '../training/baselines.ts'
import { kindOf } from '../training/data/index.ts'
import type { Look } from '../training/experiment.ts'
import type { Costs } from './costs.ts'
import type { Ending } from './messages.ts'
import { grouped, type Planned } from './plan.ts'

/** A run that ended by itself. */
export interface Ran {
  readonly run: Planned
  readonly seed: number
  readonly folder: string
  /** The held-out figure at its end; ∞ where it diverged and lower is better, -∞ where higher is. */
  readonly value: number
  readonly looks: readonly Look[]
  readonly updates: number
  readonly seconds: number
  /** What needs no gradient, beside this run; none beside one that diverged. */
  readonly baselines: readonly Baseline[]
}

export interface Group {
  readonly name: string
  readonly first: Planned
  readonly ran: readonly Ran[]
  /** Runs that failed for another reason than that they diverged. */
  readonly failed: number
  readonly median: number
  readonly middle: number
  readonly interval: Interval
  /** The share of runs that diverged, in [0, 1]; they are in all other figures as the worst of all. */
  readonly diverged: number
  /** The median over the runs. */
  readonly seconds: number
  readonly updates: number
  readonly costs: Costs
  /** The cosine to the exact gradient, the median over the runs; NaN where there is none. */
  readonly alignment: number
  /** The cosine to each shadow along the run: the mean over updates, the median over the runs. */
  readonly shadows: ReadonlyMap<string, number>
}

interface Timing {
  readonly begun?: string
  readonly seconds?: number
}

/** The seconds that a run took, the parts that it was run in added up. */
const secondsOf = (folder: string): number => {
  let [total, part] = [0, 0]
  for (const { begun, seconds } of linesIn(join(folder, files.timing)) as readonly Timing[]) {
    if (begun !== undefined) [total, part] = [total + part, 0]
    else part = seconds ?? part
  }
  return total + part
}

const shadowForm = z.looseObject({ rule: z.string(), group: z.literal('all'), cosine: z.number() })

/** The mean cosine to each shadow over the updates of a run; lines without one are left out. */
const shadowsOf = (folder: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number[]>()
  for (const line of linesIn(join(folder, files.shadows))) {
    const { success, data } = shadowForm.safeParse(line)
    if (!success) continue
    const cosines = found.get(data.rule) ?? []
    cosines.push(data.cosine)
    found.set(data.rule, cosines)
  }
  return new Map([...found].map(([rule, cosines]) => [rule, mean(cosines)]))
}

/** The median over runs of what they have of each name. */
const medians = (runs: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> => {
  const names = [...new Set(runs.flatMap(one => [...one.keys()]))]
  return new Map(names.map(name => [name, median(runs.flatMap(one => one.get(name) ?? []))]))
}

/** A run that ended by itself; null for one that was stopped or failed. */
export const ranOf = (run: Planned, ending: Ending | undefined): Ran | null => {
  const { seed } = run.options
  if (ending?.is === 'diverged') {
    const { folder, looks, step } = ending
    const worst = kindOf(run.sources.data).figure(run.sources.data).better === 'lower' ? 1 : -1
    const value = worst * Number.POSITIVE_INFINITY
    return { run, seed, folder, looks, value, updates: step - 1, seconds: secondsOf(folder), baselines: [] }
  }
  if (ending?.is !== 'done' || ending.outcome.state !== 'finished') return null
  const { held, looks, step, folder, baselines } = ending.outcome
  return { run, seed, folder, looks, value: held, updates: step, seconds: secondsOf(folder), baselines }
}

export const divergedOf = (ran: readonly Ran[]): number => ran.filter(({ value }) => !Number.isFinite(value)).length

/** The groups of runs, each with what it came to. `ran` has a run in the place of its plan, or null. */
export const groupsOf = (
  plan: readonly Planned[],
  ran: readonly (Ran | null)[],
  costs: (group: Planned) => Costs,
  alignment: (ran: readonly Ran[]) => number,
): readonly Group[] =>
  grouped(plan).map(runs => {
    const own = runs.flatMap(run => ran[plan.indexOf(run)] ?? [])
    const values = own.map(({ value }) => value)
    const of = (pick: (one: Ran) => number): number => median(own.map(pick))
    return {
      name: runs[0].group,
      first: runs[0],
      ran: own,
      failed: runs.length - own.length,
      median: median(values),
      middle: interquartileMean(values),
      interval: bootstrap(values, interquartileMean),
      diverged: own.length === 0 ? Number.NaN : divergedOf(own) / own.length,
      seconds: of(({ seconds }) => seconds),
      updates: of(({ updates }) => updates),
      costs: costs(runs[0]),
      alignment: alignment(own),
      shadows: medians(own.map(({ folder }) => shadowsOf(folder))),
    }
  })

/** The values of a group by seed, as they are compared. */
export const sampleOf = ({ name, ran }: Group): Sample => ({
  name,
  values: new Map(ran.map(({ seed, value }) => [seed, value])),
})
