/** The registry of variants: what a foreign gradient may be in place of the gradient. To add one: its row in the table of its part. */
import { estimators } from './estimators.ts'
import { immediates } from './immediate.ts'
import { jacobians } from './jacobian.ts'
import { masks } from './masks.ts'
import { products } from './products.ts'
import { readouts } from './readout.ts'
import { signals } from './signal.ts'
import { synthesisers } from './synthesisers.ts'
import type { Variant } from './variant.ts'
import { windowsOf } from './windows.ts'

/** Every variant for a run of T steps. */
export const variantsOf = (T: number): readonly Variant[] => [
  ...jacobians,
  ...immediates,
  ...signals,
  ...readouts,
  ...windowsOf(T),
  ...masks,
  ...products,
  ...estimators,
  ...synthesisers,
]

/** Pairs of variants that are a rule, to which one variant more is tried. */
export const rules: readonly (readonly [string, string])[] = [['own-unit Jacobian', 'random feedback']]

export { fitted } from './fitted.ts'
export type { Context, Fitted, Needed, Part, Variant } from './variant.ts'
