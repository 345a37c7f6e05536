/** Truncated BPTT: which pairs (t, s) each kind of window keeps (Williams & Peng 1990; Marschall et al. 2020). */
import { requireCount, requireNames } from '../ad/require.ts'
import { type WindowOptions, type WindowTransform, windowed } from '../nets/run/windows.ts'
import { bptt } from './bptt.ts'
import { maker, type RuleFacts } from './parts/facts.ts'

/** How long a window is, in steps, at least 1. */
export interface WindowLength {
  readonly k: number
}

/** The transform into windows that options describe, after a check of their names. */
const windowsBy = <O extends object>(
  who: string,
  options: O,
  names: readonly string[],
  of: (options: O) => WindowOptions,
): WindowTransform => {
  requireNames(who, options, names)
  for (const name of names) {
    const k = (options as { readonly [name: string]: number })[name] as number
    requireCount(who, `${name} = ${k}`, k, 'Say after how many steps, and over how many: { k: 10 }')
  }
  return windowed(of(options))
}

/** Keeps the pairs (t, s) in one chunk of k steps, ⌈s/k⌉ = ⌈t/k⌉, timestep 0 counted as timestep 1: `chunked({ k: 10 })(bptt)`. */
export const chunked = (options: WindowLength): WindowTransform =>
  windowsBy('chunked', options, ['k'], ({ k }) => ({ every: k, reach: k, clipped: true }))

/** Keeps the pairs t - s < k, timestep 0 counted as timestep 1: at every step this step's loss is pulled back over k steps. */
export const sliding = (options: WindowLength): WindowTransform =>
  windowsBy('sliding', options, ['k'], ({ k }) => ({ every: 1, reach: k }))

/**
 * Keeps the pairs of `sliding`, a column at a time. Step t emits the gradient of the losses of steps t - k + 1 … t with respect to
 * the parameters of step t - k + 1; the last step emits the rest. F-BPTT: the name is that of Marschall et al. 2020, for credit from future losses. The resulting
 * rule runs forwards, so its facts say `faces: 'past'`, as do those of all four.
 */
export const futureFacing = (options: WindowLength): WindowTransform =>
  windowsBy('futureFacing', options, ['k'], ({ k }) => ({ every: 1, reach: k, emits: 'oldest' }))

/** A pass every k1 steps that takes the losses since the last one back over k2 steps. k2 < k1 drops losses. TBPTT(k1, k2). */
export const spaced = (options: { readonly k1: number; readonly k2: number }): WindowTransform =>
  windowsBy('spaced', options, ['k1', 'k2'], ({ k1, k2 }) => ({ every: k1, reach: k2 }))

const facts: RuleFacts<'past'> = {
  name: 'tbptt',
  title: 'Truncated backpropagation through time',
  faces: 'past',
  changes: 'replaces',
  crosses: 'pulls alone',
  keeps: 'k timesteps',
  structure: 'none',
  exactness: 'biased',
  pairs: 'blocks',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd²', memory: 'k timesteps' },
  options: {
    k: { range: 'whole number ≥ 1', default: '5', means: 'steps of a chunk' },
  },
  count: { option: 'k', begins: window => Math.min(5, window) },
  papers: [
    {
      authors: 'Williams & Peng',
      year: 1990,
      title: 'An efficient gradient-based algorithm for on-line training of recurrent network trajectories',
      id: 'doi:10.1162/neco.1990.2.4.490',
    },
  ],
}

/** Truncated BPTT in chunks of k: what is usually meant by the name. Throws a DomainError for k below 1. */
export const tbptt = maker(facts, ({ k = 5 }: Partial<WindowLength> = {}) =>
  windowed({ every: k, reach: k, clipped: true }, facts)(bptt),
)
