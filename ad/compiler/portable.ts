/** Plans as plain data: what another thread can be sent, and makes the same program of. Rows of the table go by their names. */
import { type Graph, isConstant } from '../modes/trace.ts'
import { allRows } from '../primitives/table.ts'
import { type Shape, type Tensor, tensorOf } from '../tensor.ts'
import type { Row } from '../value.ts'
import { knownAs } from './known.ts'
import type { Plan, Port, Ref } from './plan.ts'

/** A step by the name of its row, or a constant. */
type PortableStep =
  | { readonly row: string; readonly args: readonly number[]; readonly options: unknown; readonly shape: Shape }
  | { readonly data: Float64Array; readonly shape: Shape }

interface PortableStage {
  readonly inputs: readonly Shape[]
  readonly steps: readonly PortableStep[]
  readonly outputs: readonly number[]
  readonly reads: readonly Ref[]
  readonly writes: readonly Ref[]
}

/** A plan without functions: the structured clone of one is one. */
export interface PortablePlan {
  readonly ports: readonly Port[]
  readonly stages: readonly PortableStage[]
  readonly programs: NonNullable<Plan['programs']>
}

const stepOf = (step: Graph['steps'][number]): PortableStep | null => {
  if (isConstant(step)) return { data: step.data, shape: step.shape }
  const { args, options, shape } = step
  const row = knownAs(step.row)
  return row === null ? null : { row, args, options, shape }
}

/** A plan as plain data; null where it has a primitive of a user's own, which is a function. */
export const portable = ({ ports, stages, programs = [] }: Plan): PortablePlan | null => {
  const made: PortableStage[] = []
  for (const { graph, reads, writes } of stages) {
    const steps = graph.steps.flatMap(step => stepOf(step) ?? [])
    if (steps.length < graph.steps.length) return null
    made.push({ inputs: graph.inputs, steps, outputs: graph.outputs, reads, writes })
  }
  return { ports, stages: made, programs }
}

const revivedStep = (step: PortableStep): Graph['steps'][number] => {
  if ('data' in step) return tensorOf(step.shape, step.data) as Tensor
  return { ...step, row: allRows[step.row] as Row }
}

/** The plan that was made portable: the same operations in the same order, so the same bits. */
export const revived = ({ ports, stages, programs }: PortablePlan): Plan => ({
  ports,
  programs,
  stages: stages.map(({ inputs, steps, outputs, reads, writes }) => ({
    graph: { inputs, steps: steps.map(revivedStep), outputs },
    reads,
    writes,
  })),
})
