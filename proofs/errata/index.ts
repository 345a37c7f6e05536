/** Every erratum of the source texts, in their order; those found by reading have no proofs. */
import type { Proposition } from '../proposition.ts'
import { text000 } from './chapter-on-credit.ts'
import { text003 } from './chapter-on-rnns.ts'
import type { Erratum } from './erratum.ts'
import { text002 } from './lecture-on-rnns.ts'
import { text001 } from './notes-on-rtrl.ts'
import { text004 } from './notes-on-synthetic-gradients.ts'

export const errata: readonly Erratum[] = [...text000, ...text001, ...text002, ...text003, ...text004]

/** The claims of all of them: what is printed, refuted, and what it should be. */
export const errataClaims: readonly Proposition[] = errata.flatMap(({ proofs }) => proofs)

export type { Erratum, Figure, Kind } from './erratum.ts'
