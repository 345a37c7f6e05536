/** The models a case may describe, a record each; nothing else asks which one it is. */
import { birnn } from './models/birnn.ts'
import { gruStandard, gruTorch, lstm } from './models/gated.ts'
import { leaky } from './models/leaky.ts'
import { membrane } from './models/membrane.ts'
import type { Known } from './models/model.ts'
import { stack } from './models/stack.ts'

/** Models by the names of files. */
export const models: { readonly [name: string]: Known } = {
  leaky,
  leaky_membrane: membrane,
  stack,
  lstm,
  gru_standard: gruStandard,
  gru_pytorch: gruTorch,
  birnn,
}
