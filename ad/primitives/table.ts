import type { Row } from '../value.ts'
import * as product from './contraction.ts'
import * as elementwise from './elementwise.ts'
import * as indexing from './indexing.ts'
import * as layout from './layout.ts'
import * as reduction from './reduction.ts'
import * as spectral from './spectral.ts'
import * as spikes from './spikes.ts'

const rowsOf = (module: object): readonly Row[] =>
  Object.values(module).flatMap(member =>
    typeof member === 'function' && 'primitive' in member ? [member.primitive as Row] : [],
  )

const named = (modules: readonly object[]): Readonly<Record<string, Row>> =>
  Object.fromEntries(modules.flatMap(rowsOf).map(row => [row.name, row]))

/** Every primitive that is differentiated, by name. */
export const table = named([layout, indexing, elementwise, spikes, product, reduction])

/** Every primitive there is, by name: also those that refuse to be differentiated. */
export const allRows = { ...table, ...named([spectral]) }
