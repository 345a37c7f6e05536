/** The tables of a comparison: what its groups came to, what they took, and how far they are from each other. */

import { bytesText, countText } from '../display/units.ts'
import { type Paired, stars } from '../statistics/paired.ts'
import { leastPairs } from '../statistics/signed-rank.ts'
import type { Figure } from '../training/data/kind.ts'
import { type Beside, headOf } from './beside.ts'
import type { Column } from './columns.ts'
import { divergedOf, type Group } from './groups.ts'

/** Everything that is printed, drawn and written of a comparison. */
export interface Results {
  readonly groups: readonly Group[]
  /** Each group against another. */
  readonly paired: readonly Paired[]
  /** The group that the others are held against; null where all pairs are. */
  readonly against: string | null
  /** Predictors that need no gradient, best constant and others, below the rules: those of all groups, or of groups that learn the same. */
  readonly besides: readonly Beside[]
  readonly figure: Figure
  readonly seeds: readonly number[]
}

const absent = '–'

const minus = (text: string): string => text.replace(/^-/, '−')

/** Four digits that count; ∞ for what diverged. */
export const figureText = (x: number, digits = 4): string => {
  if (Number.isNaN(x)) return absent
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞'
  const size = Math.abs(x)
  return minus(size !== 0 && (size < 1e-3 || size >= 1e6) ? x.toExponential(digits - 2) : x.toPrecision(digits))
}

export const range = ([low, high]: readonly [number, number], digits = 3): string =>
  `[${figureText(low, digits)}, ${figureText(high, digits)}]`

export const secondsText = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return absent
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`
}

const pText = (p: number): string => (p < 0.001 ? '<.001' : p.toFixed(3).replace(/^0/, ''))

/** Steps of every sequence in an update. */
export const stepsOf = ({ first, updates }: Pick<Group, 'first' | 'updates'>): number => updates * first.options.every

/** Operations of a run; null where they are not counted. */
export const operationsOf = (group: Group): number | null => {
  const { operations } = group.costs
  return operations === null ? null : operations * stepsOf(group) * group.first.options.batch
}

const count = (x: number | null): string => (x === null || Number.isNaN(x) ? absent : countText(x))

type Row = readonly [head: string, of: (group: Group) => string]

const cameTo: readonly Row[] = [
  ['median', group => figureText(group.median)],
  ['IQM [95%]', group => `${figureText(group.middle)} ${range(group.interval)}`],
  ['diverged', ({ ran }) => `${divergedOf(ran)}/${ran.length}`],
  ['cosine', ({ alignment }) => cosineText(alignment)],
  ['time', ({ seconds }) => secondsText(seconds)],
  ['memory', ({ costs }) => bytesText(costs.memory)],
]

const took: readonly Row[] = [
  ['updates', ({ updates }) => count(updates)],
  ['steps', group => count(stepsOf(group))],
  ['operations/step', ({ costs }) => count(costs.operations)],
  ['operations', group => count(operationsOf(group))],
]

const columnOf = (groups: readonly Group[], [head, of]: Row): Column => ({ head, cells: groups.map(of) })

const pairedRows = (against: string): readonly (readonly [string, (one: Paired) => string])[] => [
  [`− ${against} [95%]`, ({ difference, interval }) => `${figureText(difference, 3)} ${range(interval, 2)}`],
  ['p', ({ p }) => pText(p)],
  ['p Holm', one => `${pText(one.corrected)}${stars(one)}`],
  ['d_z', ({ effect }) => (Number.isFinite(effect) ? figureText(effect, 2) : absent)],
]

/** The names of the groups. */
export const namesOf = ({ groups }: Results): Column => ({ head: 'rule', cells: groups.map(({ name }) => name) })

/** What stands beneath them, a column for those that learn the same: the network before it is trained, and what needs no gradient. */
export const besideOf = ({ besides }: Results): readonly [Column, readonly Column[]] => {
  const names = [...new Set(besides.flatMap(({ rows }) => rows.map(({ name }) => name)))]
  const cells = ({ before, rows }: Beside): readonly string[] =>
    [before, ...names.map(name => rows.find(row => row.name === name)?.value ?? Number.NaN)].map(x => figureText(x))
  return [
    { head: 'beside them', cells: ['before training', ...names] },
    besides.map(one => ({ head: headOf(one, besides), cells: cells(one) })),
  ]
}

const shadowNames = (groups: readonly Group[]): readonly string[] => [
  ...new Set(groups.flatMap(({ shadows }) => [...shadows.keys()])),
]

const cosineText = (x: number): string => (Number.isFinite(x) ? minus(x.toFixed(2)) : absent)

const shadowRow = (name: string): Row => [`cos ${name}`, ({ shadows }) => cosineText(shadows.get(name) ?? Number.NaN)]

/** Of every group the row against the one that they are held against; nothing for that one. */
const againstColumns = ({ groups, paired, against }: Results): readonly Column[] =>
  against === null
    ? []
    : pairedRows(against).map(([head, of]) => ({
        head,
        cells: groups.map(({ name }) => {
          const found = paired.find(one => one.name === name)
          return found ? of(found) : ''
        }),
      }))

/** Every column: what groups came to, how far they are from the one they are held against, what they took. */
export const columnsOf = (results: Results): readonly Column[] => {
  const { groups } = results
  const of = (row: Row): Column => columnOf(groups, row)
  const shadows = shadowNames(groups).map(name => of(shadowRow(name)))
  return [...cameTo.map(of), ...shadows, ...againstColumns(results), ...took.map(of)]
}

/** Every pair, where all of them are asked for. */
export const pairColumns = ({ paired }: Results): readonly [Column, readonly Column[]] => [
  { head: 'pair', cells: paired.map(({ name, against }) => `${name} − ${against}`) },
  pairedRows('').map(([head, of]) => ({ head: head.replace('−  ', 'difference '), cells: paired.map(of) })),
]

const seedsText = (seeds: readonly number[]): string => `${seeds.length} seed${seeds.length === 1 ? '' : 's'}`

/** What is compared, and which way is good. */
export const titleOf = ({ figure, seeds }: Results): string =>
  `held out (${figure.title}; ${figure.better} is better), ${seedsText(seeds)}`

/** How the figures were come by, a sentence each. */
export const notesOf = ({ groups, paired, seeds }: Results): readonly string[] => {
  const tests = paired.length
  const least = leastPairs()
  const few = seeds.length < leastPairs(0.05, tests) ? `, so here, with ${seeds.length}, none can be` : ''
  return [
    'IQM: the mean without the lowest and highest quarter; brackets: 95% of its bootstrap (percentile, 2000 draws).',
    ...(groups.some(({ alignment }) => Number.isFinite(alignment))
      ? ['cosine: of the gradient that the rule makes and the exact one, at what it trained.']
      : []),
    ...shadowNames(groups).map(
      name =>
        `cos ${name}: of the gradient that trains and that of the shadow ${name} beside it, the mean over the updates.`,
    ),
    ...(tests === 0
      ? []
      : [
          `p: exact Wilcoxon signed-rank test of the differences by seed, two-sided; Holm: corrected for ${tests} comparison${tests === 1 ? '' : 's'}. p < .05 takes at least ${least} seeds, and ${leastPairs(0.05, tests)} after Holm${few}.`,
          'd_z: mean difference over its standard deviation. A run that diverged is the worst of all, and left out of nothing.',
        ]),
    ...groups.flatMap(({ name, failed }) => (failed > 0 ? [`${name}: ${failed} without a result, in no figure.`] : [])),
  ]
}
