/** The options of training: what the command line gives, what they default to, and what is wrong with them. */
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { getSemigroup } from 'fp-ts/lib/ReadonlyArray.js'
import type { JanusError } from '../../ad/errors.ts'
import { type CellName, cellNames, cellsWith } from '../../nets/cells/index.ts'
import { windowsOf } from '../../nets/run/windows.ts'
import { type Entry, factsOf, registry, ruleOf } from '../../rules/registry.ts'
import type { CallOptions } from '../call-options.ts'
import { asked, type dtypes, type EngineChoice, engineChoices } from '../engine.ts'
import { type Failure, failed } from '../failure.ts'
import { type Checked, type Given, reader, wholeUpTo } from '../options.ts'
import { callOf, counting, namedRule, type RuleChoice } from '../rule-named.ts'
import { type CellText, isText, type Written } from './cell-text.ts'
import { type Data, kinds } from './data/index.ts'
import type { Defaults } from './data/kind.ts'
import { hasMatrices, type InitialName } from './initial.ts'
import { type Config, type optimisers, type RawConfig, sifted } from './settings.ts'

const { number, oneOf, only, refuse } = reader('train')

/**
 * How a network is trained; null where an option does not apply. `steps` counts updates, `every` the losses of one in
 * each of `batch` sequences, `window` the steps that a rule looks back over: as many, unless it is said.
 */
export interface TrainOptions extends Written {
  /** A name of `janus rules`, or the path of a file with a rule of one's own. */
  readonly rule: string
  /** The rule's own options, as far as they were given: uoro(normalize=false). */
  readonly ruleOptions: CallOptions
  /** The digest of that file. */
  readonly ruleDigest: string | null
  /** The rule itself; a function, so that records of options leave it out. */
  readonly choice: () => RuleChoice
  /** The number that the rule counts by --k: steps of a chunk, of reach, terms. */
  readonly k: number | null
  /** By its name, or the text of a cell of one's own. */
  readonly cell: CellName | CellText
  readonly layers: number
  readonly hidden: number
  /** The leak of leaky and membrane cells. */
  readonly alpha: number | null
  /** Where the bias of an LSTM's forget gates begins. */
  readonly forgetBias: number | null
  /** Numbers a symbol is embedded in; one-hot where null. */
  readonly embed: number | null
  /** How recurrent matrices begin; null where there are none, or where a run starts with a model's parameters. */
  readonly initial: InitialName | null
  /** How many steps ahead a series is predicted. */
  readonly horizon: number | null
  readonly window: number
  readonly every: number
  readonly batch: number
  /** Steps after which the state and all that a rule remembers begin anew; with the data alone where null. */
  readonly washout: number | null
  readonly steps: number
  /** The step size; 1 where the optimiser has none. */
  readonly lr: number
  /** Updates τ by which the step size falls, lr/√(1 + t/τ); it stays where null. */
  readonly lrFall: number | null
  readonly optimiser: (typeof optimisers)[number]
  readonly momentum: number | null
  readonly clip: number | null
  readonly seed: number
  readonly engine: EngineChoice
  readonly dtype: (typeof dtypes)[number]
  /** Cores that share out each step; on one, as a whole, where null. */
  readonly workers: number | null
  /** The digest of the model that the run goes on from. */
  readonly from: string | null
}

/** The same as the command line or a file gives them; what is left out has a default. */
export type RawOptions = RawConfig & { readonly out?: string }

/** What is used where nothing is given, whatever the data; the rest is for each kind to say. */
const common = { rule: 'bptt', layers: 1, optimiser: 'adam', seed: 1, dtype: 'f64' } as const

/** What stands in for a rule that was not found, while its other problems are gathered. */
const bptt: RuleChoice = {
  name: 'bptt',
  facts: factsOf(registry.bptt),
  entry: registry.bptt,
  options: {},
  digest: null,
}

/** Whether a rule looks back over a window: it faces the future, or it is in windows of its own. */
export const looksBack = ({ facts, entry }: RuleChoice): boolean =>
  facts.faces === 'future' || facts.both === true || windowsOf(ruleOf(entry as Entry)) !== null

/** What is used where nothing is given: a kind of data, with the defaults of a task where it has its own. */
type Usual = Pick<(typeof kinds)[Data['kind']], 'steps' | 'items' | 'phrase' | 'symbolic' | 'ahead'> & {
  readonly defaults: Defaults
}

/** The window where none is given: rules that face the past may move at every step. */
const windowFor = (rule: RuleChoice, every: number | undefined, { steps, defaults }: Usual): number => {
  const online = looksBack(rule) ? undefined : (every ?? defaults.online)
  return steps ?? online ?? defaults.window
}

