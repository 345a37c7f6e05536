/** What a branch may change of its parent's settings, and how a run stands under the changed ones. */
import * as E from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { type Failure, failed } from '../failure.ts'
import type { Standing } from '../training/experiment.ts'
import type { TrainOptions } from '../training/options.ts'
import { type Config, type SettingName, settingNames } from '../training/settings.ts'

/** Settings that stay what they are, by what they would change. */
const fixed: Readonly<Partial<Record<SettingName, string>>> = {
  data: 'the data',
  column: 'the data',
  target: 'the data',
  task: 'the data',
  horizon: 'the data: what is predicted',
  batch: 'the data: how many sequences are learned from side by side',
  seed: 'the data, or their order',
  cell: 'the shapes of θ',
  layers: 'the shapes of θ',
  hidden: 'the shapes of θ',
  embed: 'the shapes of θ',
  initial: 'the start of the run alone',
  forgetBias: 'the start of the run alone',
  from: 'the start of the run alone',
  engine: 'the last digits of what it goes on from',
  dtype: 'the precision of what it goes on from',
}

const free = settingNames.filter(name => fixed[name] === undefined).join(', ')

/** A setting by its value, that of its default where it is left out. */
const settingOf = (name: SettingName, config: Config, options: TrainOptions): string =>
  String(config[name] ?? (name in options ? options[name as keyof TrainOptions] : undefined))

/** Refuses settings that no branch changes, each with the reason. */
export const requireBranch = (
  { config, options }: { readonly config: Config; readonly options: TrainOptions },
  changed: Config,
): E.Either<Failure, void> => {
  const bad = settingNames.filter(
    name => fixed[name] !== undefined && settingOf(name, changed, options) !== settingOf(name, config, options),
  )
  if (bad.length === 0) return E.right(undefined)
  return E.left(failed(bad.map(name => refused(name, changed[name], fixed[name] as string))))
}

const refused = (name: SettingName, value: unknown, changes: string): DomainError =>
  new DomainError({
    who: 'runs branch',
    given: `${name}=${String(value)}, which changes ${changes}`,
    wanted: `settings that a run can go on with: ${free}`,
    remedy: `Leave ${name} out, or begin a run with janus train`,
  })

/**
 * Refuses another window where a task makes several sequences side by side: their stretches are cut by it. A rule may bring its own
 * window, so that this is of the options.
 */
export const requireWindow = (kind: string, was: TrainOptions, now: TrainOptions): E.Either<Failure, void> => {
  if (kind !== 'task' || was.batch === 1 || was.window === now.window) return E.right(undefined)
  return E.left(failed([refused('window', now.window, `where sequences side by side are cut; it was ${was.window}`)]))
}

/** The rule and how far it remembers: another of these begins a new sequence. */
const memoryOf = ({ rule, ruleDigest, ruleOptions, k, window, washout }: TrainOptions): string =>
  JSON.stringify([rule, ruleDigest, ruleOptions, k, window, washout])

/** What an optimiser remembers by: another of these begins anew. */
const momentsOf = ({ optimiser, momentum }: TrainOptions): string => `${optimiser} ${(momentum ?? 0) > 0}`

/** The optimiser's memory, without that of the clipping before it, or with one. */
const clipped = (memory: unknown, was: TrainOptions, now: TrainOptions): unknown => {
  const own = was.clip === null ? memory : (memory as readonly unknown[])[1]
  return now.clip === null ? own : [null, own]
}

/**
 * Where a run stands, for settings that it goes on with. Parameters, noise and the place in the data stay; the optimiser's memory
 * where it is the same optimiser; the state and the rule's memory where the rule, its options, window and washout are the same, else
 * a sequence begins there, as after a washout.
 */
export const continued = (standing: Standing, was: TrainOptions, now: TrainOptions): Standing => {
  const { θ, optimiser, run } = standing.state
  const kept = optimiser !== undefined && momentsOf(was) === momentsOf(now)
  const anew = run && { carries: [], gradient: null, weight: 0, count: 0, washed: (run.washed ?? 0) + run.count }
  return {
    ...standing,
    state: {
      θ,
      ...(kept && { optimiser: clipped(optimiser, was, now) }),
      ...(run && { run: memoryOf(was) === memoryOf(now) ? run : { ...anew, random: run.random } }),
    } as Standing['state'],
  }
}
