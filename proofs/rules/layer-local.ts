/** Layer-local RTRL: exact in the top layer of a stack, and below it wherever no layer above remembers. */
import { spaceOf } from '../../ad/linear/space.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { stacked, withConnectivity } from '../../nets/cells/stacked.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { layerLocal } from '../../rules/layer-local.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { pools } from '../arbitraries/cells.ts'
import { sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import type { Proposition } from '../proposition.ts'

const longer = pools({ minT: 2, T: 4, minD: 2 })

/** The part of a gradient that belongs to the parameters and the start of a layer. */
const partOf = (layer: string, run: Run, g: readonly number[]): readonly number[] => {
  const { cell, start } = run.net.init(0)
  let at = 0
  return [cell, start].flatMap(tree =>
    Object.entries(tree as Branch).flatMap(([name, part]) => {
      const size = spaceOf(part as Branch).size
      at += size
      return name === layer ? g.slice(at - size, at) : []
    }),
  )
}

/** A layer's part by the rule and by BPTT. */
const inLayer = (layer: string) => (run: Run) =>
  [partOf(layer, run, sumOf(layerLocal, { run })), partOf(layer, run, sumOf(bptt, { run }))] as const

/** A leaky layer that remembers nothing: no leak, no recurrence. */
const forgetful = (d: number): Cell<Branch, Branch> =>
  withConnectivity(leaky({ alpha: 1 }), { W_rec: zeros([d, d]) }) as unknown as Cell<Branch, Branch>

const refuted = { verdict: 'refuted', runs: 100, between: ['layer-local', 'BPTT'] } as const

export const layerwise: readonly Proposition[] = [
  ...each.map(name =>
    onPools(
      `layer-local RTRL computes the gradient of the top layer of a stack, ${name} above leaky`,
      () => stacked([cellOf('leaky'), cellOf(name)]),
      inLayer('layer2'),
      { forAll: longer, runs: 8 },
    ),
  ),
  ...each.map(name =>
    onPools(
      `layer-local RTRL is RTRL of one layer, ${name}`,
      () => cellOf(name),
      run => [sumOf(layerLocal, { run }), sumOf(rtrl, { run })],
      { forAll: longer, runs: 8 },
    ),
  ),
  onPools(
    'layer-local RTRL computes the gradient of every layer where no layer above remembers',
    ({ d }) => stacked([cellOf('lstm'), forgetful(d), forgetful(d)]),
    run => [sumOf(layerLocal, { run }), sumOf(bptt, { run })],
    { forAll: longer, runs: 12 },
  ),
  onPools(
    'layer-local RTRL computes the gradient of every layer of a run of one step',
    () => stacked([cellOf('gru'), cellOf('lstm'), cellOf('leaky')]),
    run =>
      ['layer1', 'layer2', 'layer3']
        .map(name => inLayer(name)(run))
        .reduce(
          ([ours, exact], [a, b]) =>
            [
              [...ours, ...a],
              [...exact, ...b],
            ] as const,
          [[], []] as readonly [readonly number[], readonly number[]],
        ),
    { forAll: pools({ T: 1, minD: 2 }), runs: 8 },
  ),
  ...(['leaky', 'lru'] as const).map(name =>
    onPools(
      `layer-local RTRL computes the gradient of the layer below the top one, ${name} below ${name}`,
      () => stacked([cellOf(name), cellOf(name)]),
      inLayer('layer1'),
      { forAll: longer, ...refuted },
    ),
  ),
]
