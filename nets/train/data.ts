/** Data as gradient, train and predict take them: one sequence, or several of one length side by side. */
import { bracket, DomainError, ShapeError } from '../../ad/errors.ts'
import type { Value } from '../../ad/value.ts'
import type { Example } from '../network.ts'
import { checkDatum, type Fitting, fits, requireSequence } from '../run/unroll.ts'

/** One sequence, or several of equal length: the gradient of a batch is the mean of theirs. */
export type Sequences = readonly Example[] | readonly (readonly Example[])[]

/** Sequences of one length; `batch` is null for one alone. */
export interface Batch {
  readonly sequences: readonly (readonly Example[])[]
  readonly batch: number | null
  /** The length of each. */
  readonly steps: number
}

/** A batch whose examples are checked as they are read: each once, before it is, in whatever order. */
export interface Unchecked extends Batch {
  check(example: Example, t: number): void
}

/** Examples as they come; or those of sequences side by side, a list of one for each at every step. */
export type Steps = Iterable<Example> | Iterable<readonly Example[]>

/** Data step by step: at each, the examples of all sequences of a batch, or the one that has come. */
export interface Stream {
  readonly batch: number | null
  /** How many steps there are; Infinity where it is not known before they end. */
  readonly length: number
  readonly steps: Iterable<readonly Example[]>
}

/** Whether something gives its members one at a time and is no list. */
export const isIterable = (data: unknown): data is Steps =>
  typeof data === 'object' && data !== null && !Array.isArray(data) && Symbol.iterator in data

/** The first member, and an iterable of all, which closes what it reads from. */
export const peeked = <T>(members: Iterable<T>): readonly [first: T | undefined, all: Iterable<T>] => {
  const from = members[Symbol.iterator]()
  const first = from.next()
  function* all() {
    try {
      for (let next = first; !next.done; next = from.next()) yield next.value
    } finally {
      from.return?.()
    }
  }
  return [first.done ? undefined : first.value, all()]
}

const checkWidth = (given: number, wanted: number, t: number): void => {
  if (given === wanted && given > 0) return
  throw new ShapeError({
    who: 'data',
    given: `${given} examples at step ${t}`,
    wanted: wanted > 0 ? `${wanted}, as at step 1` : 'at least one',
    remedy: 'Give one example for each sequence at every step',
  })
}

/** Checks examples against the network, and against the first of them: symbols are vectors throughout, or numbers throughout. */
const checking = (net: Fitting) => {
  let first: Example | undefined
  let vectors = true
  return (example: Example, t: number): void => {
    if (vectors && fits(net.sizes, example)) {
      first ??= example
      return
    }
    checkDatum(net, example, t)
    first ??= example
    vectors = fits(net.sizes, first)
    for (const name of ['x', 'target'] as const)
      if (example[name].shape.length !== first[name].shape.length) mixed(name, example[name], first[name], t)
  }
}

const mixed = (name: string, given: Value, wanted: Value, t: number): never => {
  throw new ShapeError({
    who: 'data',
    given: `${name} ${bracket(given.shape)} at step ${t}`,
    wanted: `${bracket(wanted.shape)}, as at the first step`,
    remedy: 'Give all symbols as vectors, or all as numbers',
  })
}

/** Examples as they come, each checked against the network as it is read; of a batch, a list for every step. */
export function* checked(net: Fitting, data: Steps, batch: number | null): Generator<readonly Example[]> {
  const check = checking(net)
  let t = 0
  for (const member of data) {
    const now = (batch === null ? [member] : member) as readonly Example[]
    t++
    if (batch !== null) checkWidth(now.length, batch, t)
    for (const example of now) check(example, t)
    yield now
  }
}

function* stepsOf(batch: Batch): Generator<readonly Example[]> {
  for (let t = 0; t < batch.steps; t++) yield stepOf(batch, t)
}

/** Data as steps: sequences side by side, or the examples of an iterable as they come. Throws as `batchOf` does. */
export const streamOf = (who: string, net: Fitting, data: Sequences | Steps): Stream => {
  if (isIterable(data)) {
    const [first, all] = peeked<Example | readonly Example[]>(data)
    const batch = Array.isArray(first) ? first.length : null
    return { batch, length: Number.POSITIVE_INFINITY, steps: checked(net, all as Steps, batch) }
  }
  const batch = batchOf(who, net, data)
  return {
    batch: batch.batch,
    length: batch.steps,
    steps: stepsOf(batch),
  }
}

/** Members with whether each is the last: read one ahead. */
export function* withLast<T>(members: Iterable<T>): Generator<readonly [member: T, last: boolean]> {
  let held: { readonly member: T } | undefined
  for (const member of members) {
    if (held) yield [held.member, false]
    held = { member }
  }
  if (held) yield [held.member, true]
}

/** The same for an async iterable. */
export async function* withLastAsync<T>(
  members: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<readonly [member: T, last: boolean]> {
  let held: { readonly member: T } | undefined
  for await (const member of members) {
    if (held) yield [held.member, false]
    held = { member }
  }
  if (held) yield [held.member, true]
}

/** Data as a list of sequences, of which the first example is checked. Throws a DomainError where their lengths differ. */
export const uncheckedBatchOf = (who: string, net: Fitting, data: Sequences): Unchecked => {
  requireSequence(who, data)
  const many = Array.isArray(data[0])
  const sequences = (many ? data : [data]) as readonly (readonly Example[])[]
  const lengths = new Set(sequences.map(one => one.length))
  if (lengths.size > 1)
    throw new DomainError({
      who: 'batch',
      given: `sequences of ${[...lengths].join(', ')} steps`,
      wanted: 'sequences of one length',
      remedy: 'Cut them to one length, or give the shorter ones steps of weight 0',
    })
  const check = checking(net)
  const steps = (sequences[0] as readonly Example[]).length
  if (steps > 0) check(sequences[0]?.[0] as Example, 1)
  return { sequences, batch: many ? sequences.length : null, steps, check }
}

/** A batch with all its examples checked. */
export const checkedBatch = (batch: Unchecked): Batch => {
  const { sequences, steps, check } = batch
  for (const sequence of sequences) for (let t = 0; t < steps; t++) check(sequence[t] as Example, t + 1)
  return batch
}

/** Data as a list of sequences that fit a network. Throws a DomainError where their lengths differ, a ShapeError where an example does not fit. */
export const batchOf = (who: string, net: Fitting, data: Sequences): Batch =>
  checkedBatch(uncheckedBatchOf(who, net, data))

/** The examples of one step, a sequence each. */
export const stepOf = ({ sequences }: Batch, t: number): readonly Example[] =>
  sequences.map(sequence => sequence[t] as Example)
