/** An audit as one HTML page, with nothing fetched and nothing run. */
import type { Table } from '../display/table.ts'
import { reportOf } from '../figures/report.ts'
import { answerOf, inShort, isOf, parts, reasonOf, verdictLine } from './page.ts'
import type { Audit, AuditLine } from './schema.ts'

const rowOf = (line: AuditLine): readonly string[] => {
  const { contradicts, counterexample } = line.evidence
  const against = contradicts === undefined ? '' : ` Contradicts its facts: ${contradicts}.`
  const smallest = counterexample ? ` Smallest network where they differ: ${counterexample.network}` : ''
  return [line.id, answerOf(line), line.claim, `${reasonOf(line)}${against}${smallest}`]
}

const figures = ({ id, evidence: { rows } }: AuditLine): readonly Table[] => {
  const [first] = rows ?? []
  if (!rows || !first) return []
  const head = Object.keys(first)
  return [{ title: `Figures of ${id}`, head, rows: rows.map(row => head.map(name => String(row[name] ?? '-'))) }]
}

/** The whole file. */
export const reportOfAudit = (audit: Audit): string => {
  const { rule, cell, sizes, seed, effort, lines } = audit
  const of = (ids: string): readonly AuditLine[] => lines.filter(({ id }) => isOf(id, ids))
  return reportOf({
    title: `Audit of ${rule} on ${cell} networks`,
    protocol: [
      `In short: ${inShort(audit)} ${verdictLine(audit)}`,
      `Sizes: d=${sizes.d}, n=${sizes.n}, m=${sizes.m}, T=${sizes.T}, seed ${seed}`,
      `Effort: ${effort.networks} small random networks a line`,
      `Command: ${lines[0]?.evidence.command}`,
    ],
    tables: parts.flatMap(([question, ids]) => [
      { title: question, head: ['line', 'holds', 'claim', 'why'], rows: of(ids).map(rowOf) },
      ...of(ids).flatMap(figures),
    ]),
    figures: [],
  })
}
