/** Wrong rules of the project as cases of their own: a network, and what the rule finds there. */
import { unflattenLike } from '../../../ad/linear/space.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { nested, type Tensor } from '../../../ad/tensor.ts'
import { mapTree } from '../../../ad/tree.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lruOrvieto } from '../../../nets/cells/lru.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { stacked } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Network, network, type Theta } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { withNoise } from '../../../nets/run/noise.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { runGradient, scan } from '../../../nets/run/scan.ts'
import { initialTimestep, type Run, runOf, type Timestep } from '../../../nets/run/timestep.ts'
import { timestepsFrom, unroll } from '../../../nets/run/unroll.ts'
import type { Problem } from '../../../proofs/arbitraries/problems.ts'
import { type Entry, ruleOf } from '../../../rules/index.ts'
import { examples } from '../../../src/audit/typical.ts'
import { type About, type Beside, caseOf } from '../../../src/refute/case-file.ts'

/** A network with data, and what a file says of its cell. */
interface Made extends Pick<About, 'cell' | 'alpha' | 'layers'> {
  readonly problem: Problem
}

type AnyCell = Parameters<typeof network>[0]

const alpha = 0.5
const steps = 5

const madeOf = (made: unknown, d: number, m: number, T = steps): Problem => {
  const net = network(made as AnyCell, { d, n: 2, m }, halfSquaredError(), { start: 'learned' }) as Network
  return { net, θ: net.init(4) as Theta, sequence: examples(net.sizes, T, 4), words: '' }
}

const layer = { d: 2, alpha }

export const networks = {
  leaky: (m = 2, rate = alpha): Made => ({ problem: madeOf(leaky({ alpha: rate }), 3, m), cell: 'leaky', alpha: rate }),
  lstm: (): Made => ({ problem: madeOf(lstm(), 2, 2), cell: 'lstm' }),
  lru: (): Made => ({ problem: madeOf(lruOrvieto(), 2, 2), cell: 'lru' }),
  stack: (): Made => ({
    problem: madeOf(stacked([leaky({ alpha }), leaky({ alpha })], [2, 2]), 2, 2),
    cell: 'stack',
    layers: [layer, layer],
  }),
} as const

const random = rng(11)
/** N(0, 1). */
export const drawn = (...shape: readonly number[]): Tensor => random.draw({ law: 'normal', shape }) as Tensor
export const signs = (...shape: readonly number[]): Tensor => random.draw({ law: 'sign', shape }) as Tensor
export const lists = (x: unknown): unknown => nested(x as Tensor)

/** What is beside a problem and a rule. */
export interface Given {
  readonly beside?: Beside
  /** Random signs for every step. */
  readonly noise?: Tensor
  /** Another run of the problem. */
  readonly run?: Run
}

const runFor = ({ net, θ, sequence }: Problem, { noise, run = unroll(net)(θ, sequence) }: Given): Run =>
  noise ? withNoise(run, noise) : run

/** The synthesiser that a rule came to: A, and c beside it where it has as many columns as units and one. */
const learned = (rule: AnyRule, run: Run, d: number): object => {
  const memory = [...scan(rule)(run)].at(-1)?.[1] as { readonly ψ?: { readonly A: Tensor } } | undefined
  const A = memory?.ψ && (nested(memory.ψ.A) as unknown as number[][])
  if (!A) return {}
  return A[0]?.length === d + 1 ? { A_final: A.map(r => r.slice(0, d)), c_final: A.map(r => r[d]) } : { A_final: A }
}

/** The case of a rule on a network, its gradient what a foreign program found. */
export const exported = (entry: Entry | AnyRule, { problem, ...about }: Made, given: Given = {}): object => {
  const rule = ruleOf(entry as Entry)
  const run = runFor(problem, given)
  const { net, θ } = problem
  const tree = unflattenLike(θ, runGradient(rule, { seed: 1 })(run))
  const { foreign, ...beside } = given.beside ?? {}
  return caseOf(
    problem,
    { id: 'exported', note: '', ...about },
    { tree, source: rule.name },
    { ...beside, foreign: { ...foreign, ...learned(rule, run, net.sizes.d) } },
  ) as object
}

/** A run whose parameters change at every step, and those of each step by their names. */
export const drifting = ({ problem, ...about }: Made): Given => {
  const { net, θ, sequence } = problem
  const timesteps: Timestep[] = [initialTimestep(net)(θ)]
  const times = sequence.map((_, t) => mapTree(θ, leaf => mul(leaf, 1 + 0.2 * t)) as Theta)
  for (const [t, at] of times.entries())
    timesteps.push(...timestepsFrom(net, at, (timesteps.at(-1) as Timestep).after, sequence, { from: t, to: t + 1 }))
  const named = (at: Theta): unknown =>
    (caseOf({ ...problem, θ: at }, { id: '', note: '', ...about }) as { readonly params: unknown }).params
  return { run: runOf(net, timesteps), beside: { theta_t: times.map(named) } }
}
