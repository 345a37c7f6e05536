/** Executors of a rule on a network by an engine, whose plans are kept with the engine: what was compiled once is not traced again. */
import { defaultEngine, type Engine, type EngineLike, engineOf } from '../../ad/compiler/engine.ts'
import type { Value } from '../../ad/value.ts'
import { type CompiledExecutor, executorOf } from '../compiled/executor.ts'
import { type LearningExecutor, learningOf } from '../compiled/learning.ts'
import { type Prepared, prepared } from '../compiled/prepare.ts'
import type { Example, Network, Theta } from '../network.ts'
import { type Executor, eagerExecutor } from '../run/executor.ts'
import { type AnyRule, type Facing, type Rule, resolved } from '../run/rule.ts'
import { type WindowOptions, windowsOf } from '../run/windows.ts'
import type { Entrywise } from './entrywise.ts'

/** A whole run as one window: what a future-facing rule needs. */
const entire: WindowOptions = { every: Number.POSITIVE_INFINITY, reach: Number.POSITIVE_INFINITY }

/** The engine of gradient, train or predict: the one that is asked for, else the fastest that needs nothing installed; eager where the rule or the cell is. */
export const engineFor = (named: EngineLike | undefined, rule: { readonly eager?: true }, net: Network): Engine =>
  named !== undefined || rule.eager || net.cell.eager ? engineOf(named ?? 'eager') : defaultEngine()

/** A rule on its network, the same each time that an engine is asked for it with one seed. */
export const ruleOn = <M, F extends Facing>(
  engine: Engine,
  rule: AnyRule<M, F>,
  net: Network,
  seed: number,
): Rule<M, F> => ('on' in rule ? engine.plans.get(rule, net, `on ${seed}`, () => resolved(rule, net, seed)) : rule)

/** How a rule is run: over windows, over the whole run at once, or step by step (null). */
export const windowsFor = (rule: Rule): WindowOptions | null =>
  windowsOf(rule)?.windows ?? (rule.faces === 'future' ? entire : null)

const keyOf = ({ x, target }: Example, batch: number | null): string =>
  `batch ${batch}, x [${x.shape}], target [${target.shape}]`

/** What is compiled of a rule for a batch. Compiles at the first call. */
export const preparedFor =
  <M>(engine: Engine, net: Network, rule: Rule<M>) =>
  (θ: Theta, example: Example, batch: number | null, noise: Value): Prepared<M> => {
    const inner = (windowsOf(rule)?.inner ?? rule) as Rule<M>
    const what = { net, rule: inner, windows: windowsFor(rule), batch }
    return engine.plans.get(rule, net, keyOf(example, batch), () => prepared(engine, what, θ, example, noise))
  }

/** An executor of a rule by an engine that compiles, for a batch and runs of so many steps. */
export const compiledFor =
  <M>(engine: Engine, net: Network, rule: Rule<M>) =>
  (θ: Theta, example: Example, batch: number | null, length: number, noise: Value): CompiledExecutor<M> =>
    executorOf(preparedFor(engine, net, rule)(θ, example, batch, noise), length)

/** Whether a program of an engine may hold the parameters of a rule while they are trained: in doubles, and step by step. */
export const holdsParameters = ({ name, dtype }: Engine, rule: Rule): boolean =>
  name !== 'eager' && dtype === 'f64' && windowsFor(rule) === null

/** An executor of a past-facing rule that moves its parameters by an optimiser's program; `noise` is one draw to trace with. */
export const learningFor =
  <M, O>(engine: Engine, net: Network, rule: Rule<M>, update: Entrywise<O>, noise: () => Value) =>
  (θ: Theta, example: Example, batch: number | null): LearningExecutor<M> => {
    const what = { net, rule, windows: null, batch, update }
    const key = `${keyOf(example, batch)}, ${update.program}`
    return learningOf(engine.plans.get(rule, net, key, () => prepared(engine, what, θ, example, noise())))
  }

/** An executor of a past-facing rule by any engine, for a batch and runs of so many steps; `noise` is one draw to trace with. */
export const executorFor = <M>(engine: Engine, net: Network, rule: Rule<M, 'past'>, noise: () => Value) => {
  const open = compiledFor(engine, net, rule as Rule<M>)
  return (θ: Theta, first: Example, batch: number | null, length: number): Executor<M> =>
    engine.name === 'eager' ? eagerExecutor(net, rule, batch) : open(θ, first, batch, length, noise())
}
