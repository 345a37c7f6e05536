/** Arithmetic operations of a step of training by a rule, counted on its compiled program. */
import { defaultEngine } from '../../ad/compiler/engine.ts'
import type { Collected, Stage } from '../../ad/compiler/plan.ts'
import { costOf } from '../../ad/modes/cost.ts'
import { zeros } from '../../ad/tensor.ts'
import { prepared } from '../compiled/prepare.ts'
import { type Staged, type StageName, stageNames } from '../compiled/stages.ts'
import type { Example, Network, Theta } from '../network.ts'
import { drawsFor } from '../run/noise.ts'
import type { AnyRule, Rule } from '../run/rule.ts'
import { passDue, type WindowOptions, windowsAt, windowsOf } from '../run/windows.ts'
import { ruleOn, windowsFor } from './plans.ts'

/** How often each part of a backward pass runs, in the mean over steps. */
interface Passes {
  readonly turn: number
  readonly back: number
  readonly repeated: number
  /** Timesteps whose share of the gradient is added up. */
  readonly attributed: number
}

/** Steps enough for windows to repeat. */
const roundsOf = ({ every, reach }: WindowOptions): number => 20 * Math.max(every, reach)

/** Counted over many steps, from where windows are full. */
const passesOf = (windows: WindowOptions): Passes => {
  const rounds = roundsOf(windows)
  const from = rounds / 2
  let [fresh, passes, turn, back, repeated, attributed] = [0, 0, 0, 0, 0, 0]
  for (let t = 1; t <= rounds; t++) {
    fresh++
    const pass = passDue(windowsAt(windows, passes), t, fresh, false)
    if (!pass) continue
    fresh = 0
    passes++
    if (t <= from) continue
    turn++
    back += t + 1 - pass.first - pass.counted
    repeated += pass.counted
    attributed += pass.attributed
  }
  const mean = (count: number): number => count / (rounds - from)
  return { turn: mean(turn), back: mean(back), repeated: mean(repeated), attributed: mean(attributed) }
}

/** Multiplications and additions of a sum over timesteps, for one of them. */
const ofSum = ({ left, right }: Collected): number => (right ? 2 * left.size * right.size : left.size)

const total = (sums: readonly Collected[]): number => sums.reduce((sum, one) => sum + ofSum(one), 0)

const counted = ({ plan, forward, back }: Staged, windows: WindowOptions | null): number => {
  const of = (name: StageName): number => costOf((plan.stages[stageNames.indexOf(name)] as Stage).graph).operations
  const forwards = of('forward') + total(forward)
  if (!windows) return forwards
  const passes = passesOf(windows)
  return (
    forwards +
    passes.turn * (of('turn') + of('learn')) +
    passes.back * of('back') +
    passes.repeated * of('counted') +
    passes.attributed * total(back)
  )
}

/**
 * Operations of one step of one sequence: the network, its loss, the rule and the sum of the gradient; a multiplication and an
 * addition are two. Of a rule in windows the mean over its passes. Throws a KindError for a rule that branches on concrete values.
 */
export const operationsPerStep = (rule: AnyRule<unknown, 'past'>, net: Network, θ: Theta, example: Example): number => {
  const engine = defaultEngine()
  const own = ruleOn(engine, rule, net, 0)
  const [windows, inner] = [windowsFor(own), (windowsOf(own)?.inner ?? own) as Rule]
  const noise = zeros(drawsFor(own.draws, net).shape)
  return counted(prepared(engine, { net, rule: inner, windows, batch: null }, θ, example, noise).staged, windows)
}
