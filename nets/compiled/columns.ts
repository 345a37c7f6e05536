/**
 * The influence of a past-facing rule in blocks of its columns, one for each parameter: M ← J M + B and q M never mix two of them, so each
 * block goes on by itself, with a J of its own, and has the bits that it has in the whole.
 */

import type { Engine } from '../../ad/compiler/engine.ts'
import type { Library } from '../../ad/compiler/library.ts'
import { type Columns, narrowed, seams, tileOf } from '../../ad/compiler/narrow.ts'
import { shapesOf } from '../../ad/modes/trace.ts'
import type { Outputs, Traced } from './trace.ts'

/** A traced timestep that remembers and emits some of the columns alone; all else as it was. */
interface Part {
  readonly columns: Columns
  readonly traced: Traced
}

/** Cuts nearest to equal parts, where the graph has seams; fewer where there are not as many. */
const cuts = (found: readonly number[], width: number, count: number): readonly number[] => {
  const wanted = Array.from({ length: count - 1 }, (_, i) => ((i + 1) * width) / count)
  const nearest = (at: number): number => found.reduce((a, b) => (Math.abs(b - at) < Math.abs(a - at) ? b : a), 0)
  return [...new Set([0, ...wanted.map(nearest), width])]
}

/** The outputs of a graph whose nodes have other numbers. */
const renumbered = (outputs: Outputs, before: readonly number[], after: readonly number[]): Outputs => {
  const to = new Map(before.map((node, i) => [node, after[i]!]))
  const of = (given: number | readonly number[]) =>
    typeof given === 'number' ? to.get(given)! : given.map(node => to.get(node)!)
  return Object.fromEntries(Object.entries(outputs).map(([name, given]) => [name, of(given)])) as unknown as Outputs
}

/** Parts between cuts; null where some part cannot be made. */
const partsAt = (whole: Traced, at: readonly number[], library: Library | undefined): readonly Part[] | null => {
  const { graph, inputs, outputs } = whole
  const narrow = new Set([outputs.out, outputs.memory[0]!])
  const parts: Part[] = []
  for (const [i, to] of at.slice(1).entries()) {
    const columns = { from: at[i]!, to }
    const found = narrowed(graph, inputs.memory[0]!, narrow, columns, library)
    if (!found) return null
    const numbers = renumbered(outputs, graph.outputs, found.outputs)
    parts.push({ columns, traced: { ...whole, graph: found, outputs: numbers } })
  }
  return parts
}

/**
 * A timestep in parts of its columns, at most so many; as it is where it remembers anything but one value [S, P] for what it emits
 * [P], or mixes columns.
 */
export const columnsOf = (
  whole: Traced,
  { dtype, library }: Pick<Engine, 'dtype' | 'library'>,
  count: number,
): readonly Part[] => {
  const { way, graph, inputs, outputs } = whole
  const shapes = shapesOf(graph)
  const [memory, next] = [inputs.memory[0], outputs.memory[0]]
  const width = shapes[outputs.out]!.at(-1)!
  const asOne = [{ columns: { from: 0, to: width }, traced: whole }]
  if (way !== 'past' || inputs.memory.length !== 1 || next === outputs.out) return asOne
  if (shapes[memory!]!.length !== 2 || shapes[memory!]![1] !== width) return asOne
  const free = seams(graph, next!, dtype).filter(at => width - at >= tileOf(dtype))
  const inParts = (parts: number): readonly Part[] =>
    parts === 1 ? asOne : (partsAt(whole, cuts(free, width, parts), library) ?? inParts(parts - 1))
  return inParts(count)
}
