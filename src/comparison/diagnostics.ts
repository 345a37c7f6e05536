/** What the rules of a comparison make of credit, at parameters that were trained: cosines, triangles, lags, eigenvalues. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { JanusError } from '../../ad/errors.ts'
import { toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Example, Network, Theta } from '../../nets/network.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { type AtLag, alignmentByLag } from '../../rules/readings/alignment-by-lag.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../rules/readings/triangle-by.ts'
import { norm } from '../display/run-tables.ts'
import { files } from '../experiments/files.ts'
import { eigenvaluesOf } from '../experiments/probes.ts'
import type { Spectrum } from '../figures/unit-circle.ts'
import { ruleFor } from '../training/experiment.ts'
import { openModel } from '../training/model.ts'
import type { Ran } from './groups.ts'
import type { Planned } from './plan.ts'

/** A rule's own triangle beside the exact one. */
export interface OfRule {
  readonly name: string
  /** |g_ts| for s ≤ t, from step 1 on. */
  readonly sizes: readonly (readonly number[])[]
  readonly lags: readonly AtLag[]
}

export interface Triangles {
  readonly exact: readonly (readonly number[])[]
  readonly rules: readonly OfRule[]
  /** Rules that have none, and why. */
  readonly without: readonly (readonly [name: string, why: string])[]
}

/** The parameters that a run came to; null where its model is not there. */
export const trainedBy = async ({ folder }: Ran): Promise<Theta | null> => {
  const model = await openModel(join(folder, files.model))()
  return E.isRight(model) ? model.right.θ : null
}

const sizesOf = (pairs: Pairs): readonly (readonly number[])[] =>
  pairs.map(row => row.map(g => norm(toValue(g) as Tensor)))

/** The triangles of rules on one run; where a rule has none, it is said why. */
export const trianglesOf = (runs: readonly Planned[], net: Network, θ: Theta, data: readonly Example[]): Triangles => {
  const run = unroll(net)(θ, data)
  const exact = fromStepOne(doubleSum(run))
  const [rules, without]: [OfRule[], (readonly [string, string])[]] = [[], []]
  for (const { group, options } of runs)
    try {
      const own = fromStepOne(triangleBy(ruleFor(options), { seed: options.seed })(run))
      rules.push({ name: group, sizes: sizesOf(own), lags: alignmentByLag(own, exact) })
    } catch (thrown) {
      if (!(thrown instanceof JanusError)) throw thrown
      without.push([group, thrown.given])
    }
  return { exact: sizesOf(exact), rules, without }
}

/** Eigenvalues before and after training, rule by rule. */
export const spectraOf = (
  net: Network,
  data: readonly Example[],
  trained: readonly { readonly name: string; readonly before: Theta; readonly after: Theta }[],
): readonly Spectrum[] =>
  trained.flatMap(({ name, before, after }) => [
    { rule: name, when: 'before' as const, eigenvalues: eigenvaluesOf(unroll(net)(before, data)) },
    { rule: name, when: 'after' as const, eigenvalues: eigenvaluesOf(unroll(net)(after, data)) },
  ])
