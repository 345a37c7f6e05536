/** Whether the mean of a rule that draws is the gradient: by all draws where they are signs and few, else by a test that states its power. */
import { toValue } from '../../ad/linear/space.ts'
import { stack } from '../../ad/primitives/layout.ts'
import { sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { rng, streams } from '../../nets/random.ts'
import { drawsFor, estimates, signsOf, withNoise } from '../../nets/run/noise.ts'
import { type AnyRule, resolved } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import type { Bounds, Problem, Problems } from '../../proofs/arbitraries/problems.ts'
import { compared, negligible } from './compare.ts'
import type { Finding } from './schema.ts'
import { cellSize, drawnFrom, exactOf, type Numbers, norm, problemsOf, type Subject } from './subject.ts'

const bounds: Bounds = { d: 2, n: 1, m: 1, T: 3 }
/** Sign sequences that are enumerated at most, as a power of 2. */
const bits = 8
/** Draws of the test. */
const many = { batched: 4000, singly: 400 }

/** What is drawn for a whole run of a problem. */
const drawsOf = (rule: AnyRule, { net, sequence }: Problem) => {
  const { law, shape } = drawsFor(resolved(rule, net).draws, net)
  return { law, shape: [sequence.length, ...shape] }
}

/** What the rule sums to for each of some draws, the cell's part. */
const rows = (rule: AnyRule, problem: Problem, draws: Tensor): readonly Numbers[] => {
  const run = unroll(problem.net)(problem.θ, problem.sequence)
  const [count = 0, ...shape] = draws.shape
  const size = sizeOf(shape)
  const one = (i: number): Tensor => tensorOf(shape, draws.data.slice(i * size, (i + 1) * size))
  const all = rule.eager
    ? stack(Array.from({ length: count }, (_, i) => toValue(total(rule)(withNoise(run, one(i))))))
    : estimates(rule)(run, draws)
  const width = all.shape[1] as number
  const { data } = all as Tensor
  return Array.from({ length: count }, (_, i) => [...data.slice(i * width, i * width + cellSize(problem))])
}

const mean = (all: readonly Numbers[]): Numbers =>
  (all[0] ?? []).map((_, j) => all.reduce((sum, row) => sum + (row[j] as number) / all.length, 0))

/** By all signs. The mean of sums rounds like the sums: what is far above rounding is no mean of theirs. */
const enumerated = (subject: Subject, problems: Problems): Finding => {
  const { rule, networks, seed } = subject
  const found = compared({
    problems,
    sides: problem => [mean(rows(rule, problem, signsOf(drawsOf(rule, problem).shape))), exactOf(problem, seed)],
    networks,
    seed,
    rounds: 1e-10,
  })
  const reason = `over all draws of each network: ${found.reason}`
  if (found.verdict === 'different') return { ...found, verdict: 'refuted', reason }
  return found.verdict === 'undecided' ? found : { ...found, verdict: 'holds', reason }
}

/** Means further than this many standard errors from the gradient refute it; among some dozens of entries chance seldom does. */
const beyond = 5

/** So many draws for a problem, and what the rule makes of each. */
const drawnRows = ({ rule, seed }: Subject, problem: Problem, count: number): readonly Numbers[] => {
  const { law, shape } = drawsOf(rule, problem)
  return rows(rule, problem, rng(seed, streams.noise).draw({ law, shape: [count, ...shape] }))
}

/** Whether a few draws differ: a test tells nothing where they do not. */
const varies = (subject: Subject, problem: Problem): boolean => {
  const [first, ...others] = drawnRows(subject, problem, 8)
  return others.some(row => String(row) !== String(first))
}

/** By a sample of draws on one network on which they differ: each entry's mean against its standard error. */
const tested = (subject: Subject, problems: Problems): Finding => {
  const { rule, seed } = subject
  const usable = drawnFrom(problems, 40, seed).filter(one => norm(exactOf(one, seed)) > negligible)
  const problem = usable.find(one => varies(subject, one)) ?? usable[0]
  if (!problem) return { verdict: 'undecided', reason: 'the gradient is 0 on all networks' }
  const [exact, count] = [exactOf(problem, seed), rule.eager ? many.singly : many.batched]
  const all = drawnRows(subject, problem, count)
  const middle = mean(all)
  const errors = middle.map(
    (x, j) => Math.sqrt(all.reduce((sum, row) => sum + ((row[j] as number) - x) ** 2, 0)) / count,
  )
  const worst = Math.max(
    ...middle.map((x, j) => Math.abs(x - (exact[j] as number)) / Math.max(errors[j] as number, 1e-12)),
  )
  const seen = ((beyond + 1.28) * norm(errors)) / norm(exact)
  const power = `${count} draws: a bias of ${Number((100 * seen).toPrecision(2))} % of the gradient is seen 9 times in 10`
  const value = { value: worst, unit: 'standard errors' }
  if (worst > beyond) return { verdict: 'refuted', ...value, reason: power }
  return { verdict: seen < 0.5 ? 'holds' : 'undecided', ...value, reason: power }
}

/** The mean over draws of a rule that draws. */
export const meanOverDraws = (subject: Subject): Finding => {
  const { rule, facts } = subject
  const small = problemsOf(subject, bounds)
  const count = (problem: Problem): number => sizeOf(drawsOf(rule, problem).shape)
  const few = small.filter(problem => count(problem) <= bits && problem.sequence.length > 1)
  const [first] = drawnFrom(small, 1) as [Problem]
  const found =
    drawsOf(rule, first).law === 'sign'
      ? enumerated(subject, few)
      : tested(subject, problemsOf(subject, { ...bounds, minT: 3 }))
  const wrong =
    facts.exactness === 'unbiased'
      ? found.verdict === 'refuted'
      : facts.exactness === 'biased' && found.verdict === 'holds'
  return { ...found, ...(wrong && { contradicts: `exactness: ${facts.exactness}` }) }
}
