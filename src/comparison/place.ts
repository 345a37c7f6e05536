/** Where a run of so many updates stands, where others of other lengths have the same id. */
import { join } from 'node:path'
import { errorIn, resultIn } from '../experiments/files.ts'
import type { Job } from './messages.ts'

/** Whether a run stands there that went on for longer than is asked for: what it came to is not what this one comes to. */
const isLonger = (folder: string, steps: number): boolean =>
  (resultIn(folder)?.steps ?? errorIn(folder)?.step ?? 0) > steps

/** The folder of folders of a run: a shorter run does not touch a longer one. */
export const placeOf = (out: string, { id, steps }: Pick<Job, 'id' | 'steps'>): string =>
  isLonger(join(out, id), steps) ? join(out, `of-${steps}`) : out

/** What a run failed by that diverged within so many updates; null where it did not. */
export const divergenceIn = (folder: string, steps: number): ReturnType<typeof errorIn> => {
  const error = errorIn(folder)
  return error?.diverged && error.step <= steps ? error : null
}
