/** A program as a graph: run once on shapes alone, each primitive becomes a node. What compilers and counters read. */
import { KindError } from '../errors.ts'
import { Inside } from '../guarded.ts'
import { requireFunction, requireList } from '../require.ts'
import type { Shape, Tensor } from '../tensor.ts'
import { end, type Interpreter, lift, nextLevel, type Row, type Value } from '../value.ts'

/** One primitive of a program: its arguments are earlier nodes. */
export interface Step {
  readonly row: Row
  readonly args: readonly number[]
  readonly options: unknown
  readonly shape: Shape
}

/**
 * A traced program. Nodes are numbered in order: inputs, then `steps`, each either a constant or a primitive. Equal
 * primitives of equal arguments are one node, and what no output needs is left out.
 */
export interface Graph {
  readonly inputs: readonly Shape[]
  readonly steps: readonly (Step | Tensor)[]
  readonly outputs: readonly number[]
}

/** The shape of every node: inputs, then steps. */
export const shapesOf = ({ inputs, steps }: Graph): readonly Shape[] => [...inputs, ...steps.map(({ shape }) => shape)]

class Traced extends Inside<Interpreter> {
  readonly node: number
  constructor(interpreter: Interpreter, shape: Shape, node: number) {
    super(interpreter, shape)
    this.node = node
  }
}

export const isConstant = (step: Step | Tensor): step is Tensor => 'data' in step

const keyOf = (row: Row, args: readonly number[], options: unknown): string =>
  `${row.name} ${args.join(' ')} ${JSON.stringify(options)}`

const builder = (inputs: number) => {
  const steps: (Step | Tensor)[] = []
  const known = new Map<Tensor | Row, Map<string, number>>()
  const place = (owner: Tensor | Row, key: string, make: () => Step | Tensor): number => {
    const own = known.get(owner) ?? new Map<string, number>()
    known.set(owner, own)
    const found = own.get(key)
    if (found !== undefined) return found
    own.set(key, inputs + steps.push(make()) - 1)
    return inputs + steps.length - 1
  }
  return { steps, place }
}

const outside = (): never => {
  throw new KindError({
    who: 'trace',
    given: 'a value of a derivative or batch that began outside the program',
    wanted: 'a program of its own arguments and constants',
    remedy: 'Pass the value in as an argument',
  })
}

const call = 'cost(([W, x]) => [matvec(W, x)], [[2, 3], [3]])'

/** Runs a program on shapes and returns its graph. Throws a KindError where control flow asks for a number. */
export const trace = (program: (inputs: readonly Value[]) => readonly Value[], inputs: readonly Shape[]): Graph => {
  requireFunction('trace', program, 'a program: a function from a list of values to a list of values', call)
  requireList('trace', inputs, 'a list of shapes, one for each input of the program', call)
  const { steps, place } = builder(inputs.length)
  const traced = (node: number, shape: Shape): Traced => new Traced(self, shape, node)
  const nodeOf = (x: Value): number => {
    if (x.interpreter === self) return (x as Traced).node
    return x.interpreter ? outside() : place(x, '', () => x)
  }
  const self: Interpreter = {
    level: nextLevel(),
    run(row, args, options) {
      const nodes = args.map(nodeOf)
      const shape = row.shape(
        args.map(arg => arg.shape),
        options,
      )
      return traced(
        place(row, keyOf(row, nodes, options), () => ({ row, args: nodes, options, shape })),
        shape,
      )
    },
  }
  const outputs = program(inputs.map((shape, i) => traced(i, shape)))
  requireList('trace', outputs, 'a program that returns a list of values', call)
  return pruned({ inputs, steps, outputs: end(self, outputs.map(lift)).map(nodeOf) })
}

/** Only what the outputs need, renumbered. */
export const pruned = ({ inputs, steps, outputs }: Graph): Graph => {
  const live = new Set(outputs)
  for (const [i, step] of [...steps.entries()].reverse())
    if (live.has(inputs.length + i) && !isConstant(step)) for (const arg of step.args) live.add(arg)
  const kept = steps.flatMap((_, i) => (live.has(inputs.length + i) ? [inputs.length + i] : []))
  const place = new Map([...inputs.keys(), ...kept].map((old, i) => [old, i]))
  const renumbered = (step: Step | Tensor): Step | Tensor =>
    isConstant(step) ? step : { ...step, args: step.args.map(arg => place.get(arg)!) }
  return {
    inputs,
    steps: kept.map(old => renumbered(steps[old - inputs.length]!)),
    outputs: outputs.map(output => place.get(output)!),
  }
}
