/** Parameters of the published LRU from the layout of its authors' program in Flax. */
import { mul } from '../../ad/primitives/elementwise.ts'
import { requireNames } from '../../ad/require.ts'
import { eye, type Shape, type Tensor } from '../../ad/tensor.ts'
import type { lruOrvieto } from '../../nets/cells/lru.ts'
import type { Arrays } from './dtype.ts'
import { found } from './gates.ts'
import { type LayoutOptions, layerIn } from './modules.ts'

const who = 'fromLru'

/** The parameters of `lruOrvieto`. */
export type LruParams = ReturnType<ReturnType<typeof lruOrvieto>['params']>

/** The names of the vectors here, and there. */
const vectors = { ν_log: 'nu_log', θ_log: 'theta_log', γ_log: 'gamma_log' } as const

const recordOf = <K extends string, N>(names: readonly K[], f: (name: K) => N): Readonly<Record<K, N>> =>
  Object.fromEntries(names.map(name => [name, f(name)])) as Record<K, N>

/**
 * The parameters of `lruOrvieto({ states })` from those of the authors' LRU: nu_log, theta_log, gamma_log [states], B_re, B_im [states, d],
 * C_re, C_im [d, states], D [d], which becomes a diagonal matrix. As many inputs as outputs, d; `states` is d where it is left out. Names are paths,
 * with / or . between. Throws a NameError for names missing, a ShapeError where a size is another, a DomainError for sizes that are no counts.
 */
export const fromLru = (given: Arrays, sizes: Omit<LayoutOptions, 'n'> & { readonly states?: number }): LruParams => {
  requireNames(who, sizes, ['d', 'prefix', 'states'])
  const { states, ...options } = sizes
  const layout: LayoutOptions = { ...options, n: states ?? options.d }
  const {
    arrays,
    prefix,
    d,
    n: N,
  } = layerIn(who, { lruOrvieto: [''] }, ['lruOrvieto', given, layout], () => ['nu_log'])
  const at = (name: string, shape: Shape): Tensor =>
    found(who, arrays, `${prefix}${name}`, shape, `The unit has d = ${d} outputs of ${N} states`)
  return {
    ...recordOf(['ν_log', 'θ_log', 'γ_log'], name => at(vectors[name], [N])),
    ...recordOf(['B_re', 'B_im'], name => at(name, [N, d])),
    ...recordOf(['C_re', 'C_im'], name => at(name, [d, N])),
    D: mul(eye(d), at('D', [d])),
  }
}
