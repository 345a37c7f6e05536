/** `janus train`: one network on data, its held-out figure beside the baselines', and the run's files. */
import { basename } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Engine } from '../../ad/compiler/engine.ts'
import { DomainError, type JanusError } from '../../ad/errors.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import type { Theta } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import { paragraph, progress, table } from '../display/chart.ts'
import { engineBy, engineLine } from '../engine.ts'
import { attempt, type Command, type Failure, failed, failureOf } from '../failure.ts'
import { type Checked, flag, inNewWords } from '../options.ts'
import { chooseRule } from '../rule-choice.ts'
import { callOf, type RuleChoice } from '../rule-named.ts'
import { type Baseline, baselines } from '../training/baselines.ts'
import { writtenCell } from '../training/cell-text.ts'
import { askedData, ownTaskAsked } from '../training/data/asked.ts'
import { type Data, kindOf } from '../training/data/index.ts'
import { requireRule, setupOf, type Trained, trainRun } from '../training/experiment.ts'
import { fitted, type Model, openModel } from '../training/model.ts'
import { cellOf } from '../training/network.ts'
import { type RawOptions, readOptions, type TrainOptions } from '../training/options.ts'
import { type RunRecord, withRecords } from '../training/records.ts'
import type { TaskChoice } from '../training/tasks/choice.ts'

/** What a run is made of: the data, its options and its engine, all found good. */
export interface Prepared {
  readonly data: Data
  readonly options: TrainOptions
  readonly engine: Engine
  /** Parameters to go on from; drawn from the seed where there are none. */
  readonly θ: Theta | null
}

/** Trains with progress on stderr and everything recorded. */
export const recordedRun = (
  { data, options, engine, θ }: Prepared,
  record: RunRecord,
  rows: readonly Baseline[],
): Trained => {
  const drawn = setupOf(data, options, engine)
  const setup = θ ? { ...drawn, θ } : drawn
  const shown = progress(options.rule, options.steps)
  try {
    const trained = trainRun(setup, options, (metric, learned) => {
      record.metric(metric)
      if (metric.held !== undefined) record.keep(learned)
      shown.at(metric.step, metric.held === undefined ? '' : `held out ${metric.held.toFixed(3)}`)
    })
    const { rule, seed, steps } = options
    const held = { before: trained.looks[0]?.held, after: trained.held, unit: kindOf(data).figure(data).unit }
    record.finish(trained.θ, { rule, seed, steps, held, baselines: rows })
    return trained
  } finally {
    shown.stop()
  }
}

/** 2S²·|θ| for S numbers of state: what pushing the influence on takes at every step, in words a reader can weigh. */
const effort = (options: TrainOptions, data: Data): string => {
  const kind = kindOf(data)
  const [cell, sizes] = [cellOf(options), { d: options.hidden, ...kind.ends(kind.about(data)) }]
  const [state, parameters] = [spaceOf(cell.zeroState(sizes)).size, spaceOf(cell.params(sizes, rng(0))).size]
  return `${Number(((2 * state * state * parameters) / 1e6).toPrecision(2))} million operations a step`
}

/** A network in words: layers, cell, units, and the options of its cell. */
const networkLine = ({ cell, layers, hidden, alpha, forgetBias, initial, embed }: TrainOptions): string =>
  [
    `${layers === 1 ? '' : `${layers} layers of `}${cell}, ${hidden} units`,
    ...(alpha === null ? [] : [`alpha ${alpha}`]),
    ...(forgetBias === null ? [] : [`forget bias ${forgetBias}`]),
    ...(initial === null || initial === 'normal' ? [] : [`recurrent weights begin ${initial}`]),
    ...(embed === null ? [] : [`symbols embedded in ${embed} numbers`]),
  ].join(', ')

/** A rule in words: what it changes of the exact gradient, and what it keeps. */
const wordsFor = (rule: RuleChoice): string => {
  const { faces, both, changes, keeps, structure, exactness, papers } = rule.facts
  const changed = changes === undefined ? [] : [changes === 'nothing' ? 'changes nothing' : changes]
  const kept = keeps === undefined ? [] : [`keeps ${keeps}`]
  const parts = [`faces ${both ? 'both ways' : `the ${faces}`}`, ...changed, ...kept]
  const tensor = structure === undefined || structure === 'none' ? '' : `, ${structure}`
  const paper = papers ? ` (${papers[0].authors} ${papers[0].year})` : ''
  return `${callOf(rule)}: ${parts.join(', ')}${tensor}${exactness ? `; ${exactness}` : ''}${paper}`
}

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
    paragraph('engine', engineLine(engine)),
    paragraph('held out', words.held),
  ].join('\n')
}