/** Where every sequence has as many steps, they are the window. */
const windowOf = (raw: Config, kind: Usual, rule: RuleChoice): Checked<number> => {
  const { steps, items } = kind
  if (steps === null) return E.right(raw.window ?? windowFor(rule, raw.every, kind))
  return raw.window === undefined
    ? E.right(steps)
    : refuse(
        `--window ${raw.window} with ${items}`,
        `no --window: each of the ${items} is a sequence of ${steps} steps, learned from whole`,
        'Leave --window out',
      )
}

/** Steps between updates: as many as the window has, unless it is said. */
const everyOf = (raw: Config, kind: Usual, rule: RuleChoice): Checked<number> => {
  const { steps, items } = kind
  if (steps === null || raw.every === undefined)
    return E.right(raw.every ?? raw.window ?? windowFor(rule, undefined, kind))
  return refuse(`--every ${raw.every} with ${items}`, `no --every: an update is of whole ${items}`, 'Leave --every out')
}

/** The options of a rule without the number that --k sets too: it is recorded as k. */
const withoutCount = ({ facts, options }: RuleChoice): CallOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name !== facts.count?.option))

/** The rule's own number; a chunk or a window of it must fit the window between updates. */
const countOf = (raw: Config, kind: Usual, rule: RuleChoice): Checked<number | null> => {
  const { name, facts } = rule
  if (!facts.count) return only('k', raw.k, false, `--rule ${counting.join(', ')}`)
  const { steps, items } = kind
  const window = Number(steps ?? raw.window ?? windowFor(rule, raw.every, kind))
  const inside = rule.options[facts.count.option]
  if (raw.k !== undefined && inside !== undefined)
    return refuse(
      `--k ${raw.k} with --rule ${callOf(rule)}`,
      `${facts.count.option} once`,
      `Leave one out: --k sets ${facts.count.option}`,
    )
  const within = steps === null ? `--window ${window}` : `${items} of ${steps} steps`
  return pipe(
    number(
      'k',
      raw.k ?? (inside as number | undefined) ?? facts.count.begins(window || 5),
      wholeUpTo(facts.count.least ?? 1, 1e6, 5),
    ),
    E.chain(k =>
      name === 'tbptt' && k > window
        ? refuse(`--k ${k} with ${within}`, 'k at most the window', 'Lower --k, or use --rule bptt')
        : E.right(k),
    ),
  )
}

/** Workers share what is compiled. */
const workersOf = (raw: Config, { name, facts }: RuleChoice): Checked<number | null> => {
  const { workers = null } = raw
  if (workers === null || workers === 1) return E.right(workers)
  const engine = asked(raw.engine, 'auto')
  if (engine !== 'eager' && !(facts.eager && engine === 'auto')) return E.right(workers)
  return refuse(
    `--workers ${workers} with --rule ${name} on engine eager`,
    'a compiled engine, or no --workers',
    'Leave --workers out',
  )
}

/** Rules that no compiled engine runs are run eagerly, unless another is asked for. */
const engineChosen = (raw: Config, { name, facts }: RuleChoice): Checked<EngineChoice> =>
  pipe(
    oneOf('engine', engineChoices, asked(raw.engine, 'auto')),
    E.map(engine => (engine === 'auto' ? (facts.eager ? 'eager' : 'compiled') : engine)),
    E.chain(engine =>
      facts.eager && engine !== 'eager'
        ? refuse(`--rule ${name} on engine ${engine}`, 'eager: the rule looks at numbers', 'Use --engine eager')
        : E.right(engine),
    ),
  )

const momentumOf = (raw: Config, optimiser: Given): Checked<number | null> =>
  optimiser === 'sgd' ? E.right(raw.momentum ?? 0) : only('momentum', raw.momentum, false, '--optimiser sgd')

/** The step size; least squares have none. obgd bounds its steps by itself, so that it begins at 1. */
const rateOf = (raw: Config, optimiser: Given, usual: number): Checked<number> => {
  if (optimiser !== 'rls') return E.right(raw.lr ?? (optimiser === 'obgd' ? 1 : usual))
  return pipe(
    raw.lr === undefined ? E.right(null) : only('lr', raw.lr, false, '--optimiser sgd, adam or obgd'),
    E.map(() => 1),
  )
}

/** What changes a gradient before it moves anything; not of those that take the error and the trace of a rule apart. */
const ofGradient = (name: 'clip' | 'lrFall', raw: Config, names: readonly string[], optimiser: Given) =>
  names.includes(String(optimiser))
    ? E.right(raw[name] ?? null)
    : only(name, raw[name], false, `--optimiser ${names.join(' or ')}`)

