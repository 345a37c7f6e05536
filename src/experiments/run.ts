/** One experiment: started, or resumed where it stands, with everything written as it goes. */
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { KindError, NonFiniteError } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import { type Failure, failureOf, RunError } from '../failure.ts'
import { type Baseline, baselines } from '../training/baselines.ts'
import { kindOf } from '../training/data/index.ts'
import {
  firstLook,
  isLooking,
  type Look,
  requireRule,
  type Setup,
  setupOf,
  type Update,
  updates,
} from '../training/experiment.ts'
import { machineFor } from '../training/machine.ts'
import type { Metric } from '../training/metric.ts'
import type { TrainOptions } from '../training/options.ts'
import type { Config } from '../training/settings.ts'
import { files, jsonIn, recordedIn, resultIn } from './files.ts'
import { type Beginning, isFinished, type Run, type RunFolder, withFolder } from './folder.ts'
import { identityOf } from './identity.ts'
import { type Prepared, preparedWith, sourcesOf } from './prepared.ts'
import { requireShadows, type ShadowPlan, type ShadowSummary, watching } from './shadows.ts'

/** What is known of a run after each of its updates. */
export interface Progress extends Metric {
  readonly id: string
  /** Updates in all. */
  readonly steps: number
}

/** How an experiment is run. */
export interface Running extends Beginning {
  /** The folder of folders. */
  readonly out: string
  /** Seconds between checkpoints; 30 by default, 0 for one after every update. */
  readonly checkpointEvery?: number | undefined
  /** Stops the run after an update, with a checkpoint. */
  readonly signal?: AbortSignal | undefined
  /** Rules that are run beside the one that trains; no part of what the run is. */
  readonly shadows?: ShadowPlan | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** What a user may want to know: a checkpoint that was refused, and why. */
  readonly onNotice?: ((line: string) => void) | undefined
}

/** What a run came to, or how far. */
export interface Outcome {
  readonly id: string
  readonly folder: string
  /** Finished, or stopped by the signal: it is resumed when it is run again. */
  readonly state: 'finished' | 'interrupted'
  /** Whether it was finished before, so that nothing was run. */
  readonly wasThere: boolean
  /** The update that it went on from; 0 for one that was begun. */
  readonly resumedAt: number
  /** Updates so far. */
  readonly step: number
  /** The held-out figures in order. */
  readonly looks: readonly Look[]
  readonly held: number
  readonly unit: string
  /** The figures beside it in a table, where it is finished. */
  readonly baselines: readonly Baseline[]
  /** Whether all of it was computed on one engine, machine and version. */
  readonly bitForBit: boolean
  /** How the shadows did, group by group; none where none were asked for. */
  readonly shadows: readonly ShadowSummary[]
}

const perSecond = 1000
/** How often others get their turn while a run goes on, in ms. */
const turn = 50
/** How often there is a sign that a run is still there, in ms. */
const signs = 10_000

/** Something to be done now and then; true where it is due, from then on after as long again. */
const every = (ms: number): (() => boolean) => {
  let last = performance.now()
  return () => {
    if (performance.now() - last < ms) return false
    last = performance.now()
    return true
  }
}

/** The figures of a run as its metrics have them. */
const looksOf = (metrics: readonly Metric[]): readonly Look[] => metrics.filter(isLooking)

type Found = Pick<Outcome, 'baselines' | 'state' | 'wasThere' | 'resumedAt' | 'step' | 'bitForBit' | 'shadows'>

const outcomeOf = ({ data }: Prepared, id: string, folder: string, looks: readonly Look[], found: Found): Outcome => ({
  id,
  folder,
  looks,
  held: looks.at(-1)?.held ?? Number.NaN,
  unit: kindOf(data).figure(data).unit,
  ...found,
})

/** A run that was finished before, read from its files. */
const finishedBefore = (prepared: Prepared, id: string, folder: string): Outcome => {
  const result = resultIn(folder)
  const machine = jsonIn(folder, files.machine) as { readonly bitForBit?: boolean } | null
  return outcomeOf(prepared, id, folder, looksOf(recordedIn(folder).metrics), {
    state: 'finished',
    wasThere: true,
    resumedAt: 0,
    step: result?.steps ?? 0,
    baselines: result?.baselines ?? [],
    bitForBit: machine?.bitForBit !== false,
    shadows: [],
  })
}

/** The next update; what it fails by is written down, so that the run is not resumed as if it had been cut. */
const nextOf = (made: Iterator<Update>, folder: RunFolder, step: number): Update | null => {
  try {
    const next = made.next()
    return next.done ? null : next.value
  } catch (thrown) {
    if (!(thrown instanceof RunError))
      folder.fail(step + 1, thrown instanceof Error ? thrown.message : String(thrown), thrown instanceof NonFiniteError)
    throw thrown
  }
}

