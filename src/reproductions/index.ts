/** The registry of reproductions, in the order in which a budget is spent. */
import { add, addDni, addFailing, addForward, addRandom, addTuned } from './add.ts'
import { anbn, anbnUoro } from './anbn.ts'
import {
  henon,
  henonBeside,
  henonSketch,
  henonTable,
  lorenz,
  lorenzBeside,
  lorenzSketch,
  lorenzTable,
  mackeyGlass,
  mackeyGlassBeside,
  mackeyGlassSketch,
  mackeyGlassTable,
} from './chaotic.ts'
import { bpLambda, truncation } from './identities.ts'
import { mimic } from './mimic.ts'
import type { Reproduction } from './reproduction.ts'
import { rfloPeriodic } from './rflo-periodic.ts'
import { rotation } from './rotation.ts'
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
  mackeyGlass,
  addForward,
  mimic,
  lorenz,
  addTuned,
  addDni,
  addRandom,
  anbnUoro,
  henonSketch,
  mackeyGlassSketch,
  lorenzSketch,
  henonBeside,
  mackeyGlassBeside,
  lorenzBeside,
  henonTable,
  mackeyGlassTable,
  lorenzTable,
]
