/** A run one timestep at a time, under two rules or more at once. */

import { DomainError, KindError } from '../../ad/errors.ts'
import { pull } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { type Cotangent, zeroCotangentIn } from '../../ad/linear/space.ts'
import { requireNames } from '../../ad/require.ts'
import { outputs } from '../../nets/run/fold.ts'
import { type AnyRule, type Rule, resolved } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Param, type Run } from '../../nets/run/timestep.ts'
import { bptt, type Credit } from '../../rules/bptt.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { isRule, isRun } from './guards.ts'
import { type Instant, instantTable } from './stepper-table.ts'
import { htmlOf, textOf } from './table.ts'

/** A timestep of a run; `next`, `back` and `at(t)` are others. At either end `next` and `back` stay. */
export interface Stepper extends Instant {
  readonly next: Stepper
  readonly back: Stepper
  at(t: number): Stepper
}

export interface StepperOptions {
  /** The rules to follow, by names of your own; BPTT and RTRL by default. */
  readonly rules?: { readonly [name: string]: AnyRule }
  /** What their constants are drawn from, and their noise where the run has none, in [0, 2³²); 0 by default. */
  readonly seed?: number
}

const ruleOf = (name: string, given: AnyRule, run: Run, seed: number): Rule => {
  if (isRule(given)) return resolved(given, run.net, seed)
  throw new KindError({
    who: 'stepper',
    given: `${typeof given === 'string' ? `'${given}'` : name}, which is no rule`,
    wanted: 'rules by names of your own',
    remedy: 'stepper(run, { rules: { rflo: rflo(), snap: snap({ n: 2 }) } }): makers of rules are called',
  })
}

/** The sum of what a rule emits at timesteps 0 … t, for every t. */
const sumsOf = (rule: Rule, run: Run, seed: number): readonly Cotangent<Param>[] => {
  const emitted = [...outputs(scan(rule, { seed })(run))]
  let sum = zeroCotangentIn<Param>(run[0].immediate.from)
  return (rule.faces === 'future' ? emitted.toReversed() : emitted).map(out => {
    sum = plus(sum, out)
    return sum
  })
}

/** c at every timestep. */
const comingOf = (run: Run): readonly Credit[] => {
  const [last] = run.toReversed()
  const memories = [...scan(bptt)(run)].map(([, memory]) => memory)
  return [bptt.init(last as Run[0]), ...memories].slice(0, run.length).toReversed()
}

/** An influence and its timestep. */
interface Held {
  readonly at: number
  readonly influence: Influence
}

/** The influence at a timestep, on from an earlier one where there is one. */
const influenceAt = (run: Run, t: number, held: Held): Held => {
  const from = held.at <= t ? held : { at: -1, influence: rtrl.init(run[0]) }
  const total = run.slice(from.at + 1, t + 1).reduce((memory, now) => rtrl.step(memory, now)[1], from.influence)
  return { at: t, influence: total }
}

const check = (run: unknown): Run => {
  if (isRun(run)) return run
  throw new KindError({
    who: 'stepper',
    given: 'something that is no run',
    wanted: 'the timesteps of a run',
    remedy: 'Make one with unroll(net)(θ, sequence)',
  })
}

const checkTime = (t: number, last: number): void => {
  if (Number.isInteger(t) && t >= 0 && t <= last) return
  throw new DomainError({
    who: 'stepper',
    given: `at(${t})`,
    wanted: `a whole number from 0 to ${last}`,
    remedy: 'Timestep 0 is the start',
  })
}

/**
 * Steps through a run: at each timestep the state, its error q, δ (from the future), the influence M (from the
 * past), and the gradient so far by each rule. `s.next` and `s.back`, properties, are the timesteps beside it, `s.at(t)` any
 * other; a stepper never changes. So far, BPTT is ahead of RTRL by c M, which is 0 at the end, where their totals agree.
 * Throws a KindError for what is no run or no rule.
 */
export const stepper = (given: Run, options: StepperOptions = {}): Stepper => {
  requireNames('stepper', options, ['rules', 'seed'])
  const { rules = { bptt, rtrl }, seed = 0 } = options
  const run = check(given)
  const last = run.length - 1
  const coming = comingOf(run)
  const exact = sumsOf(bptt, run, seed)
  const sums = Object.entries(rules).map(([name, rule]) => {
    const own = ruleOf(name, rule, run, seed)
    return [name, own === bptt ? exact : sumsOf(own, run, seed)] as const
  })
  const at = (t: number, held: Held): Stepper => {
    checkTime(t, last)
    const now = run[t] as Run[0]
    const here = influenceAt(run, t, held)
    const [q, c] = [error(now), coming[t] as Credit]
    return printing({
      t,
      last,
      now,
      error: q,
      credit: c,
      delta: plus(c, q),
      influence: here.influence,
      gradient: Object.fromEntries(sums.map(([name, list]) => [name, list[t] as Cotangent<Param>])),
      exact: exact[t] as Cotangent<Param>,
      later: pull(here.influence, c),
      at: to => at(to, here),
      get next() {
        return at(Math.min(t + 1, last), here)
      },
      get back() {
        return at(Math.max(t - 1, 0), here)
      },
    })
  }
  return at(0, { at: -1, influence: rtrl.init(run[0]) })
}

/** The same stepper, printed as its timestep at the prompt and in notebooks. */
const printing = (stepper: Stepper): Stepper =>
  Object.defineProperties(stepper, {
    [Symbol.for('nodejs.util.inspect.custom')]: { value: () => textOf(instantTable(stepper)) },
    [Symbol.for('Jupyter.display')]: {
      value: () => ({ 'text/plain': textOf(instantTable(stepper)), 'text/html': htmlOf(instantTable(stepper)) }),
    },
  })
