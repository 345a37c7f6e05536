import type { Row } from '../value.ts'
import * as product from './contraction.ts'
import * as elementwise from './elementwise.ts'
import * as indexing from './indexing.ts'
import * as layout from './layout.ts'
import * as reduction from './reduction.ts'
import * as spikes from './spikes.ts'

const rowsOf = (module: object): readonly Row[] =>
  Object.values(module).flatMap(member =>
    typeof member === 'function' && 'primitive' in member ? [member.primitive as Row] : [],
  )

/** Every primitive there is, by name. */
export const table: Readonly<Record<string, Row>> = Object.fromEntries(
  [layout, indexing, elementwise, spikes, product, reduction].flatMap(rowsOf).map(row => [row.name, row]),
)
