/** An audit as a page of 80 columns, to be understood without the docs. */
import { visible } from '../../ad/visible.ts'
import { hanging } from '../wrap.ts'
import { nothingClaimed } from './reference.ts'
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

const indent = '      '
const under = (text: string): string => hanging(indent, visible(text, ''))

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const counterexampleLines = ({ network, units, steps, entries }: Counterexample): readonly string[] => [
  under(`Smallest network found where it fails: ${counted(units, 'unit')}, ${counted(steps, 'step')}:`),
  under(network.replaceAll(/\s+/g, ' ')),
  ...entries.map(({ entry, rule, gradient }) =>
    under(`at ${entry} the rule gives ${rule}, and should give ${gradient}`),
  ),
]

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

/** Where a rule may be exact, in words. */
const where: Readonly<Partial<Record<LineId, string>>> = {
  'exact.no-recurrence': 'where no unit feeds any',
  'exact.diagonal': 'where each unit feeds only itself',
  'exact.linear': 'where units are linear',
  'exact.one-step': 'in runs of one step',
  'exact.two-layers': 'in two layers',
  'exact.changing-parameters': 'while θ changes',
}

const exactly = (audit: Audit): string => {
  const [gradient, mean] = [lineOf(audit, 'exactness'), lineOf(audit, 'exactness.mean')]
  const stack = lineOf(audit, 'exact.two-layers').verdict
  if (isYes(gradient))
    return stack === 'different' ? 'It computes the gradient of one layer, not of two.' : 'It computes the gradient.'
  if (isYes(mean)) return 'Its mean is the gradient; one draw is not.'
  const classes = audit.lines.flatMap(line => (isYes(line) && where[line.id] ? [where[line.id]] : []))
  const shown = gradient.evidence.counterexample
  const smallest = shown
    ? ` A network of ${counted(shown.units, 'unit')} and ${counted(shown.steps, 'step')} shows it.`
    : ''
  return `It is not the gradient${classes.length === 0 ? '' : `, except ${classes.join(', ')}`}.${smallest}`
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
  const { value } = lineOf(audit, 'reference')
  if (against.length === 0)
    return value === nothingClaimed
      ? 'It says nothing of itself that could be contradicted: give it exactness, or hold it to a rule by --as rtrl.'
      : 'No line contradicts what the rule says of itself.'
  const ids = against.map(({ id }) => id).join(', ')
  return `${counted(against.length, 'line')} against what the rule says of itself: ${ids}.`
}

const answersMean = 'yes, no: whether the sentence is true; ? not decided; - not tried, and why.'

const legend = [
  'gradient: dL/dθ of the whole run, by BPTT; θ the parameters. Rounding is told',
  'from a wrong formula by computing again in single precision.',
  'three-factor: pre, post, its own weight and one error; weight transport: weights',
  'going out of its own unit too; non-local: other weights, or other units.',
]

const quoted = (rule: string): string => (/^[\w./-]+$/.test(rule) ? rule : `'${rule}'`)

/** What can be asked further. */
const further = (audit: Audit): readonly string[] => {
  const { rule, cell, effort } = audit
  const onCell = cell === 'leaky' ? '' : ` --cell ${cell}`
  const differs = lineOf(audit, 'exactness').verdict === 'different'
  return [
    ...(differs
      ? [
          hanging(
            '',
            `janus refute ${quoted(rule)} gradient${onCell} --out FOLDER writes a script that shows the difference.`,
          ),
        ]
      : []),
    ...(effort.learn ? [] : ['--learn trains it on three small tasks.']),
    ...(effort.deep ? [] : ['--deep looks for a curl: whether it is the gradient of anything.']),
  ]
}

/** The whole page; `identity` says by name what the gradient is, where that is known. */
export const pageOf = (audit: Audit, identity: string | null = null): string => {
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
    ...(identity === null ? [] : [hanging('          ', identity)]),
    hanging('          ', verdictLine(audit)),
    '',
    answersMean,
    ...parts.flatMap(([question, ids]) => {
      const lines = audit.lines.filter(({ id }) => isOf(id, ids))
      const shown = lines.filter(
        ({ reason, verdict }) => !(verdict === 'skipped' && reason?.startsWith('asked for by')),
      )
      return shown.length === 0 ? [] : ['', question, ...shown.flatMap(linesOf)]
    }),
    '',
    ...legend,
    ...further(audit),
  ].join('\n')
}
