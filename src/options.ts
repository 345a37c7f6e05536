/** The options of training: what the command line gives, what they default to, and what is wrong with them. */
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { getSemigroup } from 'fp-ts/lib/ReadonlyArray.js'
import { DomainError, type JanusError, NameError } from '../ad/errors.ts'
import { type CellName, cells } from '../nets/cells.ts'
import type { Data } from './data.ts'
import { asked, dtypes, type EngineChoice, engineChoices } from './engine.ts'
import type { Failure } from './failure.ts'
import { numberOf } from './given.ts'
import { nearest } from './nearest.ts'

const rules = ['bptt', 'rtrl', 'tbptt'] as const
const cellNames = Object.keys(cells) as readonly CellName[]
const optimisers = ['sgd', 'adam'] as const

/**
 * How a network is trained; null where an option does not apply. `steps` counts updates, `window` the losses of one in
 * each of `batch` sequences.
 */
export interface TrainOptions {
  readonly rule: (typeof rules)[number]
  readonly k: number | null
  readonly cell: CellName
  readonly layers: number
  readonly hidden: number
  /** The leak of leaky and membrane cells. */
  readonly alpha: number | null
  /** Where the bias of an LSTM's forget gates begins. */
  readonly forget: number | null
  /** Numbers a symbol is embedded in; one-hot where null. */
  readonly embed: number | null
  readonly window: number
  readonly batch: number
  readonly steps: number
  readonly lr: number
  readonly optimiser: (typeof optimisers)[number]
  readonly momentum: number | null
  readonly clip: number | null
  readonly seed: number
  readonly engine: EngineChoice
  readonly dtype: (typeof dtypes)[number]
}

type Given = string | number
/** The same as the command line gives them; what is left out has a default. */
export type RawOptions = {
  readonly data: string
  readonly out?: string
  readonly engine?: string
  readonly from?: string
} & {
  readonly [K in Exclude<keyof TrainOptions, 'engine'>]?: Given
}

const common = {
  rule: 'bptt',
  cell: 'leaky',
  layers: 1,
  batch: 1,
  lr: 0.005,
  optimiser: 'adam',
  seed: 1,
  dtype: 'f64',
} as const

/** What is used where nothing is given, for each kind of data. */
export const defaults = {
  series: { ...common, hidden: 16, alpha: 0.5, window: 20, steps: 1000 },
  text: { ...common, hidden: 64, alpha: 1, window: 25, steps: 3000 },
} as const satisfies { readonly [K in Data['kind']]: { readonly [N in keyof TrainOptions]?: Given } }

type Checked<A> = E.Either<readonly JanusError[], A>
type Range = { readonly fits: (x: number) => boolean; readonly wanted: string; readonly example: number }

const wholeUpTo = (low: number, high: number, example: number): Range => ({
  fits: x => Number.isInteger(x) && x >= low && x <= high,
  wanted: `a whole number from ${low} to ${high}`,
  example,
})
const above0: Omit<Range, 'example'> = { fits: x => x > 0, wanted: 'a number above 0' }

const ranges = {
  k: wholeUpTo(1, 1e6, 5),
  hidden: wholeUpTo(1, 1024, 16),
  alpha: { fits: x => x > 0 && x <= 1, wanted: 'a number in (0, 1]', example: 0.5 },
  window: wholeUpTo(1, 1e6, 20),
  batch: wholeUpTo(1, 4096, 8),
  layers: wholeUpTo(1, 16, 2),
  embed: wholeUpTo(1, 1024, 16),
  forget: { fits: x => Math.abs(x) <= 100, wanted: 'a number from -100 to 100', example: 1 },
  steps: wholeUpTo(1, 1e9, 1000),
  lr: { ...above0, example: 0.005 },
  momentum: { fits: x => x >= 0 && x < 1, wanted: 'a number in [0, 1)', example: 0.9 },
  clip: { ...above0, example: 1 },
  seed: wholeUpTo(0, 2 ** 32 - 1, 1),
} satisfies { readonly [name: string]: Range }

const refuse = (given: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'train', given, wanted, remedy })])