const ofCells = (
  name: 'alpha' | 'forgetBias',
  names: readonly string[],
  raw: Config,
  cell: Given,
  otherwise: number,
): Checked<number | null> =>
  names.includes(String(cell))
    ? E.right(raw[name] ?? otherwise)
    : only(name, raw[name], false, `--cell ${names.join(' or ')}`)

/** The leak; of a cell of one's own only where it is given, for its text to take. */
const alphaOf = (raw: Config, cell: Given, otherwise: number): Checked<number | null> => {
  if (!isText(cell)) return ofCells('alpha', cellsWith('alpha'), raw, cell, otherwise)
  return E.right(raw.alpha ?? null)
}

const initialOf = (raw: Config, cell: Given, otherwise: InitialName): Checked<InitialName | null> => {
  const drawn = raw.from === undefined && cellNames.some(name => name === cell && hasMatrices(name))
  if (drawn) return E.right(raw.initial ?? otherwise)
  if (raw.initial === undefined) return E.right(null)
  const beside = raw.from === undefined ? `--cell ${cell}` : '--from'
  return refuse(
    `--initial ${raw.initial} with ${beside}`,
    '--initial only where recurrent matrices are drawn',
    `Leave --initial out, or ${beside}`,
  )
}

const embedOf = (embed: number, kind: Usual): Checked<number | null> =>
  kind.symbolic ? E.right(embed) : only('embed', embed, false, 'a text')

/** How far ahead is predicted, of data that are predicted from what was before. */
const horizonOf = ({ horizon }: Config, kind: Usual): Checked<number | null> => {
  const { ahead, phrase } = kind
  if (ahead) return E.right(horizon ?? 1)
  if (horizon === undefined) return E.right(null)
  return refuse(
    `--horizon ${horizon} with ${phrase}`,
    'it only with a series of numbers: symbols and classes are no values of later steps, and tasks set their own targets',
    'Leave it out; some tasks have an option of that name, as in mackey-glass(horizon=8)',
  )
}

/** Reads the options of a kind of data, `defaults` being those of a task of its own, for the rule that was found. Left: every problem, a line each. */
export const readOptions = (
  asked: RawOptions,
  kind: Data['kind'],
  chosen: Checked<RuleChoice> = namedRule(String(asked.rule ?? common.rule)),
  defaults: Defaults = kinds[kind].defaults,
): E.Either<Failure, TrainOptions> => {
  const { out: _, ...settings } = asked
  const { good: raw, problems } = sifted(settings)
  const related = optionsOf(raw, { ...kinds[kind], defaults }, chosen)
  const all = [...problems, ...(E.isLeft(related) ? related.left : [])]
  return all.length > 0 ? E.left(failed(all)) : E.mapLeft(failed)(related)
}

/** Settings that are good one by one, with what they default to and what is wrong with them together. */
const optionsOf = (raw: Config, kind: Usual, chosen: Checked<RuleChoice>): Checked<TrainOptions> => {
  const rule = E.getOrElse(() => bptt)(chosen)
  const { defaults } = kind
  const all = { ...common, ...defaults, ...raw }
  return sequenceS(E.getApplicativeValidation(getSemigroup<JanusError>()))({
    rule: E.map((found: RuleChoice) => found.name)(chosen),
    ruleOptions: E.right(withoutCount(rule)),
    ruleDigest: E.right(rule.digest),
    choice: E.right(() => ({ ...rule, options: withoutCount(rule) })),
    k: countOf(raw, kind, rule),
    cell: E.right(all.cell as TrainOptions['cell']),
    layers: E.right(all.layers),
    hidden: E.right(all.hidden),
    alpha: alphaOf(raw, all.cell, defaults.alpha),
    forgetBias: ofCells('forgetBias', cellsWith('forgetBias'), raw, all.cell, 1),
    embed: raw.embed === undefined ? E.right(null) : embedOf(raw.embed, kind),
    initial: initialOf(raw, all.cell, defaults.initial ?? 'normal'),
    horizon: horizonOf(raw, kind),
    window: windowOf(raw, kind, rule),
    every: everyOf(raw, kind, rule),
    batch: E.right(all.batch),
    washout: E.right(raw.washout ?? defaults.washout ?? null),
    steps: E.right(all.steps),
    lr: rateOf(raw, all.optimiser, all.lr),
    lrFall: ofGradient('lrFall', raw, ['sgd', 'adam', 'obgd'], all.optimiser),
    optimiser: E.right(all.optimiser),
    momentum: momentumOf(raw, all.optimiser),
    clip: ofGradient('clip', raw, ['sgd', 'adam'], all.optimiser),
    seed: E.right(all.seed),
    engine: engineChosen(raw, rule),
    dtype: E.right(all.dtype),
    workers: workersOf(raw, rule),
    from: E.right(null),
  })
}
