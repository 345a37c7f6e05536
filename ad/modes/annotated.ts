/**
 * Programs run on numbers, with a note beside each value: where its entries come from, how many operations there were. Control
 * flow may look at the numbers, so that every rule runs, those that no trace can follow among them.
 */
import { Inside } from '../guarded.ts'
import { type Tensor, tensorOf } from '../tensor.ts'
import { type Interpreter, nextLevel, type Row, run, type Value } from '../value.ts'

/** A value with its note; none where the value is a constant of the program. */
export interface Noted<N> {
  readonly numbers: Tensor
  readonly note: N | null
}

/** How notes are made: one for each result of a primitive. */
export interface Annotation<N> {
  /** The note of what a row makes of its arguments. */
  note(row: Row, args: readonly Noted<N>[], out: Tensor, options: unknown): N
  /** What is kept of a result; the numbers themselves by default. */
  kept?(out: Tensor): Tensor
  /** Called with the note of a value whose numbers are looked at by other code than primitives. */
  look?(note: N): void
}

class Annotated<N> extends Inside<Interpreter> {
  readonly numbers: Tensor
  readonly note: N
  readonly #look: ((note: N) => void) | undefined
  constructor(interpreter: Interpreter, { numbers, note }: { numbers: Tensor; note: N }, look?: (note: N) => void) {
    super(interpreter, numbers.shape)
    this.numbers = numbers
    this.note = note
    this.#look = look
  }
  override get data(): never {
    this.#look?.(this.note)
    return this.numbers.data as never
  }
}

/** An interpreter that runs on numbers and notes: `with` gives a tensor a note, `of` reads one back, null of a constant. */
export const annotating = <N>({ note, kept = out => out, look }: Annotation<N>) => {
  const mine = (x: Value): x is Annotated<N> => x.interpreter === self
  const made = (numbers: Tensor, its: N): Value => new Annotated<N>(self, { numbers, note: its }, look)
  const of = (x: Value): Noted<N> =>
    mine(x) ? { numbers: x.numbers, note: x.note } : { numbers: x as Tensor, note: null }
  const self: Interpreter = {
    level: nextLevel(),
    onNumbers: true,
    run(row, values, options) {
      const args = values.map(of)
      const out = kept(
        run(
          row,
          args.map(({ numbers }) => numbers),
          options,
        ) as Tensor,
      )
      return made(out, note(row, args, out, options))
    },
  }
  return { with: made, of }
}

/** An interpreter in single precision: what every primitive makes is rounded to 32 bits. `single` rounds a tensor on its way in. */
export const singlePrecision = (): { single(x: Tensor): Value; numbers(x: Value): Tensor } => {
  const rounded = ({ shape, data }: Tensor): Tensor => tensorOf(shape, Float64Array.from(data, Math.fround))
  const made = annotating<null>({ note: () => null, kept: rounded })
  return { single: x => made.with(rounded(x), null), numbers: x => made.of(x).numbers }
}
