/** The registry of reproductions, in the order in which a budget is spent. */
import { add, addDni, addFailing, addTuned } from './add.ts'
import { anbn, anbnUoro } from './anbn.ts'
import { bpLambda, truncation } from './identities.ts'
import type { Reproduction } from './reproduction.ts'
import { rfloPeriodic } from './rflo-periodic.ts'
import { henon, henonBeside, mackeyGlass, mackeyGlassBeside, rotation } from './sketched.ts'
import { snapRing } from './snap-ring.ts'

export const reproductions: readonly Reproduction[] = [
  rfloPeriodic,
  snapRing,
  bpLambda,
  truncation,
  anbn,
  add,
  addFailing,
  rotation,
  henon,
  addTuned,
  addDni,
  mackeyGlass,
  anbnUoro,
  henonBeside,
  mackeyGlassBeside,
]
