/**
 * What every rule must do, ours or anybody's: the same numbers by every engine, whatever the order of θ's names, in batches and
 * after a pause. `conforms(rule)` tries it on several cells; a rule that does not serve a cell is skipped there, with its reason.
 */

import { nearest } from '../ad/did-you-mean.ts'
import { entries } from '../ad/distance.ts'
import { JanusError, NameError } from '../ad/errors.ts'
import { toValue } from '../ad/linear/space.ts'
import { requireCount, requireList, requireNames } from '../ad/require.ts'
import type { Tensor } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { isValue } from '../ad/value.ts'
import { type Cell, requireCell } from '../nets/cells/cell.ts'
import { type CellName, cellNames, cells as registry } from '../nets/cells/index.ts'
import { halfSquaredError, type PerStep } from '../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../nets/network.ts'
import { rng } from '../nets/random.ts'
import { type AnyRule, requireRule, resolved } from '../nets/run/rule.ts'
import { runGradient } from '../nets/run/scan.ts'
import { unroll } from '../nets/run/unroll.ts'
import { alignedTo, windowed } from '../nets/run/windows.ts'
import { gradient } from '../nets/train/gradient.ts'
import { train } from '../nets/train/online.ts'
import { sgd } from '../nets/train/optimisers.ts'
import { gap } from './proposition.ts'

/** What became of one check on one cell. */
export interface Check {
  readonly cell: string
  /** What must hold, as a sentence. */
  readonly claim: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** The largest relative difference that was met. */
  readonly worst?: number
  /** Why it was skipped, or what was thrown. */
  readonly reason?: string
}

export interface ConformanceOptions {
  /** The cells that it is tried on. */
  readonly cells?: readonly OnCell[]
  /** Steps of a run: a counter that a rule keeps outside its memory must have time to tell. */
  readonly steps?: number
  readonly seed?: number
}

/** A network of a cell with two sequences. */
export interface Problem {
  readonly net: Network<Branch, Branch, PerStep>
  readonly θ: Theta
  readonly sequences: readonly [readonly Example[], readonly Example[]]
  readonly seed: number
}

const sizes = { d: 3, n: 2, m: 2 }

/** A cell by its name, or one of one's own. */
export type OnCell = CellName | Cell<Branch, Branch>

export const nameOf = (cell: OnCell): string => (typeof cell === 'string' ? cell : 'a cell of your own')

/** Refuses what is no cell, nor the name of one. Throws a NameError or a KindError. */
const requireOnCell = (on: unknown): void => {
  if (typeof on !== 'string') return void requireCell('conforms', on)
  if (cellNames.some(name => name === on)) return
  const near = nearest(on, cellNames)
  throw new NameError({
    who: 'conforms',
    given: `cell '${on}'`,
    wanted: cellNames.join(', '),
    remedy: near === undefined ? 'Name one of them, or give a cell' : `Did you mean ${near}?`,
  })
}

/** A network of a cell with two sequences of random data. */
export const problemOf = (cell: OnCell, steps: number, seed: number): Problem => {
  const made = typeof cell === 'string' ? registry[cell]({ alpha: 0.5 }) : cell
  const net = network(made, sizes, halfSquaredError()) as Problem['net']
  const random = rng(seed, 7)
  const draw = (size: number) => random.draw({ law: 'normal', shape: [size] })
  const sequence = () => Array.from({ length: steps }, () => example(draw(sizes.n), draw(sizes.m)))
  return { net, θ: net.init(seed), sequences: [sequence(), sequence()], seed }
}

/** The same tree with its names in the opposite order. */
const reversed = <T extends Branch>(tree: T): T =>
  Object.fromEntries(
    Object.entries(tree)
      .toReversed()
      .map(([name, leaf]) => [name, isValue(leaf) ? leaf : reversed(leaf)]),
  ) as T

type Sides = readonly [readonly number[], readonly number[]]
/** What every rule must do. */
export interface Requirement {
  readonly claim: string
  /** Why the rule is not held to it, if it is not. */
  readonly skip?: (rule: AnyRule) => string | undefined
  readonly sides: (rule: AnyRule, problem: Problem) => Sides
  readonly within: number
}

const eager = { engine: 'eager' } as const
const onEngines = ({ eager: looks }: AnyRule): string | undefined =>
  looks ? 'it looks at numbers, so that only the eager engine runs it' : undefined

/** A rule that trains: with windows of five steps where it faces the future, windows ending with the updates. */
const trained = (rule: AnyRule): AnyRule<unknown, 'past'> =>
  rule.faces === 'future'
    ? windowed({ every: 5, reach: 5, clipped: true })(rule as AnyRule<unknown, 'future'>)
    : alignedTo(5)(rule as AnyRule<unknown, 'past'>)

