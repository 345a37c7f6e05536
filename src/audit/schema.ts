/** What an audit says, line by line: the fixed list of lines, and the shape of each. */

import { describe } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { NameError } from '../../ad/errors.ts'
import { requireList } from '../../ad/require.ts'

/** `same`, `rounding` and `different` compare two results; `holds` and `refuted` decide a claim. */
export type Verdict = 'same' | 'rounding' | 'different' | 'holds' | 'refuted' | 'undecided' | 'skipped'

/** Every line by its id, in the order of the page: the claim that it decides. */
export const claims = {
  'vacuous.gradient': 'The networks that it is compared on have a gradient that is not 0.',
  'vacuous.silent': 'Their units are not silent.',
  'vacuous.window': 'Their runs are longer than its window.',
  'vacuous.output': 'What it emits is not always 0.',
  'vacuous.knob': 'Each of its options changes what it emits or remembers.',
  exactness: 'It computes the gradient.',
  'exactness.mean': 'Its mean over all draws is the gradient.',
  'exactness.start': 'It computes the gradient of a learned initial state.',
  'exact.no-recurrence': 'It computes the gradient where no unit feeds any (recurrent matrices 0).',
  'exact.diagonal': 'It computes the gradient where each unit feeds only itself.',
  'exact.linear': 'It computes the gradient where units are linear.',
  'exact.one-step': 'It computes the gradient of runs of one step.',
  'exact.two-layers': 'It computes the gradient in a stack of two layers.',
  'exact.changing-parameters': 'It computes the gradient while θ changes at every step.',
  reference: 'It is the rule whose name it bears.',
  'fingerprint.pairs': 'It attributes a loss at t to the parameters of every step s ≤ t.',
  'fingerprint.lags': 'Its share at each lag t - s is that of the gradient.',
  'causality.future': 'What it has emitted by step t does not depend on what comes after.',
  'causality.delay': 'It charges a loss at the step at which it is met.',
  locality: 'A synapse changes by what its own two neurons and one error signal tell it.',
  'cost.operations': 'A step costs the same number of operations whatever the numbers are.',
  'cost.memory': 'What it remembers does not grow with the length of the run.',
  'cost.time': 'Its measured time grows as its operations do.',
  'bias.cosine': 'It points along the gradient: cosine 1.',
  'bias.ratio': 'It is as long as the gradient: ratio 1.',
  'bias.signs': "Each entry has the sign of the gradient's.",
  'bias.variance': 'It does not vary from draw to draw.',
  'bias.training': 'It points along the gradient while it trains a network.',
  'stability.memory': 'What it remembers stays bounded where the network is stable.',
  'learning.delayed-xor': 'It learns delayed-xor (delay 2) better than a readout alone.',
  'learning.first-symbol': 'It learns first-symbol (delay 2) better than a readout alone.',
  'learning.add': 'It learns add better than a readout alone.',
  curl: 'It is the gradient of something: its update field has no curl.',
} as const

export type LineId = keyof typeof claims
export const lineIds = Object.keys(claims) as readonly LineId[]

/** The smallest network found on which a line fails, with both results. */
export interface Counterexample {
  readonly network: string
  readonly units: number
  readonly steps: number
  /** The entries of θ where the two part most, the furthest first: W_rec[0,1]. */
  readonly entries: readonly { readonly entry: string; readonly rule: number; readonly gradient: number }[]
  readonly rule: readonly number[]
  readonly gradient: readonly number[]
}

/** What backs a line: the command that decides it again, rows of figures, a counterexample, and the fact that it contradicts. */
export interface Evidence {
  readonly command: string
  readonly counterexample?: Counterexample
  readonly rows?: readonly Readonly<Record<string, string | number | null>>[]
  readonly contradicts?: string
}

/** One line of an audit. */
export interface AuditLine {
  readonly id: LineId
  readonly claim: string
  readonly verdict: Verdict
  readonly value: number | string | null
  readonly unit: string | null
  readonly evidence: Evidence
  readonly reason?: string
}

/** How hard an audit tries. */
export interface Effort {
  readonly networks: number
  readonly learn: boolean
  readonly deep: boolean
}

/** A rule's audit on a cell. */
export interface Audit {
  readonly rule: string
  readonly cell: string
  readonly sizes: { readonly d: number; readonly n: number; readonly m: number; readonly T: number }
  readonly seed: number
  readonly effort: Effort
  readonly lines: readonly AuditLine[]
}

/** What a line found: everything but its claim and its command. */
export interface Finding extends Omit<Evidence, 'command'> {
  readonly verdict: Verdict
  readonly value?: number | string
  readonly unit?: string
  readonly reason?: string
}

/** A line from what it found. */
export const line = (
  id: LineId,
  command: string,
  { verdict, value, unit, reason, ...evidence }: Finding,
): AuditLine => ({
  id,
  claim: claims[id],
  verdict,
  value: value ?? null,
  unit: unit ?? null,
  evidence: { command, ...defined(evidence) },
  ...(reason !== undefined && { reason }),
})

/** A line by its id. Throws a NameError with did-you-mean for what is none. */
export const requireLine = (who: string, id: unknown): LineId => {
  const found = lineIds.find(one => one === id)
  if (found) return found
  const near = typeof id === 'string' ? nearest(id, lineIds) : undefined
  const remedy = near ? `Did you mean '${near}'?` : 'lineIds lists them'
  throw new NameError({ who, given: `line ${describe(id)}`, wanted: 'the id of a line', remedy })
}

/** What is there of a record. */
const defined = <A extends object>(record: A): A =>
  Object.fromEntries(Object.entries(record).filter(([, x]) => x !== undefined)) as A

/** Whether two results were found equal. */
export const isEqual = ({ verdict }: { readonly verdict: Verdict }): boolean =>
  verdict === 'same' || verdict === 'rounding'

const linesOf = (who: string, audit: unknown): readonly AuditLine[] => {
  const { lines } = (audit ?? {}) as { readonly lines?: readonly AuditLine[] }
  requireList(who, lines, 'an audit, which has lines', `${who}(audit(rule))`)
  return lines as readonly AuditLine[]
}

/** The lines that contradict what a rule's facts say of it. */
export const contradictions = (audit: Audit): readonly AuditLine[] =>
  linesOf('contradictions', audit).filter(({ evidence }) => evidence.contradicts !== undefined)

/** A line of an audit; skipped where it was not asked for. */
export const lineOf = (audit: Audit, id: LineId): AuditLine =>
  linesOf('lineOf', audit).find(found => found.id === id) ??
  line(requireLine('lineOf', id), '', { verdict: 'skipped', reason: 'not asked for' })
