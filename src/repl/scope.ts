/** The names in scope at the prompt: all public ones, models, the triangle; proofs and symbols from the first line that has one of theirs. */
import { display } from '../display/notebook.ts'
import { triangleOf } from '../display/triangle.ts'
import * as janus from '../index.ts'
import * as models from '../models.ts'

type Names = Readonly<Record<string, unknown>>

/** Public names and their values, without those that are loaded late. */
export const scope: Names = { ...janus, ...models, display, triangleOf }

type Proofs = typeof import('../../proofs/index.ts')
type Written = typeof import('../symbols.ts')
/** Equations as text; `symbols` is the whole module, with cells and losses from text. */
type Symbols = Pick<Written, 'derive' | 'tex'> & { readonly symbols: Written }

/** The names of the proofs, known before they are loaded: mathjs and fast-check take longer to load than all the rest. */
const ofProofs: Readonly<Record<keyof Proofs, true>> = {
  bpttCost: true,
  conforms: true,
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

/** The names that are loaded late, and how. */
const late: readonly (readonly [names: readonly string[], load: () => Promise<Names>])[] = [
  [Object.keys(ofProofs), loadProofs],
  [Object.keys(ofSymbols), loadSymbols],
]
export const lateNames = late.flatMap(([list]) => list)

/** All names in scope. */
export const names: readonly string[] = [...Object.keys(scope), ...lateNames]

/** Where a name may begin: not within another, nor as somebody's property; after the dots of [...x] it may. */
export const freely = '(?<![\\p{ID_Continue}$]|(?<!\\.\\.)\\.)'

const hasOneOf = (code: string, list: readonly string[]): boolean =>
  list.some(name => new RegExp(`${freely}${name}(?![\\p{ID_Continue}$])`, 'u').test(code))

/** Whether a line has a name that is loaded late. */
export const isLate = (code: string): boolean => hasOneOf(code, lateNames)

/** The late names of a line, with their values. */
export const lateFor = async (code: string): Promise<Names> => {
  const needed = late.filter(([list]) => hasOneOf(code, list))
  return Object.assign({}, ...(await Promise.all(needed.map(([, load]) => load()))))
}
