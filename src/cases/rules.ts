/** The rules a case may name that exist so far, each in a line, by what they need of a model. */

import { toMatrix } from '../../ad/linear/apply.ts'
import { asCotangent, type Cotangent, flatten, spaceOf, toValue, unflattenLike } from '../../ad/linear/space.ts'
import { clip } from '../../ad/primitives/elementwise.ts'
import { concat, reshape, slice } from '../../ad/primitives/layout.ts'
import { scalar, type Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { isWholeRun, type PerStep } from '../../nets/loss.ts'
import type { Example, Network, Theta } from '../../nets/network.ts'
import { folded } from '../../nets/run/fold.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { clipByNorm, normOf } from '../../nets/train/clipping.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { type TrainState, type TrainStep, train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import {
  type BPLambdaDiagnostics,
  type BPLambdaMemory,
  type BPLambdaOptions,
  bplambda,
  bplambdaDiagnostics,
} from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { type DniOptions, dni, dniDiagnostics } from '../../rules/dni.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { chunked, sliding, spaced } from '../../rules/tbptt.ts'
import type { Computed } from './compare.ts'
import { type Answers, over, type Solved } from './models/model.ts'
import { type Arrays, namedBy } from './models/places.ts'
import type { Args } from './schema.ts'
import { cellOf, type Problem, sequenceOf } from './solve.ts'

/** A gradient by the engine; a loss of the whole run is known only when it has ended, so there the finished run is folded. */
export const ofCell = <M>(problem: Problem, rule: AnyRule<M>): Computed => {
  const { net, engine, places, θ, sequence, run } = problem
  if (isWholeRun(net.loss)) return { grads: cellOf(problem, total(rule)(run)) }
  return { grads: namedBy(places, { cell: gradient(rule, net, { engine })(θ, sequence).cell }) }
}

const picked = ({ grads }: Solved, params: readonly string[]): Arrays =>
  Object.fromEntries(Object.entries(grads).filter(([name]) => params.includes(name)))

/** Clipping of the exact gradient, whatever it is of. */
export const clips: Answers<Solved> = {
  clip_global_norm: (solved, { max_norm, params }) => {
    const grads = picked(solved, params)
    const flat = asCotangent(spaceOf(grads), flatten(Object.values(grads))) as unknown as Cotangent<Theta>
    const [clipped] = clipByNorm(max_norm).step(null, flat, grads as unknown as Theta)
    return { norm: scalar(normOf(flat)), grads: unflattenLike(grads, clipped) }
  },
  clip_value: (solved, { limit, params }) => ({
    grads: Object.fromEntries(
      Object.entries(picked(solved, params)).map(([name, g]) => [name, clip(g, -limit, limit) as Tensor]),
    ),
  }),
}

/** Learning while the sequence is seen once, all weights 1, from the given start: nothing is learned of it. */
export const online = <M>(
  problem: Problem,
  rule: AnyRule<M, 'past'>,
  lr: number,
  remembered: (memory: M) => Computed = () => ({}),
): Computed | null => {
  const { given, places, net, θ, engine } = problem
  if (isWholeRun(net.loss)) return null
  const started = net.with({ start: θ.start }) as Network<Branch, Branch, PerStep>
  const data = sequenceOf(given, () => 1)
  const steps: TrainStep<Theta, M>[] = []
  let last: TrainState<Theta, M> | undefined
  for (const step of train(rule, started, { optimiser: sgd({ lr }), engine })({ ...θ, start: {} }, data)) {
    steps.push(step)
    if (steps.length === data.length) last = step.state()
  }
  const carry = last?.run?.carries[0]
  if (!last || !carry) return null
  const { cell, readout } = last.θ
  return {
    params_final: namedBy(places, { cell, readout }),
    loss_t: over(steps.map(({ loss }) => scalar(loss))),
    h_T: net.cell.output(cell, carry.state, (data.at(-1) as Example).x) as Tensor,
    ...remembered(carry.memory),
  }
}

type Critic = { readonly A: Value }

/** g(h) = A h + c as a synthesiser sees it, A [d, d + 1] with c its last column. */
const joinedCritic = ({ A, c }: { readonly A: Tensor; readonly c: Tensor }) => ({
  A: concat([A, reshape(c, [...c.shape, 1])], 1),
})
const critic = ({ A }: Critic): Computed => {
  const d = A.shape[0] ?? 0
  return { A_final: slice(A, 0, d, 1) as Tensor, c_final: reshape(slice(A, d, d + 1, 1), [d]) as Tensor }
}

const overCotangents = <A>(list: readonly Cotangent<A>[]): Tensor => over(list.map(toValue))

/** What BP(λ) finds at a timestep, and what it remembers after it. */
type Step = readonly [BPLambdaDiagnostics, BPLambdaMemory<Critic>]

const bpLambda = (problem: Problem, args: Args<'bp_lambda'>): Computed => {
  const options: BPLambdaOptions<Critic> = {
    lambda: args.lambda_,
    gamma: args.gamma,
    lr: args.lr,
    begin: joinedCritic(args),
    creditGamma: args.psi_gamma,
    predicts: args.psi_theta,
    mode: args.theta_mode,
    terminalZero: args.terminal_zero,
    terminalUpdate: args.terminal_update,
  }
  const course = [...folded(bplambdaDiagnostics(options))(problem.run)]
  const found = course.slice(1).map(([out]) => out)
  const [[, before], [last, { ψ, sum, trace }]] = course.slice(-2) as [Step, Step]
  const { d } = problem.net.sizes
  return {
    ...ofCell(problem, bplambda(options)),
    ...critic(ψ),
    td: overCotangents([...found.map(({ tdError }) => tdError), ...(args.terminal_update ? [last.terminalError] : [])]),
    credit: overCotangents(found.map(({ delta }) => delta)),
    sum_update: reshape(toValue(sum), [d, d + 1]) as Tensor,
    trace_T: d <= 4 ? (reshape(toMatrix(args.terminal_update ? trace : before.trace), [d, d, d + 1]) as Tensor) : null,
  }
}

const totalCredit = (problem: Problem, options: DniOptions<Critic>): Computed => {
  const course = [...folded(dniDiagnostics(options))(problem.run)]
  const steps = course.slice(1).map(([out]) => out)
  const [, { ψ, error }] = course.at(-1) as (typeof course)[number]
  return {
    ...ofCell(problem, dni(options)),
    A_final: ψ.A as Tensor,
    credit: overCotangents(steps.map(({ delta }) => delta)),
    sg_targets: overCotangents([...steps.slice(1).map(({ target }) => target), error]),
  }
}

/** Windows on the past of a causal network, and learning as it goes. */
export const truncations: Answers<Problem> = {
  tbptt_sliding: (problem, { k }) => ofCell(problem, sliding({ k })(bptt)),
  tbptt_chunked: (problem, { k }) => ofCell(problem, chunked({ k })(bptt)),
  tbptt_k1k2: (problem, { k1, k2 }) => ofCell(problem, spaced({ k1, k2 })(bptt)),
  dni: (problem, { A, lr, terminal }) => totalCredit(problem, { begin: { A }, lr, terminal }),
  bp_lambda: bpLambda,
  online_bp_lambda: (problem, { A, c, lambda_, gamma, lr, synth_lr }) => {
    const rule = bplambda<Critic>({ lambda: lambda_, gamma, lr: synth_lr, begin: joinedCritic({ A, c }) as Critic })
    return online(problem, rule, lr, ({ ψ }) => critic(ψ))
  },
  online_rtrl: (problem, { lr }) => online(problem, rtrl, lr),
}
