import { leaky } from '../../../nets/cells/leaky.ts'
import { clips } from '../rules.ts'
import type { Dims } from '../schema.ts'
import { fromBothEnds } from './both.ts'
import { known } from './model.ts'
import { hyperbolic, oneWidth } from './parts.ts'
import { type Places, place, readout } from './places.ts'

const direction = (suffix: string, branch: string, { d, n }: Dims): Places => ({
  [`V_${suffix}`]: place(`${branch}.W_rec`, d, d),
  [`U_${suffix}`]: place(`${branch}.W_in`, d, n),
  [`b_${suffix}`]: place(`${branch}.b_rec`, d),
})

/** F_t reads from the left, B_t from the right, and the readout [m, 2d] sees both. */
export const birnn = known({
  widths: oneWidth,
  keys: () => hyperbolic,
  places: s => ({
    ...direction('f', 'forward', s),
    ...direction('b', 'backward', s),
    h0_f: place('start.forward.h', s.d),
    hT_b: place('start.backward.h', s.d),
    ...readout(s.m, 2 * s.d),
  }),
  answers: () => ({}),
  solve: fromBothEnds(() => leaky()),
  report: () => ({}),
  rules: clips,
})
