import { KindError } from './errors.ts'
import type { Tensor } from './tensor.ts'
import { isReadable, type Value } from './value.ts'

/** The numbers of a value, for a rule that looks at them. Throws a KindError inside a derivative, a batch or a trace. */
export const requireConcrete = (x: Value, why: string): Tensor => {
  if (isReadable(x)) return x
  throw new KindError({
    who: 'item',
    given: 'a value inside a derivative, a batch or a trace',
    wanted: `numbers: ${why}`,
    remedy: "Use engine: 'eager'",
  })
}
