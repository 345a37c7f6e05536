/** The settings of an experiment as they are asked for: one schema, from which the command line, files and editors read. */
import * as E from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, type JanusError, NameError } from '../../ad/errors.ts'
import { cellNames } from '../../nets/cells/index.ts'
import { dtypes, engineChoices } from '../engine.ts'
import {
  type Checked,
  flag,
  type Given,
  inNewWords,
  numberWhere,
  type Range,
  reader,
  ranges as shared,
  wholeUpTo,
} from '../options.ts'
import { initialNames } from './initial.ts'

/** What the numbers of training may be. */
export const ranges = {
  ...shared,
  k: wholeUpTo(1, 1e6, 5),
  hidden: wholeUpTo(1, 1024, 16),
  window: wholeUpTo(1, 1e6, 20),
  every: wholeUpTo(1, 1e6, 1),
  batch: wholeUpTo(1, 4096, 8),
  washout: wholeUpTo(1, 1e9, 200),
  horizon: wholeUpTo(1, 1e6, 5),
  layers: wholeUpTo(1, 16, 2),
  embed: wholeUpTo(1, 1024, 16),
  steps: wholeUpTo(1, 1e9, 1000),
  workers: wholeUpTo(1, 64, 2),
  lr: numberWhere(x => x > 0, 'above 0', 0.005),
  lrFall: numberWhere(x => x > 0, 'of updates above 0', 1000),
  momentum: numberWhere(x => x >= 0 && x < 1, 'in [0, 1)', 0.9),
  clip: numberWhere(x => x > 0, 'above 0', 1),
} as const satisfies { readonly [name: string]: Range }

export const optimisers = ['sgd', 'adam'] as const

/** How a setting is written where it was given: --lr, or lr in a file. */
export type Way = (name: string) => string

/** A setting: what it may be, and what is said of one that it may not. */
interface Field<A> {
  readonly schema: z.ZodType<A>
  problem(name: string, given: Given, way: Way): JanusError
}

const { problemOf, numberOf } = reader('train')

const number = (range: Range): Field<number> => ({
  schema: z.preprocess(
    given => (typeof given === 'string' ? numberOf(given) : given),
    z
      .number()
      .refine(range.fits)
      .meta({ description: range.wanted, ...range.bounds }),
  ),
  problem: (name, given, way) => problemOf.number(way(name), given, range),
})

const oneOf = <const A extends string>(names: readonly A[]): Field<A> => ({
  schema: z.enum(names as readonly [A, ...A[]]),
  problem: (name, given, way) => problemOf.oneOf(way(name), names, given),
})

const words = (description: string): Field<string> => ({
  schema: z.preprocess(given => (typeof given === 'number' ? String(given) : given), z.string().meta({ description })),
  problem: (name, given, way) =>
    new DomainError({
      who: 'train',
      given: `${way(name)} ${String(given)}`,
      wanted: `a text: ${description}`,
      remedy: 'Write a text',
    }),
})

const cell: Field<string> = {
  schema: z.union([z.enum(cellNames as readonly [string, ...string[]]), z.string().regex(/=/)]),
  problem: (name, given, way) => problemOf.oneOf(way(name), cellNames, given),
}

/** Every setting, in the order in which they are listed. */
const fields = {
  data: words('constitution, sunspots, digits, or the path of a text or a table'),
  column: words('columns of a table to learn from, by name or number'),
  target: words('columns of a table to predict'),
  horizon: number(ranges.horizon),
  task: words('a made-up task, with its options in parentheses'),
  rule: words('a name of janus rules, with its options in parentheses, or the path of a rule of your own'),
  k: number(ranges.k),
  cell,
  layers: number(ranges.layers),
  hidden: number(ranges.hidden),
  alpha: number(ranges.alpha),
  forgetBias: number(ranges.forgetBias),
  initial: oneOf(initialNames),
  embed: number(ranges.embed),
  from: words('the model.json of another run, to begin with its parameters'),
  window: number(ranges.window),
  every: number(ranges.every),
  batch: number(ranges.batch),
  washout: number(ranges.washout),
  steps: number(ranges.steps),
  lr: number(ranges.lr),
  lrFall: number(ranges.lrFall),
  optimiser: oneOf(optimisers),
  momentum: number(ranges.momentum),
  clip: number(ranges.clip),
  seed: number(ranges.seed),
  engine: oneOf(engineChoices),
  dtype: oneOf(dtypes),
  workers: number(ranges.workers),
} as const satisfies { readonly [name: string]: Field<string> | Field<number> }

type Fields = typeof fields
export type SettingName = keyof Fields

/** The settings of one experiment as asked: one flat record; what is left out has a default. */
export type Config = { readonly [K in SettingName]?: Fields[K] extends Field<infer A> ? A : never }

/** The same, not read yet. */
export type RawConfig = { readonly [K in SettingName]?: Given | undefined }

export const settingNames = Object.keys(fields) as readonly SettingName[]

/** The schema of a config. */
export const configForm = z.strictObject(
  Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema.optional()])),
)

const unknown = (name: string, way: Way): JanusError => {
  const near = nearest(name, settingNames)
  return new NameError({
    who: 'train',
    given: `the setting ${way(name).replace(/:$/, '')}`,
    wanted: `one of ${settingNames.join(', ')}`,
    remedy: near === undefined ? 'Leave it out' : `Did you mean \`${near}\`?`,
  })
}

const problemsOf = (raw: object, { issues }: z.ZodError, way: Way): readonly JanusError[] =>
  issues.flatMap(issue => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map(name => unknown(name, way))
    const name = issue.path[0] as SettingName
    return [fields[name].problem(name, (raw as RawConfig)[name] as Given, way)]
  })

/** Settings that were given, each found good, and every problem with those that were not. */
export interface Sifted {
  readonly good: Config
  readonly problems: readonly JanusError[]
}

/** What was given, in today's words. */
const given = (raw: object): object =>
  inNewWords(Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined)))

/** Sifts settings; names that are none are among the problems. */
export const sifted = (raw: object, way: Way = flag): Sifted => {
  const found = given(raw)
  const read = configForm.safeParse(found)
  if (read.success) return { good: read.data as Config, problems: [] }
  const bad = new Set(read.error.issues.flatMap(({ path }) => (path.length > 0 ? [path[0]] : [])))
  const rest = Object.fromEntries(
    Object.entries(found).filter(([name]) => Object.hasOwn(fields, name) && !bad.has(name)),
  )
  return { good: configForm.parse(rest) as Config, problems: problemsOf(found, read.error, way) }
}

/** A config, or every problem with it. */
export const readConfig = (raw: object, way: Way = flag): Checked<Config> => {
  const { good, problems } = sifted(raw, way)
  return problems.length === 0 ? E.right(good) : E.left(problems)
}
