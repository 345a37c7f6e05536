/** `janus compare`: rules over seeds on worker processes, their statistics, figures and a report. */
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import { stretches } from '../comparison/alignment.ts'
import { packed, whole } from '../comparison/columns.ts'
import { comparisonId, diagnosticsOf, resultsOf, run, setupsOf } from '../comparison/compare.ts'
import { figuresOf } from '../comparison/figures.ts'
import { ranOf } from '../comparison/groups.ts'
import { jsonOf } from '../comparison/json.ts'
import { live, quiet } from '../comparison/live.ts'
import type { Ending, How } from '../comparison/messages.ts'
import { grouped, type Planned, planned } from '../comparison/plan.ts'
import { besideOf, columnsOf, namesOf, notesOf, pairColumns, type Results, titleOf } from '../comparison/tables.ts'
import { tunedBy, tuningNotes, tuningSeeds, withTuned } from '../comparison/tune.ts'
import { textOf, wrapped } from '../display/table.ts'
import { overrides } from '../experiments/grammar.ts'
import type { Experiment } from '../experiments/plan.ts'
import type { ShadowPlan } from '../experiments/shadows.ts'
import { attempt, type Command, type Failure, failed } from '../failure.ts'
import type { Report } from '../figures/report.ts'
import { type Checked, type Given, reader, wholeUpTo } from '../options.ts'
import { kindOf } from '../training/data/index.ts'
import { machineFor, version } from '../training/machine.ts'
import type { SettingName } from '../training/settings.ts'
import { type Stopping, stopping } from './stopping.ts'
import { type Asked, askedFor, howOf, networkLine, secondsBetween, shadowsAsked, wordsFor } from './train.ts'

