/** Data that are one long sequence, each item to be predicted from everything before it: texts and series. */
import { DomainError } from '../../../ad/errors.ts'
import { scalar, type Tensor } from '../../../ad/tensor.ts'
import { type Example, example, type Theta } from '../../../nets/network.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import type { Items } from './file.ts'
import type { Course, Pace, Words } from './kind.ts'
import { evaluatedIn, lookOf, spansOf, wordsOfLooks } from './look.ts'
import type { Piece } from './place.ts'

interface Halves<A> {
  readonly train: Items<A>
  readonly held: Items<A>
  /** How many items after its input a target comes; 1 where it is left out. */
  readonly horizon?: number | undefined
}

/** How many inputs have their target in the training part, and how many have one at all. */
const inputsOf = ({ train, held, horizon = 1 }: Halves<unknown>) => ({
  learned: train.length - horizon,
  all: train.length + held.length - horizon,
})

/** How many losses each sequence of a batch has in one pass over the training part. */
const lengthOf = (data: Halves<unknown>, batch: number): number => Math.floor(inputsOf(data).learned / batch)

/** Refuses a window that no pass over the training part could fill. */
export const checkWindow = (data: Halves<unknown>, { window, batch }: Pace): void => {
  const length = lengthOf(data, batch)
  if (window <= length) return
  if (length === 0)
    throw new DomainError({
      who: 'train',
      given: `--batch ${batch}`,
      wanted: `at most ${inputsOf(data).learned} sequences, as the training part has losses`,
      remedy: 'Lower --batch',
    })
  throw new DomainError({
    who: 'train',
    given: batch === 1 ? `--window ${window}` : `--window ${window} with --batch ${batch}`,
    wanted: `at most ${length}, the losses of one pass over the training part${batch === 1 ? '' : ', for each sequence'}`,
    remedy: batch === 1 ? 'Lower --window' : 'Lower --window or --batch',
  })
}

/** How items are input, and what is wanted of them: by default the whole item. */
interface Ends<A> {
  readonly input: (item: A) => Tensor
  readonly wanted?: (item: A) => Tensor
}

const one = scalar(1)

/** The steps from one to another of all items in order, made as they are read: an item is input, and the one a horizon later is wanted. */
const stepsOf = <A>({ train, held, horizon = 1 }: Halves<A>, { input, wanted }: Ends<A>) => {
  const item = (i: number): A => (i < train.length ? train.at(i) : held.at(i - train.length)) as A
  return function* (from: number, to: number): Generator<Example> {
    const coming = Array.from({ length: horizon }, (_, i) => input(item(from + i)))
    for (let t = from; t < to; t++) {
      const later = item(t + horizon)
      const [x, after] = [coming[(t - from) % horizon] as Tensor, input(later)]
      yield example(x, wanted ? wanted(later) : after, one)
      coming[(t - from) % horizon] = after
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
  const { learned: cut, all: end } = inputsOf(data)
  const length = lengthOf(data, batch)
  function* pieces(from = 0): Generator<Piece> {
    const sides = (start: number) =>
      Array.from({ length: batch }, (_, i) => steps(i * length + start, (i + 1) * length))
    for (let start = from; ; start = 0) yield batch === 1 ? steps(start, cut) : sideBySide(sides(start))
  }
  return {
    pieces: () => pieces(),
    from: ({ step }) => pieces(step),
    toUnit,
    evaluator: (engine, net, most) => {
      const [loss, spans] = [evaluate(net, { engine }), spansOf(cut, end, most)]
      const sum = (θ: Theta): number =>
        spans.reduce((sum, { from, lead, to }) => sum + loss(θ, steps(from, to), { from: lead }), 0)
      return θ => toUnit(sum(θ) / evaluatedIn(spans))
    },
  }
}

/** Generated vectors, each the target of the step a horizon before. */
export function* made(vector: () => Tensor, horizon = 1): Generator<Example> {
  const coming = Array.from({ length: horizon }, vector)
  for (let t = 0; ; t = (t + 1) % horizon) {
    const [x, after] = [coming[t] as Tensor, vector()]
    yield example(x, after)
    coming[t] = after
  }
}

/** Generated vectors, with targets that are generated too. */
export function* madeFor(vector: () => Tensor, target: () => Tensor): Generator<Example> {
  for (let x = vector(); ; ) {
    const next = vector()
    yield example(x, target())
    x = next
  }
}

/** How a running sequence is learned from, in words. */
export const wordsOf = (data: Halves<unknown>, pace: Pace, items: string): Omit<Words, 'data'> => {
  const { learned, all } = inputsOf(data)
  const { horizon = 1 } = data
  const before = horizon === 1 ? 'before it' : `up to ${horizon} steps before it`
  return {
    updates: updatesOf(pace),
    held: `every item predicted from everything ${before}, as the baselines do${wordsOfLooks(learned, all, lookOf(pace), items)}.`,
    credit: creditOf(pace),
  }
}

/** How far ahead is predicted, and how the baseline of a name is, in words; nothing where it is the next item. */
export const wordsOfHorizon = ({ horizon = 1 }: { readonly horizon?: number | undefined }, baseline: string): string =>
  horizon === 1
    ? ''
    : ` Predicted ${horizon} steps ahead: the target at step t is that of t + ${horizon}; ${baseline} is fit to it directly, on t and t - 1, not iterated.`

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
