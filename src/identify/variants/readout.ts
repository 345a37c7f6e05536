/** Other gradients of the readout than Σ ε_t ⊗ o_t; what reaches the state stays. */
import { row } from '../matrix.ts'
import { each, listed } from './variant.ts'

export const readouts = listed('readout', {
  'no readout': ['that gives the readout nothing', each(({ ε }) => ({ ε: row(ε.length) }))],
  'readout late': [
    'whose readout is charged with what it saw one step before',
    each((now, t, all) => ({ seen: all[t - 1]?.seen ?? now.seen })),
  ],
})
