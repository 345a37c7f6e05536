/** Forward mode: dual numbers. A value travels with its tangent, from the inputs on (Wengert 1964). */
import { Inside } from '../guarded.ts'
import { add } from '../primitives/elementwise.ts'
import { zeros } from '../tensor.ts'
import { end, type Interpreter, mapOf, nextLevel, run, type Value } from '../value.ts'

class Dual extends Inside<Interpreter> {
  readonly primal: Value
  readonly tangent: Value
  constructor(interpreter: Interpreter, primal: Value, tangent: Value) {
    super(interpreter, primal.shape)
    this.primal = primal
    this.tangent = tangent
  }
}

const dual = (interpreter: Interpreter, primal: Value, tangent: Value): Dual => new Dual(interpreter, primal, tangent)

/** One interpreter of dual numbers; the object is the tag of its own perturbation. */
const duals = (): Interpreter => {
  const mine = (x: Value): x is Dual => x.interpreter === self
  const self: Interpreter = {
    level: nextLevel(),
    run(row, args, options) {
      const primals = args.map(arg => (mine(arg) ? arg.primal : arg))
      const out = run(row, primals, options)
      const pushed = args.flatMap((arg, i) => {
        const push = mine(arg) ? mapOf(row.push, i) : null
        return push && mine(arg) ? [push(arg.tangent, primals, out, options)] : []
      })
      return pushed.length > 0 ? dual(self, out, pushed.reduce(add)) : out
    },
  }
  return self
}

/** Runs a program on values and their tangents at once: outputs, and the tangents of the outputs. */
export const forward = (
  program: (inputs: readonly Value[]) => readonly Value[],
  primals: readonly Value[],
  tangents: readonly Value[],
): readonly [outputs: readonly Value[], tangents: readonly Value[]] => {
  const self = duals()
  const outs = end(self, program(primals.map((primal, i) => dual(self, primal, tangents[i]!))))
  const split = outs.map(out => (out.interpreter === self ? (out as Dual) : dual(self, out, zeros(out.shape))))
  return [split.map(out => out.primal), split.map(out => out.tangent)]
}
