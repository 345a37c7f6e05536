/** Truncated BPTT: the bands of the triangle (s, t) that a window keeps (Williams & Peng 1990; Marschall et al. 2020). */
import { forwards } from '../nets/run/scan.ts'
import { windowed } from '../nets/run/windows.ts'
import { credit } from './bptt.ts'

/** Pairs in one chunk of k steps: ⌈s/k⌉ = ⌈t/k⌉. */
export const chunked = (k: number) => windowed({ every: k, reach: k, clipped: true })(credit)

/** Pairs t - s < k: at every step this instant's loss is pulled back over k steps. */
export const sliding = (k: number) => windowed({ every: 1, reach: k })(credit)

/** Pairs t - s < k, a column at a time: at step t, what moment t - k + 1 is worth to its window; the rest at the end. */
export const future = (k: number) => windowed({ every: 1, reach: k, emits: 'oldest' })(credit)

/** A pass every k1 steps that takes the losses since the last one back over k2 steps. k2 < k1 drops losses. */
export const spaced = (k1: number, k2: number) => windowed({ every: k1, reach: k2 })(credit)

/** Truncated BPTT in chunks: what is usually meant by the name. */
export const tbptt = (k: number) => forwards(chunked(k))
