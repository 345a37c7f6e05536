import { zeroCotangentIn } from '../../ad/linear/space.ts'
import type { Rule } from './scan.ts'

/** A rule that says and remembers nothing: the run is only watched. */
export const watching: Rule<null> = {
  init: () => null,
  step: (_, now) => [zeroCotangentIn(now.immediate.from), null],
}
