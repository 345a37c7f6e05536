import { zeroCotangentIn } from '../../ad/linear/space.ts'
import type { Rule } from './rule.ts'

/** No learning: a rule that emits 0 and keeps nothing, for runs that go forward only. */
export const forwardOnly: Rule<null, 'past'> = {
  name: 'forward-only',
  faces: 'past',
  init: () => null,
  step: (_, now) => [zeroCotangentIn(now.immediate.from), null],
}
