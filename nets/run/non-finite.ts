/** Where a run stops being finite: looked for afterwards, by running it again, so that no step of a finite run is checked. */
import { refuseNonFinite, treeIsFinite } from '../../ad/finite.ts'
import { toValue } from '../../ad/linear/space.ts'
import { type Culprit, firstNonFinite } from '../../ad/modes/checked.ts'
import { leavesOf, rebuild, type Tree } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { isWholeRun } from '../loss.ts'
import { type Example, logits, type Network, type Theta } from '../network.ts'
import type { StepView } from './executor.ts'
import { folded } from './fold.ts'
import { parametersOf } from './parameters.ts'
import type { Rule } from './rule.ts'
import { noNoise, type Run, type State, type Timestep } from './timestep.ts'
import { runThrough, timesteps } from './unroll.ts'

/** The operation that a step fails in: the cell's, then the readout's and the loss's. */
const culpritAt = (net: Network, θ: Theta, before: State, { x, target }: Example): Culprit | null => {
  const given = { θ, before, x }
  return firstNonFinite(inputs => {
    const at = rebuild(given, inputs)
    const state = net.cell.step(at.θ.cell, at.before, at.x)
    return net.loss.each(logits(net, at.θ, state, at.x), target)
  }, leavesOf(given))
}

/** Throws a NonFiniteError that names the quantity, the step, the sequence of a batch, and the operation where it is known. */
const nonFinite = (
  who: string,
  quantity: string,
  step: number,
  { sequence, culprit = null }: { readonly sequence?: number | undefined; readonly culprit?: Culprit | null } = {},
): never => {
  const of = sequence === undefined ? '' : ` of sequence ${sequence + 1}`
  const by = culprit ? `, made by ${culprit.operation}${culprit.line ? ` at ${culprit.line}` : ''}` : ''
  const remedy = who === 'train' ? undefined : 'Scale the inputs down, or begin with smaller parameters'
  return refuseNonFinite(who, `${quantity} at step ${step}${of}${by}`, remedy)
}

/**
 * Stops at the first number of a step that is not finite, if there is one; of several sequences it names the one. Throws a
 * NonFiniteError.
 */
export const checkStep = (
  who: string,
  net: Network,
  θ: Theta,
  step: number,
  now: readonly Example[],
  view: StepView,
): void => {
  if (treeIsFinite(view.quantities())) return
  now.forEach((example, i) => {
    for (const [quantity, tree] of Object.entries(view.quantities(i))) {
      if (treeIsFinite(tree)) continue
      const culprit = culpritAt(net, θ, view.before(i), example)
      nonFinite(who, quantity, step, { sequence: now.length > 1 ? i : undefined, culprit })
    }
  })
}

/** Checks each timestep as it is worked out: none is worked out after one that is refused. */
function* checked(all: Iterable<Timestep>, check: (now: Timestep, t: number) => void): Generator<Timestep> {
  let t = 0
  for (const now of all) {
    check(now, t++)
    yield now
  }
}

const quantitiesOf = ({ after, prediction, loss, logitError }: Timestep): { readonly [name: string]: Tree } => ({
  state: after,
  output: prediction,
  loss,
  'error of the output': toValue(logitError),
})

/** The first step whose part of the gradient is not finite, in the order in which the rule goes. */
const emitted = (rule: Rule, run: Run): number | null => {
  let i = 0
  for (const [out] of folded(rule)(run)) {
    if (!treeIsFinite(toValue(out))) return rule.faces === 'future' ? run.length - 1 - i : i
    i++
  }
  return null
}

/**
 * Looks for the first number that is not finite in runs of a rule, with the noise drawn for each. Throws a NonFiniteError that names
 * it; returns where there is none.
 */
export const findNonFinite = (
  who: string,
  net: Network,
  rule: Rule,
  θ: Theta,
  sequences: readonly (readonly Example[])[],
  noise: readonly (readonly Value[])[],
): void => {
  const parameters = parametersOf(who, net, θ)
  sequences.forEach((data, i) => {
    const sequence = sequences.length > 1 ? i : undefined
    const check = (now: Timestep, t: number): void => {
      for (const [quantity, tree] of Object.entries(quantitiesOf(now))) {
        if (treeIsFinite(tree)) continue
        const culprit = t === 0 ? null : culpritAt(net, parameters, now.before, data[t - 1] as Example)
        nonFinite(who, quantity, t, { sequence, culprit })
      }
    }
    const drawn = noise.map(row => row[i] as Value).values()
    const run = runThrough(
      net,
      data,
      checked(timesteps(net, { noise: () => drawn.next().value ?? noNoise })(parameters, data), check),
    )
    // only a loss of the whole run changes the errors, once all steps are known
    if (isWholeRun(net.loss)) run.forEach(check)
    const step = emitted(rule, run)
    if (step !== null) nonFinite(who, 'gradient', step, { sequence })
  })
}
