/** What the cells of a sweep are expected to come to: a file of intervals, held against the medians. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { z } from 'zod'
import { DomainError } from '../../ad/errors.ts'
import { bytesOf, longestText } from '../bytes.ts'
import { parseJson } from '../json.ts'
import type { Checked } from '../options.ts'
import { type Config, settingNames } from '../training/settings.ts'
import { codeOf } from '../training/whole-file.ts'
import type { Cell } from './cells.ts'

const form = z
  .array(
    z
      .strictObject({
        /** Settings that one cell alone has. */
        settings: z.partialRecord(z.enum(settingNames), z.union([z.string(), z.number()])),
        n: z.int().min(1),
        low: z.number(),
        high: z.number(),
      })
      .refine(({ low, high }) => low <= high, { path: ['high'], message: 'is below low' }),
  )
  .min(1)

/** The median of n runs or more lies in [low, high]. */
export type Expectation = z.output<typeof form>[number]

/** Of fewer than n runs nothing is said. */
export type Verdict = 'inside' | 'outside' | 'too few runs'

export interface Judged {
  readonly cell: Cell
  readonly expectation: Expectation
  readonly verdict: Verdict
}

const example = '[{ "settings": { "rule": "rtrl" }, "n": 5, "low": 0.4, "high": 0.5 }]'

const refuse = (given: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'report', given, wanted, remedy })])

/** The expectations of a file. Left: it is not there, is no JSON, or has a fault, each by its path. */
export const expectationsIn = (path: string): Checked<readonly Expectation[]> => {
  try {
    const json = parseJson(bytesOf(path, longestText).toString('utf8'))
    if (E.isLeft(json)) return refuse(`'${path}' ${json.left}`, 'a JSON file of cells', `Write ${example}`)
    const read = form.safeParse(json.right)
    if (read.success) return E.right(read.data)
    const faults = read.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the whole'} ${message}`)
    return refuse(`'${path}' with faults: ${faults.join('; ')}`, 'cells with an interval each', `Write ${example}`)
  } catch (cause) {
    return refuse(`'${path}' cannot be read (${codeOf(cause)})`, 'a JSON file of cells', `Write ${example}`)
  }
}

/** Whether a cell has a setting; numbers as they are written. */
const has = (config: Config, [name, value]: readonly [string, unknown]): boolean =>
  String(config[name as keyof Config]) === String(value)

const judged = (cell: Cell, expectation: Expectation): Judged => {
  const { n, low, high } = expectation
  const inside = cell.median >= low && cell.median <= high
  return { cell, expectation, verdict: cell.ended.length < n ? 'too few runs' : inside ? 'inside' : 'outside' }
}

/** Every expectation with the cell that it is of. Left: one that is of none, of several, or of more runs than are planned. */
export const judgedBy = (expectations: readonly Expectation[], cells: readonly Cell[]): Checked<readonly Judged[]> =>
  pipe(
    expectations,
    E.traverseArray((expectation): Checked<Judged> => {
      const { settings, n } = expectation
      const found = cells.filter(({ config }) => Object.entries(settings).every(one => has(config, one)))
      const [cell] = found
      const given = `the expectation of ${JSON.stringify(settings)}`
      if (cell === undefined || found.length > 1)
        return refuse(
          `${given}, which ${found.length} cells fit`,
          `settings of one of ${cells.map(({ name }) => name).join(', ')}`,
          'Name the settings that it alone has',
        )
      if (n > cell.planned)
        return refuse(`${given}, n ${n}`, `at most the ${cell.planned} runs of its plan`, 'Give the sweep more seeds')
      return E.right(judged(cell, expectation))
    }),
  )
