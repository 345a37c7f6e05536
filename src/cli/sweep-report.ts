/** `janus report`: what the cells of a sweep came to, and whether that is what was expected. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Column, packed } from '../comparison/columns.ts'
import { figureText, range } from '../comparison/tables.ts'
import { textOf, wrapped } from '../display/table.ts'
import { attempt, type Command, type Failure, failed } from '../failure.ts'
import { arrayOf } from '../sweeps/array.ts'
import { type Cell, cellsOf } from '../sweeps/cells.ts'
import { expectationsIn, type Judged, judgedBy } from '../sweeps/expectation.ts'
import { isOver, type Standing, standsOf } from '../sweeps/stand.ts'
import { sweepIn } from '../sweeps/sweep.ts'

interface Asked {
  readonly expect?: string
  readonly out?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Results {
  readonly standings: readonly Standing[]
  readonly cells: readonly Cell[]
  readonly judged: readonly Judged[]
}

const columns: readonly (readonly [head: string, of: (cell: Cell) => string])[] = [
  ['n', ({ ended, planned }) => `${ended.length}/${planned}`],
  ['median', cell => figureText(cell.median)],
  ['IQM [95%]', cell => `${figureText(cell.middle)} ${range(cell.interval)}`],
  ['diverged', ({ diverged }) => String(diverged)],
  ['best', ({ best }) => figureText(best?.held ?? Number.NaN)],
  ['its run', ({ best }) => best?.id ?? ''],
]

const tableOf = (cells: readonly Cell[]): string => {
  const names: Column = { head: 'cell', cells: cells.map(({ name }) => name) }
  const all = columns.map(([head, of]) => ({ head, cells: cells.map(of) }))
  return packed(names, all).map(textOf).join('\n\n')
}

/** A title for each figure that there is: sweeps over data may have several. */
const titlesOf = (cells: readonly Cell[]): string =>
  [...new Set(cells.map(({ title, better }) => `held out (${title}; ${better} is better)`))].join('\n')

const expectedOf = (judged: readonly Judged[]): string =>
  textOf({
    head: ['expected', 'median', 'of', 'in', 'verdict'],
    rows: judged.map(({ cell, expectation: { n, low, high }, verdict }) => [
      cell.name,
      figureText(cell.median),
      `${cell.ended.length}/${n}`,
      `[${low}, ${high}]`,
      verdict,
    ]),
  })

const openOf = (standings: readonly Standing[]): readonly number[] =>
  standings.flatMap(one => (isOver(one) ? [] : [one.run.position]))

const missingOf = (standings: readonly Standing[]): string => {
  const open = openOf(standings)
  return open.length === 0
    ? `All ${standings.length} runs are done.`
    : `${open.length} of ${standings.length} runs are missing: ${arrayOf(open)}. janus missing says why.`
}

const notes = [
  'n: runs that ended, of those planned. IQM: the mean without the lowest and highest quarter; brackets: 95% of its bootstrap (percentile, 2000 draws). A run that diverged is the worst of all, and left out of nothing.',
]

const textFor = ({ standings, cells, judged }: Results, quiet: boolean): string =>
  [
    titlesOf(cells),
    tableOf(cells),
    ...(judged.length > 0 ? [expectedOf(judged)] : []),
    missingOf(standings),
    ...(quiet ? [] : notes.map(note => wrapped(note, 80, '  '))),
  ].join('\n\n')

const cellObject = ({ middle, ...cell }: Cell): object => ({ ...cell, interquartileMean: middle })

const objectOf = ({ standings, cells, judged }: Results): object => ({
  cells: cells.map(cellObject),
  missing: openOf(standings),
  ...(judged.length > 0 && {
    expected: judged.map(({ cell, expectation, verdict }) => ({ ...expectation, cell: cell.name, verdict })),
  }),
})

/** Nothing, where every expectation holds. Left: one does not (1), or is not yet decided (75). */
const unlessOutside = (judged: readonly Judged[]): E.Either<Failure, void> => {
  const of = (verdict: Judged['verdict']): readonly string[] =>
    judged.flatMap(one => (one.verdict === verdict ? [one.cell.name] : []))
  const [outside, few] = [of('outside'), of('too few runs')]
  if (outside.length > 0)
    return E.left({ message: `report: outside of what is expected: ${outside.join(', ')}.`, code: 1 })
  if (few.length === 0) return E.right(undefined)
  return E.left({ message: `report: too few runs to say: ${few.join(', ')}. Run what is missing first.`, code: 75 })
}

export const report = (path: string, { expect, out, json, quiet }: Asked): Command =>
  pipe(
    TE.fromEither(pipe(expect === undefined ? E.right([]) : expectationsIn(expect), E.mapLeft(failed))),
    TE.bindTo('expectations'),
    TE.bind('runs', () => sweepIn(path)),
    TE.bind('standings', ({ runs }) => attempt(() => standsOf(out || 'runs', runs))),
    TE.let('cells', ({ standings }) => cellsOf(standings)),
    TE.bind('judged', ({ expectations, cells }) =>
      TE.fromEither(pipe(judgedBy(expectations, cells), E.mapLeft(failed))),
    ),
    TE.tapIO(results => () => console.log(json ? JSON.stringify(objectOf(results)) : textFor(results, quiet === true))),
    TE.flatMapEither(({ judged }) => unlessOutside(judged)),
  )
