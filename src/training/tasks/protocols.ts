/** How tasks were learned where they come from, or are known to be learned here: what `janus train` takes where nothing is given. */
import type { Defaults } from '../data/kind.ts'

/** Sketched RTRL 2026: 64 tanh units without leak, Adam 0.001; online an update a step, through time chunks of 25 steps. */
export const sketchedDefaults: Partial<Defaults> = {
  hidden: 64,
  alpha: 1,
  initial: 'normal',
  window: 25,
  optimiser: 'adam',
  lr: 0.001,
  steps: 15_000,
}

/** Murray 2019: 50 units of time constant 10, an update a period of 100 steps by its mean gradient, rate 0.03. */
export const murrayDefaults: Partial<Defaults> = {
  hidden: 50,
  alpha: 0.1,
  initial: 'normal',
  window: 100,
  online: 100,
  optimiser: 'sgd',
  lr: 0.03,
  steps: 10_000,
}

/** No protocol is known: Adam 0.005 brings BPTT to the floor of both in 10,000 updates. */
export const byAdam: Partial<Defaults> = { optimiser: 'adam', lr: 0.005, steps: 10_000 }

/** No protocol is followed: with these, adaptive spiking units learn it by BPTT, e-prop and OTTT. */
export const randmanDefaults: Partial<Defaults> = {
  cell: 'alif',
  hidden: 64,
  optimiser: 'adam',
  lr: 0.002,
  steps: 4000,
}

/** No protocol is known: through two trials of ten symbols, a GRU by BPTT or RTRL recalls the first without fault. */
export const recallDefaults: Partial<Defaults> = { ...byAdam, cell: 'gru', window: 24, steps: 5_000 }

/** An LSTM, as in Gers & Schmidhuber 2001, by Adam: within a tenth of the floor of one that counts. */
export const countingDefaults: Partial<Defaults> = { ...byAdam, cell: 'lstm', window: 25 }

/** Spiking units, as many as in NEST's regression test; an update a trial. */
export const spikingDefaults: Partial<Defaults> = {
  ...byAdam,
  cell: 'lif',
  hidden: 100,
  window: 1000,
  online: 1000,
  steps: 300,
}
