/** Quarter-integers drawn by a seed. */
import { rng } from '../../nets/random.ts'

/** Quarter-integers in [-2, 2] that are not 0. */
const quarters = Array.from({ length: 8 }, (_, i) => (i + 1) / 4).flatMap(x => [x, -x])

/** Draws quarter-integers in [-2, 2] that are not 0, one at a time: the same by the same seed. */
export const drawing = (seed: number): (() => number) => {
  const random = rng(seed, 31)
  return () => quarters[Math.floor(random.uniform() * quarters.length)] as number
}