const by =
  (engine: 'compiled' | 'compiled-js' | 'eager') =>
  (rule: AnyRule, { net, θ, sequences, seed }: Problem) =>
    entries(gradient(rule, net, { engine, seed })(θ, sequences[0]))

export const requirements: readonly Requirement[] = [
  {
    claim: 'a step keeps nothing outside its memory: folded twice, a run says the same',
    sides: (rule, { net, θ, sequences, seed }) => {
      const run = unroll(net)(θ, sequences[0])
      const own = resolved(rule, net, seed)
      const gradientNow = () => [...(toValue(runGradient(own, { seed })(run)) as Tensor).data]
      return [gradientNow(), gradientNow()]
    },
    within: 0,
  },
  {
    claim: 'compiled, it computes what it computes eagerly',
    skip: onEngines,
    sides: (rule, problem) => {
      const wanted = by('eager')(rule, problem)
      return [
        [...by('compiled')(rule, problem), ...by('compiled-js')(rule, problem)],
        [...wanted, ...wanted],
      ]
    },
    within: 1e-9,
  },
  {
    claim: "the order of θ's names does not matter",
    sides: (rule, problem) => [by('eager')(rule, { ...problem, θ: reversed(problem.θ) }), by('eager')(rule, problem)],
    within: 0,
  },
  {
    claim: 'the gradient of a batch is the mean of the gradients of its sequences',
    skip: rule => ('draws' in rule ? 'it draws, and two sequences draw differently together' : undefined),
    sides: (rule, { net, θ, sequences, seed }) => {
      const own = resolved(rule, net, seed)
      if (own.draws) return [[], []]
      const of = gradient(own, net, { ...(own.eager ? eager : {}), seed })
      const [a, b] = sequences.map(one => entries(of(θ, one))) as [readonly number[], readonly number[]]
      return [entries(of(θ, sequences)), a.map((x, i) => (x + (b[i] as number)) / 2)]
    },
    within: 1e-9,
  },
  {
    claim: 'training goes on from a step as if it had not stopped',
    sides: (rule, { net, θ, sequences, seed }) => {
      const pass = () => train(trained(rule), net, { optimiser: sgd({ lr: 0.01 }), every: 5, seed, ...eager })
      const [sequence] = sequences
      const half = 5 * Math.floor(sequence.length / 10)
      const steps = [...pass()(θ, sequence)]
      const later = [...pass()(steps[half - 1] as (typeof steps)[number], sequence.slice(half))]
      const end = (all: typeof steps) => entries(all.at(-1)?.θ as Theta)
      return [end(later), end(steps)]
    },
    within: 0,
  },
]

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const decided = (rule: AnyRule, { claim, skip, sides, within }: Requirement, cell: string, problem: Problem): Check => {
  const why = skip?.(rule)
  if (why !== undefined) return { cell, claim, outcome: 'skipped', reason: why }
  try {
    const worst = gap(...sides(rule, problem))
    return { cell, claim, outcome: worst <= within ? 'passed' : 'failed', worst }
  } catch (thrown) {
    return { cell, claim, outcome: 'failed', reason: messageOf(thrown) }
  }
}

/** Why a rule does not serve a network; nothing where it does. */
export const refusal = (rule: AnyRule, { net, θ, sequences, seed }: Problem): string | undefined => {
  try {
    runGradient(rule, { seed })(unroll(net)(θ, sequences[0].slice(0, 1)))
    return undefined
  } catch (thrown) {
    if (thrown instanceof JanusError) return thrown.message
    throw thrown
  }
}

/**
 * Holds a rule to what every rule must do, on several cells, by 20 steps of random data: one outcome for each check and cell. A
 * rule of one's own passes where none has failed. Throws a KindError for what is no rule.
 */
export const conforms = (rule: AnyRule, options: ConformanceOptions = {}): readonly Check[] => {
  requireRule('conforms', rule)
  requireNames('conforms', options, ['cells', 'steps', 'seed'])
  const { cells = ['leaky', 'gru', 'lstm'], steps = 20, seed = 1 } = options
  requireCount('conforms', `steps = ${steps}`, steps, 'Leave it out for 20')
  requireList('conforms', cells, 'a list of cells', "conforms(rule, { cells: ['leaky'] })")
  for (const on of cells) requireOnCell(on)
  return cells.flatMap(on => {
    const [cell, problem] = [nameOf(on), problemOf(on, steps, seed)]
    const refused = refusal(rule, problem)
    return requirements.map(requirement =>
      refused === undefined
        ? decided(rule, requirement, cell, problem)
        : ({ cell, claim: requirement.claim, outcome: 'skipped', reason: refused } as const),
    )
  })
}
