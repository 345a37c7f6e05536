import { allRows } from '../primitives/table.ts'
import type { Row } from '../value.ts'

/** The name of a row of ours; null for a user's, whatever it is called. */
export const knownAs = (row: Row): string | null => (allRows[row.name] === row ? row.name : null)
