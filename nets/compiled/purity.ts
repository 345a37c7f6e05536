/**
 * A step that is compiled is run once, as it is traced; afterwards only its Values change. What is no Value must therefore stay as
 * it is, and a step must be the same program whenever it is run.
 */
import { KindError } from '../../ad/errors.ts'
import { type Graph, isConstant } from '../../ad/modes/trace.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { isValue, type Value } from '../../ad/value.ts'

const remedy =
  "Keep what changes in the memory as a Value, scalar(0) to begin with and add(t, 1) after a step; or use engine: 'eager'"

const refuse = (given: string, wanted: string): never => {
  throw new KindError({ who: 'compile', given, wanted, remedy })
}

const show = (x: unknown): string =>
  typeof x === 'function'
    ? 'one function'
    : isNumbers(x)
      ? `[${x.join(', ')}]`.slice(0, 60)
      : typeof x === 'string'
        ? `'${x}'`
        : String(x)

type Fields = Readonly<Record<string, unknown>>

/** Whether an object is a record or a list, whose parts are compared too; tensors' numbers and functions are compared as they are. */
const isPlain = (x: unknown): x is Fields => {
  if (typeof x !== 'object' || x === null || isValue(x)) return false
  return Array.isArray(x) || [Object.prototype, null].includes(Object.getPrototypeOf(x))
}

const isNumbers = (x: unknown): x is Float64Array => ArrayBuffer.isView(x) && !(x instanceof DataView)

const sameNumbers = (a: Float64Array, b: Float64Array): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => Object.is(x, b[i])))

/** Objects of a class, ours aside, do not come back as they were, and may hold what is not seen from outside. */
const refuseObjects = (x: unknown, path: string): void => {
  if (typeof x !== 'object' || x === null || isValue(x) || isNumbers(x)) return
  if (isPlain(x)) {
    if (Reflect.ownKeys(x).length === Object.keys(x).length + Number(Array.isArray(x))) return
    refuse(`${path} with a name that is a symbol or hidden`, 'Values, under names that are seen')
  }
  const kind = x.constructor?.name || 'an object of a class'
  refuse(`${path} that is a ${kind}`, 'Values, in records and lists, in the memory of a compiled rule')
}

/** Refuses a memory in which a step changes what is neither a Value nor structure, by its path. */
export const requireSteady = (before: unknown, after: unknown, path = 'memory'): void => {
  if (isValue(before) || isValue(after)) return
  refuseObjects(after, path)
  if (isPlain(before) && isPlain(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      requireSteady(before[name], after[name], `${path}.${name}`)
    return
  }
  if (isNumbers(before) && isNumbers(after) && sameNumbers(before, after)) return
  if (Object.is(before, after)) return
  refuse(
    `${path} that a step changes from ${show(before)} to ${show(after)}`,
    'Values for all that changes in the memory of a compiled rule: the rest is what it was when the step was traced',
  )
}

/** Refuses a memory that begins otherwise when it is begun again. */
export const requireSameBeginning = (one: readonly Value[], other: readonly Value[]): void => {
  const same =
    one.length === other.length && one.every((x, i) => sameNumbers((x as Tensor).data, (other[i] as Tensor).data))
  if (!same)
    refuse(
      'a rule whose init gives another memory each time it is called: it counts, or draws, outside',
      'a pure init, that depends on the timestep it is given alone',
    )
}

/** Refuses a step that was another program when it was traced again. */
export const requireSameProgram = (one: Graph, other: Graph): void => {
  const same =
    one.steps.length === other.steps.length &&
    one.outputs.join() === other.outputs.join() &&
    one.steps.every((a, i) => {
      const b = other.steps[i]
      if (b === undefined || isConstant(a) !== isConstant(b)) return false
      if (isConstant(a) || isConstant(b)) return isConstant(a) && isConstant(b) && sameNumbers(a.data, b.data)
      return (
        a.row === b.row && a.args.join() === b.args.join() && JSON.stringify(a.options) === JSON.stringify(b.options)
      )
    })
  if (!same)
    refuse(
      'a rule or a cell whose step is another program each time it is run: it counts, or draws, outside its memory',
      'a pure step, that depends on its memory and the timestep alone',
    )
}
