/** Rules that remember less of the influence than RTRL, or put something simpler in an arrow's place: when they are each other, when exact. */

import { ownStates } from './nets/own-unit.ts'
import type { Proposition } from './proposition.ts'
import { broadcasts } from './rules/broadcast.ts'
import { thrift } from './rules/costs-sparse.ts'
import { folds } from './rules/fpbptt.ts'
import { adaptives } from './rules/rflo-adaptive.ts'
import { downhill, feedbacks } from './rules/rflo-eprop.ts'
import { sketches } from './rules/sketch.ts'
import { masks } from './rules/snap.ts'
import { sparse } from './rules/sparse-influence.ts'
import { everyCell } from './rules/sparsity.ts'

export { rfloCost, snapCost } from './rules/costs-sparse.ts'

export const less: readonly Proposition[] = [
  ...feedbacks,
  ...broadcasts,
  ...adaptives,
  ...masks,
  ...everyCell,
  ...ownStates,
  ...folds,
  ...downhill,
  ...sparse,
  ...sketches,
  ...thrift,
]
