/** FP-BPTT: both folds in one pass, the future within a window and the past before it. */

import { toMatrix } from '../../ad/linear/apply.ts'
import { scan } from '../../nets/run/scan.ts'
import { fpbptt } from '../../rules/fpbptt.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { onFed, sumOf } from '../arbitraries/feedback.ts'
import { entries, type Proposition } from '../proposition.ts'

export const folds: readonly Proposition[] = [
  onFed('FP-BPTT computes the gradient for every window k, whether or not it divides T', s => [
    sumOf(fpbptt({ k: s.k }), s),
    s.exact,
  ]),
  onFed('what FP-BPTT carries at the end of a window is the influence of RTRL', s => {
    const ends = [...scan(fpbptt({ k: s.k }))(s.run)].map(([, window]) => window)
    const whole = [...scan(rtrl)(s.run)].map(([, memory]) => memory)
    const due = [...ends.keys()].filter(t => ends[t]?.moments.length === 1)
    const at = (M: Influence | undefined): readonly number[] => entries(toMatrix(M as Influence))
    return [due.flatMap(t => at(ends[t]?.moments[0]?.immediate)), due.flatMap(t => at(whole[t]))]
  }),
]
