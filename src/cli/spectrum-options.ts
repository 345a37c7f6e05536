/** Which network `janus spectrum` looks at: what the command line gives, what it defaults to, and what is wrong with it. */

import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, NameError } from '../../ad/errors.ts'
import { type CellName, cells } from '../../nets/cells/index.ts'
import { flag, inNewWords, numberOf } from '../options.ts'
import { type CellText, isText, type Written } from '../training/cell-text.ts'
import { hasMatrices, type InitialName, initialNames } from '../training/initial.ts'

type Given = string | number
const names = ['cell', 'alpha', 'forgetBias', 'hidden', 'initial', 'gain', 'steps', 'seed'] as const

/** Spectrum options as the command line gives them. */
export type SpectrumOptions = { readonly [K in (typeof names)[number]]?: Given } & { readonly json?: boolean }

const cellNames = Object.keys(cells) as CellName[]

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
  alpha: [(x: number) => x > 0 && x <= 1, 'a number in (0, 1]', 0.5],
  forgetBias: [Number.isFinite, 'a finite number', 3],
  hidden: [(x: number) => Number.isInteger(x) && x >= 1 && x <= 64, 'a whole number from 1 to 64', 16],
  gain: [(x: number) => x > 0 && x < Infinity, 'a number above 0', 0.9],
  steps: [(x: number) => Number.isInteger(x) && x >= 1 && x <= 200, 'a whole number from 1 to 200', 50],
  seed: [(x: number) => Number.isInteger(x) && x >= 0 && x < 2 ** 32, 'a whole number from 0 to 4294967295', 1],
} as const satisfies { readonly [name: string]: readonly [(x: number) => boolean, string, number] }

const number = (name: keyof typeof ranges, given: Given): number => {
  const [fits, wanted, example] = ranges[name]
  const x = numberOf(given)
  if (fits(x)) return x
  throw new DomainError({
    who: 'spectrum',
    given: `${flag(name)} ${given}`,
    wanted,
    remedy: `Try ${flag(name)} ${example}`,
  })
}

const oneOf = <A extends string>(name: string, known: readonly A[], given: Given): A => {
  const found = known.find(one => one === given)
  if (found !== undefined) return found
  const near = nearest(String(given), known)
  const remedy = near === undefined ? `Try --${name} ${known[0]}` : `Did you mean \`${near}\`?`
  throw new NameError({
    who: 'spectrum',
    given: `${flag(name)} ${given}`,
    wanted: `one of ${known.join(', ')}`,
    remedy,
  })
}

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

/** Reads the options. Throws a NameError or a DomainError that names the option, what it may be and what to try. */
export const readOptions = (options: SpectrumOptions & { readonly forget?: Given }): Settings => {
  const given = inNewWords<SpectrumOptions>(options)
  const cell = isText(given.cell) ? given.cell : oneOf('cell', cellNames, given.cell ?? 'leaky')
  const alpha = isText(cell) ? alphaGiven(given) : only('alpha', { ...given, cell }, ['leaky', 'membrane'], 1)
  const forgetBias = only('forgetBias', { ...given, cell }, ['lstm', 'peephole'], 0)
  const gain = only('gain', { ...given, cell }, [...withMatrices, ...(isText(cell) ? [cell] : [])], 1)
  if (cell === 'lru' && given.initial !== undefined)
    throw new DomainError({
      who: 'spectrum',
      given: `--initial ${given.initial} for lru`,
      wanted: 'a cell with a recurrent matrix',
      remedy: 'Leave --initial out: the recurrence of lru is diagonal',
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
