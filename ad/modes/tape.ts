/**
 * Reverse mode: the tape. A program is recorded once; its linearisation is then followed backwards (cotangents
 * pulled towards the inputs) or forwards (tangents pushed towards the outputs), any number of times (Linnainmaa 1970).
 */
import { Inside } from '../guarded.ts'
import { add } from '../primitives/elementwise.ts'
import { zeros } from '../tensor.ts'
import { end, type Interpreter, mapOf, nextLevel, type Row, run, type Value } from '../value.ts'

class Slot extends Inside<Interpreter> {
  readonly primal: Value
  readonly slot: number
  constructor(interpreter: Interpreter, primal: Value, slot: number) {
    super(interpreter, primal.shape)
    this.primal = primal
    this.slot = slot
  }
}

/** One primitive as it ran: `from` names the slots of its arguments, -1 for a constant. */
interface Entry {
  readonly row: Row
  readonly args: readonly Value[]
  readonly from: readonly number[]
  readonly out: Value
  readonly options: unknown
}

/** A recorded program. Slot i < inputs.length is an input; slot inputs.length + j is the output of entry j. */
export interface Tape {
  readonly inputs: readonly Value[]
  readonly entries: readonly Entry[]
  readonly outputs: readonly Value[]
  /** Slot of each output, -1 for one that depends on no input. */
  readonly ends: readonly number[]
}

/** Cotangents or tangents by slot; absent means zero. */
export type Carried = readonly (Value | undefined)[]

/** Records a program at the values given. */
export const record = (program: (inputs: readonly Value[]) => readonly Value[], inputs: readonly Value[]): Tape => {
  const entries: Entry[] = []
  const mine = (x: Value): x is Slot => x.interpreter === self
  const slot = (primal: Value, index: number): Slot => new Slot(self, primal, index)
  const self: Interpreter = {
    level: nextLevel(),
    run(row, values, options) {
      const args = values.map(value => (mine(value) ? value.primal : value))
      const from = values.map(value => (mine(value) ? value.slot : -1))
      const out = run(row, args, options)
      entries.push({ row, args, from, out, options })
      return slot(out, inputs.length + entries.length - 1)
    },
  }
  const outs = end(self, program(inputs.map(slot)))
  return {
    inputs,
    entries,
    outputs: outs.map(out => (mine(out) ? out.primal : out)),
    ends: outs.map(out => (mine(out) ? out.slot : -1)),
  }
}

const plus = (a: Value | undefined, b: Value): Value => (a ? add(a, b) : b)

/** Which slots depend on the inputs chosen. */
const reached = ({ inputs, entries }: Tape, chosen: readonly number[]): boolean[] => {
  const live = inputs.map((_, i) => chosen.includes(i))
  for (const { from } of entries) live.push(from.some(slot => slot >= 0 && live[slot]!))
  return live
}

/** Whether an output depends on one of the inputs chosen. */
export const isReached = (tape: Tape, chosen: readonly number[]): boolean => {
  const live = reached(tape, chosen)
  return tape.ends.some(slot => slot >= 0 && live[slot]!)
}

/** Carries cotangents of the outputs back to every slot that depends on the inputs chosen (all by default). */
export const backward = (
  tape: Tape,
  cotangents: readonly Value[],
  chosen: readonly number[] = [...tape.inputs.keys()],
): Carried => {
  const live = reached(tape, chosen)
  const carried: (Value | undefined)[] = new Array(live.length).fill(undefined)
  tape.ends.forEach((slot, i) => {
    if (slot >= 0 && live[slot]) carried[slot] = plus(carried[slot], cotangents[i]!)
  })
  for (let j = tape.entries.length - 1; j >= 0; j--) {
    const { row, args, from, out, options } = tape.entries[j]!
    const cotangent = carried[tape.inputs.length + j]
    if (cotangent)
      from.forEach((slot, i) => {
        const pull = slot >= 0 && live[slot] ? mapOf(row.pull, i) : null
        if (pull) carried[slot] = plus(carried[slot], pull(cotangent, args, out, options))
      })
  }
  return carried
}

/** Carries tangents of the inputs on to every slot; undefined inputs stay where they are. */
export const pushforward = (tape: Tape, tangents: Carried): Carried => {
  const carried: (Value | undefined)[] = [...tangents]
  for (const { row, args, from, out, options } of tape.entries) {
    let total: Value | undefined
    from.forEach((slot, i) => {
      const tangent = slot >= 0 ? carried[slot] : undefined
      const push = tangent ? mapOf(row.push, i) : null
      if (push && tangent) total = plus(total, push(tangent, args, out, options))
    })
    carried.push(total)
  }
  return carried
}

/** What was carried to the inputs or outputs named by slot, zeros where nothing came. */
export const collect = (carried: Carried, slots: readonly number[], like: readonly Value[]): readonly Value[] =>
  slots.map((slot, i) => (slot >= 0 ? carried[slot] : undefined) ?? zeros(like[i]!.shape))
