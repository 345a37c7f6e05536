/** The options of `janus compare`, and what a comparison is made of. */
import { availableParallelism } from 'node:os'
import * as E from 'fp-ts/lib/Either.js'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import type { How } from '../comparison/messages.ts'
import { grouped, type Planned } from '../comparison/plan.ts'
import { type Checked, type Given, reader, wholeUpTo } from '../options.ts'

/** What the command line says of a comparison, beside its settings. */
export interface Control {
  readonly against?: string
  readonly pairs?: boolean
  readonly tune?: string
  readonly workers?: Given
  readonly report?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const most = 1024

/** How many processes; 0 for this one. */
export const workersOf = (given: Given | undefined, who = 'compare'): Checked<number> =>
  given === undefined ? E.right(availableParallelism()) : reader(who).number('workers', given, wholeUpTo(0, most, 4))

export const againstOf = (plan: readonly Planned[], given: string | undefined): Checked<string> => {
  const names = grouped(plan).map(([{ group }]) => group)
  if (given === undefined) return E.right(names[0] as string)
  if (names.includes(given)) return E.right(given)
  const near = nearest(given, names)
  const remedy = near === undefined ? 'Name one of them' : `Did you mean \`${near}\`?`
  return E.left([
    new NameError({ who: 'compare', given: `--against ${given}`, wanted: `one of ${names.join(', ')}`, remedy }),
  ])
}

export interface Prepared {
  readonly plan: readonly Planned[]
  readonly how: How
  readonly workers: number
  readonly against: string
  readonly control: Control
  /** What is said of how the settings were chosen. */
  readonly notes: readonly string[]
}
