/** A setting chosen for every group on seeds of its own, each group with the same number of updates. */

import { countText } from '../display/units.ts'
import type { Experiment } from '../experiments/plan.ts'
import { median } from '../statistics/summary.ts'
import { kindOf } from '../training/data/index.ts'
import type { Config, SettingName } from '../training/settings.ts'
import type { Ran } from './groups.ts'
import type { Planned } from './plan.ts'
import { figureText } from './tables.ts'

/** A value of the setting and the median of what its runs came to; NaN where none ended. */
export interface Tried {
  readonly value: Config[SettingName]
  readonly median: number
}

/** What was tried for the runs that are alike but for seed and setting, and the best of it. */
export interface Tuned {
  readonly key: string
  readonly group: string
  readonly tried: readonly Tried[]
  readonly best: Tried
}

/** The seeds that a setting is chosen on: after the last that is compared, as many but at most three. */
export const tuningSeeds = (seeds: readonly number[]): readonly number[] => {
  const last = Math.max(...seeds)
  return Array.from({ length: Math.min(3, new Set(seeds).size) }, (_, i) => last + 1 + i)
}

/** The config without seed and setting. */
const keyOf = (config: Config, setting: SettingName): string => {
  const { seed: _, [setting]: __, ...rest } = config
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const better = (a: Tried, b: Tried, sign: number): Tried =>
  Number.isNaN(a.median) || sign * b.median < sign * a.median ? b : a

/** The best value of every group; the first where several are equally good. */
export const tunedBy = (
  plan: readonly Planned[],
  ran: readonly (Ran | null)[],
  setting: SettingName,
): readonly Tuned[] => {
  const keys = [...new Set(plan.map(({ asked }) => keyOf(asked, setting)))]
  return keys.map(key => {
    const own = plan.flatMap((one, i) => (keyOf(one.asked, setting) === key ? [{ one, ran: ran[i] ?? null }] : []))
    const values = [...new Set(own.map(({ one }) => one.config[setting]))]
    const tried = values.map(value => ({
      value,
      median: median(
        own.flatMap(({ one, ran: found }) => (one.config[setting] === value && found ? [found.value] : [])),
      ),
    }))
    const [first] = own as [(typeof own)[number]]
    const sign = kindOf(first.one.sources.data).figure(first.one.sources.data).better === 'lower' ? 1 : -1
    return { key, group: first.one.asked.rule ?? 'bptt', tried, best: tried.reduce((a, b) => better(a, b, sign)) }
  })
}

/** Experiments with the value that was found for each. */
export const withTuned = (
  experiments: readonly Experiment[],
  setting: SettingName,
  tuned: readonly Tuned[],
): readonly Experiment[] =>
  experiments.map(one => {
    const found = tuned.find(({ key }) => key === keyOf(one.config, setting))
    return found ? { ...one, config: { ...one.config, [setting]: found.best.value } } : one
  })

/** What was found, and the budget that it took. */
export const tuningNotes = (
  setting: SettingName,
  tuned: readonly Tuned[],
  seeds: readonly number[],
  updates: number,
): readonly string[] => {
  const values = tuned[0]?.tried.length ?? 0
  const all = values * seeds.length * updates
  return [
    `tuned: ${setting} of each rule by the median on seeds ${seeds.join(', ')}; ${values} values × ${seeds.length} seeds × ${countText(updates)} updates = ${countText(all)} updates for each, beside those compared.`,
    ...tuned.map(
      ({ group, tried, best }) =>
        `${group}: ${setting}=${best.value}, of ${tried.map(one => `${one.value} (${figureText(one.median)})`).join(', ')}.`,
    ),
  ]
}
