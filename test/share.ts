/** Which share of a long test is done: `--share 0.01`, all of it where none is given. */
import { parseArgs } from 'node:util'

const { share: given, seed } = parseArgs({
  options: { share: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
}).values

/** In (0, 1]. */
export const share = Number(given)
if (!(share > 0 && share <= 1)) throw new Error(`--share ${given}; wanted a number in (0, 1]`)

/** What a share is drawn by. */
export const shareSeed = Number(seed)

/** So many of a whole, at least one. */
export const shareOf = (whole: number): number => Math.max(1, Math.round(share * whole))
