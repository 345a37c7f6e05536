/** What a step of a rule costs: operations and numbers remembered as polynomials in the sizes, and the time as it is measured. */
import { counting } from '../../ad/modes/cost.ts'
import { sizeOf, type Tensor } from '../../ad/tensor.ts'
import { mapTree } from '../../ad/tree.ts'
import { isReadable } from '../../ad/value.ts'
import { valuesIn } from '../../nets/compiled/trace.ts'
import type { Theta } from '../../nets/network.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { windowsOf } from '../../nets/run/windows.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { claimedDegree } from './claimed-degree.ts'
import { type Count, degree, fitted, type Term, written } from './polynomial.ts'
import type { Finding, LineId } from './schema.ts'
import type { Subject } from './subject.ts'
import { typical } from './typical.ts'

type Sized = (d: number) => AnyRule

/** Operations of a whole run of T steps: the network’s and the rule’s. */
const operationsOf = (subject: Subject, rule: AnyRule, sizes: Subject['sizes'], seed: number): number => {
  const { counts, operations } = counting()
  const { net, θ, sequence } = typical({ ...subject, sizes }, seed)
  const at = mapTree(θ, x => counts(x as Tensor)) as Theta
  for (const _ of scan(rule, { seed: subject.seed })(unroll(net)(at, sequence)));
  return operations()
}

/** Steps after which a rule is where it was: its window; three of the longest where it makes them itself, so that its measurements have begun. */
const periodOf = (subject: Subject, rule: AnyRule): number => {
  const found = resolved(rule, typical(subject, 1).net)
  return windowsOf(found)?.windows.every ?? (found.reach ? 3 * found.reach : 1)
}

/** Operations of a step, over a whole window where there is one. */
const operationsAStep =
  (subject: Subject, ruleFor: Sized, seed: number): Count =>
  (d, n, m) => {
    const rule = ruleFor(d)
    const period = periodOf(subject, rule)
    const [long, short] = [3, 2].map(times => operationsOf(subject, rule, { d, n, m, T: times * period }, seed))
    return ((long as number) - (short as number)) / period
  }

const numbersIn = (x: unknown): number =>
  [...new Set(valuesIn(x))].filter(isReadable).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** The most numbers that a rule remembers at once on a run of T steps: where it faces the future, the run too. */
const remembered = (subject: Subject, rule: AnyRule, sizes: Subject['sizes']): number => {
  const { net, θ, sequence } = typical({ ...subject, sizes }, subject.seed)
  const run = unroll(net)(θ, sequence)
  const kept = [...scan(rule, { seed: subject.seed })(run)].map(([, memory]) => numbersIn(memory))
  const timesteps = run.map(({ readoutGradient: _, ...now }) => now)
  return Math.max(...kept) + (rule.faces === 'future' ? numbersIn(timesteps) : 0)
}

const leading = (terms: readonly Term[]): string => {
  const shown = terms.slice(0, 3)
  return `${written(shown)}${terms.length > 3 ? ' + …' : ''}`
}

const rowsOf = (terms: readonly Term[]): NonNullable<Finding['rows']> => [{ polynomial: written(terms) }]

/** Whether a degree that was found contradicts the one that is claimed. */
const contradicting = (found: number, claimed: string | undefined, what: string): Partial<Finding> => {
  const wanted = claimed === undefined ? null : claimedDegree(claimed)
  return wanted === null || wanted === found ? {} : { contradicts: `cost.${what}: ${claimed}` }
}