/** What stands beside a run in its table: the baselines of its data, and oracles as large as it is. */
export const besides = ({ data, options, engine }: Prepared): readonly Baseline[] =>
  baselines(data, { ...options, engine })

/** The held-out figures of runs beside the baselines'. */
export const comparison = (
  data: Data,
  runs: readonly (readonly [name: string, trained: Trained])[],
  rows: readonly Baseline[],
): string => {
  const { title, better } = kindOf(data).figure(data)
  return table(`held out (${title}; ${better} is better)`, [
    ['before training', runs[0]?.[1].looks[0]?.held ?? Number.NaN],
    ...runs.map(([name, { held }]) => [name, held] as const),
    ...rows.map(({ name, value }) => [name, value] as const),
  ])
}

const report = (run: Prepared, out: string): void => {
  const { data, options } = run
  kindOf(data).check(data, options)
  requireRule(setupOf(data, options, run.engine), options)
  withRecords(out, [run], ([record]) => {
    console.log(`${protocol(run, [options.choice()])}\n${paragraph('files', record.folder)}\n`)
    const rows = besides(run)
    const trained = recordedRun(run, record, rows)
    console.log(comparison(data, [[`${callOf(options.choice())}, ${options.steps} updates`, trained]], rows))
    console.log('\nWritten: config.json, metrics.jsonl, model.json, result.json')
  })
}

/** What a model says of its cell, in place of options that say the same. Left: one that says otherwise. */
const likeModel = (raw: RawOptions, { cell }: Model): E.Either<JanusError, RawOptions> => {
  const names = ['cell', 'layers', 'hidden', 'alpha', 'forgetBias', 'embed'] as const
  const said = names.find(name => raw[name] !== undefined && String(raw[name]) !== String(cell[name]))
  const own = Object.fromEntries(names.flatMap(name => (cell[name] === null ? [] : [[name, cell[name]]])))
  if (said === undefined) return E.right({ ...raw, ...own })
  const given = `${flag(said)} ${raw[said]} with a model of ${said} ${cell[said]}`
  return E.left(
    new DomainError({ who: 'train', given, wanted: `the model's own ${said}`, remedy: `Leave --${said} out` }),
  )
}

interface Chosen {
  readonly raw: RawOptions
  readonly data: Data
  readonly θ: Theta | null
  readonly from: string | null
}

/** The data and options, as the model to go on from wants them if there is one. */
const chosen = (raw: RawOptions): TE.TaskEither<Failure, Chosen> =>
  pipe(
    TE.fromTask<Checked<TaskChoice> | undefined, Failure>(() => ownTaskAsked(raw)),
    TE.flatMapEither(own => E.mapLeft(failed)(askedData(raw, own))),
    TE.flatMap((data): TE.TaskEither<Failure, Chosen> => {
      if (raw.from === undefined) return TE.right({ raw, data, θ: null, from: null })
      return pipe(
        openModel(raw.from),
        TE.bindTo('model'),
        TE.bind('data', ({ model }) => TE.fromEither(fitted(data, model))),
        TE.bind('raw', ({ model }) => TE.fromEither(likeModel(raw, model))),
        TE.bimap(failureOf, ({ model, ...rest }) => ({ ...rest, θ: model.θ, from: model.digest })),
      )
    }),
  )

const withEngine = ({ raw, data, θ, from }: Chosen): TE.TaskEither<Failure, Prepared> =>
  pipe(
    TE.fromTask<Checked<RuleChoice> | undefined, Failure>(async () =>
      raw.rule === undefined ? undefined : chooseRule(String(raw.rule)),
    ),
    TE.flatMapEither(rule => readOptions(raw, data.kind, rule)),
    TE.flatMap(options => attempt(async () => ({ ...options, ...(await writtenCell(options.cell, options.alpha)) }))),
    TE.flatMap(options =>
      pipe(
        engineBy(options.engine, options.dtype),
        TE.map(engine => ({ data, engine, θ, options: { ...options, from, engine: engine.name } })),
      ),
    ),
  )

/** The data, the options and the engine that the command line asks for, all found good. */
export const prepared = (raw: RawOptions): TE.TaskEither<Failure, Prepared> =>
  pipe(chosen(inNewWords(raw)), TE.flatMap(withEngine))

/** `janus train`: nothing is written before the data and every option are found good. */
export const train = (raw: RawOptions): Command =>
  pipe(
    prepared(raw),
    TE.flatMap(run => attempt(() => report(run, raw.out || 'runs'))),
  )
