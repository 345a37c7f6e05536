/** An audit as a page of 80 columns, to be understood without the docs. */
import { visible } from '../../ad/visible.ts'
import { hanging } from '../wrap.ts'
import {
  type Audit,
  type AuditLine,
  type Counterexample,
  contradictions,
  type LineId,
  lineOf,
  type Verdict,
} from './schema.ts'

/** The parts of the page: a question, and the lines that answer it. */
export const parts: readonly (readonly [question: string, ids: string])[] = [
  ['Is there anything to compare?', 'vacuous'],
  ['Does it compute the gradient?', 'exactness exact reference'],
  ['Which loss times t does it connect to which parameter times s?', 'fingerprint'],
  ['What does it have to know of the future?', 'causality'],
  ['What does the update of one synapse read?', 'locality'],
  ['What does it cost, with d units, n inputs, m outputs?', 'cost'],
  ['How far from the gradient is it?', 'bias'],
  ['Does what it remembers stay bounded?', 'stability'],
  ['Does it learn?', 'learning'],
  ['Is it the gradient of anything at all?', 'curl'],
]

/** Whether a line is of a part. */
export const isOf = (id: LineId, ids: string): boolean => ids.split(' ').includes(id.split('.')[0] as string)

/** A verdict as an answer to the claim beside it. */
const answers: Readonly<Record<Verdict, string>> = {
  same: 'yes',
  rounding: 'yes',
  different: 'no',
  holds: 'yes',
  refuted: 'no',
  undecided: '?',
  skipped: '-',
}

const short = (x: number | string): string => (typeof x === 'number' ? String(Number(x.toPrecision(4))) : x)

/** Yes, no, ? or -. */
export const answerOf = ({ verdict }: AuditLine): string => answers[verdict]

const inReason: readonly Verdict[] = ['same', 'rounding', 'different']

/** What was measured, and why the answer is what it is. */
export const reasonOf = ({ verdict, value, unit, reason }: AuditLine): string => {
  const figure = value === null || inReason.includes(verdict) ? '' : `${short(value)} ${unit ?? ''}`.trim()
  return [figure, reason ?? ''].filter(part => part !== '').join('; ')
}

const few = 6

/** Some of both results, around the place where they part most. */
const numbers = ({ rule, gradient }: Counterexample): readonly [rule: string, gradient: string] => {
  const gaps = rule.map((x, i) => Math.abs(x - (gradient[i] as number)))
  const from = Math.max(0, Math.min(gaps.indexOf(Math.max(...gaps)) - 2, rule.length - few))
  const show = (xs: readonly number[]): string =>
    `[${from > 0 ? '…, ' : ''}${xs.slice(from, from + few).join(', ')}${xs.length > from + few ? ', …' : ''}]`
  return [show(rule), show(gradient)]
}

const indent = '      '
const under = (text: string): string => hanging(indent, visible(text, ''))

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const counterexampleLines = (found: Counterexample): readonly string[] => {
  const { network, units, steps, entry } = found
  const [rule, gradient] = numbers(found)
  return [
    under(
      `Smallest network found where it fails: ${counted(units, 'unit')}, ${counted(steps, 'step')}, most at ${entry}:`,
    ),
    under(network.replaceAll(/\s+/g, ' ')),
    under(`the rule  ${rule}`),
    under(`it should ${gradient}`),
  ]
}

type Rows = NonNullable<AuditLine['evidence']['rows']>

const pairLines = (rows: Rows): readonly string[] => [
  `${indent}      s = 1 … ${rows.length}   # a pair that it has, . one that it has not`,
  ...rows.map(({ t, pairs }) => `${indent}t = ${t}   ${[...String(pairs)].join(' ')}`),
]

const lagLines = (rows: Rows): readonly string[] => {
  const cells = (list: readonly unknown[]): string =>
    `${indent}${list.map(one => String(one ?? '-').padStart(10)).join('')}`
  return [cells(['t - s', 'ratio', 'cosine']), ...rows.map(({ lag, ratio, cosine }) => cells([lag, ratio, cosine]))]
}

