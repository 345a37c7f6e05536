/** What credit is in the words of others: a value that TD(λ) learns, the slope in Bellman's equation, Lagrange's multipliers. */

import { pull } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asCotangent, type Cotangent, spaceOf, toValue } from '../../ad/linear/space.ts'
import { grad } from '../../ad/modes/transforms.ts'
import { dot } from '../../ad/primitives/contraction.ts'
import { add, mul, sub } from '../../ad/primitives/elementwise.ts'
import { sum } from '../../ad/primitives/layout.ts'
import type { Branch } from '../../ad/tree.ts'
import { lift, type Value } from '../../ad/value.ts'
import { initialState, logits, type Network, type Theta } from '../../nets/network.ts'
import { folded, steps } from '../../nets/run/fold.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { error, type Run, type State, type Timestep } from '../../nets/run/timestep.ts'
import { bplambdaDiagnostics } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import { tdLambda } from '../../rules/td-lambda.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { claim, type Guess, guesses, trainedFrom } from '../arbitraries/synthesisers.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, type Proposition } from '../proposition.ts'

/** The value function and its errors of TD(λ), with the network's errors for rewards. */
const asTD = (run: Run, guess: Guess): readonly number[] => {
  const { lambda, gamma, lr } = guess
  const machine = tdLambda({ ...trainedFrom(guess, run), lambda, gamma, lr })
  const transitions = run.slice(1).map(now => ({
    before: now.before.h as Value,
    after: now.after.h as Value,
    reward: sum(toValue(error(now))),
    ends: now.isLast,
  }))
  return [...steps(machine)(transitions)].flatMap(([e, { ψ }]) => [...entries(e), ...entries(ψ)])
}
const asBP = (run: Run, guess: Guess): readonly number[] => {
  const { lambda, gamma, lr } = guess
  const machine = bplambdaDiagnostics({ ...trainedFrom(guess, run), lambda, gamma, lr })
  return [...folded(machine)(run)].slice(1).flatMap(([out, { ψ }]) => [...list(out.tdError), ...entries(ψ)])
}

/** One unit that keeps what it has: W_rec = 1, f the identity, so that J = 1 whatever α. */
const keeper = (net: PlainNetwork): PlainNetwork => ({ ...net, params: { ...net.params, W_rec: [[1]] } })
const keepers = guesses({ d: 1, activations: ['identity'] }).map(guess => ({ ...guess, net: keeper(guess.net) }))

const stepwise = { losses: ['half_mse', 'sse', 'softmax_ce'] } as const

/** What is still to be paid from timestep t on, as a function of the state there: V_t(h) = L_t(h) + V_{t+1}(F(h)). */
const toGo =
  ({ net, θ, sequence }: Realised, t: number) =>
  (h: Value): Value => {
    const cost = (s: Branch, i: number): Value => {
      const now = sequence[i - 1]
      return now ? mul(now.weight, net.loss.each(logits(net, θ, s, now.x), now.target)) : lift(0)
    }
    let [s, all]: [Branch, Value] = [{ h }, cost({ h }, t)]
    for (let i = t + 1; i <= sequence.length; i++) {
      s = net.cell.step(θ.cell, s, (sequence[i - 1] as { readonly x: Value }).x)
      all = add(all, cost(s, i))
    }
    return all
  }

/** Σ_t L_t(h_t) + Σ_t μ_t (F(h_{t-1}, x_t; θ) - h_t), the states h₁ … h_T free. */
const lagrangian =
  ({ task, sequence }: { readonly task: Network; readonly sequence: Realised['sequence'] }, μ: readonly Value[]) =>
  (θ: Theta, states: readonly Value[]): Value =>
    sequence
      .map(({ x, target, weight }, i) => {
        const before = i === 0 ? initialState(task, θ.start) : { h: states[i - 1] as Value }
        const [after, h] = [task.cell.step(θ.cell, before, x).h as Value, states[i] as Value]
        const cost = mul(weight, task.loss.each(logits(task, θ, { h }, x), target))
        return add(cost, dot(μ[i] as Value, sub(after, h)))
      })
      .reduce((a, b) => add(a, b))

/** TD(λ), Bellman and Lagrange. */
export const readings: readonly Proposition[] = [
  claim(
    'with one unit and J = 1, BP(λ) is TD(λ) with errors for rewards, update by update',
    (run, guess) => [asBP(run, guess), asTD(run, guess)],
    { forAll: keepers, runs: 60 },
  ),
  claim(
    "δ is the slope of what is still to be paid, and obeys Bellman's equation δ_t = q_t + δ_{t+1} J_{t+1}",
    (run, _, made) => {
      const slopes = run.map((now, t) => asCotangent(spaceOf(now.after), grad(toGo(made, t))(now.after.h as Value)))
      const backed = slopes.map((_, t) => {
        const [now, next] = [run[t] as Timestep, run[t + 1]]
        return next ? plus(error(now), pull(next.jacobian, slopes[t + 1] as Cotangent<State>)) : error(now)
      })
      return [[...slopes.flatMap(list), ...backed.flatMap(list)], [...deltas(run), ...deltas(run)].flatMap(list)]
    },
    { forAll: guesses(stepwise) },
  ),
  claim(
    'δ are the multipliers of the Lagrangian: no state wants to move, and its slope in θ is the gradient',
    (run, _, made) => {
      const L = lagrangian({ task: made.net, sequence: made.sequence }, deltas(run).slice(1).map(toValue))
      const states = run.slice(1).map(now => now.after.h as Value)
      const still = entries(grad((hs: readonly Value[]) => L(made.θ, hs))(states))
      const slope = entries(grad((θ: Theta) => L(θ, states))(made.θ))
      return [
        [...still, ...slope],
        [...still.map(() => 0), ...list(runGradient(bptt)(run))],
      ]
    },
    { forAll: guesses(stepwise) },
  ),
]