/** Writes the model, and checkpoints until one cannot be: a run whose rule cannot be left inside its windows begins again when it is cut. */
const saving = (folder: RunFolder, notice: (line: string) => void): ((update: Update) => void) => {
  let able = true
  return update => {
    folder.keep(update.θ)
    if (!able) return
    try {
      folder.checkpoint(update.standing())
    } catch (thrown) {
      if (!(thrown instanceof KindError)) throw thrown
      able = false
      notice(`no checkpoints: ${thrown.message} A run that is cut off begins again.`)
    }
  }
}

/** The parameters that a run begins with or goes on from, with what is known of it there. */
const beginning = (setup: Setup, options: TrainOptions, folder: RunFolder, tell: (metric: Metric) => void): Theta => {
  if (folder.standing) return folder.standing.state.θ
  tell(firstLook(setup, options))
  return setup.θ
}

const pursue = async (
  setup: Setup,
  prepared: Prepared,
  run: Run,
  how: Running,
  folder: RunFolder,
): Promise<Outcome> => {
  const { options, data } = prepared
  const { checkpointEvery = 30, signal, onProgress, onNotice = () => {} } = how
  const looks = [...looksOf(folder.recorded)]
  const resumedAt = folder.standing?.update ?? 0
  const [since, isTurn, isSign, isDue] = [
    performance.now(),
    every(turn),
    every(signs),
    every(checkpointEvery * perSecond),
  ]
  const save = saving(folder, onNotice)
  const watch = watching(how.shadows, setup, options, resumedAt, folder.shadows)
  const tell = (metric: Metric): void => {
    folder.metric(metric)
    if (isLooking(metric)) {
      looks.push(metric)
      folder.timing({
        step: metric.step,
        seconds: (performance.now() - since) / perSecond,
        rss: process.memoryUsage.rss(),
      })
    }
    onProgress?.({ ...metric, id: run.id, steps: options.steps })
  }
  const outcome = (state: Outcome['state'], step: number, rows: readonly Baseline[] = []): Outcome =>
    outcomeOf(prepared, run.id, folder.folder, looks, {
      state,
      baselines: rows,
      wasThere: false,
      resumedAt,
      step,
      bitForBit: folder.bitForBit,
      shadows: watch.summary(),
    })
  for (const notice of folder.notices) onNotice(notice)
  folder.timing({ begun: new Date().toISOString(), step: resumedAt, machine: machineFor(options) })
  let [θ, step] = [beginning(setup, options, folder, tell), resumedAt]
  const made = updates(setup, options, { from: folder.standing, shadows: watch.shadows })
  for (let update = nextOf(made, folder, step); update; update = nextOf(made, folder, step)) {
    step = update.metric.step
    θ = update.θ
    tell(update.metric)
    watch.see(update)
    const stopped = signal?.aborted === true && step < options.steps
    if (isDue() || stopped || step === options.steps) save(update)
    if (stopped) return outcome('interrupted', step)
    if (isSign()) folder.beat()
    if (isTurn()) await setImmediate()
  }
  const { rule, seed, steps } = options
  const held = { before: looks[0]?.held, after: looks.at(-1)?.held, unit: kindOf(data).figure(data).unit }
  const rows = baselines(data, options)
  folder.finish(θ, { rule, seed, steps, held, baselines: rows })
  return outcome('finished', step, rows)
}

/** The setup of a run, with the parameters of a model where one is named. Throws where the data or the rule do not serve. */
export const setupFor = ({ data, options, engine, θ }: Prepared, shadows?: ShadowPlan): Setup => {
  kindOf(data).check(data, options)
  const drawn = setupOf(data, options, engine)
  requireRule(drawn, options)
  requireShadows(drawn, options, shadows)
  return θ ? { ...drawn, θ } : drawn
}

/** Runs what is prepared, as `runExperiment` does. */
export const runPrepared =
  (prepared: Prepared, { id, config, parent }: Pick<Run, 'id' | 'config' | 'parent'>) =>
  (how: Running): TE.TaskEither<Failure, Outcome> =>
    TE.tryCatch(async () => {
      const [setup, folder] = [setupFor(prepared, how.shadows), join(how.out, id)]
      const { data, options } = prepared
      if (!how.fresh && isFinished(folder, options.steps)) return finishedBefore(prepared, id, folder)
      const run = { id, config, data, options, parent }
      return withFolder(how.out, run, how, open => pursue(setup, prepared, run, how, open))
    }, failureOf)

/**
 * Runs one experiment in `<out>/<id>`. It resumes from its last checkpoint where there is one, bit for bit; one that is
 * finished, with as many updates as are asked for, is not run again. A signal that is aborted stops it after an update. Left: the
 * config cannot be, another process has the folder, the run fails, or it failed before and no `retry` is asked for.
 */
export const runExperiment = (config: Config, how: Running): TE.TaskEither<Failure, Outcome> =>
  pipe(
    sourcesOf(config),
    TE.bindTo('sources'),
    TE.bind('id', ({ sources }) => TE.fromEither(identityOf(config, sources))),
    TE.bind('prepared', ({ sources }) => preparedWith(config, sources)),
    TE.flatMap(({ id, prepared }) => runPrepared(prepared, { id, config })(how)),
  )
