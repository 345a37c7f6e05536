/** What a step costs of a rule that remembers less, counted on its own program. */

import { integer, record } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { matrix, type Sparse } from '../../ad/linear/linear.ts'
import { spaceOf, toValue } from '../../ad/linear/space.ts'
import type { Cost } from '../../ad/modes/cost.ts'
import { full, tensor } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { type CellName, cells, elementwiseNames } from '../../nets/cells/index.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { resolved } from '../../nets/run/rule.ts'
import { initialStep } from '../../nets/run/step.ts'
import type { Param, State } from '../../nets/run/timestep.ts'
import { diagonal } from '../../rules/diagonal.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { rflo } from '../../rules/rflo.ts'
import { snap } from '../../rules/snap.ts'
import { sparse } from '../../rules/sparse.ts'
import type { Proposition } from '../proposition.ts'
import { counted, leakyOf, parametersOf, rtrlCost } from './costs.ts'

type Size = Parameters<typeof parametersOf>[0]

/** One step of a rule that keeps a pattern of the influence, its entries coming in and going out. */
const stepCost = (size: Size, rule: AnyRule<Influence, 'past'>, net = leakyOf(size)): Cost => {
  const made = resolved(rule, net)
  const initial = initialStep(net, made)(net.init(1)).carry.memory as Influence & Sparse<Param, State>
  return counted(
    size,
    (now, carried) => {
      const [out, next] = made.step({ ...initial, entries: carried as Value }, now)
      return [toValue(out), (next as Sparse<Param, State>).entries]
    },
    initial.entries.shape,
    net,
  )
}

/** One step of RFLO on the leaky network, its trace coming in and going out. */
export const rfloCost = (size: Size): Cost => stepCost(size, rflo({ feedback: full([size.d, 1], 0.5) }))
/** One step of SnAp-1 on it. */
export const snapCost = (size: Size, mask?: Value): Cost =>
  stepCost(size, snap({ n: 1, mask: 'strict' }), leakyOf(size, mask))

/** One step of sparse transport by a fixed selection on it, its influence coming in and going out. */
export const sparseTransportCost = (size: Size, k: number): Cost => {
  const net = leakyOf(size)
  const { step } = resolved(sparse({ k, redrawn: false }), net)
  return counted(
    size,
    (now, carried) => {
      const { from, to } = now.immediate
      const [out, next] = step(matrix(from, to, carried as Value), now)
      return [toValue(out), toMatrix(next)]
    },
    [size.d, parametersOf(size)],
    net,
  )
}

/** A network of units that depend on no other unit. */
const elementwise = (name: CellName, { d, n }: Size) => network(cells[name](), { d, n, m: 1 }, halfSquaredError())

/** Every unit depends on the two after it, round the end. */
const ring = (d: number): Value =>
  tensor(Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +[1, 2].includes((j - i + d) % d))))

const sizes = record({ d: integer({ min: 2, max: 16 }), n: integer({ min: 1, max: 6 }) })
const about = (claim: string, residual: (size: Size) => number): Proposition => ({
  claim,
  forAll: sizes,
  residual,
  within: 0,
  verdict: 'holds',
  runs: 10,
})

export const sparseCosts: readonly Proposition[] = [
  about(
    'a step of RFLO on the leaky network takes at most 20 |θ| operations, O(d²), and holds no value larger than |θ| + d',
    size => {
      const { operations, largest } = rfloCost(size)
      const parameters = parametersOf(size)
      return Math.max(0, operations - 20 * parameters, largest - parameters - size.d)
    },
  ),
  about('a step of SnAp-1 takes at most 2 d³ operations for J and 20 |θ| besides', size => {
    const { operations, largest } = snapCost(size)
    const parameters = parametersOf(size)
    return Math.max(0, operations - 2 * size.d ** 3 - 20 * parameters, largest - parameters - size.d)
  }),
  about(
    'a step of SnAp-1 where every unit depends on two others takes at most 18 d² operations for J and 20 |θ| besides: O(d²)',
    ({ d, n }) => {
      const size = { d: d + 8, n }
      const { operations } = snapCost(size, ring(size.d))
      return Math.max(0, operations - 18 * size.d ** 2 - 20 * parametersOf(size))
    },
  ),
  about(
    'a step of sparse transport takes at most (2 k + 20) d |θ| operations, and with 4 of 64 entries a third of those of RTRL',
    size => {
      const large = { d: 64, n: 2 }
      const { operations } = sparseTransportCost(size, 2)
      const third = 3 * sparseTransportCost(large, 4).operations - rtrlCost(large).operations
      return Math.max(0, operations - 24 * size.d * parametersOf(size), third)
    },
  ),
  ...elementwiseNames.map(name =>
    about(`a step of exact RTRL takes at most 60 |θ| operations on ${name}, whose units depend on no other`, size => {
      const net = elementwise(name, size)
      const { operations } = stepCost(size, diagonal, net as unknown as ReturnType<typeof leakyOf>)
      return Math.max(0, operations - 60 * spaceOf(net.init(0)).size)
    }),
  ),
]
