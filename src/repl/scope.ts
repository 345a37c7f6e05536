/** What is in scope at the prompt: everything public, the family, the triangle; the proofs when a line first speaks of them. */
import { display } from '../display.ts'
import { family } from '../family.ts'
import * as janus from '../index.ts'
import { triangleOf } from '../triangle.ts'

/** Public names and what they stand for, without the proofs. */
export const scope: Readonly<Record<string, unknown>> = { ...janus, display, family, triangleOf }

type Proofs = typeof import('../../proofs/index.ts')

/** The names of the proofs, known before they are loaded: mathjs and fast-check take longer to load than all the rest. */
const proofs: Readonly<Record<keyof Proofs, true>> = {
  bpttCost: true,
  decide: true,
  describe: true,
  equation: true,
  find: true,
  gap: true,
  networks: true,
  propositions: true,
  prove: true,
  rtrlCost: true,
}
export const proofNames = Object.keys(proofs)

export const loadProofs = (): Promise<Proofs> => import('../../proofs/index.ts')

/** Where a name may begin: not within another, nor as somebody's property; after the dots of [...x] it may. */
export const freely = '(?<![\\p{ID_Continue}$]|(?<!\\.\\.)\\.)'

/** Whether a line has one of the names of the proofs in it, not as somebody's property. */
export const speaksOfProofs = (code: string): boolean =>
  proofNames.some(name => new RegExp(`${freely}${name}(?![\\p{ID_Continue}$])`, 'u').test(code))

/** Every name that the prompt knows. */
export const names: readonly string[] = [...Object.keys(scope), ...proofNames]
