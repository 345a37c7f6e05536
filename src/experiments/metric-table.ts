/** The metrics of runs as one table, a row an update with the settings of its run: as CSV, or as Parquet. */
import { recordedIn } from './files.ts'
import type { StoredRun } from './stored.ts'

/** A column: its name, and a value a row; undefined or null where a run has none. */
interface Column {
  readonly name: string
  readonly values: readonly unknown[]
}

/** Columns of one length. */
export interface MetricTable {
  readonly rows: number
  readonly columns: readonly Column[]
}

const metrics = ['step', 'train', 'gradient', 'held'] as const

/** Every metric of every run, with the settings that any of them has. */
export const metricTable = (runs: readonly StoredRun[]): MetricTable => {
  const settings = [...new Set(runs.flatMap(({ config }) => Object.keys(config)))]
  const rows = runs.flatMap(run => recordedIn(run.folder).metrics.map(metric => ({ run, metric })))
  const of = (name: string, value: (row: (typeof rows)[number]) => unknown): Column => ({
    name,
    values: rows.map(value),
  })
  return {
    rows: rows.length,
    columns: [
      of('id', ({ run }) => run.id),
      of('state', ({ run }) => run.state),
      ...settings.map(name => of(name, ({ run }) => run.config[name])),
      ...metrics.map(name => of(name, ({ metric }) => metric[name])),
    ],
  }
}

const quoted = (value: unknown): string => {
  const text = String(value ?? '')
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** With a line of names (RFC 4180). */
export const csvOf = ({ rows, columns }: MetricTable): string => {
  const lines = Array.from({ length: rows }, (_, i) => columns.map(({ values }) => quoted(values[i])).join(','))
  return [columns.map(({ name }) => quoted(name)).join(','), ...lines].join('\n')
}

/** A column of numbers or truth values where all that it has are such, else of texts. */
const typed = ({ name, values }: Column) => {
  const known = values.filter(value => value != null)
  const all = (type: string): boolean => known.length > 0 && known.every(value => typeof value === type)
  if (name === 'step') return { name, type: 'INT32' as const, data: [...values] }
  if (all('number')) return { name, type: 'DOUBLE' as const, data: values.map(value => value ?? null) }
  if (all('boolean')) return { name, type: 'BOOLEAN' as const, data: values.map(value => value ?? null) }
  return { name, type: 'STRING' as const, data: values.map(value => (value == null ? null : String(value))) }
}

/** As a Parquet file, compressed by Snappy; the writer is loaded only here. */
export const parquetOf = async ({ columns }: MetricTable): Promise<Uint8Array> => {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  return new Uint8Array(parquetWriteBuffer({ columnData: columns.map(typed) }))
}