const evidenceLines = ({ id, evidence: { contradicts, counterexample, rows } }: AuditLine): readonly string[] => [
  ...(contradicts === undefined ? [] : [under(`THIS CONTRADICTS WHAT ITS FACTS SAY: ${contradicts}`)]),
  ...(counterexample && (contradicts !== undefined || id === 'exactness') ? counterexampleLines(counterexample) : []),
  ...(id === 'fingerprint.lags' && rows ? lagLines(rows) : []),
  ...(id === 'fingerprint.pairs' && rows ? pairLines(rows) : []),
]

const linesOf = (line: AuditLine): readonly string[] => {
  const why = reasonOf(line)
  return [
    hanging(`  ${answerOf(line).padEnd(4)}`, line.claim),
    ...(why === '' ? [] : [under(why)]),
    ...evidenceLines(line),
  ]
}

const isYes = ({ verdict }: AuditLine): boolean => answers[verdict] === 'yes'

const exactly = (audit: Audit): string => {
  const [gradient, mean] = [lineOf(audit, 'exactness'), lineOf(audit, 'exactness.mean')]
  const stack = lineOf(audit, 'exact.two-layers').verdict
  if (isYes(gradient))
    return stack === 'different' ? 'It computes the gradient of one layer, not of two.' : 'It computes the gradient.'
  if (isYes(mean)) return 'Its mean is the gradient; one draw is not.'
  const classes = audit.lines.filter(line => line.id.startsWith('exact.') && isYes(line))
  const where = classes.map(({ id }) => id.slice(6).replaceAll('-', ' ')).join(', ')
  return `It is not the gradient${where === '' ? '' : `, except for: ${where}`}.`
}

/** What a reader should take away, in a few sentences. */
export const inShort = (audit: Audit): string => {
  const value = (id: LineId): string => short(lineOf(audit, id).value ?? '?')
  const causal = isYes(lineOf(audit, 'causality.future')) ? 'It can learn as time goes on.' : 'It needs the whole run.'
  const cosine = lineOf(audit, 'bias.cosine')
  return [
    exactly(audit),
    ...(lineOf(audit, 'vacuous.output').verdict === 'refuted' ? ['It never emits anything.'] : []),
    ...(cosine.verdict === 'refuted' ? [`Its cosine to the gradient is ${value('bias.cosine')} on average.`] : []),
    causal,
    `What a synapse reads: ${value('locality')}.`,
    `A step costs ${value('cost.operations')} operations.`,
  ].join(' ')
}

/** Which lines contradict the facts, in a sentence. */
export const verdictLine = (audit: Audit): string => {
  const against = contradictions(audit)
  if (against.length === 0) return 'No line contradicts what the rule says of itself.'
  const ids = against.map(({ id }) => id).join(', ')
  return `${counted(against.length, 'line')} against what the rule says of itself: ${ids}.`
}

const legend = [
  'yes, no: whether the claim holds; ? not decided; - not tried, with the reason.',
  'gradient: dL/dθ of the whole run, by BPTT; θ the parameters. Rounding is told',
  'from a wrong formula by computing again in single precision.',
]

/** The whole page. */
export const pageOf = (audit: Audit): string => {
  const { rule, cell, sizes, seed, effort } = audit
  const { d, n, m, T } = sizes
  return [
    `Audit of ${rule} on ${cell} networks`,
    hanging(
      '',
      `measured at d=${d} n=${n} m=${m} T=${T}, compared on ${effort.networks} small random networks, seed ${seed}`,
    ),
    '',
    hanging('In short  ', inShort(audit)),
    hanging('          ', verdictLine(audit)),
    ...parts.flatMap(([question, ids]) => {
      const lines = audit.lines.filter(({ id }) => isOf(id, ids))
      const shown = lines.filter(
        ({ reason, verdict }) => !(verdict === 'skipped' && reason?.startsWith('asked for by')),
      )
      return shown.length === 0 ? [] : ['', question, ...shown.flatMap(linesOf)]
    }),
    '',
    ...legend,
    ...(effort.learn ? [] : ['--learn trains it on three small tasks.']),
    ...(effort.deep ? [] : ['--deep looks for a curl: whether it is the gradient of anything.']),
  ].join('\n')
}
