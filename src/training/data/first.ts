/** The beginning of what a course learns from. */
import type { Example } from '../../../nets/network.ts'
import type { Fitting } from '../../../nets/run/unroll.ts'
import { streamOf } from '../../../nets/train/data.ts'
import type { Course } from './kind.ts'

/** The first so many members, at least one is asked for; all where there are fewer. */
export const first = <A>(from: Iterable<A>, count: number): readonly A[] => {
  const found: A[] = []
  for (const one of from) if (found.push(one) === count) break
  return found
}

/** The first steps of the first sequence of a course. Throws as `batchOf` does. */
export const firstSteps = (who: string, net: Fitting, course: Course, count: number): readonly Example[] => {
  const [piece = []] = first(course.pieces(), 1)
  return first(streamOf(who, net, piece).steps, count).map(([one]) => one as Example)
}
