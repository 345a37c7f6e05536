/** Errors broadcast to every layer of a stack at once: when that is the gradient, and what a layer without them learns. */

import { toMatrix } from '../../ad/linear/apply.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { matmul } from '../../ad/primitives/contraction.ts'
import { concat, transpose } from '../../ad/primitives/layout.ts'
import { type Tensor, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { type Cell, widthOf } from '../../nets/cells/cell.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { transformed } from '../../nets/run/fold.ts'
import type { Run, Timestep } from '../../nets/run/timestep.ts'
import { mapRun } from '../../nets/run/timestep.ts'
import { broadcastFeedback } from '../../nets/run/transforms.ts'
import { bptt } from '../../rules/bptt.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import { type Sparsity, sparsity } from '../../rules/parts/sparsity.ts'
import { randomFeedback } from '../../rules/random-feedback.ts'
import { rflo } from '../../rules/rflo.ts'
import { describeRun, type Pool, pools, runOf } from '../arbitraries/cells.ts'
import { exactly, type Sides, sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, withLargeErrors } from '../arbitraries/on-pools.ts'
import { type Equation, equation, type Proposition } from '../proposition.ts'

interface StackRun {
  readonly θ: Branch
  readonly run: Run
  readonly wires: Sparsity
  readonly pool: Pool
}

const longer = pools({ minT: 2, T: 4 })

const runWithLargeErrors = (cell: Cell<Branch, Branch>, pool: Pool) => {
  const made = runOf(cell, pool)
  return { ...made, run: mapRun(withLargeErrors)(made.run) }
}

/** A claim about runs of a cell, with its parameters and its wiring. */
const about = (
  claim: string,
  cell: (pool: Pool) => Cell<Branch, Branch>,
  sides: (one: StackRun) => Sides,
  options: Partial<Equation<Pool>> = {},
): Proposition =>
  equation<Pool>({
    claim,
    forAll: longer,
    sides: pool => {
      const { d, n } = pool
      const wires = sparsity(network(cell(pool), { d, n, m: 1 }, halfSquaredError(), { start: 'learned' }))
      return sides({ ...runWithLargeErrors(cell(pool), pool), wires, pool })
    },
    describe: pool => describeRun(pool, runOf(cell(pool), pool)),
    within: 1e-10,
    verdict: 'holds',
    runs: 20,
    ...options,
  })

/** Any B for so many units. */
const anyB = ({ pool }: Pool, units: number): Tensor => tensorOf([units, 1], Float64Array.from(pool.slice(0, units)))

/** W_outᵀ [d, 1], of a state whose last numbers the readout sees. */
const backOf = ({ run, pool: { d } }: StackRun): Value => {
  const { data } = toMatrix((run[1] as Timestep).readoutMap) as Tensor
  return tensorOf([d, 1], data.slice(-d))
}

/** A layer without recurrence. */
const deafLayer = (d: number, options: Parameters<typeof leaky>[0]) =>
  withConnectivity(leaky(options), { W_rec: zeros([d, d]) }) as unknown as Cell<Branch, Branch>

const linear = (u: Value): Value => u
const two =
  (f: 'lasting' | 'instant') =>
  ({ d }: Pool) =>
    stacked([deafLayer(d, { alpha: 0.25 }), deafLayer(d, { alpha: f === 'instant' ? 1 : 0.5, f: linear })])

/** [W_inᵀ W_outᵀ; W_outᵀ]: what the second layer makes of the readout for the first, and the readout. */
const faithful = (one: StackRun): Value => {
  const { W_in } = one.θ.layer2 as { readonly W_in: Value }
  const back = backOf(one)
  return concat([matmul(transpose(W_in), back), back])
}

/** What a rule says of the parameters of the first layer. */
const lower = (gradient: readonly number[], { θ }: StackRun): readonly number[] =>
  gradient.slice(0, spaceOf(θ.layer1 as Branch).size)

const leakyPair = () => stacked([cellOf('leaky'), cellOf('leaky')])
const silentBelow = (B: Value, d: number): Value => concat([zeros([d, 1]), B])

/** The layers below, and nothing. */
const nothingBelow = (gradient: readonly number[], one: StackRun): Sides => {
  const found = lower(gradient, one)
  return [found, found.map(() => 0)]
}

export const broadcasts: readonly Proposition[] = [
  about(
    'RFLO of a stack of one layer is RFLO of the layer',
    () => stacked([cellOf('leaky')]),
    ({ run, pool }) => {
      const B = anyB(pool, pool.d)
      return [
        sumOf(rflo({ feedback: B }), { run }),
        sumOf(rflo({ feedback: B }), runWithLargeErrors(cellOf('leaky'), pool)),
      ]
    },
  ),
  ...each.map(name =>
    about(
      `on one layer of ${name} telling every unit is telling what the readout sees`,
      () => cellOf(name),
      ({ run, pool }) => {
        const B = anyB(pool, widthOf(cellOf(name), { d: pool.d, n: pool.n, m: 1 }))
        return [
          sumOf(transformed(broadcastFeedback(B))(bptt), { run }),
          sumOf(randomFeedback({ feedback: B }), { run }),
        ]
      },
      { runs: 5 },
    ),
  ),
  about(
    'RFLO computes the gradient of a stack without W_rec, the second layer linear and without a leak, if B is [W_inᵀ W_outᵀ; W_outᵀ]',
    two('instant'),
    one => [sumOf(rflo({ feedback: faithful(one) }), one), exactly(one.run)],
  ),
  about(
    'RFLO computes the gradient of a stack without W_rec if B is [W_inᵀ W_outᵀ; W_outᵀ]',
    two('lasting'),
    one => [sumOf(rflo({ feedback: faithful(one) }), one), exactly(one.run)],
    { verdict: 'refuted', runs: 100, between: ['RFLO', 'gradient'] },
  ),
  about('a layer of a stack that RFLO tells nothing learns nothing', leakyPair, one => {
    const { d } = one.pool
    return nothingBelow(sumOf(rflo({ feedback: silentBelow(anyB(one.pool, d), d) }), one), one)
  }),
  about('e-prop with the true readout reaches the last layer of a stack alone', leakyPair, one =>
    nothingBelow(sumOf(eprop({ feedback: 'readout' }), one), one),
  ),
  about(
    'D-RTRL is RFLO with the transposed readout, on a stack',
    leakyPair,
    one => [sumOf(drtrl, one), sumOf(rflo({ feedback: silentBelow(backOf(one), one.pool.d) }), one)],
    { verdict: 'refuted', runs: 100, between: ['D-RTRL', 'RFLO'] },
  ),
]
