/** What an experiment is made of: the data, the options and the engine that a config asks for, all found good. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Engine } from '../../ad/compiler/engine.ts'
import { DomainError, type JanusError } from '../../ad/errors.ts'
import type { Theta } from '../../nets/network.ts'
import { engineBy } from '../engine.ts'
import { attempt, type Failure, failed, failureOf } from '../failure.ts'
import { type Checked, flag } from '../options.ts'
import { chooseRule } from '../rule-choice.ts'
import type { RuleChoice } from '../rule-named.ts'
import { writtenCell } from '../training/cell-text.ts'
import { askedData, ownTaskAsked } from '../training/data/asked.ts'
import { horizonOf } from '../training/data/file.ts'
import { type Data, defaultsOf, kindOf } from '../training/data/index.ts'
import { fitted, type Model, openModel } from '../training/model.ts'
import { readOptions, type TrainOptions } from '../training/options.ts'
import { type Config, type RawConfig, readConfig } from '../training/settings.ts'
import type { TaskChoice } from '../training/tasks/choice.ts'

/** What a config names outside itself, read: the data, the rule, and the model whose parameters it starts with. */
export interface Sources {
  readonly data: Data
  readonly rule: Checked<RuleChoice> | undefined
  readonly model: Model | null
}

/** A run that can begin. */
export interface Prepared {
  readonly data: Data
  readonly options: TrainOptions
  readonly engine: Engine
  /** Parameters to go on from; drawn from the seed where there are none. */
  readonly θ: Theta | null
}

/** Data as the model to go on from wants them, if there is one; else with the horizon that is asked for. */
const dataFor = (data: Data, model: Model | null, horizon: number): E.Either<Failure, Data> => {
  const { ahead } = kindOf(data)
  const alone = (): E.Either<JanusError, Data> => (ahead ? ahead(data, horizon) : E.right(data))
  return pipe(model === null ? alone() : fitted(data, model), E.mapLeft(failureOf))
}

/** Reads what a config names. Left: what is missing or cannot be. */
export const sourcesOf = (config: Config): TE.TaskEither<Failure, Sources> =>
  pipe(
    TE.fromTask<Checked<TaskChoice> | undefined, Failure>(() => ownTaskAsked(config)),
    TE.flatMapEither(own => E.mapLeft(failed)(askedData(config, own))),
    TE.bindTo('given'),
    TE.bind('model', () =>
      config.from === undefined
        ? TE.right<Failure, Model | null>(null)
        : pipe(openModel(config.from), TE.mapLeft(failureOf)),
    ),
    TE.bind('data', ({ given, model }) => TE.fromEither(dataFor(given, model, config.horizon ?? 1))),
    TE.bind('rule', () => TE.fromTask(async () => (config.rule === undefined ? undefined : chooseRule(config.rule)))),
  )

/** What a model says of its cell and of how far ahead it predicts, in place of settings that say the same. Left: one that says otherwise. */
const likeModel = (config: Config, { cell, data }: Model): E.Either<JanusError, Config> => {
  const names = ['cell', 'layers', 'hidden', 'alpha', 'forgetBias', 'embed', 'horizon'] as const
  const model = { ...cell, horizon: kindOf(data).ahead ? horizonOf(data) : null }
  const said = names.find(name => config[name] !== undefined && String(config[name]) !== String(model[name]))
  const own = Object.fromEntries(names.flatMap(name => (model[name] === null ? [] : [[name, model[name]]])))
  if (said === undefined) return E.right({ ...config, ...own })
  const given = `${flag(said)} ${config[said]} with a model of ${said} ${model[said]}`
  return E.left(
    new DomainError({ who: 'train', given, wanted: `the model's own ${said}`, remedy: `Leave --${said} out` }),
  )
}

/** The options of a config with its sources. Left: every problem, a line each. */
export const optionsFor = (config: Config, { data, rule, model }: Sources): E.Either<Failure, TrainOptions> =>
  pipe(
    model === null ? E.right(config) : likeModel(config, model),
    E.mapLeft(problem => failed([problem])),
    E.chain(settings => readOptions(settings, data.kind, rule, defaultsOf(data))),
    E.map(options => ({ ...options, from: model?.digest ?? null })),
  )

/** Everything found good, and the engine made. */
export const preparedWith = (config: Config, sources: Sources): TE.TaskEither<Failure, Prepared> =>
  pipe(
    TE.fromEither(optionsFor(config, sources)),
    TE.flatMap(options => attempt(async () => ({ ...options, ...(await writtenCell(options.cell, options.alpha)) }))),
    TE.flatMap(options =>
      pipe(
        engineBy(options.engine, options.dtype),
        TE.map(engine => ({
          data: sources.data,
          engine,
          θ: sources.model?.θ ?? null,
          options: { ...options, engine: engine.name },
        })),
      ),
    ),
  )

/** The data, the options and the engine of settings that are not read yet, all found good. */
export const prepared = (raw: RawConfig): TE.TaskEither<Failure, Prepared> =>
  pipe(
    TE.fromEither(pipe(readConfig(raw), E.mapLeft(failed))),
    TE.flatMap(config =>
      pipe(
        sourcesOf(config),
        TE.flatMap(sources => preparedWith(config, sources)),
      ),
    ),
  )
