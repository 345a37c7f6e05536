/** Settings with several values each, as the grid of experiments that they make. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { DomainError } from '../../ad/errors.ts'
import { type Failure, failed } from '../failure.ts'
import { type Checked, flag, type Given } from '../options.ts'
import { isText } from '../training/cell-text.ts'
import { type Config, readConfig, type Way } from '../training/settings.ts'
import { folded, valuesOf } from './grammar.ts'
import { identityOf } from './identity.ts'
import { type Sources, sourcesOf } from './prepared.ts'

/** Settings as they were written, in that order; a list in a file is a list of values. */
export type Settings = Readonly<Record<string, Given | readonly Given[] | undefined>>

/** One experiment of a grid. */
export interface Row {
  /** From 0, in the order of the grid. */
  readonly position: number
  readonly id: string
  readonly config: Config
}

/** A row with what its config names, read. */
export interface Experiment extends Row {
  readonly sources: Sources
}

/** Whether the commas of a value are its own: those of lists of columns, and of the text of a cell that is not quoted. */
const isWhole = (name: string, value: Given): boolean =>
  name === 'column' || name === 'target' || (name === 'cell' && isText(value) && !value.includes('"'))

type Named = Readonly<Record<string, Given>>

/** The settings by their values, in the order written, the seed last. */
const dimensions = (settings: Settings, way: Way): Checked<readonly (readonly [string, readonly Given[]])[]> => {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const ordered = [...given.filter(([name]) => name !== 'seed'), ...given.filter(([name]) => name === 'seed')]
  return pipe(
    ordered,
    E.traverseArray(([name, value]) =>
      pipe(
        typeof value !== 'object' && isWhole(name, value) ? E.right([String(value)]) : valuesOf(way(name), value),
        E.map(values => [name, values as readonly Given[]] as const),
      ),
    ),
  )
}

const most = 100_000

const product = (lists: readonly (readonly [string, readonly Given[]])[]): readonly Named[] =>
  lists.reduce<readonly Named[]>(
    (rows, [name, values]) => rows.flatMap(row => values.map(value => ({ ...row, [name]: value }))),
    [{}],
  )

/** The configs of a grid. Left: every problem with one of them, or more of them than anyone runs. */
export const configsOf = (settings: Settings, way: Way = flag): Checked<readonly Config[]> =>
  pipe(
    dimensions(settings, way),
    E.chain((lists): Checked<readonly Config[]> => {
      const count = lists.reduce((n, [, values]) => n * values.length, 1)
      if (count > most)
        return E.left([
          new DomainError({
            who: 'train',
            given: `a grid of ${count} experiments`,
            wanted: `at most ${most}`,
            remedy: 'Give fewer values',
          }),
        ])
      return pipe(
        product(lists),
        E.traverseArray(row => readConfig(folded(row), way)),
      )
    }),
  )

/** Sources that several configs share, read once. */
const sharedSources = () => {
  const known = new Map<string, Promise<E.Either<Failure, Sources>>>()
  return (config: Config): TE.TaskEither<Failure, Sources> => {
    const { data, column, target, horizon, task, rule, from } = config
    const key = JSON.stringify([data, column, target, horizon, task, rule, from])
    return () => {
      const found = known.get(key) ?? sourcesOf(config)()
      known.set(key, found)
      return found
    }
  }
}

const twice = (rows: readonly Row[]): Failure | null => {
  const places = new Map(rows.toReversed().map(({ id, position }) => [id, position]))
  const again = rows.findIndex(({ id, position }) => places.get(id) !== position)
  if (again < 0) return null
  const first = rows.findIndex(({ id }) => id === rows[again]?.id)
  return failed([
    new DomainError({
      who: 'train',
      given: `experiments ${first + 1} and ${again + 1} of the grid, which are the same (${rows[again]?.id})`,
      wanted: 'each experiment once',
      remedy: 'Leave one of the values out',
    }),
  ])
}

/** The experiments of settings, with what they name read. Left: every problem. */
export const experimentsOf = (settings: Settings, way: Way = flag): TE.TaskEither<Failure, readonly Experiment[]> => {
  const sourcesFor = sharedSources()
  return pipe(
    TE.fromEither(pipe(configsOf(settings, way), E.mapLeft(failed))),
    TE.flatMap(
      TE.traverseSeqArray((config: Config) =>
        pipe(
          sourcesFor(config),
          TE.bindTo('sources'),
          TE.bind('id', ({ sources }) => TE.fromEither(identityOf(config, sources))),
          TE.map(found => ({ config, ...found })),
        ),
      ),
    ),
    TE.map(found => found.map((one, position) => ({ position, ...one }))),
    TE.filterOrElse(
      rows => twice(rows) === null,
      rows => twice(rows) as Failure,
    ),
  )
}

/**
 * The grid of settings: `{ task: 'add', rule: 'rtrl,uoro(order=marschall),./mine.js', seed: '0..4' }` is fifteen rows. Settings come
 * in the order written, the seed innermost; `task.delay` and `rule.sigma` set an option of the task or rule. Left: every problem.
 */
export const planOf = (settings: Settings): TE.TaskEither<Failure, readonly Row[]> =>
  pipe(
    experimentsOf(settings),
    TE.map(rows => rows.map(({ sources: _, ...row }) => row)),
  )
