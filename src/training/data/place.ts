/** Where a run is in what it learns from, and steps drawn from streams, which say where those are. */
import type { Example } from '../../../nets/network.ts'
import type { Sequences, Steps } from '../../../nets/train/data.ts'
import type { Position, StepStream } from '../tasks/source.ts'

/** What is learned from without a break: a sequence, several side by side, or their steps as they come. */
export type Piece = Sequences | Steps

/** A piece by its number, from 0; how many of its steps were taken; and where the streams are that it is drawn from, if it is. */
export interface Place {
  readonly piece: number
  readonly step: number
  readonly streams?: readonly Position[] | undefined
}

/** Steps drawn from streams, which say where those were. */
export interface Drawn extends Iterable<Example | readonly Example[]> {
  /** Where the streams were after so many steps of the piece: one of the last few drawn. */
  streamsAt(step: number): readonly Position[] | undefined
}

/** How many steps a piece may be read ahead: the loop that learns reads one. */
const ahead = 3

/** The steps of streams from one to another, side by side where there are several. */
export const drawnFrom = (streams: readonly StepStream[], from: number, to: number): Drawn => {
  const known = new Map<number, readonly Position[]>()
  const remember = (step: number): void => {
    known.set(
      step,
      streams.map(({ position }) => position()),
    )
    known.delete(step - ahead)
  }
  function* steps(): Generator<readonly Example[]> {
    for (let t = from; t < to; t++) {
      const now = streams.map(({ next }) => next())
      remember(t + 1)
      yield now
    }
  }
  function* alone(): Generator<Example> {
    for (const [now] of steps()) yield now as Example
  }
  remember(from)
  const members = streams.length === 1 ? alone() : steps()
  return {
    [Symbol.iterator]: () => members as Iterator<Example & readonly Example[]>,
    streamsAt: step => known.get(step),
  }
}

/** Where the streams of a piece were after so many of its steps; undefined for one that is not drawn from streams. */
export const streamsIn = (piece: Piece, step: number): readonly Position[] | undefined =>
  'streamsAt' in piece ? (piece as unknown as Drawn).streamsAt(step) : undefined
