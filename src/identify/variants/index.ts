/** The registry of variants: what a foreign gradient may be in place of the gradient. To add one: its row in the table of its part. */
import { immediates } from './immediate.ts'
import { jacobians } from './jacobian.ts'
import { readouts } from './readout.ts'
import { signals } from './signal.ts'
import type { Variant } from './variant.ts'
import { windowsOf } from './windows.ts'

/** Every variant for a run of T steps. */
export const variantsOf = (T: number): readonly Variant[] => [
  ...jacobians,
  ...immediates,
  ...signals,
  ...readouts,
  ...windowsOf(T),
]

export type { Context, Needed, Part, Variant } from './variant.ts'
