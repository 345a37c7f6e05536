/** Every erratum of the source texts, in their order; those found by reading have no proofs. */
import type { Proposition } from '../proposition.ts'
import type { Erratum } from './erratum.ts'
import { text000 } from './text000.ts'
import { text001 } from './text001.ts'
import { text002 } from './text002.ts'
import { text003 } from './text003.ts'
import { text004 } from './text004.ts'

export const errata: readonly Erratum[] = [...text000, ...text001, ...text002, ...text003, ...text004]

/** The claims of all of them: what is printed, refuted, and what it should be. */
export const errataClaims: readonly Proposition<never>[] = errata.flatMap(({ proofs }) => proofs)

export type { Erratum, Figure, Kind } from './erratum.ts'
