/** Where the steps of a task come from, and streams of them that say where they are. */
import { KindError } from '../../../ad/errors.ts'
import { requireFunction, requireList } from '../../../ad/require.ts'
import type { Example } from '../../../nets/network.ts'
import { type Random, resumed } from '../../../nets/random.ts'

/**
 * Where steps come from, a few at a time. A state is numbers, lists and records of them, and is never changed: with the position of
 * the random stream it is all that a stream goes on from.
 */
export interface Source<S = unknown> {
  begin(random: Random): S
  /** The state to begin with where a curriculum is over, in place of `begin`: of what is held out. */
  settled?(random: Random): S
  /** At least one step, and the state after it. */
  next(state: S, random: Random): readonly [steps: readonly Example[], state: S]
}

/** Trials one after another; each is given how many steps were drawn before it, Infinity where a curriculum is over. */
export const trials = (trial: (random: Random, drawn: number) => readonly Example[]): Source<number> => {
  requireFunction('trials', trial, 'a function that draws a trial', 'Write trials(random => sequence(xs, targets))')
  return {
    begin: () => 0,
    settled: () => Number.POSITIVE_INFINITY,
    next: (drawn, random) => {
      const steps = trial(random, drawn)
      requireList('trials', steps, 'a trial: a list of examples', 'Return sequence(xs, targets)')
      return [steps, drawn + steps.length]
    },
  }
}

/** Where a stream is: before its latest draw, and how many steps of that were taken since. */
export interface Position<S = unknown> {
  readonly random: readonly number[]
  readonly state: S
  readonly taken: number
}

/** Steps without end, one at a time. */
export interface StepStream<S = unknown> {
  next(): Example
  /** Where it is: a stream from there gives the same steps. */
  position(): Position<S>
}

const noSteps = (): KindError =>
  new KindError({ who: 'task', given: 'no steps', wanted: 'at least one step at a time', remedy: 'Return examples' })

const followed = <S>(source: Source<S>, random: Random, start: S, skip: number): StepStream<S> => {
  let [before, state, taken] = [random.position(), start, skip]
  const draw = (): readonly [readonly Example[], S] => {
    const drawn = source.next(state, random)
    if (drawn[0].length === 0) throw noSteps()
    return drawn
  }
  let [steps, after] = draw()
  return {
    next: () => {
      if (taken === steps.length) {
        before = random.position()
        state = after
        taken = 0
        ;[steps, after] = draw()
      }
      return steps[taken++] as Example
    },
    position: () => ({ random: before, state, taken }),
  }
}

/** The stream of a source from its beginning, or from where a curriculum is over. */
export const opened = <S>(source: Source<S>, random: Random, settled = false): StepStream<S> =>
  followed(source, random, settled && source.settled ? source.settled(random) : source.begin(random), 0)

/** The stream that goes on from a position. */
export const reopened = <S>(source: Source<S>, { random, state, taken }: Position<S>): StepStream<S> =>
  followed(source, resumed(random), state, taken)

/** A stream as an iterable. */
export function* iterated({ next }: StepStream): Generator<Example, never> {
  for (;;) yield next()
}
