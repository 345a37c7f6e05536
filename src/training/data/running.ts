/** Data that are one long sequence, each item to be predicted from everything before it: texts and series. */
import { DomainError } from '../../../ad/errors.ts'
import { scalar, type Tensor } from '../../../ad/tensor.ts'
import { type Example, example } from '../../../nets/network.ts'
import { evaluate } from '../../../nets/train/predict.ts'
import type { Course, Pace, Words } from './kind.ts'

interface Items<A> {
  readonly train: readonly A[]
  readonly held: readonly A[]
}

/** How many losses each sequence of a batch has in one pass over the training part. */
const lengthOf = (items: number, batch: number): number => Math.floor((items - 1) / batch)

/** Refuses a window that no pass over the training part could fill. */
export const checkWindow = ({ train }: Items<unknown>, { window, batch }: Pace): void => {
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

/** Passes over the training part, whole or cut into sequences side by side; the tail is evaluated by its mean loss. The target is the next item, or a part of it. */
export const running = <A>(
  { train, held }: Items<A>,
  { batch }: Pace,
  vector: (item: A) => Tensor,
  toUnit: (mean: number) => number,
  target: (item: A) => Tensor = vector,
): Course => {
  const [items, one] = [[...train, ...held], scalar(1)]
  const [inputs, wanted] = [items.map(vector), target === vector ? undefined : items.map(target)]
  const whole = (wanted ?? inputs).slice(1).map((next, t) => example(inputs[t] as Tensor, next, one))
  const [cut, length] = [train.length - 1, lengthOf(train.length, batch)]
  const side = Array.from({ length: batch }, (_, i) => whole.slice(i * length, (i + 1) * length))
  const piece = batch === 1 ? whole.slice(0, cut) : side
  return {
    *pieces() {
      for (;;) yield piece
    },
    toUnit,
    evaluator: (engine, net) => {
      const loss = evaluate(net, { engine })
      return θ => toUnit(loss(θ, whole, { from: cut }) / (whole.length - cut))
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
export const wordsOf = ({ window, k, batch }: Pace): Omit<Words, 'data'> => ({
  updates: `one a window, each by the mean gradient of the window's losses (${window} of them${batch === 1 ? '' : ` in each of ${batch} sequences side by side`}, fewer where a pass over the training part ends); the state is carried from window to window, and is zero again at each pass.`,
  held: 'every item predicted from everything before it, as the baselines do.',
  credit: {
    bptt: `bptt: exact inside a window of ${window}, cut between windows`,
    tbptt: `tbptt: cut every ${k} steps inside a window of ${window}, and between windows`,
    rtrl: 'rtrl: its influence is carried across windows, stale by the updates since, and begins anew with each pass',
  },
})

/** The item `back` places before held item `i`, reaching into the training part at the start. */
export const before = ({ train, held }: Items<number>, i: number, back: number): number =>
  (i >= back ? held[i - back] : train[train.length + i - back]) ?? 0
