/** What would make every comparison worthless: no gradient, silent units, a window as long as the run, a rule or an option that does nothing. */
import { JanusError } from '../../ad/errors.ts'
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf } from '../../ad/tree.ts'
import { valuesIn } from '../../nets/compiled/trace.ts'
import { rng } from '../../nets/random.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import type { OptionFacts } from '../../rules/parts/facts.ts'
import { boundsFor } from './bounds.ts'
import { negligible } from './compare.ts'
import type { Finding, LineId } from './schema.ts'
import { drawnFrom, exactOf, type Numbers, norm, problemsOf, reachOf, runOf, type Subject } from './subject.ts'

const samples = (subject: Subject): readonly Problem[] =>
  drawnFrom(problemsOf(subject, boundsFor(subject)), subject.networks, subject.seed)

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
  const [problem] = drawnFrom(problemsOf(subject, bounds), 1) as [Problem]
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

/** A value of an option on a problem. */
type Choice = (problem: Problem) => unknown

/** Other values for an option, by its range; none for a function, a form, or a matrix that is no feedback. */
const others = (range: string, given: string): readonly Choice[] => {
  const always = (values: readonly unknown[]): readonly Choice[] => values.map(value => () => value)
  if (range === 'true or false') return always([true, false].filter(value => String(value) !== given))
  if (/^matrix \[(units|d), m\]/.test(range))
    return [({ net: { sizes } }) => rng(1, 12).draw({ law: 'normal', shape: [sizes.d, sizes.m] })]
  const words = [...range.matchAll(/'([^']+)'/g)].map(([, word]) => word)
  if (words.length > 1) return always(words.filter(word => !given.includes(`'${word}'`)))
  const value = Number(given)
  if (range.startsWith('whole number'))
    return always(Number.isFinite(value) ? [value + 1, Math.max(1, Math.floor(value / 2))] : [1, 2])
  return /^[[(≥>]/.test(range) ? always([Number.isFinite(value) && value !== 0 ? value / 2 : 0.25]) : []
}

const differs = (a: Numbers, b: Numbers): boolean => a.length !== b.length || a.some((x, i) => x !== b[i])

/** Whether an option changes anything; or why it could not be tried. */
type Moved = { readonly is: 'moves' | 'nothing' } | { readonly is: 'not tried'; readonly why: string }

/** Whether a rule with another value of an option emits or remembers anything else, beside the options without which it has no effect. */
const moves = (
  { variant, seed }: Subject,
  problems: readonly Problem[],
  [name, { range, default: given, with: beside = {} }]: readonly [string, OptionFacts],
): Moved => {
  const values = others(range, given)
  let tried: Moved = { is: 'not tried', why: values.length === 0 ? `given in code: ${range}` : '' }
  for (const value of values)
    try {
      const all = (problem: Problem, options: object): Numbers =>
        everything(variant?.(options) as AnyRule, problem, seed)
      if (problems.some(one => differs(all(one, beside), all(one, { ...beside, [name]: value(one) }))))
        return { is: 'moves' }
      tried = { is: 'nothing' }
    } catch (thrown) {
      tried = { is: 'not tried', why: thrown instanceof JanusError ? `wants ${thrown.wanted}` : String(thrown) }
    }
  return tried
}

const wideProblems = (subject: Subject): readonly Problem[] => {
  const { minT = 1, T, ...bounds } = boundsFor(subject)
  const long = Math.max(T, minT + 2)
  return drawnFrom(problemsOf(subject, { ...bounds, d: 4, minD: 4, T: long, minT: long }), 4, subject.seed)
}

const knob = (subject: Subject): Finding => {
  const { facts, variant } = subject
  const options = Object.entries(facts.options ?? {})
  if (!variant || options.length === 0)
    return { verdict: 'skipped', reason: 'it has no options that could be changed here' }
  const problems = wideProblems(subject)
  const found = options.map(option => [option[0], moves(subject, problems, option)] as const)
  const named = (is: Moved['is']): readonly string[] => found.filter(([, one]) => one.is === is).map(([name]) => name)
  const [moved, still] = [named('moves'), named('nothing')]
  const whys = [...new Set(found.flatMap(([, one]) => (one.is === 'not tried' ? [one.why] : [])))]
  const withWhy = (why: string): string =>
    found.flatMap(([name, one]) => (one.is === 'not tried' && one.why === why ? [name] : [])).join(' and ')
  const untried = whys.length > 0 ? [`not tried: ${whys.map(why => `${withWhy(why)} (${why})`).join(', ')}`] : []
  if (still.length + moved.length === 0) return { verdict: 'skipped', reason: untried.join('') }
  const dead = still.find(name => name === facts.count?.option)
  return {
    verdict: still.length > 0 ? 'refuted' : 'holds',
    value: moved.length,
    unit: `of ${moved.length + still.length} options`,
    reason: [
      ...(still.length > 0 ? [`nothing changes with ${still.join(', ')}`] : []),
      ...(moved.length > 0 ? [`it changes with ${moved.join(', ')}`] : []),
      ...untried,
    ].join('; '),
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
