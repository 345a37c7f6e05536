/** How the program of Marschall, Cho & Savin 2020 begins DNI: A ~ N(0, 1/inputs), and a target network that is refreshed every 5 steps. */
import type { Value } from '../../../ad/value.ts'
import { normal } from '../../../nets/cells/initialisers.ts'
import { linear, type Synthesiser } from '../../../rules/parts/synthesiser.ts'

/** `linear` that predicts something before it has learned. */
const synthesiser: Synthesiser<{ readonly A: Value }> = {
  ...linear,
  params: ({ inputs, outputs }, random) => ({ A: normal(1 / Math.sqrt(inputs))([outputs, inputs], random) }),
}

export const drawn = { synthesiser, refresh: 5 } as const
