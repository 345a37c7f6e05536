/** `janus train`: experiments one after another, each held-out figure beside the baselines', and the files of each. */
import { basename, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { spaceOf } from '../../ad/linear/space.ts'
import { rng } from '../../nets/random.ts'
import { paragraph, progress, table } from '../display/chart.ts'
import { shadowTable } from '../display/shadow-table.ts'
import { engineLine } from '../engine.ts'
import { configSchema, inFile, settingsIn, yamlOf } from '../experiments/config-file.ts'
import { overrides } from '../experiments/grammar.ts'
import type { Parent } from '../experiments/identity.ts'
import { type Experiment, experimentsOf, type Settings } from '../experiments/plan.ts'
import { type Prepared, preparedWith } from '../experiments/prepared.ts'
import { type Outcome, type Running, runPrepared } from '../experiments/run.ts'
import type { ShadowPlan } from '../experiments/shadows.ts'
import { attempt, type Command, type Failure, failed } from '../failure.ts'
import { type Checked, flag, type Given, numberWhere, reader } from '../options.ts'
import { callOf, type RuleChoice } from '../rule-named.ts'
import type { Baseline } from '../training/baselines.ts'
import { type Data, kindOf } from '../training/data/index.ts'
import { cellOf } from '../training/network.ts'
import type { TrainOptions } from '../training/options.ts'
import { settingNames } from '../training/settings.ts'
import { shadowsAsked } from './shadows-asked.ts'
import { type Stopping, stopping } from './stopping.ts'

/** An experiment that can begin, and its name. */
export interface Ready extends Prepared, Experiment {
  readonly parent?: Parent
}

/** The learning curve of a run that has come to its end, drawn beside its files; what draws is loaded only then. */
const curveOf = async ({ data, options }: Ready, outcome: Outcome): Promise<Outcome> => {
  if (outcome.state !== 'finished' || outcome.wasThere) return outcome
  const { writeCurve } = await import('../figures/curve-file.ts')
  const points = outcome.looks.map(({ step, held }) => ({ x: step * options.every, y: held }))
  const named = { rule: callOf(options.choice()), seed: options.seed }
  await writeCurve(outcome.folder, {
    ...named,
    points,
    y: kindOf(data).figure(data).title,
    references: outcome.baselines,
  })
  return outcome
}

/** Runs an experiment with progress on stderr, and draws its learning curve. */
export const shownRun = (
  ready: Ready,
  how: Omit<Running, 'onProgress' | 'onNotice'>,
): TE.TaskEither<Failure, Outcome> => {
  const { rule, steps } = ready.options
  const shown = progress(rule, steps)
  const told = runPrepared(
    ready,
    ready,
  )({
    ...how,
    onProgress: ({ step, held }) => shown.at(step, held === undefined ? '' : `held out ${held.toFixed(3)}`),
    onNotice: line => process.stderr.write(`${line}\n`),
  })
  const run = async () => {
    try {
      return await told()
    } finally {
      shown.stop()
    }
  }
  return pipe(
    run,
    TE.flatMap(outcome => attempt(() => curveOf(ready, outcome))),
  )
}

/** 2S²·|θ| for S numbers of state: what pushing the influence on takes at every step, in words a reader can weigh. */
const effort = (options: TrainOptions, data: Data): string => {
  const kind = kindOf(data)
  const [cell, sizes] = [cellOf(options), { d: options.hidden, ...kind.ends(kind.about(data)) }]
  const [state, parameters] = [spaceOf(cell.zeroState(sizes)).size, spaceOf(cell.params(sizes, rng(0))).size]
  return `${Number(((2 * state * state * parameters) / 1e6).toPrecision(2))} million operations a step`
}

/** A network in words: layers, cell, units, and what its cell was told. */
export const networkLine = ({ cell, layers, hidden, alpha, forgetBias, initial, embed }: TrainOptions): string =>
  [
    `${layers === 1 ? '' : `${layers} layers of `}${cell}, ${hidden} units`,
    ...(alpha === null ? [] : [`alpha ${alpha}`]),
    ...(forgetBias === null ? [] : [`forget bias ${forgetBias}`]),
    ...(initial === null || initial === 'normal' ? [] : [`recurrent weights begin ${initial}`]),
    ...(embed === null ? [] : [`symbols embedded in ${embed} numbers`]),
  ].join(', ')

/** A rule in words: what it changes of the exact gradient, and what it keeps. */
export const wordsFor = (rule: RuleChoice): string => {
  const { faces, both, changes, keeps, structure, exactness, papers } = rule.facts
  const changed = changes === undefined ? [] : [changes === 'nothing' ? 'changes nothing' : changes]
  const kept = keeps === undefined ? [] : [`keeps ${keeps}`]
  const parts = [`faces ${both ? 'both ways' : `the ${faces}`}`, ...changed, ...kept]
  const tensor = structure === undefined || structure === 'none' ? '' : `, ${structure}`
  const paper = papers ? ` (${papers[0].authors} ${papers[0].year})` : ''
  return `${callOf(rule)}: ${parts.join(', ')}${tensor}${exactness ? `; ${exactness}` : ''}${paper}`
}

const workersWords = ({ workers }: Prepared['options']): string => (workers === null ? '' : ` Workers: ${workers}.`)

/** How a run is done, as it is printed with it. */
export const protocol = ({ data, options, engine }: Prepared, rules: readonly RuleChoice[]): string => {
  const { optimiser, lr, momentum, clip, steps, seed } = options
  const { name, train, held } = data
  const { items, ...kind } = kindOf(data)
  const words = kind.words(data, options)
  const parts = words.parts ?? `the first 90% (${train.length} ${items}) to train, the tail (${held.length}) held out`
  const extras = `${momentum ? `, momentum ${momentum}` : ''}, ${clip === null ? 'not clipped' : `clipped at ${clip}`}`
  const credit = (rule: RuleChoice): string =>
    `${(words.credit as Readonly<Record<string, string>>)[rule.name] ?? wordsFor(rule)}${rule.name === 'rtrl' ? `; ${effort(options, data)}` : ''}.`
  return [
    paragraph('data', `${basename(name)}: ${parts}.${words.data}`),
    paragraph('network', `${networkLine(options)}; seed ${seed}.`),
    paragraph('learning', `${optimiser}, lr ${lr}${extras}; ${steps} updates, ${words.updates}`),
    ...rules.map((rule, i) => paragraph(i === 0 ? 'credit' : '', credit(rule))),
    paragraph('engine', `${engineLine(engine)}${workersWords(options)}`),
    paragraph('held out', words.held),
  ].join('\n')
}

/** The held-out figures of runs beside the baselines'. */
export const comparison = (
  data: Data,
  runs: readonly (readonly [name: string, trained: Pick<Outcome, 'looks' | 'held'>])[],
  others: readonly Baseline[],
): string => {
  const { title, better } = kindOf(data).figure(data)
  return table(`held out (${title}; ${better} is better)`, [
    ['before training', runs[0]?.[1].looks[0]?.held ?? Number.NaN],
    ...runs.map(([name, { held }]) => [name, held] as const),
    ...others.map(({ name, value }) => [name, value] as const),
  ])
}

/** What the command line says of how experiments are run, beside their settings. */
export interface Control {
  readonly out?: string
  readonly fresh?: boolean
  readonly retry?: boolean
  readonly allowOtherEngine?: boolean
  readonly checkpointEvery?: Given
  readonly shadow?: string
  readonly shadowEvery?: Given
  readonly shadowLags?: boolean
  readonly shadowEigenvalues?: boolean
  readonly config?: string
  readonly printConfig?: boolean
  readonly schema?: boolean
}

/** What `janus train` is given: settings, and how they are run. */
export type Asked = Control & { readonly [name: string]: Given | boolean | undefined }

const controls = [
  'out',
  'fresh',
  'retry',
  'allowOtherEngine',
  'checkpointEvery',
  'shadow',
  'shadowEvery',
  'shadowLags',
  'shadowEigenvalues',
  'config',
  'printConfig',
  'schema',
] as const

/** The settings of the command line, those of a file below them, and setting=value above. */
const settingsOf = (asked: Asked, words: readonly string[]): Checked<Settings> => {
  const own = Object.fromEntries(
    Object.entries(asked).filter(([name]) => !controls.some(other => other === name)),
  ) as Settings
  return pipe(
    asked.config === undefined ? E.right<never, Settings>({}) : settingsIn(asked.config),
    E.chain(below =>
      pipe(
        overrides(words),
        E.map(above => ({ ...below, ...own, ...above }) as Settings),
      ),
    ),
  )
}

/** How a setting is spoken of: as a flag, or as one of the file that it stands in. */
const wayOf = ({ config, ...asked }: Asked): ((name: string) => string) => {
  if (config === undefined) return flag
  const flags = new Set(Object.keys(asked))
  return name => (flags.has(name) ? flag(name) : inFile(name))
}

const longest = 86_400

export const secondsBetween = (given: Given | undefined): Checked<number | undefined> => {
  if (given === undefined) return E.right(undefined)
  const { number } = reader('train')
  return number(
    'checkpointEvery',
    given,
    numberWhere(x => x >= 0 && x <= longest, `from 0 to ${longest} seconds`, 30),
  )
}

/** The experiments that are asked for, each with what it names. */
export const askedFor = (asked: Asked, words: readonly string[] = []): TE.TaskEither<Failure, readonly Experiment[]> =>
  pipe(
    TE.fromEither(pipe(settingsOf(asked, words), E.mapLeft(failed))),
    TE.flatMap(settings => experimentsOf(settings, wayOf(asked))),
  )

/** An experiment with its options and engine. */
export const ready = (experiment: Experiment): TE.TaskEither<Failure, Ready> =>
  pipe(
    preparedWith(experiment.config, experiment.sources),
    TE.map(found => ({ ...experiment, ...found })),
  )

const written = 'Written: config.json, metrics.jsonl, model.json, result.json, curve.svg and\ncheckpoint.safetensors'

/** What is said of a run when it is over. */
const ending = (run: Ready, outcome: Outcome): string => {
  const { data, options } = run
  const name = `${callOf(options.choice())}, ${outcome.step} updates`
  const again = run.parent ? '.' : ': add --fresh to run it again.'
  const before = outcome.wasThere ? `\nIt was finished before${again}` : `\n${written}`
  const mixed = outcome.bitForBit
    ? ''
    : '\nNot bit for bit: a part of it was computed on another engine, machine or version.'
  const beside = outcome.shadows.length > 0 ? `\n\n${shadowTable(outcome.shadows)}` : ''
  return `${comparison(data, [[name, outcome]], outcome.baselines)}${beside}\n${before}${mixed}`
}

/** One experiment of so many: run, and what it came to printed. Left: it failed, or was stopped. */
const one = (run: Ready, count: number, how: Running, stop: Stopping): TE.TaskEither<Failure, Outcome> =>
  pipe(
    attempt(() => {
      if (count > 1) console.log(`${run.position + 1} of ${count}`)
      console.log(`${protocol(run, [run.options.choice()])}\n${paragraph('files', join(how.out, run.id))}\n`)
    }),
    TE.flatMap(() => shownRun(run, { ...how, signal: stop.signal })),
    TE.filterOrElse(
      ({ state }) => state === 'finished',
      outcome => stop.failure(outcome, run.options.steps),
    ),
    TE.tapIO(outcome => () => console.log(`${ending(run, outcome)}${count > 1 ? '\n' : ''}`)),
  )

/** What failed of a grid, each by its number and folder. */
const together = (failures: readonly (readonly [Ready, Failure])[], count: number, out: string): Failure => {
  const each = failures.map(
    ([{ position, id }, { message }]) => `${position + 1} of ${count}, ${join(out, id)}: ${message}`,
  )
  const code = failures.every(([, failure]) => failure.code === 2) ? 2 : 1
  return { message: [`${failures.length} of ${count} failed`, ...each].join('\njanus: '), code }
}

/** Runs all, whatever fails. Left: what failed, or that they were stopped. */
const runEach = async (runs: readonly Ready[], how: Running, stop: Stopping): Promise<E.Either<Failure, void>> => {
  const failures: (readonly [Ready, Failure])[] = []
  for (const run of runs) {
    const made = await one(run, runs.length, how, stop)()
    if (E.isRight(made)) continue
    if (runs.length === 1 || stop.signal.aborted) return made
    console.error(`janus: ${made.left.message}\n`)
    failures.push([run, made.left])
  }
  return failures.length === 0 ? E.right(undefined) : E.left(together(failures, runs.length, how.out))
}

/** Experiments one after another, each with what it came to; one that fails does not stop the others. Left: what failed, or that they were stopped. */
export const runAll = (runs: readonly Ready[], how: Running): Command => {
  const stop = stopping()
  return async () => {
    try {
      return await runEach(runs, how, stop)
    } finally {
      stop.release()
    }
  }
}

/** A config with what it defaults to, as YAML. */
const resolved = ({ config, options }: Ready): string => {
  const { ruleOptions: _, ruleDigest: __, from: ___, engine: ____, rule: _____, ...rest } = options
  const settings = { ...rest, ...config, rule: callOf(options.choice()), engine: config.engine ?? 'auto' }
  return yamlOf(
    Object.fromEntries(settingNames.flatMap(name => (settings[name] == null ? [] : [[name, settings[name]]]))),
  )
}

export const howOf = (
  { out, fresh, retry, allowOtherEngine }: Control,
  { every: checkpointEvery, shadows }: { readonly every: number | undefined; readonly shadows: ShadowPlan | undefined },
): Running => ({
  shadows,
  out: out || 'runs',
  fresh,
  retry,
  allowOtherEngine,
  checkpointEvery,
})

/**
 * `janus train`: the experiments of a grid, one after another; `words` are settings as `hidden=32`. Nothing is written before the data
 * and every setting of all of them are found good.
 */
export const train = (asked: Asked, words: readonly string[] = []): Command => {
  if (asked.schema) return attempt(() => console.log(JSON.stringify(configSchema(), null, 2)))
  return pipe(
    TE.fromEither(pipe(secondsBetween(asked.checkpointEvery), E.mapLeft(failed))),
    TE.bindTo('every'),
    TE.bind('shadows', () => shadowsAsked(asked)),
    TE.bind('runs', () => pipe(askedFor(asked, words), TE.flatMap(TE.traverseSeqArray(ready)))),
    TE.flatMap(({ runs, ...how }) => {
      if (asked.printConfig) return attempt(() => console.log(runs.map(resolved).join('---\n').trimEnd()))
      return runAll(runs, howOf(asked, how))
    }),
  )
}
