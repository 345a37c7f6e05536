/** Whether a rule is the one that it is sold as, step by step. */
import { toValue } from '../../ad/linear/space.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { boundsFor, tiny } from './bounds.ts'
import { compared, type Sides } from './compare.ts'
import type { Finding } from './schema.ts'
import { cellSize, type Numbers, problemsOf, runOf, type Subject } from './subject.ts'

/** All that a rule emits along a run, in order of time, the cell's part; the sum alone where `whole`. */
const emitted = (rule: AnyRule, made: ReturnType<typeof runOf>, size: number, seed: number): readonly Numbers[] => {
  const outs = [...scan(rule, { seed })(made.run)].map(([out]) => [...made.read(toValue(out)).data].slice(0, size))
  return rule.faces === 'future' ? outs.toReversed() : outs
}

const summed = (rows: readonly Numbers[]): Numbers =>
  (rows[0] ?? []).map((_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0))

const sidesOf =
  (rule: AnyRule, other: AnyRule, seed: number): Sides =>
  (problem, precision) => {
    const made = runOf(problem, precision)
    const [own, wanted] = [rule, other].map(one => emitted(one, made, cellSize(problem), seed)) as [
      readonly Numbers[],
      readonly Numbers[],
    ]
    return rule.faces === other.faces ? [own.flat(), wanted.flat()] : [summed(own), summed(wanted)]
  }

/** Compares what the rule emits at every step with what the rule of its name does. */
export const likeReference = (subject: Subject): Finding => {
  const { rule, reference, networks, seed } = subject
  if (!reference) return { verdict: 'skipped', reason: 'no other rule is named that it should be: --as RULE does' }
  if (reference.rule === rule) return { verdict: 'skipped', reason: 'it is the rule of this name itself' }
  const bounds = boundsFor({ ...subject, rule: reference.rule }, 2)
  const wide = boundsFor(subject, bounds.minT)
  const found = compared({
    problems: problemsOf(subject, wide),
    small: problemsOf(subject, tiny(wide)),
    sides: sidesOf(rule, reference.rule, seed),
    networks,
    seed,
  })
  const reason = `beside ${reference.name}, step by step: ${found.reason}`
  return { ...found, reason, ...(found.verdict === 'different' && { contradicts: `sold as ${reference.name}` }) }
}
