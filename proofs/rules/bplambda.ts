/** The λ-return of predicted credit is an eligibility trace, and the trace is an influence of the synthesiser. */

import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { plus, scale } from '../../ad/linear/linear.ts'
import { type Cotangent, times, toValue, zeroCotangent } from '../../ad/linear/space.ts'
import { vjp } from '../../ad/modes/transforms.ts'
import { sub } from '../../ad/primitives/elementwise.ts'
import type { Branch, Tree } from '../../ad/tree.ts'
import { lift } from '../../ad/value.ts'
import { folded, transformed } from '../../nets/run/fold.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Run, type State, type Timestep } from '../../nets/run/timestep.ts'
import { type BPLambdaMemory, type BPLambdaOptions, bplambdaDiagnostics } from '../../rules/bplambda.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { asTangentMap, predict, type Synthesiser, stateFeatures } from '../../rules/parts/synthesiser.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { list } from '../arbitraries/realise.ts'
import { claim, type Guess, predictor, refuted, trainedFrom, wholly } from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { futures } from './exact-synthesiser.ts'

/** The λ-return G^λ_t for t = 0 … T - 1, from the end back, and what is predicted instead. */
const returns = (
  run: Run,
  { lambda, gamma }: Guess,
  guess: (h: State) => Cotangent<State>,
  knowsTheEnd = true,
): readonly Cotangent<State>[] => {
  const found: Cotangent<State>[] = []
  let next = zeroCotangent(run[0].after) as Cotangent<State>
  for (const now of run.slice(1).toReversed()) {
    const mixed = plus(times(1 - lambda, guess(now.after)), times(lambda, next))
    const bootstrapTarget = found.length === 0 && knowsTheEnd ? error(now) : plus(error(now), times(gamma, mixed))
    next = pull(now.jacobian, bootstrapTarget)
    found.push(next)
  }
  return found.toReversed()
}

/** Σ_t (target_t - g(h_t)) ∂g(h_t)/∂ψ, by reverse mode through the synthesiser. */
const regressionSteps = (
  run: Run,
  synthesiser: Synthesiser,
  ψ: Branch,
  targets: readonly Cotangent<State>[],
): readonly number[] => {
  const at = targets.map((target, t) => {
    const [out, pullback] = vjp((p: Branch) => synthesiser.predict(p, stateFeatures((run[t] as Timestep).after)), ψ)
    return entries(pullback(sub(toValue(target), out))[0] as Tree)
  })
  return at.reduce((a, b) => a.map((x, i) => x + (b[i] as number)))
}

/** ∂g/∂ψ at a state in the place of B: the parameters of the synthesiser as if they were those of the cell. */
const asImmediate = (synthesiser: Synthesiser, begin: Branch, state: State): Influence =>
  asTangentMap(predict(synthesiser, begin, state, stateFeatures(state))[1]) as unknown as Influence

/** All that a rule kept, timestep by timestep. */
export const course = (options: BPLambdaOptions<Branch>, run: Run): readonly BPLambdaMemory<Branch>[] =>
  [...folded(bplambdaDiagnostics(options))(run)].map(([, memory]) => memory)
/** Σ td·e, ψ held. */
export const summed = (options: Omit<BPLambdaOptions<Branch>, 'lr'>, run: Run): Cotangent<Branch> =>
  (course({ ...options, lr: 0 }, run).at(-1) as BPLambdaMemory<Branch>).sum

/** Theorem A, what it says of BPTT, and how its trace is kept. */
export const theoremA: readonly Proposition[] = [
  claim(
    'the λ-return is the eligibility trace: Σ td·e = Σ (G^λ - g) ∂g/∂ψ for any λ, γ and synthesiser',
    (run, guess) => {
      const options = trainedFrom(guess, run)
      const targets = returns(run, guess, predictor(options))
      const { lambda, gamma } = guess
      return [
        list(summed({ ...options, lambda, gamma }, run)),
        regressionSteps(run, options.synthesiser, options.begin, targets),
      ]
    },
    { runs: 100 },
  ),
  claim('for λ = γ = 1 the λ-return is what BPTT sends back, whatever is predicted', (run, guess) => {
    const targets = returns(run, { ...guess, lambda: 1, gamma: 1 }, predictor(trainedFrom(guess, run)))
    return [targets.flatMap(list), futures(run).flatMap(list)]
  }),
  claim("for λ = γ = 1 the synthesiser's update is the descent of ½‖what BPTT sends back - g‖²", (run, guess) => {
    const options = trainedFrom(guess, run)
    return [
      list(summed({ ...options, lambda: 1 }, run)),
      regressionSteps(run, options.synthesiser, options.begin, futures(run)),
    ]
  }),
  claim(
    'the prediction for the last state that is trained to be 0, not known to be, is one more term of the λ-return',
    (run, guess) => {
      const options = trainedFrom(guess, run)
      const { lambda, gamma } = guess
      const ended = { terminalZero: false, terminalUpdate: true }
      const targets = [
        ...returns(run, guess, predictor(options), false),
        zeroCotangent(run[0].after) as Cotangent<State>,
      ]
      return [
        list(summed({ ...options, ...ended, lambda, gamma }, run)),
        regressionSteps(run, options.synthesiser, options.begin, targets),
      ]
    },
  ),
  claim("the trace is RTRL on the synthesiser's parameters, the Jacobian scaled by γλ", (run, guess) => {
    const { synthesiser, begin } = trainedFrom(guess, run)
    const { lambda, gamma } = guess
    const view = transformed(now => ({
      ...now,
      jacobian: scale(lift(gamma * lambda), now.jacobian),
      immediate: asImmediate(synthesiser, begin, now.after),
    }))
    const traces = course({ synthesiser, begin, lambda, gamma, lr: 0 }, run).map(({ trace }) => trace)
    const influences = [...scan(view(rtrl))(run)].map(([, M]) => M)
    return [traces.flatMap(e => entries(toMatrix(e))), influences.flatMap(M => entries(toMatrix(M)))]
  }),
]

/** Theorem A's sum with the Jacobian of the timestep itself in the trace, not that of the one before: e ← γλ J_t e + ∂g(h_{t-1}). */
const withNewJacobian = (run: Run, guess: Guess): readonly number[] => {
  const { synthesiser, begin } = trainedFrom(guess, run)
  const { lambda, gamma } = guess
  const view = transformed(now => ({
    ...now,
    jacobian: scale(lift(gamma * lambda), now.jacobian),
    immediate: asImmediate(synthesiser, begin, now.before),
  }))
  const traces = [...folded(view(rtrl))(run.slice(1))].map(([, M]) => M)
  const errors = [...folded(bplambdaDiagnostics({ synthesiser, begin, lambda, gamma, lr: 0 }))(run)].slice(1)
  return list(traces.map((e, t) => pull(e, errors[t]?.[0].tdError as Cotangent<State>)).reduce(plus))
}

/** Whose Jacobian stands in the trace. */
export const theoremARefuted: readonly Proposition[] = [
  claim(
    'the trace may take the Jacobian of the timestep itself for the one before, and the λ-return is still it',
    (run, guess) => {
      const options = trainedFrom(guess, run)
      const targets = returns(run, guess, predictor(options))
      return [withNewJacobian(run, guess), regressionSteps(run, options.synthesiser, options.begin, targets)]
    },
    { ...refuted, forAll: wholly, within: 1e-2, between: ['new Jacobian', 'λ-return'] },
  ),
]
