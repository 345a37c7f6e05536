/** Numbers that are read out of the folders of runs. */
import { join } from 'node:path'
import { z } from 'zod'
import { mean } from '../../ad/moments.ts'
import { files, linesIn, recordedIn, resultIn } from '../experiments/files.ts'
import { median } from '../statistics/summary.ts'
import type { Config } from '../training/settings.ts'
import type { Run, Runs } from './reproduction.ts'

/** A number of one run. */
export type OfRun = (run: Run) => number

/** The runs of a sweep that have some settings. */
const chosen = (runs: readonly Run[], settings: Config): readonly Run[] =>
  runs.filter(({ run }) =>
    Object.entries(settings).every(([name, value]) => run.config[name as keyof Config] === value),
  )

/** The median of a number over the runs of some sweeps that have some settings; NaN where there are none. */
export const medianOf =
  (sweeps: string | readonly string[], settings: Config, of: OfRun) =>
  (runs: Runs): number =>
    median([sweeps].flat().flatMap(name => chosen(runs[name] ?? [], settings).map(of)))

/** The held-out figure at the end; ∞ of a run that diverged. */
export const held: OfRun = ({ stand }) => (stand.is === 'finished' ? stand.held : Number.POSITIVE_INFINITY)

const lossesOf = ({ folder }: Run): readonly number[] =>
  recordedIn(folder).metrics.flatMap(({ train }) => (train === undefined ? [] : [train]))

/** The loss of the first update, before the parameters moved. */
export const firstLoss: OfRun = run => lossesOf(run)[0] ?? Number.NaN

/** The mean loss of the last updates, each before its own; ∞ of a run that diverged. */
export const lastLosses =
  (count: number): OfRun =>
  run =>
    run.stand.is === 'finished' ? mean(lossesOf(run).slice(-count)) : Number.POSITIVE_INFINITY

const shadowForm = z.looseObject({ step: z.number(), rule: z.string(), group: z.string(), cosine: z.number() })

/** What needs no gradient or is known beforehand, of the first run of a sweep: a floor by its name. */
export const floor =
  (sweep: string, name: string) =>
  (runs: Runs): number => {
    const [first] = runs[sweep] ?? []
    const known = first ? (resultIn(first.folder)?.baselines ?? []) : []
    return known.find(one => one.name === name)?.value ?? Number.NaN
  }

/** The mean cosine of a shadow's gradient and the one that moved the parameters, from an update on. */
export const cosineTo =
  (rule: string, from = 0, group = 'all'): OfRun =>
  ({ folder }) =>
    mean(
      linesIn(join(folder, files.shadows)).flatMap(line => {
        const { data } = shadowForm.safeParse(line)
        return data && data.rule === rule && data.group === group && data.step >= from ? [data.cosine] : []
      }),
    )
