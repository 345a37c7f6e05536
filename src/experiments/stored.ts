/** The runs that stand in a folder: which are finished, running, interrupted or failed, and how far each is. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isHeld } from '../training/lock.ts'
import type { Metric } from '../training/metric.ts'
import { errorIn, files, jsonIn, recordedIn, resultIn } from './files.ts'
import type { Parent } from './identity.ts'

export type State = 'finished' | 'running' | 'interrupted' | 'failed'

/** A run as its folder has it. */
export interface StoredRun {
  readonly id: string
  readonly folder: string
  readonly state: State
  /** What was asked for: the settings of a config, of earlier versions the options. */
  readonly config: Readonly<Record<string, unknown>>
  /** Updates so far, and those asked for; null where that is not known. */
  readonly step: number
  readonly steps: number | null
  /** The newest held-out figure, and its unit. */
  readonly held: number | null
  readonly unit: string | null
  readonly message?: string
  /** Where it began, where it is a branch. */
  readonly parent?: Parent
}

/** What config.json says, of this version, of those before, and of 0.1.0. */
const configForm = z.looseObject({
  config: z.record(z.string(), z.unknown()).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
  data: z.looseObject({ name: z.string() }).optional(),
  parent: z.strictObject({ id: z.string(), step: z.int() }).optional(),
})

const plain = (options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null && typeof value !== 'object'))

const stateOf = (folder: string, steps: number | null): State => {
  if (isHeld(folder)) return 'running'
  if (errorIn(folder)) return 'failed'
  return (resultIn(folder)?.steps ?? -1) >= (steps ?? 0) ? 'finished' : 'interrupted'
}

const lastHeld = (metrics: readonly Metric[]): number | null =>
  metrics.findLast(({ held }) => held !== undefined)?.held ?? null

/** A run of a folder; null where there is none. */
export const storedIn = (out: string, id: string): StoredRun | null => {
  const folder = join(out, id)
  const read = configForm.safeParse(jsonIn(folder, files.config))
  if (!read.success) return null
  const { config, options, data, parent } = read.data
  const asked = config ?? { ...(data && { data: data.name }), ...plain(options) }
  const steps = typeof options.steps === 'number' ? options.steps : null
  const [{ metrics }, result, error] = [recordedIn(folder), resultIn(folder), errorIn(folder)]
  return {
    id,
    folder,
    state: stateOf(folder, steps),
    config: asked,
    step: Math.max(metrics.length - 1, 0),
    steps,
    held: lastHeld(metrics) ?? result?.held.after ?? null,
    unit: result?.held.unit ?? null,
    ...(error && { message: error.message }),
    ...(parent && { parent }),
  }
}

/** Every run of a folder of folders, by their ids. */
export const runsIn = (out: string): readonly StoredRun[] =>
  (existsSync(out) && statSync(out).isDirectory() ? readdirSync(out) : []).toSorted().flatMap(id => {
    const found = storedIn(out, id)
    return found === null ? [] : [found]
  })
