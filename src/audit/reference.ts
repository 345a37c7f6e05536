/** Whether a rule is the one that it is sold as, step by step. */
import { toValue } from '../../ad/linear/space.ts'
import { folded, outputs } from '../../nets/run/fold.ts'
import { drawnFor } from '../../nets/run/noise.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { boundsFor, tiny } from './bounds.ts'
import { compared, type Sides } from './compare.ts'
import type { Finding } from './schema.ts'
import { cellSize, type Numbers, problemsOf, runOf, type Subject, sumOver } from './subject.ts'

/**
 * All that a rule emits along a run, in order of time, the cell's part. One that faces the past goes on with what it remembers over
 * the same steps again, so that what it learned at the end of the first time is seen.
 */
const emitted = (
  rule: AnyRule,
  { run, read }: ReturnType<typeof runOf>,
  size: number,
  seed: number,
): readonly Numbers[] => {
  const own = resolved(rule, run.net, seed)
  const drawn = drawnFor(own, run, seed)
  const timesteps = own.faces === 'past' ? [...drawn, ...drawn.slice(1)] : drawn
  const outs = [...outputs(folded(own)(timesteps))].map(out => [...read(toValue(out)).data].slice(0, size))
  return own.faces === 'future' ? outs.toReversed() : outs
}

const sidesOf =
  (rule: AnyRule, other: AnyRule, seed: number): Sides =>
  (problem, precision) => {
    const made = runOf(problem, precision)
    if (rule.faces !== other.faces) return [sumOver(rule, made, seed), sumOver(other, made, seed)]
    const [own, wanted] = [rule, other].map(one => emitted(one, made, cellSize(problem), seed)) as [
      readonly Numbers[],
      readonly Numbers[],
    ]
    return [own.flat(), wanted.flat()]
  }

/** What this line says of a rule that states no facts. */
export const nothingClaimed = 'it states no facts'

/** Compares what the rule emits at every step with what the rule of its name does. */
export const likeReference = (subject: Subject): Finding => {
  const { rule, reference, facts, networks, seed } = subject
  if (!reference)
    return {
      verdict: 'skipped',
      reason: 'no other rule is named that it should be: --as RULE does',
      ...(facts.exactness === undefined && { value: nothingClaimed }),
    }
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