const number = (name: keyof typeof ranges, given: Given): Checked<number> => {
  const { fits, wanted, example }: Range = ranges[name]
  const x = numberOf(given)
  return Number.isFinite(x) && fits(x) ? E.right(x) : refuse(`--${name} ${given}`, wanted, `Try --${name} ${example}`)
}

const oneOf = <A extends string>(name: string, names: readonly A[], given: Given): Checked<A> => {
  const found = names.find(known => known === given)
  if (found !== undefined) return E.right(found)
  const near = nearest(String(given), names)
  const wanted = `one of ${names.join(', ')}`
  const remedy = near === undefined ? `Try --${name} ${names[0]}` : `Did you mean \`${near}\`?`
  return E.left([new NameError({ who: 'train', given: `--${name} ${given}`, wanted, remedy })])
}

const only = (name: keyof typeof ranges, given: Given | undefined, applies: boolean, to: string): Checked<null> =>
  given === undefined || applies
    ? E.right(null)
    : refuse(`--${name} ${given} without ${to}`, `--${name} only with ${to}`, `Leave --${name} out, or add ${to}`)

const chunkOf = (raw: RawOptions, window: Given): Checked<number | null> => {
  if (raw.rule !== 'tbptt') return only('k', raw.k, false, '--rule tbptt')
  return pipe(
    number('k', raw.k ?? Math.min(5, Number(window) || 5)),
    E.chain(k =>
      k > Number(window)
        ? refuse(`--k ${k} with --window ${window}`, 'k at most the window', 'Lower --k, or use --rule bptt')
        : E.right(k),
    ),
  )
}

const momentumOf = (raw: RawOptions, optimiser: Given): Checked<number | null> =>
  optimiser === 'sgd' ? number('momentum', raw.momentum ?? 0) : only('momentum', raw.momentum, false, '--optimiser sgd')

const ofCells = (
  name: 'alpha' | 'forget',
  names: readonly string[],
  raw: RawOptions,
  cell: Given,
  otherwise: number,
): Checked<number | null> =>
  names.includes(String(cell))
    ? number(name, raw[name] ?? otherwise)
    : only(name, raw[name], false, `--cell ${names.join(' or ')}`)

const failure = (problems: readonly JanusError[]): Failure => ({
  message: problems.map(problem => problem.message).join('\n'),
  code: 2,
})

const embedOf = (embed: Given, kind: Data['kind']): Checked<number | null> =>
  kind === 'text' ? number('embed', embed) : only('embed', embed, false, 'a text')

/** Reads the options of a kind of data. Left: every problem, a line each. */
export const readOptions = (raw: RawOptions, kind: Data['kind']): E.Either<Failure, TrainOptions> => {
  const all = { ...defaults[kind], ...raw }
  const read = (name: keyof typeof ranges & keyof typeof all): Checked<number> => number(name, all[name] ?? '')
  const gathered = sequenceS(E.getApplicativeValidation(getSemigroup<JanusError>()))({
    rule: oneOf('rule', rules, all.rule),
    k: chunkOf(raw, all.window),
    cell: oneOf('cell', cellNames, all.cell),
    layers: read('layers'),
    hidden: read('hidden'),
    alpha: ofCells('alpha', ['leaky', 'membrane'], raw, all.cell, defaults[kind].alpha),
    forget: ofCells('forget', ['lstm', 'peephole'], raw, all.cell, 1),
    embed: raw.embed === undefined ? E.right(null) : embedOf(raw.embed, kind),
    window: read('window'),
    batch: read('batch'),
    steps: read('steps'),
    lr: read('lr'),
    optimiser: oneOf('optimiser', optimisers, all.optimiser),
    momentum: momentumOf(raw, all.optimiser),
    clip: raw.clip === undefined ? E.right(null) : number('clip', raw.clip),
    seed: read('seed'),
    engine: oneOf('engine', engineChoices, asked(raw.engine, 'compiled')),
    dtype: oneOf('dtype', dtypes, all.dtype),
  })
  return pipe(gathered, E.mapLeft(failure))
}
