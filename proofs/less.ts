/** Rules that remember less of the influence than RTRL, or put something simpler in an arrow's place: when they are each other, when exact. */
import { downhill, feedbacks } from './feedbacks.ts'
import { folds } from './folds.ts'
import { masks } from './masks.ts'
import { ownStates } from './own.ts'
import type { Proposition } from './proposition.ts'
import { sparse } from './sparse.ts'
import { thrift } from './thrift.ts'
import { everyCell } from './wirings.ts'

export { rfloCost, snapCost } from './thrift.ts'

export const less: readonly Proposition<never>[] = [
  ...feedbacks,
  ...masks,
  ...everyCell,
  ...ownStates,
  ...folds,
  ...downhill,
  ...sparse,
  ...thrift,
]
