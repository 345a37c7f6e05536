/** The linear recurrent unit of Orvieto et al. 2023: complex numbers as their two parts. */
import { lruOrvieto } from '../../../nets/cells/lru.ts'
import { clips } from '../rules.ts'
import { causal } from '../solve.ts'
import { type Given, known } from './model.ts'
import { oneWidth } from './parts.ts'
import { place, readout, within } from './places.ts'

/** As many complex numbers as units. */
export const lru = known({
  widths: oneWidth,
  keys: () => ({}),
  places: ({ d, n, m }) => ({
    ...within('cell', { ν_log: [d], θ_log: [d], γ_log: [d], B_re: [d, n], B_im: [d, n] }),
    ...within('cell', { C_re: [d, d], C_im: [d, d], D: [d, n] }),
    ...{ re0: place('start.re', d), im0: place('start.im', d) },
    ...readout(m, d),
  }),
  answers: () => ({}),
  solve: causal((_: Given) => lruOrvieto()),
  report: () => ({}),
  rules: clips,
})
