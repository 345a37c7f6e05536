/** Which network `janus spectrum` looks at: what the command line gives, what it defaults to, and what is wrong with it. */

import { DomainError } from '../../ad/errors.ts'
import { type CellName, cellNames, cellsWith } from '../../nets/cells/index.ts'
import { flag, type Given, inNewWords, numberWhere, orThrow, reader, ranges as shared, wholeUpTo } from '../options.ts'
import { type CellText, isText, type Written } from '../training/cell-text.ts'
import { hasMatrices, type InitialName, initialNames } from '../training/initial.ts'

const names = ['cell', 'alpha', 'forgetBias', 'hidden', 'initial', 'gain', 'steps', 'seed'] as const

/** Spectrum options as the command line gives them. */
export type SpectrumOptions = { readonly [K in (typeof names)[number]]?: Given } & {
  readonly json?: boolean
} & FromModel

/** A model in place of a random network, and the data that it runs on. */
export interface FromModel {
  readonly from?: string
  readonly data?: string
  readonly task?: string
  readonly column?: string
  readonly target?: string
}

const ofData = ['data', 'task', 'column', 'target'] as const

/** What a spectrum is of; alpha and forgetBias where the cell has them. */
export interface Settings extends Written {
  readonly cell: CellName | CellText
  readonly alpha?: number
  readonly forgetBias?: number
  readonly hidden: number
  readonly initial: InitialName
  readonly gain: number
  readonly steps: number
  readonly seed: number
}

const ranges = {
  ...shared,
  hidden: wholeUpTo(1, 64, 16),
  gain: numberWhere(x => x > 0, 'above 0', 0.9),
  steps: wholeUpTo(1, 200, 50),
}

const read = reader('spectrum')
const number = (name: keyof typeof ranges, given: Given): number => orThrow(read.number(name, given, ranges[name]))
const oneOf = <A extends string>(name: string, known: readonly A[], given: Given): A =>
  orThrow(read.oneOf(name, known, given))

/** An option that only some cells have: what was given, else what it is unless given. */
const only = (
  name: 'alpha' | 'forgetBias' | 'gain',
  { cell, ...given }: SpectrumOptions & { readonly cell: CellName | CellText },
  having: readonly (CellName | CellText)[],
  otherwise: number,
): number | undefined => {
  if (having.includes(cell)) return number(name, given[name] ?? otherwise)
  if (given[name] === undefined) return undefined
  throw new DomainError({
    who: 'spectrum',
    given: `${flag(name)} ${given[name]} for ${cell}`,
    wanted: `${flag(name)} only for ${having.join(', ')}`,
    remedy: `Leave ${flag(name)} out, or try --cell ${having[0]}`,
  })
}

const withMatrices = cellNames.filter(hasMatrices)

/** The text of a cell takes alpha only where it is given. */
const alphaGiven = ({ alpha }: SpectrumOptions): number | undefined =>
  alpha === undefined ? undefined : number('alpha', alpha)

const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'spectrum', given, wanted, remedy })
}

/** What is read of a model: how many steps, and the seed of what is made up. Throws a DomainError for options of a random network. */
export const readRun = (options: SpectrumOptions): { readonly steps: number; readonly seed: number } => {
  const other = (['cell', 'alpha', 'forgetBias', 'hidden', 'initial', 'gain'] as const).find(
    name => options[name] !== undefined,
  )
  if (other) refuse(`${flag(other)} with --from`, 'the model as it is', `Leave ${flag(other)} out`)
  return { steps: number('steps', options.steps ?? 50), seed: number('seed', options.seed ?? 1) }
}

/** Reads the options. Throws a NameError or a DomainError that names the option, what it may be and what to try. */
export const readOptions = (options: SpectrumOptions & { readonly forget?: Given }): Settings => {
  const given = inNewWords<SpectrumOptions>(options)
  const unread = ofData.find(name => given[name] !== undefined)
  if (unread) refuse(`--${unread} without --from`, 'data for a model alone', `Leave --${unread} out, or add --from`)
  const cell = isText(given.cell) ? given.cell : oneOf('cell', cellNames, given.cell ?? 'leaky')
  const alpha = isText(cell) ? alphaGiven(given) : only('alpha', { ...given, cell }, cellsWith('alpha'), 1)
  const forgetBias = only('forgetBias', { ...given, cell }, cellsWith('forgetBias'), 0)
  const gain = only('gain', { ...given, cell }, [...withMatrices, ...(isText(cell) ? [cell] : [])], 1)
  if (!hasMatrices(cell as CellName) && given.initial !== undefined)
    throw new DomainError({
      who: 'spectrum',
      given: `--initial ${given.initial} for ${cell}`,
      wanted: 'a cell with a recurrent matrix',
      remedy: `Leave --initial out: the recurrence of ${cell} is diagonal`,
    })
  return {
    cell,
    ...(alpha === undefined ? {} : { alpha }),
    ...(forgetBias === undefined ? {} : { forgetBias }),
    hidden: number('hidden', given.hidden ?? 16),
    initial: oneOf('initial', initialNames, given.initial ?? 'normal'),
    gain: gain ?? 1,
    steps: number('steps', given.steps ?? 50),
    seed: number('seed', given.seed ?? 1),
  }
}
