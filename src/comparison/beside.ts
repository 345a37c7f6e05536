/** What stands beside the groups of a comparison: the network before it is trained, and what needs no gradient. */
import { median } from '../statistics/summary.ts'
import { baselines } from '../training/baselines.ts'
import { horizonOf } from '../training/data/file.ts'
import type { Baseline } from '../training/data/kind.ts'
import type { Group } from './groups.ts'

/** Of groups that learn the same data with as many units. */
export interface Beside {
  readonly groups: readonly string[]
  /** The held-out figure before training, the median over all runs. */
  readonly before: number
  /** The median over all runs. */
  readonly rows: readonly Baseline[]
}

/** What baselines depend on, the seed aside: the data, how far ahead they are predicted, and the size of a random network. */
const keyOf = ({ first: { sources, options } }: Group): string =>
  JSON.stringify([sources.data.digest, horizonOf(sources.data), options.hidden])

const rowsOf = (groups: readonly [Group, ...Group[]]): readonly Baseline[] => {
  const lists = groups.flatMap(({ ran }) => ran.map(({ baselines }) => baselines))
  const all = lists.flat()
  const first = lists.find(list => list.length > 0) ?? baselines(groups[0].first.sources.data)
  const pooled = ({ name, value }: Baseline): number => {
    const own = all.filter(one => one.name === name)
    return own.length === 0 ? value : median(own.map(one => one.value))
  }
  return first.map(one => ({ ...one, value: pooled(one) }))
}

/** One for all groups, or several where they learn different data or are of different sizes. */
export const besidesOf = (groups: readonly Group[]): readonly Beside[] => {
  const keys = [...new Set(groups.map(keyOf))]
  return keys.map(key => {
    const own = groups.filter(group => keyOf(group) === key) as [Group, ...Group[]]
    return {
      groups: own.map(({ name }) => name),
      before: median(own.flatMap(({ ran }) => ran.flatMap(({ looks }) => looks[0]?.held ?? []))),
      rows: rowsOf(own),
    }
  })
}

/** The rows that are the same beside all groups. */
export const sharedRows = ([first, ...more]: readonly Beside[]): readonly Baseline[] =>
  (first?.rows ?? []).filter(({ name, value }) =>
    more.every(({ rows }) => rows.some(row => row.name === name && row.value === value)),
  )

/** What the groups of one are called beside those of the others: the words that they alone share, as horizon=5. */
export const headOf = ({ groups }: Beside, all: readonly Beside[]): string => {
  if (all.length === 1) return 'held out'
  const names = all.flatMap(one => one.groups).map(name => name.split(' '))
  const own = groups.map(name => name.split(' '))
  const words = (own[0] ?? []).filter(
    word => own.every(name => name.includes(word)) && !names.every(name => name.includes(word)),
  )
  return words.length > 0 ? words.join(' ') : groups.join(', ')
}
