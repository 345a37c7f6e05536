/** Runs a program on numbers and finds the first operation that makes a number which is not finite out of finite ones. */
import { isFiniteAll } from '../finite.ts'
import { Inside } from '../guarded.ts'
import { type Interpreter, nextLevel, run, type Value } from '../value.ts'

class Checked extends Inside<Interpreter> {
  readonly value: Value
  constructor(interpreter: Interpreter, value: Value) {
    super(interpreter, value.shape)
    this.value = value
  }
}

/** An operation, and the line of the program that called it where the stack shows one. */
export interface Culprit {
  readonly operation: string
  readonly line: string | null
}

class Found extends Error {
  readonly operation: string
  constructor(operation: string) {
    super(operation)
    this.operation = operation
  }
}

const allFinite = (x: Value): boolean => x.interpreter !== null || isFiniteAll(x.data)

/** The files between an operation's caller and this one, whatever folder they are built into. */
const ours = /[\\/]ad[\\/](?:modes|primitives|linear|value|operation)\b/

/** The first frame of a stack that is not ours: file, line and column. */
const lineOf = (stack = ''): string | null => {
  const caller = stack.split('\n').find((frame, i) => i > 0 && !ours.test(frame))
  return caller?.match(/([^/\\( ]+:\d+:\d+)\)?$/)?.[1] ?? null
}

/** The first operation of a program whose arguments are finite and whose result is not; null where there is none. */
export const firstNonFinite = (
  program: (inputs: readonly Value[]) => unknown,
  inputs: readonly Value[],
): Culprit | null => {
  const mine = (x: Value): x is Checked => x.interpreter === self
  const self: Interpreter = {
    level: nextLevel(),
    run(row, args, options) {
      const values = args.map(arg => (mine(arg) ? arg.value : arg))
      const out = run(row, values, options)
      if (!allFinite(out) && values.every(allFinite)) throw new Found(row.name)
      return new Checked(self, out)
    },
  }
  try {
    program(inputs.map(x => new Checked(self, x)))
    return null
  } catch (thrown) {
    if (thrown instanceof Found) return { operation: thrown.operation, line: lineOf(thrown.stack) }
    throw thrown
  }
}