const operations = (subject: Subject): Finding => {
  const { rule, facts, variant } = subject
  const count = operationsAStep(subject, () => rule, subject.seed)
  if (count(3, 2, 2) !== operationsAStep(subject, () => rule, subject.seed + 1)(3, 2, 2))
    return { verdict: 'refuted', reason: 'other numbers take another number of operations' }
  const terms = fitted(count)
  if (!terms) return { verdict: 'undecided', reason: 'the counts are no polynomial of the sizes' }
  const wrong = contradicting(degree(terms), facts.cost?.time, 'time')
  const found = { verdict: 'holds', value: leading(terms), unit: 'operations a step', rows: rowsOf(terms) } as const
  if (rule.eager) return { ...found, reason: 'its work on plain numbers (singular values) is not counted' }
  const option = facts.count?.option
  if (!wrong.contradicts || !variant || !option) return { ...found, ...wrong }
  const wide = fitted(operationsAStep(subject, d => variant({ [option]: d }), subject.seed))
  if (!wide) return { ...found, ...wrong }
  const reason = `with ${option} = d, which costs least: ${leading(wide)}`
  return { ...found, reason, ...contradicting(degree(wide), facts.cost?.time, 'time') }
}

const memory = (subject: Subject): Finding => {
  const { rule, facts } = subject
  const period = periodOf(subject, rule)
  const at =
    (T: number): Count =>
    (d, n, m) =>
      remembered(subject, rule, { d, n, m, T })
  const [short, long] = period === 1 ? [3, 5] : [2 * period, 3 * period]
  const grows = at(long)(3, 2, 2) > at(short)(3, 2, 2)
  const count: Count = grows ? (...sizes) => (at(long)(...sizes) - at(short)(...sizes)) / (long - short) : at(short)
  const terms = fitted(count)
  const unit = grows ? 'numbers a step of the run' : 'numbers'
  const claims = facts.cost?.memory
  const claimsGrowth = claims?.includes('T timesteps') ?? grows
  if (claimsGrowth !== grows)
    return { verdict: grows ? 'refuted' : 'holds', unit, contradicts: `cost.memory: ${claims}` }
  if (!terms)
    return {
      verdict: grows ? 'refuted' : 'holds',
      reason: 'the counts are no polynomial of the sizes',
      value: count(3, 2, 2),
      unit: `${unit} at d=3 n=2 m=2`,
    }
  return {
    verdict: grows ? 'refuted' : 'holds',
    value: leading(terms),
    unit,
    rows: rowsOf(terms),
    ...(claims?.includes('timesteps') ? {} : contradicting(degree(terms), claims, 'memory')),
  }
}

/** Milliseconds of a gradient at d units, the least of three. */
const milliseconds = (subject: Subject, d: number): number => {
  const { net, θ, sequence } = typical({ ...subject, sizes: { d, n: 2, m: 2, T: 20 } }, subject.seed)
  const of = gradient(subject.rule, net, { seed: subject.seed })
  of(θ, sequence)
  const times = Array.from({ length: 3 }, () => {
    const from = performance.now()
    of(θ, sequence)
    return performance.now() - from
  })
  return Math.min(...times)
}

/** A run of more milliseconds is not doubled again. */
const patience = 40

/** Three sizes, each twice the one before: as large as a run stays short. */
const sizesFor = (subject: Subject): readonly number[] => {
  const small = [4, 8, 16]
  const from =
    subject.rule.eager || milliseconds(subject, 16) > patience ? 4 : milliseconds(subject, 32) > patience ? 8 : 16
  return small.map(d => (d * from) / 4)
}

const time = (subject: Subject): Finding => {
  const sizes = sizesFor(subject)
  const found = sizes.map(d => milliseconds(subject, d))
  const [, small = 0, large = 0] = found
  const exponent = Math.log2(large / small)
  const rows = sizes.map((d, i) => ({ d, 'ms a run of 20 steps': Number((found[i] as number).toPrecision(3)) }))
  const wanted = subject.facts.cost ? claimedDegree(subject.facts.cost.time) : null
  const slow = exponent < 0 || (wanted !== null && exponent > wanted + 0.7)
  return {
    verdict: slow ? 'undecided' : 'holds',
    value: Number(exponent.toFixed(1)),
    unit: `is the power of d that its time grows with, from ${sizes[1]} to ${sizes[2]} units`,
    reason: 'measured, so that it differs from run to run; small networks hide the highest power',
    rows,
  }
}

/** The lines of cost. */
export const costs = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> => ({
  'cost.operations': () => operations(subject),
  'cost.memory': () => memory(subject),
  'cost.time': () => time(subject),
})
