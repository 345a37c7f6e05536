/** The same program over a leading axis: blocks of tangents, minibatches, all draws of a noise at once. */
import { ShapeError } from '../errors.ts'
import { Inside } from '../guarded.ts'
import { broadcastTo } from '../primitives/layout.ts'
import { end, type Interpreter, nextLevel, type Row, run, type Value } from '../value.ts'

/** `whole` has the leading axis; `shape`, what the program sees, has not. */
class Batched extends Inside<Interpreter> {
  readonly whole: Value
  constructor(interpreter: Interpreter, whole: Value) {
    super(interpreter, whole.shape.slice(1))
    this.whole = whole
  }
}

const leading = (x: Value, size: number): Value => broadcastTo(x, [size, ...x.shape])

/** What a row without a rule of its own does: it runs as it is on arguments that all have the axis. */
const levelled = (
  row: Row,
  wholes: readonly Value[],
  batched: readonly boolean[],
  size: number,
  options: unknown,
): Value =>
  run(
    row,
    wholes.map((whole, i) => (batched[i] ? whole : leading(whole, size))),
    options,
  )

const batches = (size: number): Interpreter => {
  const mine = (x: Value): x is Batched => x.interpreter === self
  const self: Interpreter = {
    level: nextLevel(),
    run(row, args, options) {
      const batched = args.map(mine)
      const wholes = args.map(arg => (mine(arg) ? arg.whole : arg))
      const whole = row.batch
        ? row.batch(wholes, batched, size, options)
        : levelled(row, wholes, batched, size, options)
      return inside(self, whole)
    },
  }
  return self
}

const inside = (interpreter: Interpreter, whole: Value): Batched => new Batched(interpreter, whole)

/** Runs a program over the leading axis of the inputs that `mapped` names; every output has the axis. */
export const batch = (
  program: (inputs: readonly Value[]) => readonly Value[],
  inputs: readonly Value[],
  mapped: readonly boolean[],
): readonly Value[] => {
  const sizes = new Set(inputs.flatMap((x, i) => (mapped[i] ? [x.shape[0] ?? Number.NaN] : [])))
  const [size] = sizes
  if (sizes.size !== 1 || size === undefined || Number.isNaN(size))
    throw new ShapeError({
      who: 'vmap',
      given: Number.isNaN(size)
        ? 'a scalar, which has no leading axis'
        : `leading axes ${[...sizes].join(', ') || 'of nothing'}`,
      wanted: 'one leading axis, the same in every mapped argument',
      remedy: 'Say null in inAxes for an argument that is not mapped',
    })
  const self = batches(size)
  const outs = end(self, program(inputs.map((x, i) => (mapped[i] ? inside(self, x) : x))))
  return outs.map(out => (out.interpreter === self ? (out as Batched).whole : leading(out, size)))
}
