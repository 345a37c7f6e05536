/** Data that are one long sequence, each item to be predicted from everything before it: texts and series. */
import { DomainError } from '../../../ad/errors.ts'
import { scalar, type Tensor } from '../../../ad/tensor.ts'
import { type Example, example, type Theta } from '../../../nets/network.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import type { Items } from './file.ts'
import type { Course, Pace, Words } from './kind.ts'
import { evaluatedIn, lookOf, spansOf, wordsOfLooks } from './look.ts'

interface Halves<A> {
  readonly train: Items<A>
  readonly held: Items<A>
}

/** How many losses each sequence of a batch has in one pass over the training part. */
const lengthOf = (items: number, batch: number): number => Math.floor((items - 1) / batch)

/** Refuses a window that no pass over the training part could fill. */
export const checkWindow = ({ train }: Halves<unknown>, { window, batch }: Pace): void => {
  const length = lengthOf(train.length, batch)
  if (window <= length) return
  if (length === 0)
    throw new DomainError({
      who: 'train',
      given: `--batch ${batch}`,
      wanted: `at most ${train.length - 1} sequences, as the training part has losses`,
      remedy: 'Lower --batch',
    })
  throw new DomainError({
    who: 'train',
    given: batch === 1 ? `--window ${window}` : `--window ${window} with --batch ${batch}`,
    wanted: `at most ${length}, the losses of one pass over the training part${batch === 1 ? '' : ', for each sequence'}`,
    remedy: batch === 1 ? 'Lower --window' : 'Lower --window or --batch',
  })
}

/** How items are input, and what is wanted of them: by default the whole next item. */
interface Ends<A> {
  readonly input: (item: A) => Tensor
  readonly wanted?: (item: A) => Tensor
}

const one = scalar(1)

/** The steps from one to another of all items in order, made as they are read: an item is input, and the next is wanted. */
const stepsOf = <A>({ train, held }: Halves<A>, { input, wanted }: Ends<A>) => {
  const item = (i: number): A => (i < train.length ? train.at(i) : held.at(i - train.length)) as A
  return function* (from: number, to: number): Generator<Example> {
    let x = input(item(from))
    for (let t = from; t < to; t++) {
      const next = item(t + 1)
      const after = input(next)
      yield example(x, wanted ? wanted(next) : after, one)
      x = after
    }
  }
}

/** Sequences of one length side by side, step by step. */
function* sideBySide(sequences: readonly Generator<Example>[]): Generator<readonly Example[]> {
  for (;;) {
    const now = sequences.map(sequence => sequence.next())
    if (now.some(({ done }) => done)) return
    yield now.map(({ value }) => value as Example)
  }
}

/** Passes over the training part, whole or cut into sequences side by side; the tail is evaluated by its mean loss. */
export const running = <A>(
  data: Halves<A>,
  { batch }: Pace,
  ends: Ends<A>,
  toUnit: (mean: number) => number,
): Course => {
  const steps = stepsOf(data, ends)
  const [cut, end] = [data.train.length - 1, data.train.length + data.held.length - 1]
  const length = lengthOf(data.train.length, batch)
  const side = (i: number) => steps(i * length, (i + 1) * length)
  return {
    *pieces() {
      for (;;) yield batch === 1 ? steps(0, cut) : sideBySide(Array.from({ length: batch }, (_, i) => side(i)))
    },
    toUnit,
    evaluator: (engine, net, most) => {
      const [loss, spans] = [evaluate(net, { engine }), spansOf(cut, end, most)]
      const sum = (θ: Theta): number =>
        spans.reduce((sum, { from, lead, to }) => sum + loss(θ, steps(from, to), { from: lead }), 0)
      return θ => toUnit(sum(θ) / evaluatedIn(spans))
    },
  }
}

/** Generated vectors, each the target of the step before; targets may be generated separately. */
export function* made(vector: () => Tensor, target?: () => Tensor): Generator<Example> {
  for (let x = vector(); ; ) {
    const next = vector()
    yield example(x, target ? target() : next)
    x = next
  }
}

/** How a running sequence is learned from, in words. */
export const wordsOf = ({ train, held }: Halves<unknown>, pace: Pace, items: string): Omit<Words, 'data'> => ({
  updates: updatesOf(pace),
  held: `every item predicted from everything before it, as the baselines do${wordsOfLooks(train.length - 1, train.length + held.length - 1, lookOf(pace), items)}.`,
  credit: creditOf(pace),
})

const updatesOf = ({ window, batch }: Pace): string =>
  `one a window, each by the mean gradient of the window's losses (${window} of them${batch === 1 ? '' : ` in each of ${batch} sequences side by side`}, fewer where a pass over the training part ends); the state is carried from window to window, and is zero again at each pass.`

/** What rules leave out, in words. */
export const creditOf = ({ window, k }: Pace): Words['credit'] => ({
  bptt: `bptt: exact inside a window of ${window}, cut between windows`,
  tbptt: `tbptt: cut every ${k} steps inside a window of ${window}, and between windows`,
  rtrl: 'rtrl: its influence is carried across windows, stale by the updates since, and begins anew with each pass',
})

/** The item `back` places before held item `i`, reaching into the training part at the start. */
export const before = ({ train, held }: Halves<number>, i: number, back: number): number =>
  (i >= back ? held.at(i - back) : train.at(train.length + i - back)) ?? 0
