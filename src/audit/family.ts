/** The audits of a family of rules as one table. */
import { type Table, textOf } from '../display/table.ts'
import { type Audit, type AuditLine, contradictions, isEqual, type LineId, lineOf } from './schema.ts'

/** Exact, in two layers as in one, unbiased or biased, as the lines say; 'mean ?' where the test could not tell. */
export const exactnessOf = (audit: Audit): string => {
  const { verdict: mean } = lineOf(audit, 'exactness.mean')
  if (isEqual(lineOf(audit, 'exactness')) && lineOf(audit, 'exact.two-layers').verdict !== 'different') return 'exact'
  if (mean === 'undecided') return 'mean ?'
  return mean === 'holds' ? 'unbiased' : 'biased'
}

const classes: readonly (readonly [LineId, string])[] = [
  ['exactness', '1L'],
  ['exact.no-recurrence', 'W0'],
  ['exact.diagonal', 'D'],
  ['exact.linear', 'L'],
  ['exact.one-step', 'T1'],
]

/** The classes of networks on which a rule is exact, where it is not so everywhere. */
export const exactOn = (audit: Audit): string => {
  const found = classes.filter(([id]) => isEqual(lineOf(audit, id))).map(([, word]) => word)
  return exactnessOf(audit) === 'exact' || found.length === 0 ? '' : found.join(' ')
}

/** The first term of a polynomial. */
const order = ({ value }: AuditLine): string =>
  (String(value ?? '?').split(/ [+-] /)[0] as string).replace(/^[\d.]+/, by =>
    String(Number(Number(by).toPrecision(2))),
  )

const pairs: Readonly<Record<string, string>> = { 'every pair': 'all', 'the diagonal alone': 'diagonal' }

const pairsOf = ({ value }: AuditLine): string => {
  const found = String(value ?? '-').replace(/^a | of \d+$/g, '')
  return pairs[found] ?? found
}

const localities: Readonly<Record<string, string>> = { 'weight transport': 'transport', 'three-factor': '3-factor' }

const cells = (audit: Audit): readonly string[] => {
  const locality = String(lineOf(audit, 'locality').value ?? '-')
  const cosine = lineOf(audit, 'bias.cosine').value
  return [
    audit.rule,
    exactnessOf(audit),
    exactOn(audit),
    pairsOf(lineOf(audit, 'fingerprint.pairs')),
    localities[locality] ?? locality,
    order(lineOf(audit, 'cost.operations')),
    order(lineOf(audit, 'cost.memory')),
    typeof cosine === 'number' ? cosine.toFixed(2) : '-',
  ]
}

/** The family as a table: a row a rule. */
export const familyTable = (audits: readonly Audit[]): Table => ({
  head: ['rule', 'is', 'exact on', 'pairs', 'reads', 'a step', 'keeps', 'cos'],
  rows: audits.map(cells),
})

const legend = [
  'is        exact, unbiased (its mean is the gradient), biased; mean ?: undecided',
  'exact on  1L one layer, W0 no recurrence, D diagonal, L linear, T1 one step',
  'pairs     of a loss time t and a parameter time s ≤ t that it has',
  'reads     3-factor: pre, post, an error or a reward; transport: weights going',
  '          out of its own unit too; non-local: other weights or units',
  'a step    the leading term of its operations with d units; keeps: of its numbers',
  '          (a step of the run, where it keeps the run); cos: to the gradient',
]

/** The table with what its columns mean, and the lines that contradict facts. */
export const familyText = (audits: readonly Audit[]): string => {
  const against = audits.flatMap(audit =>
    contradictions(audit).map(({ id, evidence }) => `${audit.rule}: ${id} contradicts ${evidence.contradicts}`),
  )
  return [
    textOf(familyTable(audits)),
    '',
    ...legend,
    '',
    ...(against.length > 0 ? against : ['No line contradicts the facts of a rule.']),
  ].join('\n')
}
