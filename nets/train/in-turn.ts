/**
 * A batch whose sequences run in turn. Side by side, every step goes through all that a rule remembers of all of them; where that is
 * more than a cache holds, as RTRL's influences are, it waits for memory. In turn each finds its own still there.
 */
import type { Engine } from '../../ad/compiler/engine.ts'
import { plus } from '../../ad/linear/linear.ts'
import { type Cotangent, spaceOf, times } from '../../ad/linear/space.ts'
import { sizeOf } from '../../ad/tensor.ts'
import type { CompiledExecutor } from '../compiled/executor.ts'
import { valuesIn } from '../compiled/trace.ts'
import type { Network, Theta } from '../network.ts'
import type { Rule } from '../run/rule.ts'
import { initialStep } from '../run/step.ts'
import type { Batch } from './data.ts'
import { windowsFor } from './plans.ts'

/** Numbers that a cache holds, and how many a rule remembers for each parameter where its products make up for steps of one sequence. */
const [cached, manifold] = [2 ** 17, 8]

/** How many numbers a past-facing rule remembers of a sequence. */
const numbersOf = (net: Network, rule: Rule, θ: Theta): number =>
  valuesIn(initialStep(net, rule as Rule<unknown, 'past'>)(θ).carry.memory).reduce((sum, x) => sum + sizeOf(x.shape), 0)

/** Whether a batch is run in turn by a rule. */
export const runsInTurn = (engine: Engine, net: Network, rule: Rule, θ: Theta, { sequences }: Batch): boolean => {
  if (rule.faces !== 'past' || windowsFor(rule) || sequences.length < 2) return false
  const remembered = engine.plans.get(rule, net, 'numbers', () => numbersOf(net, rule, θ))
  return remembered * sequences.length > cached && remembered > manifold * spaceOf(θ).size
}

/** The losses of the sequences of a batch, and their mean gradient; `run` takes the steps of one. */
export const inTurn = (
  executor: CompiledExecutor<unknown>,
  θ: Theta,
  { sequences }: Batch,
  run: (sequence: number) => number,
): { readonly losses: readonly number[]; readonly gradient: Cotangent<Theta> } => {
  const begin = executor.beginning(θ)
  const found = sequences.map((_, i) => {
    begin()
    return { loss: run(i), gradient: executor.takeGradient() }
  })
  const sum = found.map(({ gradient }) => gradient).reduce((a, b) => plus(a, b))
  return { losses: found.map(({ loss }) => loss), gradient: times(1 / sequences.length, sum) }
}
