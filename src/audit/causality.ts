/** Whether what a rule has emitted depends on what comes after, and how late it charges a loss. */
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Example } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import type { Finding, LineId } from './schema.ts'
import { beyondWindow, type Numbers, runOf, type Subject } from './subject.ts'
import { examples, typical } from './typical.ts'

/** What a rule emits at timestep 0, 1, …, or for them where it faces the future. */
const emissions = (rule: AnyRule, problem: Problem, seed: number): readonly Numbers[] => {
  const outs = [...scan(rule, { seed })(runOf(problem).run)].map(([out]) => [...(toValue(out) as Tensor).data])
  return rule.faces === 'future' ? outs.toReversed() : outs
}

const differ = (a: Numbers, b: Numbers): boolean => a.some((x, i) => !Object.is(x, b[i]))

const problemFor = (subject: Subject): Problem => {
  const sizes = { d: 3, n: 2, m: 2, T: 6 }
  const T = Math.max(6, beyondWindow(subject.rule, typical(subject, subject.seed, sizes)) + 1)
  return typical(subject, subject.seed, { ...sizes, T })
}

/** The first and the last timestep whose emission changes with what replaces the examples. */
const changedBy = (subject: Subject, problem: Problem, sequence: readonly Example[]): readonly number[] => {
  const [was, is] = [problem, { ...problem, sequence }].map(one => emissions(subject.rule, one, subject.seed)) as [
    readonly Numbers[],
    readonly Numbers[],
  ]
  return was.flatMap((out, t) => (is[t] !== undefined && differ(out, is[t] as Numbers) ? [t] : []))
}

/** What comes after step t is other data, and one step more of it. */
const future = (subject: Subject): Finding => {
  const problem = problemFor(subject)
  const { sequence, net } = problem
  const leaks = sequence.slice(0, -1).flatMap((_, i) => {
    const t = i + 1
    const other = [...sequence.slice(0, t), ...examples(net.sizes, sequence.length - t + 1, subject.seed + 100)]
    return changedBy(subject, problem, other)
      .filter(at => at <= t)
      .map(at => ({ after: t, emitted: at }))
  })
  const wrong = leaks.length > 0 && subject.facts.faces === 'past'
  if (leaks.length === 0)
    return { verdict: 'holds', value: sequence.length - 1, unit: 'futures replaced, identical bytes before' }
  const [{ after, emitted }] = leaks as [(typeof leaks)[number]]
  const reason = `with other data after step ${after}, what it emits for step ${emitted} is other too: it needs the whole run`
  return {
    verdict: 'refuted',
    value: leaks.length,
    unit: 'emissions that changed',
    reason,
    ...(wrong && { contradicts: 'faces: past' }),
  }
}

/** The delays from a loss to the first and the last emission that depends on its target. */
const delay = (subject: Subject): Finding => {
  if (subject.rule.faces === 'future')
    return {
      verdict: 'refuted',
      value: 'the whole run',
      reason: 'it faces the future: it emits once the run has ended',
    }
  const problem = problemFor(subject)
  const others = examples(problem.net.sizes, problem.sequence.length, subject.seed + 200)
  const found = problem.sequence.slice(0, -1).flatMap((now, i) => {
    const changed = changedBy(
      subject,
      problem,
      problem.sequence.with(i, { ...now, target: (others[i] as Example).target }),
    )
    return changed.length === 0
      ? []
      : [{ first: (changed[0] as number) - i - 1, last: (changed.at(-1) as number) - i - 1 }]
  })
  if (found.length === 0) return { verdict: 'undecided', reason: 'no emission depends on a target' }
  const first = Math.max(...found.map(one => one.first))
  const last = Math.max(...found.map(one => one.last))
  const reason =
    last > first ? `later emissions depend on it too, up to ${last} steps after` : 'no later emission depends on it'
  return { verdict: first === 0 ? 'holds' : 'refuted', value: first, unit: 'steps late, at most', reason }
}

/** The lines of causality. */
export const causality = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> => ({
  'causality.future': () => future(subject),
  'causality.delay': () => delay(subject),
})