/** What the command line says of a comparison, beside its settings. */
interface Control {
  readonly against?: string
  readonly pairs?: boolean
  readonly tune?: string
  readonly workers?: Given
  readonly report?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const most = 1024

const workersOf = (given: Given | undefined): Checked<number> =>
  given === undefined
    ? E.right(availableParallelism())
    : reader('compare').number('workers', given, wholeUpTo(1, most, 4))

const againstOf = (plan: readonly Planned[], given: string | undefined): Checked<string> => {
  const names = grouped(plan).map(([{ group }]) => group)
  if (given === undefined) return E.right(names[0] as string)
  if (names.includes(given)) return E.right(given)
  const near = nearest(given, names)
  const remedy = near === undefined ? 'Name one of them' : `Did you mean \`${near}\`?`
  return E.left([
    new NameError({ who: 'compare', given: `--against ${given}`, wanted: `one of ${names.join(', ')}`, remedy }),
  ])
}

interface Prepared {
  readonly plan: readonly Planned[]
  readonly how: How
  readonly workers: number
  readonly against: string
  readonly control: Control
  /** What is said of how the settings were chosen. */
  readonly notes: readonly string[]
}

type Endings = readonly (Ending | undefined)[]

const unsound = (endings: Endings): readonly string[] =>
  endings.flatMap(one => (one?.is === 'failed' ? [one.failure.message] : []))

const printed = (results: Results, notes: readonly string[]): string => {
  const tables = packed(namesOf(results), columnsOf(results))
  const pairs = results.against === null ? packed(...pairColumns(results)) : []
  const [first, ...more] = tables
  return [
    titleOf(results),
    '',
    [...(first ? [first] : []), ...packed(...besideOf(results)), ...more, ...pairs].map(textOf).join('\n\n'),
    '',
    ...notes.map(note => wrapped(note, 80, '  ')),
  ].join('\n')
}

/** How it was come by, a line each. */
const protocolOf = ({ plan, workers }: Prepared, notes: readonly string[]): Report['protocol'] => {
  const [{ options, sources }] = plan as readonly [Planned, ...Planned[]]
  const { data } = sources
  const { optimiser, lr, momentum, clip, batch } = options
  const kind = kindOf(data)
  const { node, platform, processor } = machineFor(options)
  const many = batch === 1 ? '' : `, ${batch} sequences side by side`
  return [
    `command: janus ${process.argv.slice(2).join(' ')}`,
    `data: ${basename(data.name)}.${kind.words(data, options).data}`,
    `network: ${networkLine(options)}`,
    `learning: ${optimiser}, lr ${lr}${momentum ? `, momentum ${momentum}` : ''}${clip === null ? '' : `, clipped at ${clip}`}; ${options.steps} updates, one every ${options.every} step${options.every === 1 ? '' : 's'} by the mean gradient of their losses${many}`,
    ...grouped(plan).map(
      ([{ group, options: own }]) =>
        `${group}: ${wordsFor(own.choice())}${own.window > own.every ? `; in windows of ${own.window} steps` : ''}`,
    ),
    `seeds: ${[...new Set(plan.map(one => one.options.seed))].join(', ')}; a seed gives every rule the same parameters and data`,
    `runs: ${plan.length} on ${workers} worker processes; their files are in the folders ${plan.map(({ id }) => id).join(', ')}`,
    `held out: ${kind.words(data, options).held}`,
    `engine: ${options.engine}, ${options.dtype}`,
    `made with: janusgrad ${version()}, Node ${node}, ${platform}, ${processor}`,
    ...notes.map((note, i) => `note ${i + 1}: ${note}`),
  ]
}

const reportOf = (prepared: Prepared, results: Results, notes: readonly string[]): Omit<Report, 'figures'> => {
  const pairs = results.against === null ? [whole(...pairColumns(results))] : []
  const [{ sources }] = prepared.plan as readonly [Planned, ...Planned[]]
  const names = results.groups.map(({ name }) => name)
  return {
    title: `${names.join(', ')} on ${basename(sources.data.name)}`,
    protocol: protocolOf(prepared, notes),
    tables: [
      { title: titleOf(results), ...whole(namesOf(results), columnsOf(results)) },
      whole(...besideOf(results)),
      ...pairs,
    ],
  }
}

const finish = async (prepared: Prepared, endings: Endings, setups: Parameters<typeof resultsOf>[2]): Promise<void> => {
  const { plan, how, control } = prepared
  const results = await resultsOf(plan, endings, setups, {
    against: prepared.against,
    ...(control.pairs && { pairs: true }),
  })
  const notes = [...notesOf(results), ...prepared.notes]
  const folder = join(how.out, comparisonId(plan))
  if (control.json) console.log(JSON.stringify(jsonOf(results, folder)))
  else console.log(printed(results, notes))
  if (control.report === false) return
  const { writeReport } = await import('../figures/write.ts')
  const figures = figuresOf(results, await diagnosticsOf(results, setups), stretches)
  await writeReport(folder, figures, reportOf(prepared, results, notes))
  if (!control.json) console.log(`\nWritten: ${join(folder, 'report.html')}, figures and data beside it`)
}

/** Every run of a plan, shown as it goes on. */
const shown = (
  { plan, workers, how, control }: Pick<Prepared, 'plan' | 'workers' | 'how' | 'control'>,
  signal: AbortSignal,
): TE.TaskEither<Failure, Endings> =>
  attempt(async () => {
    const watching = control.quiet ? quiet : live(plan, workers)
    try {
      return await run(plan, { how, workers, watching, signal })
    } finally {
      watching.stop()
    }
  })

/** What is left to say where runs failed. */
const checked = (endings: Endings): E.Either<Failure, void> => {
  const faults = unsound(endings)
  return faults.length === 0 ? E.right(undefined) : E.left({ message: faults.join('\njanus: '), code: 1 })
}

/** The endings of runs. Left: they were stopped. */
const unlessStopped =
  (stop: Stopping) =>
  (endings: Endings): E.Either<Failure, Endings> =>
    stop.signal.aborted
      ? E.left(stop.because(`with ${endings.filter(isOver).length} of ${endings.length} runs done`))
      : E.right(endings)

/** Runs everything, and says what came of it. Left: it was stopped, or runs failed. */
const compared = (prepared: Prepared, stop: Stopping): Command =>
  pipe(
    setupsOf(prepared.plan),
    TE.flatMap(setups =>
      pipe(
        shown(prepared, stop.signal),
        TE.flatMapEither(unlessStopped(stop)),
        TE.tap(endings => attempt(() => finish(prepared, endings, setups))),
        TE.flatMapEither(checked),
      ),
    ),
  )

const isOver = (ending: Ending | undefined): boolean =>
  ending?.is === 'diverged' || (ending?.is === 'done' && ending.outcome.state === 'finished')

type Running = Pick<Prepared, 'workers' | 'how' | 'control'>

interface Chosen {
  readonly experiments: readonly Experiment[]
  readonly notes: readonly string[]
}

/** The setting of --tune and its values. Left: none, or one that is not tuned. */
const tuneOf = (given: string): Checked<SettingName> =>
  pipe(
    overrides([given]),
    E.chain(found => {
      const [name = ''] = Object.keys(found)
      return ['seed', 'rule', 'steps', 'data', 'task'].includes(name)
        ? reader('compare').refuse(
            `--tune ${given}`,
            'a setting that rules may have otherwise',
            'Try --tune lr=0.001,0.01',
          )
        : E.right(name as SettingName)
    }),
  )

/** Experiments with the best value of a setting for each, found on other seeds. */
const tuned = (
  found: Chosen['experiments'],
  given: string,
  asked: Asked,
  words: readonly string[],
  running: Running,
  stop: Stopping,
): TE.TaskEither<Failure, Chosen> => {
  const seeds = tuningSeeds(found.map(({ config }) => config.seed ?? 1))
  return pipe(
    TE.fromEither(pipe(tuneOf(given), E.mapLeft(failed))),
    TE.bindTo('setting'),
    TE.bind('plan', () =>
      pipe(
        askedFor({ ...asked, seed: seeds.join(',') }, [...words.filter(word => !word.startsWith('seed=')), given]),
        TE.flatMap(planned),
      ),
    ),
    TE.tap(({ plan }) => setupsOf(plan)),
    TE.bind('endings', ({ plan }) =>
      pipe(shown({ ...running, plan }, stop.signal), TE.flatMapEither(unlessStopped(stop))),
    ),
    TE.map(({ setting, plan, endings }) => {
      const ran = plan.map((one, i) => ranOf(one, endings[i]))
      const best = tunedBy(plan, ran, setting)
      return {
        experiments: withTuned(found, setting, best),
        notes: tuningNotes(setting, best, seeds, plan[0]?.options.steps ?? 0),
      }
    }),
  )
}

/** Shadows as they are sent to workers, which read them again: found good once. */
const asWritten = ({ shadow }: Asked, plan: ShadowPlan | undefined): How['shadows'] =>
  plan && { rules: String(shadow), every: plan.every }

/** `janus compare`: `words` are settings as `lr=0.01,0.1`. Nothing is run before all of them are found good. */
export const compare = (asked: Asked & Control, words: readonly string[] = []): Command => {
  const { against, pairs, tune, workers, report, json, quiet: still, ...rest } = asked
  const control = { against, pairs, tune, workers, report, json, quiet: still } as Control
  const [settings, stop] = [rest as Asked, stopping()]
  const told = pipe(
    TE.fromEither(pipe(secondsBetween(settings.checkpointEvery), E.mapLeft(failed))),
    TE.bindTo('every'),
    TE.bind('workers', () => TE.fromEither(pipe(workersOf(workers), E.mapLeft(failed)))),
    TE.bind('found', () => askedFor(settings, words)),
    TE.bind('shadows', () => shadowsAsked(settings)),
    TE.let('running', ({ every, workers: count, shadows }) => ({
      how: { ...howOf(settings, { every, shadows }), shadows: asWritten(settings, shadows) },
      workers: count,
      control,
    })),
    TE.bind('chosen', ({ found, running }) =>
      tune === undefined
        ? TE.right<Failure, Chosen>({ experiments: found, notes: [] })
        : tuned(found, tune, settings, words, running, stop),
    ),
    TE.bind('plan', ({ chosen }) => planned(chosen.experiments)),
    TE.bind('base', ({ plan }) => TE.fromEither(pipe(againstOf(plan, against), E.mapLeft(failed)))),
    TE.flatMap(({ running, plan, base, chosen }) =>
      compared({ ...running, plan, against: base, notes: chosen.notes }, stop),
    ),
  )
  return async () => {
    try {
      return await told()
    } finally {
      stop.release()
    }
  }
}
