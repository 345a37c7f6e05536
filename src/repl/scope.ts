/** What is in scope at the prompt: everything public, the triangle; proofs and symbols when a line first speaks of them. */
import { display } from '../display/notebook.ts'
import { triangleOf } from '../display/triangle.ts'
import * as janus from '../index.ts'

type Names = Readonly<Record<string, unknown>>

/** Public names and what they stand for, without those that are loaded late. */
export const scope: Names = { ...janus, display, triangleOf }

type Proofs = typeof import('../../proofs/index.ts')
type Written = typeof import('../symbols.ts')
/** What is written and read as text; `symbols` has all of it, cells and losses too. */
type Symbols = Pick<Written, 'derive' | 'tex'> & { readonly symbols: Written }

/** The names of the proofs, known before they are loaded: mathjs and fast-check take longer to load than all the rest. */
const ofProofs: Readonly<Record<keyof Proofs, true>> = {
  bpttCost: true,
  decide: true,
  describe: true,
  equation: true,
  find: true,
  gap: true,
  networks: true,
  propositions: true,
  prove: true,
  realise: true,
  rtrlCost: true,
}
const ofSymbols: Readonly<Record<keyof Symbols, true>> = { derive: true, tex: true, symbols: true }

export const loadProofs = (): Promise<Proofs> => import('../../proofs/index.ts')
export const loadSymbols = async (): Promise<Symbols> => {
  const symbols = await import('../symbols.ts')
  return { derive: symbols.derive, tex: symbols.tex, symbols }
}

/** What is loaded late: its names, and how. */
const late: readonly (readonly [names: readonly string[], load: () => Promise<Names>])[] = [
  [Object.keys(ofProofs), loadProofs],
  [Object.keys(ofSymbols), loadSymbols],
]
export const lateNames = late.flatMap(([list]) => list)

/** Every name that the prompt knows. */
export const names: readonly string[] = [...Object.keys(scope), ...lateNames]

/** Where a name may begin: not within another, nor as somebody's property; after the dots of [...x] it may. */
export const freely = '(?<![\\p{ID_Continue}$]|(?<!\\.\\.)\\.)'

const speaksOf = (code: string, list: readonly string[]): boolean =>
  list.some(name => new RegExp(`${freely}${name}(?![\\p{ID_Continue}$])`, 'u').test(code))

/** Whether a line needs something that is loaded late. */
export const isLate = (code: string): boolean => speaksOf(code, lateNames)

/** What a line needs of all that is loaded late. */
export const lateFor = async (code: string): Promise<Names> => {
  const needed = late.filter(([list]) => speaksOf(code, list))
  return Object.assign({}, ...(await Promise.all(needed.map(([, load]) => load()))))
}
