/** How far a rule is from the gradient: angle, length, signs and variance, on networks as they begin and along training. */
import { toValue } from '../../ad/linear/space.ts'
import { sub } from '../../ad/primitives/elementwise.ts'
import { sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Theta } from '../../nets/network.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { runGradient, total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'
import { bptt } from '../../rules/bptt.ts'
import type { Finding, LineId } from './schema.ts'
import { both, cellSize, type Numbers, norm, type Subject } from './subject.ts'
import { named } from './tagged-run.ts'
import { typical } from './typical.ts'

const dot = (a: Numbers, b: Numbers): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
const cosine = (a: Numbers, b: Numbers): number => dot(a, b) / (norm(a) * norm(b))
const mean = (xs: Numbers): number => xs.reduce((sum, x) => sum + x / xs.length, 0)
const digits = (x: number): number | null => (Number.isFinite(x) ? Number(x.toPrecision(4)) : null)

type Pair = readonly [own: Numbers, exact: Numbers]

/** Both gradients on networks drawn from seeds. */
const measured = (subject: Subject): readonly (readonly [Problem, Pair])[] =>
  Array.from({ length: subject.networks }, (_, i) => {
    const problem = typical(subject, subject.seed + i)
    const [own, exact] = both(subject.rule, problem, subject.seed + i)
    const size = cellSize(problem)
    return [problem, [own.slice(0, size), exact.slice(0, size)]] as const
  })

/** A figure of every parameter of the cell, averaged over networks. */
const byParameter = (
  all: ReturnType<typeof measured>,
  figure: (own: Numbers, exact: Numbers) => number,
): NonNullable<Finding['rows']> => {
  const [[first]] = all as [(typeof all)[number]]
  let at = 0
  return named(first.θ.cell).map(([parameter, leaf]) => {
    const [from, to] = [at, at + sizeOf(leaf.shape)]
    at = to
    return {
      parameter,
      value: digits(mean(all.map(([, [own, exact]]) => figure(own.slice(from, to), exact.slice(from, to))))),
    }
  })
}

const about = (
  all: ReturnType<typeof measured>,
  unit: string,
  figure: (own: Numbers, exact: Numbers) => number,
  isOne: (x: number) => boolean,
): Finding => {
  const each = all.map(([, pair]) => figure(...pair))
  const middle = mean(each)
  if (!Number.isFinite(middle)) return { verdict: 'undecided', reason: 'it emits 0, or the gradient is 0' }
  const reason = `from ${digits(Math.min(...each))} to ${digits(Math.max(...each))} on ${each.length} networks`
  return {
    verdict: each.every(isOne) ? 'holds' : 'refuted',
    value: digits(middle) ?? 0,
    unit,
    reason,
    rows: byParameter(all, figure),
  }
}

const near = (x: number): boolean => Math.abs(x - 1) < 1e-9

const signs = (own: Numbers, exact: Numbers): number => {
  const there = exact.flatMap((x, i) => (x !== 0 ? [Math.sign(own[i] as number) === Math.sign(x) ? 1 : 0] : []))
  return mean(there)
}

const draws = 40

/** E‖g - E g‖² over ‖gradient‖², over draws on a network. */
const variance = (subject: Subject): Finding => {
  const problem = typical(subject, subject.seed)
  const rule = resolved(subject.rule, problem.net, subject.seed)
  if (!rule.draws) return { verdict: 'holds', value: 0, reason: 'it draws nothing' }
  const run = unroll(problem.net)(problem.θ, problem.sequence)
  const size = cellSize(problem)
  const of = (by: AnyRule, seed: number): Numbers =>
    [...(toValue(total(by, { seed })(run)) as Tensor).data].slice(0, size)
  const [exact, all] = [of(bptt, 0), Array.from({ length: draws }, (_, i) => of(rule, i + 1))]
  const middle = exact.map((_, j) => mean(all.map(row => row[j] as number)))
  const found = mean(all.map(row => norm(row.map((x, j) => x - (middle[j] as number))) ** 2)) / norm(exact) ** 2
  return {
    verdict: 'refuted',
    value: digits(found) ?? 0,
    unit: "times the gradient's square",
    reason: `${draws} draws on one network`,
  }
}

const updates = 30
const rate = 0.05

/** θ less a step along a flat gradient. */
const descended = (θ: Theta, gradient: Numbers): Theta => {
  let at = 0
  const moved = leavesOf(θ).map(leaf => {
    const size = sizeOf(leaf.shape)
    const step = tensorOf(
      leaf.shape,
      Float64Array.from(gradient.slice(at, at + size), x => rate * x),
    )
    at += size
    return sub(leaf, step)
  })
  return rebuild(θ, moved)
}

/** The angle while the rule itself descends: on one sequence, over and over. */
const training = (subject: Subject): Finding => {
  const problem = typical(subject, subject.seed)
  const size = cellSize(problem)
  let { θ } = problem
  const rows: { update: number; cosine: number | null; ratio: number | null }[] = []
  for (let update = 0; update <= updates; update++) {
    const run = unroll(problem.net)(θ, problem.sequence)
    const flat = (rule: AnyRule): Numbers => [
      ...(toValue(runGradient(rule, { seed: subject.seed + update })(run)) as Tensor).data,
    ]
    const own = flat(subject.rule)
    if (update % 10 === 0) {
      const [a, b] = [own.slice(0, size), flat(bptt).slice(0, size)]
      rows.push({ update, cosine: digits(cosine(a, b)), ratio: digits(norm(a) / norm(b)) })
    }
    θ = descended(θ, own)
  }
  const last = rows.at(-1)?.cosine ?? null
  if (last === null) return { verdict: 'undecided', reason: 'it emits 0, or does not stay finite', rows }
  const path = rows.map(row => row.cosine ?? '-').join(', ')
  return {
    verdict: rows.every(row => near(row.cosine ?? 0)) ? 'holds' : 'refuted',
    value: last,
    unit: 'cosine at the end',
    reason: `${path} at updates 0, 10, 20, 30`,
    rows,
  }
}

/** The lines of bias and variance. */
export const bias = (subject: Subject): Readonly<Partial<Record<LineId, () => Finding>>> => {
  let found: ReturnType<typeof measured> | undefined
  const once = () => {
    found ??= measured(subject)
    return found
  }
  return {
    'bias.cosine': () => about(once(), 'on average', cosine, near),
    'bias.ratio': () => about(once(), 'on average, |rule| / |gradient|', (own, exact) => norm(own) / norm(exact), near),
    'bias.signs': () => about(once(), 'of the entries have it', signs, x => x > 1 - 1e-9),
    'bias.variance': () => variance(subject),
    'bias.training': () => training(subject),
  }
}
