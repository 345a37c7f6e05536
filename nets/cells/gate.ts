import { matvec } from '../../ad/primitives/contraction.ts'
import { add } from '../../ad/primitives/elementwise.ts'
import type { Value } from '../../ad/value.ts'

type Names<K extends string> = `W_h${K}` | `W_x${K}` | `b_${K}`
type Gate<K extends string> = { readonly [N in `W_h${K}`]: readonly ['d', 'd'] } & {
  readonly [N in `W_x${K}`]: readonly ['d', 'n']
} & { readonly [N in `b_${K}`]: readonly ['d'] }

/** The parameters of one gate: W_hk [d, d], W_xk [d, n], b_k [d]. */
export const gate = <K extends string>(k: K): Gate<K> =>
  ({ [`W_h${k}`]: ['d', 'd'], [`W_x${k}`]: ['d', 'n'], [`b_${k}`]: ['d'] }) as unknown as Gate<K>

/** What drives a gate: W_hk h + W_xk x + b_k. */
export const drive = <K extends string>(θ: { readonly [N in Names<K>]: Value }, k: K, h: Value, x: Value): Value => {
  const at = θ as { readonly [name: string]: Value }
  const [W, V, b] = [at[`W_h${k}`], at[`W_x${k}`], at[`b_${k}`]] as [Value, Value, Value]
  return add(add(matvec(W, h), matvec(V, x)), b)
}
