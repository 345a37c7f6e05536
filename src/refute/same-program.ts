/** Whether two rules are one program: traced on symbols over a run, they give the same equations, but for the order of sums and products. */
import { toValue } from '../../ad/linear/space.ts'
import { type Graph, isConstant, type Step, trace } from '../../ad/modes/trace.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { leavesOf, rebuild } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import type { Problem } from '../../proofs/arbitraries/problems.ts'

const commutes = new Set(['add', 'mul'])
const neutral: Readonly<Record<string, number>> = { add: 0, mul: 1 }

/** A node by what it computes; equal nodes have equal numbers. */
const numbering = () => {
  const known = new Map<string, number>()
  return (what: string): number => {
    const found = known.get(what) ?? known.size
    known.set(what, found)
    return found
  }
}

const isAll = (step: Step | Tensor | undefined, x: number): boolean =>
  step !== undefined && isConstant(step) && step.data.every(y => y === x)

/** What the outputs of a graph compute, as numbers of one numbering; x + 0 and 1 x are x. */
const outputsOf = ({ inputs, steps, outputs }: Graph, numberOf: (what: string) => number): readonly number[] => {
  const numbers = inputs.map((shape, i) => numberOf(`input ${i} ${shape}`))
  const nodeAt = (i: number): Step | Tensor | undefined => steps[i - inputs.length]
  for (const step of steps) {
    if (isConstant(step)) {
      numbers.push(numberOf(`constant ${step.shape} ${step.data}`))
      continue
    }
    const { row, args, options, shape } = step
    const kept = args.findIndex(
      (_, i) => args.length === 2 && isAll(nodeAt(args[1 - i] as number), neutral[row.name] ?? Number.NaN),
    )
    const alone = kept >= 0 ? (args[kept] as number) : undefined
    const like = alone === undefined ? undefined : (nodeAt(alone)?.shape ?? inputs[alone])
    if (alone !== undefined && String(like) === String(shape)) {
      numbers.push(numbers[alone] as number)
      continue
    }
    const of = args.map(arg => numbers[arg] as number)
    const ordered = commutes.has(row.name) ? of.toSorted((x, y) => x - y) : of
    numbers.push(numberOf(`${row.name} ${ordered} ${JSON.stringify(options)} ${shape}`))
  }
  return outputs.map(output => numbers[output] as number)
}

/** A rule's total over the run of a problem, as a graph of its parameters and data. */
const graphOf = (rule: AnyRule, { net, θ, sequence }: Problem): Graph => {
  const leaves = leavesOf(θ)
  const data = sequence.flatMap(({ x, target }) => [x, target])
  const program = (values: readonly Value[]): readonly Value[] => {
    const own = rebuild(θ, values.slice(0, leaves.length)) as Theta
    const rest = values.slice(leaves.length)
    const told = sequence.map((one, t) => ({ ...one, x: rest[2 * t] as Value, target: rest[2 * t + 1] as Value }))
    return [toValue(total(rule)(unroll(net)(own, told)))]
  }
  return trace(
    program,
    [...leaves, ...data].map(({ shape }) => shape),
  )
}

/** Whether two rules trace to the same equations over the run of a problem; null where one cannot be traced, as it looks at numbers. */
export const sameProgram = (a: AnyRule, b: AnyRule, problem: Problem): boolean | null => {
  try {
    const numberOf = numbering()
    const [first, second] = [a, b].map(rule => outputsOf(graphOf(rule, problem), numberOf))
    return String(first) === String(second)
  } catch {
    return null
  }
}
