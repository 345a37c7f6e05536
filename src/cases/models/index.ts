/** The models a case may describe, a record each; nothing else asks which one it is. */
import { birnn } from './birnn.ts'
import { gruStandard, gruTorch, lstm } from './gated.ts'
import { leaky } from './leaky.ts'
import { lru } from './lru.ts'
import { membrane } from './membrane.ts'
import type { Known } from './model.ts'
import { stack } from './stack.ts'

/** Models by the names of files. */
export const models: { readonly [name: string]: Known } = {
  leaky,
  leaky_membrane: membrane,
  stack,
  lstm,
  gru_standard: gruStandard,
  gru_pytorch: gruTorch,
  lru,
  birnn,
}
