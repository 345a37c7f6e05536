/** Whether a rule computes the gradient: on networks of its cell, of a learned start, and in the classes where it may become exact. */
import { mul } from '../../ad/primitives/elementwise.ts'
import { eye } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { stacked } from '../../nets/cells/stacked.ts'
import type { Run } from '../../nets/run/timestep.ts'
import {
  type Bounds,
  cellProblems,
  isRecurrent,
  leakyProblems,
  type Problem,
  type Problems,
  withCell,
} from '../../proofs/arbitraries/problems.ts'
import { boundsFor, tiny } from './bounds.ts'
import { driftingRun } from './changing.ts'
import { type Comparison, compared, type Sides } from './compare.ts'
import { keptAs } from './kept.ts'
import { type Finding, isEqual, type LineId } from './schema.ts'
import { both, cellSize, drawnFrom, norm, problemsOf, type Subject } from './subject.ts'

/** Of both gradients what belongs to the cell; `by` makes another run of a problem. */
export const ofCell =
  ({ rule, seed }: Pick<Subject, 'rule' | 'seed'>, by?: (problem: Problem) => Run): Sides =>
  (problem, precision) => {
    const [own, exact] = both(rule, problem, seed, precision, by)
    const size = cellSize(problem)
    return [own.slice(0, size), exact.slice(0, size)]
  }

const ofStart =
  ({ rule, seed }: Subject): Sides =>
  (problem, precision) => {
    const [own, exact] = both(rule, problem, seed, precision)
    const size = cellSize(problem)
    return [own.slice(size), exact.slice(size)]
  }

const comparison = (
  subject: Subject,
  sides: Sides,
  bounds: Bounds,
  of = (from: Problems): Problems => from,
): Comparison => ({
  problems: of(problemsOf(subject, bounds)),
  small: of(problemsOf(subject, tiny(bounds))),
  sides,
  networks: subject.networks,
  seed: subject.seed,
})

const says = (contradicts: string): Pick<Finding, 'contradicts'> => ({ contradicts })

/** The gradient of the cell's parameters; by one draw of a rule that draws. A biased rule may be exact in one layer, not in two as well. */
const gradient = (subject: Subject, draws: boolean): Finding => {
  const found = compared(comparison(subject, ofCell(subject), boundsFor(subject)))
  const { exactness } = subject.facts
  const wrong =
    exactness === 'exact'
      ? found.verdict === 'different'
      : exactness === 'biased' && isEqual(found) && isEqual(attempted(() => inClass(subject, twoLayers)))
  const one = draws ? `one draw: ${found.reason}` : found.reason
  return { ...found, ...(one && { reason: one }), ...(wrong && says(`exactness: ${exactness}`)) }
}

const start = (subject: Subject): Finding => {
  const sides = ofStart(subject)
  const bounds = boundsFor(subject)
  const found = compared({ ...comparison(subject, sides, bounds), shrinks: false })
  const zero = drawnFrom(problemsOf(subject, bounds), subject.networks, subject.seed).every(
    problem => norm(sides(problem, 'double')[0]) === 0,
  )
  const claimed = subject.facts.start
  const less = claimed === 'exact' && subject.facts.exactness === 'exact' && found.verdict === 'different'
  const wrong = less || (claimed === 'nothing' ? !zero : zero && subject.facts.changes !== 'bootstraps')
  return {
    ...found,
    ...(zero && { value: 0, reason: 'it gives the initial state nothing' }),
    ...(claimed && wrong && says(`start: ${claimed}`)),
  }
}

/** A class of networks: problems of it, made of others, and where it has none. */
interface Class {
  readonly id: LineId
  problems(subject: Subject, bounds: Bounds): Problems | string
}

const inner =
  (change: (problem: Problem) => Problem, bounds: Bounds) =>
  (from: (bounds: Bounds) => Problems): Problems =>
    from({ ...bounds, n: 1, minD: 2 }).map(change) as Problems

const stackOf = (cell: Cell<Branch, Branch>): Cell<Branch, Branch> =>
  stacked([cell, cell]) as unknown as Cell<Branch, Branch>

const twoLayers: Class = {
  id: 'exact.two-layers',
  problems: ({ cell }, bounds) =>
    cellProblems(stackOf(cell.name === 'leaky' ? (leaky({ alpha: 0.5 }) as never) : cell.made), { ...bounds, d: 2 }),
}

const classes: readonly Class[] = [
  {
    id: 'exact.no-recurrence',
    problems: (subject, bounds) =>
      inner(
        problem =>
          withCell(problem, 'recurrent matrices 0', leaf => (isRecurrent(problem, leaf) ? mul(leaf, 0) : leaf)),
        bounds,
      )(wider => problemsOf(subject, wider)),
  },
  {
    id: 'exact.diagonal',
    problems: (subject, bounds) =>
      inner(
        problem =>
          withCell(problem, 'recurrent matrices diagonal', leaf =>
            isRecurrent(problem, leaf) ? mul(leaf, eye(problem.net.sizes.d)) : leaf,
          ),
        bounds,
      )(wider => problemsOf(subject, wider)),
  },
  {
    id: 'exact.linear',
    problems: ({ cell }, bounds) =>
      cell.name === 'leaky'
        ? leakyProblems(bounds, { activations: ['identity'] })
        : `the activations of ${cell.name} are its own`,
  },
  { id: 'exact.one-step', problems: (subject, bounds) => problemsOf(subject, { ...bounds, minT: 1, T: 1 }) },
  twoLayers,
]

const inClass = (subject: Subject, { id, problems: made }: Class): Finding => {
  const bounds = boundsFor(subject)
  const problems = (within: Bounds): Problems | string =>
    keptAs(subject.kept, `${id} ${subject.cell.name} ${JSON.stringify(within)}`, () => made(subject, within))
  const found = problems(bounds)
  if (typeof found === 'string') return { verdict: 'skipped', reason: found }
  const small = problems(tiny(bounds)) as Problems
  const { networks, seed } = subject
  const shrinks = subject.facts.exactness === 'exact'
  return contradicting(subject, compared({ problems: found, small, sides: ofCell(subject), networks, seed, shrinks }))
}

/** A rule that is exact is exact in every class. */
const contradicting = ({ facts }: Subject, found: Finding): Finding =>
  facts.exactness === 'exact' && found.verdict === 'different' ? { ...found, ...says('exactness: exact') } : found

const attempted = (decide: () => Finding): Finding => {
  try {
    return decide()
  } catch (thrown) {
    return { verdict: 'skipped', reason: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

const drifting = ({ kept, seed }: Subject): ((problem: Problem) => Run) =>
  keptAs(kept, `drifting ${seed}`, () => driftingRun(seed))

/** The lines of exactness. */
export const exactness = (subject: Subject, draws: boolean): Readonly<Partial<Record<LineId, () => Finding>>> => ({
  exactness: () => gradient(subject, draws),
  'exactness.start': () => start(subject),
  ...Object.fromEntries(classes.map(one => [one.id, () => attempted(() => inClass(subject, one))])),
  'exact.changing-parameters': () =>
    attempted(() => {
      const found = comparison(subject, ofCell(subject, drifting(subject)), boundsFor(subject, 2))
      return contradicting(subject, compared({ ...found, shrinks: subject.facts.exactness === 'exact' }))
    }),
})
