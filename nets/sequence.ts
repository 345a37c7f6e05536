/** Sequences: when there is an input, when a target, and which losses count. */
import { DomainError, ShapeError } from '../ad/errors.ts'
import { momentsOf } from '../ad/moments.ts'
import { requireCount, requireList, requireNames } from '../ad/require.ts'
import { scalar, zeros } from '../ad/tensor.ts'
import { type Like, lift, type Value } from '../ad/value.ts'
import { type Example, example, type VectorLike } from './network.ts'

const nothing = (like: Value): Value => zeros(lift(like).shape)

const nonEmpty = <A>(who: string, list: readonly A[]): A => {
  const [first] = list
  if (first !== undefined) return first
  throw new ShapeError({ who, given: 'no steps', wanted: 'at least one', remedy: 'Give inputs, or targets' })
}

const sameLength = (who: string, xs: readonly unknown[], given: readonly unknown[], what = 'target'): void => {
  requireList(who, xs, 'a list of inputs', 'One number or vector for each step: sequence([0.5, -0.3], [0.1, 0.1])')
  requireList(who, given, `a list of ${what}s`, `Give a ${what} for every input`)
  if (xs.length === given.length) return
  throw new ShapeError({
    who,
    given: `${xs.length} inputs and ${given.length} ${what}s`,
    wanted: 'as many of each',
    remedy: `Give a ${what} for every input`,
  })
}

const listed = <A>(who: string, list: readonly A[], of: string): readonly A[] => {
  requireList(who, list, `a list of ${of}`, 'Give one for each step')
  return list
}

/** One input, one target. */
export const oneToOne = (x: Value, target: Value): readonly Example[] => [example(x, target)]

/** One input at the first step, zeros after it; a target at every step. */
export const oneToMany = (x: Value, targets: readonly Value[]): readonly Example[] =>
  listed('oneToMany', targets, 'targets').map((target, t) => example(t === 0 ? x : nothing(x), target))

/** An input at every step, one target at the end. */
export const manyToOne = (xs: readonly Value[], target: Value): readonly Example[] =>
  listed('manyToOne', xs, 'inputs').map((x, t) =>
    t === xs.length - 1 ? example(x, target) : example(x, nothing(target), 0),
  )

/**
 * A target for each input, at its step: `sequence([0.5, -0.3], [0.1, 0.1])`, or vectors [n] and [m], or lists of numbers; weights
 * of the losses are 1 by default. Throws a ShapeError where there are more of one than of another.
 */
export const sequence = (
  xs: readonly VectorLike[],
  targets: readonly VectorLike[],
  weights?: readonly Like[],
): readonly Example[] => {
  sameLength('sequence', xs, targets)
  if (weights) sameLength('sequence', xs, weights, 'weight')
  return xs.map((x, t) => example(x, targets[t] as VectorLike, weights?.[t] ?? 1))
}

/** A target for each input, `delay` steps after it: inputs are zero at the end, losses do not count at the beginning. */
export const delayed = (xs: readonly Value[], targets: readonly Value[], delay: number): readonly Example[] => {
  sameLength('delayed', xs, targets)
  requireCount('delayed', `delay = ${delay}`, delay, 'delay: 0 is a target at its own step', 0)
  const [x, target] = [nonEmpty('delayed', xs), nonEmpty('delayed', targets)]
  return Array.from({ length: xs.length + delay }, (_, t) =>
    t < delay
      ? example(xs[t] ?? nothing(x), nothing(target), 0)
      : example(xs[t] ?? nothing(x), targets[t - delay] as Value),
  )
}

/** A series of which each value is to be predicted `horizon` steps before: x_t → x_{t+h}, T - h steps. Throws a DomainError for h below 1, a ShapeError for a series of at most h. */
export const ahead = (
  values: readonly VectorLike[],
  options: { readonly horizon?: number } = {},
): readonly Example[] => {
  requireNames('ahead', options, ['horizon'])
  const { horizon = 1 } = options
  listed('ahead', values, 'values')
  requireCount('ahead', `horizon = ${horizon}`, horizon, 'horizon: 1 predicts the next value')
  if (values.length <= horizon)
    throw new ShapeError({
      who: 'ahead',
      given: `${values.length} values with horizon ${horizon}`,
      wanted: `at least ${horizon + 1} values`,
      remedy: 'Lower the horizon, or give a longer series',
    })
  return values.slice(0, -horizon).map((x, t) => example(x, values[t + horizon] as VectorLike))
}

/** Part of a series, `from` inclusive and `to` exclusive, counted from 0. */
export interface Stretch {
  readonly from?: number
  readonly to?: number
}

/** A series less a mean and over a deviation, with both: (x - mean) / deviation. */
export interface Standardised {
  readonly values: readonly number[]
  readonly mean: number
  /** Of the population, above 0. */
  readonly deviation: number
}

/**
 * A series in units of the deviation of a part of it alone: `standardised(values, { to: trained })` knows nothing of what comes after
 * the training part. Throws a DomainError where that part is empty or does not vary.
 */
export const standardised = (values: readonly number[], stretch: Stretch = {}): Standardised => {
  listed('standardised', values, 'numbers')
  requireNames('standardised', stretch, ['from', 'to'])
  const { from = 0, to = values.length } = stretch
  for (const [name, at] of Object.entries({ from, to }))
    requireCount('standardised', `${name} = ${at}`, at, 'Values are counted from 0', 0)
  const part = values.slice(from, to)
  const { mean, deviation } = part.length > 0 ? momentsOf(part) : { mean: Number.NaN, deviation: Number.NaN }
  if (!(deviation > 0 && Number.isFinite(deviation)))
    throw new DomainError({
      who: 'standardised',
      given: `values ${from} to ${to} of deviation ${deviation}`,
      wanted: 'a part of the series that varies',
      remedy: 'Give a longer part',
    })
  return { values: values.map(x => (x - mean) / deviation), mean, deviation }
}

/** Sequences of unequal lengths as a batch: the short ones are padded with zeros, whose losses do not count. */
export const padded = (sequences: readonly (readonly Example[])[]): readonly (readonly Example[])[] => {
  listed('padded', sequences, 'sequences')
  const steps = Math.max(...sequences.map(({ length }) => length))
  return sequences.map(sequence => {
    const { x, target } = nonEmpty('padded', sequence)
    const rest = { x: nothing(x), target: nothing(target), weight: scalar(0) }
    return [...sequence, ...new Array<Example>(steps - sequence.length).fill(rest)]
  })
}
