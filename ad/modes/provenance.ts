/**
 * Where numbers come from: a program run on numbers whose every entry carries the set of sources that it depends on. An entry
 * depends on an entry of an argument if changing that one changes it; what is multiplied by a zero of the program does not count.
 * What the program makes of numbers that it looked at depends on all that it looked at.
 */
import { sizeOf, type Tensor, tensorOf } from '../tensor.ts'
import { mapOf, type Row, type Value } from '../value.ts'
import { annotating, type Noted } from './annotated.ts'

/** A set of sources, a bit each. */
export type Sources = bigint
const nowhere: Sources = 0n

/** The sources of each entry of a value. */
export type Tags = readonly Sources[]

/** Changes the tags of a row's result, by the row and the tags of its arguments. */
export type Retag = (row: Row, tags: Tags, args: readonly Tags[], out: Tensor) => Tags

/** Numbers that no program has: entries with sources are tried at these, in place of what they are. */
const trials = [0.7312, 1.3179, 0, -1.7253, 913.77]

const tagged = (tags: Tags | null, i: number): boolean => tags !== null && tags[i] !== nowhere

/** The argument of a place whose entries with sources are generic numbers, all different; those without are the program's own. */
const generic = ({ numbers: { shape, data }, note }: Noted<Tags>, place: number, from: number): Tensor =>
  tensorOf(
    shape,
    data.map((x, i) => (tagged(note, i) ? from * (1 + 0.3719 * place + ((i * 0.61803) % 1)) : x)),
  )

/** Whether an argument is the numbers of rows, as in `gather`: it is never anything but them, and all that is put where it says depends on it. */
const isRowNumbers = (row: Row, which: number): boolean => row.kind === 'layout' && mapOf(row.push, which) === null

const changedAt = (x: Tensor, at: number | 'all', to: number): Tensor =>
  tensorOf(
    x.shape,
    x.data.map((y, i) => (at === 'all' || i === at ? to : y)),
  )

const written = (row: Row, args: readonly Tensor[], options: unknown, shape: readonly number[]): Float64Array => {
  const out = new Float64Array(sizeOf(shape))
  row.write(out, args as never, options as never, shape)
  return out
}

/** 0 and -0 are one number here. */
const moved = (a: number, b: number): boolean => a !== b && !(Number.isNaN(a) && Number.isNaN(b))

/** Adds to the tags of a result those of one argument, by changing its entries. */
const reach = (
  row: Row,
  args: readonly Noted<Tags>[],
  which: number,
  options: unknown,
  out: Tensor,
  tags: Sources[],
): void => {
  const { note } = args[which] as Noted<Tags>
  if (!note?.some(sources => sources !== nowhere)) return
  if (isRowNumbers(row, which)) {
    const all = note.reduce((union, sources) => union | sources, nowhere)
    tags.forEach((sources, i) => {
      tags[i] = sources | all
    })
    return
  }
  const places = row.kind === 'elementwise' ? (['all'] as const) : [...note.keys()].filter(i => tagged(note, i))
  for (const base of [0.8, 0, -0.6]) {
    const held = args.map((arg, place) => (isRowNumbers(row, place) ? arg.numbers : generic(arg, place, base)))
    const was = written(row, held, options, out.shape)
    for (const place of places)
      for (const trial of trials) {
        const is = written(row, held.with(which, changedAt(held[which] as Tensor, place, trial)), options, out.shape)
        is.forEach((x, i) => {
          if (moved(x, was[i] as number))
            tags[i] = (tags[i] as Sources) | (note[place === 'all' ? i : place] as Sources)
        })
      }
  }
}

/** An interpreter of sources: `from` gives the entries of a tensor theirs, `of` reads them back. */
export const provenance = (retag: Retag = (_, tags) => tags) => {
  let looked = nowhere
  const made = annotating<Tags>({
    note: (row, args, out, options) => {
      const constant = args.some(({ note }) => note === null)
      const tags: Sources[] = new Array<Sources>(out.data.length).fill(constant ? looked : nowhere)
      for (const which of args.keys()) reach(row, args, which, options, out, tags)
      return retag(
        row,
        tags,
        args.map(({ note }) => note ?? []),
        out,
      )
    },
    look: note => {
      for (const sources of note) looked |= sources
    },
  })
  const of = (x: Value): Tags => {
    const { numbers, note } = made.of(x)
    return note ?? Array.from(numbers.data, () => looked)
  }
  return {
    /** A tensor, or a value of this interpreter, whose entries come from these sources alone. */
    from: (x: Value, tags: Tags): Value => made.with(made.of(x).numbers, tags),
    of,
  }
}
