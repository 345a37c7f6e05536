/** What would make every comparison worthless: no gradient, silent units, a window as long as the run, a rule or an option that does nothing. */
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import { valuesIn } from '../../nets/compiled/trace.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { sampled } from '../../proofs/proposition.ts'
import { boundsFor } from './bounds.ts'
import { negligible } from './compare.ts'
import type { Finding, LineId } from './schema.ts'
import { exactOf, type Numbers, norm, problemsOf, reachOf, runOf, type Subject } from './subject.ts'

const samples = (subject: Subject): readonly Problem[] =>
  sampled(problemsOf(subject, boundsFor(subject)), { runs: subject.networks, seed: subject.seed })

const counted = (bad: number, all: number, what: string, remedy: string): Finding => ({
  verdict: bad < all ? 'holds' : 'refuted',
  value: all - bad,
  unit: `of ${all} networks`,
  ...(bad > 0 && { reason: bad < all ? `${bad} ${what} and were left out` : `all ${what}: ${remedy}` }),
})

const gradient = (subject: Subject): Finding => {
  const all = samples(subject)
  const bad = all.filter(problem => !(norm(exactOf(problem, subject.seed)) > negligible)).length
  return counted(bad, all.length, 'have none', 'nothing could be compared')
}

const silent = (subject: Subject): Finding => {
  const all = samples(subject)
  const still = (problem: Problem): boolean =>
    runOf(problem)
      .run.slice(1)
      .every(now => leavesOf(now.after).every(leaf => (leaf as Tensor).data.every(x => x === 0)))
  return counted(all.filter(still).length, all.length, 'are silent', 'nothing could be compared')
}

const window = ({ rule, ...subject }: Subject): Finding => {
  const bounds = boundsFor({ rule, ...subject })
  const [problem] = sampled(problemsOf(subject, bounds), { runs: 1 }) as [Problem]
  const reach = reachOf(rule, problem)
  if (reach === undefined) return { verdict: 'skipped', reason: 'it has no window' }
  const shortest = bounds.minT ?? 1
  const reason = `a window of ${reach} steps, runs of ${shortest} steps at least`
  return { verdict: shortest > reach ? 'holds' : 'refuted', value: shortest, unit: 'steps', reason }
}

const everything = (rule: AnyRule, problem: Problem, seed: number): Numbers => {
  const steps = [...scan(rule, { seed })(runOf(problem).run)]
  const memory = valuesIn(steps.at(-1)?.[1]).flatMap(x => [...(x as Tensor).data])
  return [...steps.flatMap(([out]) => [...(toValue(out) as Tensor).data]), ...memory]
}

const output = (subject: Subject): Finding => {
  const all = samples(subject).filter(problem => norm(exactOf(problem, subject.seed)) > negligible)
  const zero = (problem: Problem): boolean =>
    [...scan(subject.rule, { seed: subject.seed })(runOf(problem).run)].every(
      ([out]) => norm([...(toValue(out) as Tensor).data]) === 0,
    )
  const silentOn = all.filter(zero).length
  if (silentOn === all.length)
    return {
      verdict: 'refuted',
      value: 0,
      reason: 'it emits 0 on every network',
      contradicts: 'a rule: it never changes anything',
    }
  return { verdict: 'holds', value: all.length - silentOn, unit: `of ${all.length} networks` }
}

/** Another value for an option, by its range; none for a matrix, a function or a form. */
const others = (range: string, given: string): readonly unknown[] => {
  if (range === 'true or false') return [given !== 'true']
  const words = [...range.matchAll(/'([^']+)'/g)].map(([, word]) => word)
  if (words.length > 1) return words.filter(word => !given.includes(`'${word}'`))
  const value = Number(given)
  if (range.startsWith('whole number'))
    return Number.isFinite(value) ? [value + 1, Math.max(1, Math.floor(value / 2))] : [1, 2]
  if (/^[[(≥>]/.test(range) && !range.includes('normalize'))
    return [Number.isFinite(value) && value !== 0 ? value / 2 : 0.25]
  return []
}

const differs = (a: Numbers, b: Numbers): boolean => a.length !== b.length || a.some((x, i) => x !== b[i])

type Moved = 'moves' | 'nothing' | 'not tried'

const moves = (
  { rule, variant, seed }: Subject,
  problems: readonly Problem[],
  name: string,
  values: readonly unknown[],
): Moved => {
  let tried: Moved = 'not tried'
  for (const value of values)
    try {
      const other = variant?.({ [name]: value }) as AnyRule
      if (problems.some(problem => differs(everything(rule, problem, seed), everything(other, problem, seed))))
        return 'moves'
      tried = 'nothing'
    } catch {}
  return tried
}

const knob = (subject: Subject): Finding => {
  const { facts, variant } = subject
  const options = Object.entries(facts.options ?? {})
  if (!variant || options.length === 0)
    return { verdict: 'skipped', reason: 'it has no options that could be changed here' }
  const { minT = 1, T, ...bounds } = boundsFor(subject)
  const wide = { ...bounds, d: 4, minD: 4, T: Math.max(T, minT + 2), minT: Math.max(T, minT + 2) }
  const problems = sampled(problemsOf(subject, wide), { runs: 4, seed: subject.seed })
  const found = options.map(
    ([name, { range, default: given }]) => [name, moves(subject, problems, name, others(range, given))] as const,
  )
  const [moved, still] = (['moves', 'nothing'] as const).map(what =>
    found.filter(([, is]) => is === what).map(([name]) => name),
  )
  const left = found.filter(([, is]) => is === 'not tried').map(([name]) => name)
  if (still?.length === 0 && moved?.length === 0) return { verdict: 'skipped', reason: `not tried: ${left.join(', ')}` }
  const reason = [
    still?.length ? `nothing changes with ${still.join(', ')}` : '',
    moved?.length ? `it changes with ${moved.join(', ')}` : '',
    left.length ? `not tried: ${left.join(', ')}` : '',
  ]
  const dead = still?.find(name => name === facts.count?.option)
  return {
    verdict: still?.length ? 'refuted' : 'holds',
    value: moved?.length ?? 0,
    unit: `of ${(moved?.length ?? 0) + (still?.length ?? 0)} options`,
    reason: reason.filter(part => part !== '').join('; '),
    ...(dead !== undefined && { contradicts: `options: ${dead}, ${facts.options?.[dead]?.means}` }),
  }
}

/** The lines of what is vacuous. */
export const vacuous = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> => ({
  'vacuous.gradient': () => gradient(subject),
  'vacuous.silent': () => silent(subject),
  'vacuous.window': () => window(subject),
  'vacuous.output': () => output(subject),
  'vacuous.knob': () => knob(subject),
})
