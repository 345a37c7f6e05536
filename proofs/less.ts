/** Rules that remember less of the influence than RTRL, or put something simpler in an arrow's place: when they are each other, when exact. */
import { adaptives } from './adaptive.ts'
import { broadcasts } from './broadcasts.ts'
import { downhill, feedbacks } from './feedbacks.ts'
import { folds } from './folds.ts'
import { masks } from './masks.ts'
import { ownStates } from './own.ts'
import type { Proposition } from './proposition.ts'
import { sketches } from './sketch.ts'
import { sparse } from './sparse.ts'
import { thrift } from './thrift.ts'
import { everyCell } from './wirings.ts'

export { rfloCost, snapCost } from './thrift.ts'

export const less: readonly Proposition<never>[] = [
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
