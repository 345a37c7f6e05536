/** DNI as the program of Marschall, Cho & Savin 2020 begins it: A ~ N(0, 1/inputs), and a target network that is refreshed every 5 steps. */
import { normal } from '../../../nets/cells/initialisers.ts'
import { dni } from '../../../rules/dni.ts'
import { linear, type Synthesiser } from '../../../rules/parts/synthesiser.ts'

/** `linear` that predicts something before it has learned. */
const drawn: typeof linear = {
  ...linear,
  params: ({ inputs, outputs }, random) => ({ A: normal(1 / Math.sqrt(inputs))([outputs, inputs], random) }),
} satisfies Synthesiser<{ readonly A: unknown } & Parameters<typeof linear.predict>[0]>

export const drawnDni = dni({ synthesiser: drawn, refresh: 5 })
