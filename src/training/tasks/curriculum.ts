/** A delay that grows while a task is learned: from its least to its full length, in proportion to the steps drawn. */
import { type Option, whole } from './option.ts'

export const curriculum: Option<number> = whole(
  0,
  'steps over which the delay grows to its full length; 0: full from the first step',
  0,
  1_000_000_000,
)

/** From `least` on to `full`, at full length from `over` steps on. */
export const grown = (least: number, full: number, drawn: number, over: number): number =>
  drawn >= over ? full : Math.min(full, least + Math.floor(((full - least) * drawn) / over))
