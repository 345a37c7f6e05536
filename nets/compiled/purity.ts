/**
 * A step that is compiled is run once, as it is traced; afterwards only its Values change. What is no Value must therefore stay as
 * it is, and a step must be the same program whenever it is run.
 */
import { KindError } from '../../ad/errors.ts'
import { type Graph, isConstant } from '../../ad/modes/trace.ts'
import { isValue } from '../../ad/value.ts'

const remedy =
  "Keep what changes in the memory as a Value, scalar(0) to begin with and add(t, 1) after a step; or use engine: 'eager'"

const refuse = (given: string, wanted: string): never => {
  throw new KindError({ who: 'compile', given, wanted, remedy })
}

const show = (x: unknown): string => (typeof x === 'string' ? `'${x}'` : String(x))

type Fields = Readonly<Record<string, unknown>>

/** Whether an object is a record or a list, whose parts are compared too; tensors' numbers and functions are compared as they are. */
const isPlain = (x: unknown): x is Fields => {
  if (typeof x !== 'object' || x === null || isValue(x)) return false
  return Array.isArray(x) || [Object.prototype, null].includes(Object.getPrototypeOf(x))
}

const refuseCollections = (x: unknown, path: string): void => {
  if (x instanceof Map || x instanceof Set || x instanceof WeakMap || x instanceof Date)
    refuse(`${path} that is a ${x.constructor.name}`, 'Values, in records and lists, in the memory of a compiled rule')
}

/** Refuses a memory in which a step changes what is neither a Value nor structure, by its path. */
export const requireSteady = (before: unknown, after: unknown, path = 'memory'): void => {
  if (isValue(before) || isValue(after)) return
  refuseCollections(after, path)
  if (isPlain(before) && isPlain(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      requireSteady(before[name], after[name], `${path}.${name}`)
    return
  }
  const bothObjects = typeof before === 'object' && typeof after === 'object' && before !== null && after !== null
  if (bothObjects || typeof after === 'function' || Object.is(before, after)) return
  refuse(
    `${path} that a step changes from ${show(before)} to ${show(after)}`,
    'Values for all that changes in the memory of a compiled rule: the rest is what it was when the step was traced',
  )
}

const sameNumbers = (a: Float64Array, b: Float64Array): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => Object.is(x, b[i])))

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
