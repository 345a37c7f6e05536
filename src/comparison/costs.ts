/** What a run of a rule costs beside time: bytes that it remembers, operations of a step. */
import { KindError } from '../../ad/errors.ts'
import type { Branch } from '../../ad/tree.ts'
import type { PerStep } from '../../nets/loss.ts'
import type { Example, Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { train } from '../../nets/train/online.ts'
import { operationsPerStep } from '../../nets/train/operations.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { firstSteps } from '../training/data/first.ts'
import { ruleFor, type Setup } from '../training/experiment.ts'
import type { TrainOptions } from '../training/options.ts'

export interface Costs {
  /** The most that the rule remembers at a time, in bytes: its influence, or the frames of its windows. */
  readonly memory: number
  /** Of one step of one sequence; null for a rule that no compiled engine runs. */
  readonly operations: number | null
}

/** Steps after which what a rule remembers is as large as it gets. */
const stepsFor = ({ window, every }: TrainOptions): number => 2 * Math.max(window, every) + 2

/** The most bytes at any of these steps: of the rule as a shadow of itself. */
const remembered = (
  rule: AnyRule<unknown, 'past'>,
  net: Network<Branch, Branch, PerStep>,
  θ: Theta,
  data: readonly Example[],
): number => {
  const shadows = { own: rule }
  const found = [...bytesAt(train(rule, net, { optimiser: sgd({ lr: 1e-9 }), every: data.length, shadows })(θ, data))]
  return Math.max(0, ...found)
}

function* bytesAt(steps: Iterable<{ readonly shadows: Readonly<Record<string, { bytes(): number }>> }>) {
  for (const { shadows } of steps) yield shadows.own?.bytes() ?? 0
}

const counted = (rule: AnyRule<unknown, 'past'>, net: Network, θ: Theta, example: Example): number | null => {
  if (rule.eager || net.cell.eager) return null
  try {
    return operationsPerStep(rule, net, θ, example)
  } catch (thrown) {
    if (thrown instanceof KindError) return null
    throw thrown
  }
}

/** What the rule of some options costs on its network. */
export const costsOf = (setup: Setup, options: TrainOptions): Costs => {
  const { net, θ } = setup
  const [rule, data] = [
    ruleFor(options),
    firstSteps('compare', net as unknown as Network, setup.course, stepsFor(options)),
  ]
  return {
    memory: remembered(rule, net, θ, data) * options.batch,
    operations: data[0] ? counted(rule, net as unknown as Network, θ, data[0]) : null,
  }
}
