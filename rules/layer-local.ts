import { dense, pull, push } from '../ad/linear/apply.ts'
import { plus, zero } from '../ad/linear/linear.ts'
import type { Pattern } from '../ad/linear/sparsity.ts'
import { sizeOf } from '../ad/tensor.ts'
import { type Branch, leavesOf } from '../ad/tree.ts'
import { isValue } from '../ad/value.ts'
import { initialState, type Network } from '../nets/network.ts'
import { exampleParameters } from '../nets/run/parameters.ts'
import { rule } from '../nets/run/rule.ts'
import { error } from '../nets/run/timestep.ts'
import { type RuleFacts, ruleFor } from './parts/facts.ts'
import type { Influence, Keep } from './parts/influence.ts'
import { keepPattern } from './parts/sparse-influence.ts'
import { reachableIn, sparsity } from './parts/sparsity.ts'

const sizeOfTree = (tree: Branch): number => leavesOf(tree).reduce((size, leaf) => size + sizeOf(leaf.shape), 0)

/** The names of the layers of a stack; none for any other cell, which is one layer. */
const layersOf = (state: Branch, θ: Branch): readonly string[] => {
  const isStack = Object.entries(state).every(([name, part]) => !isValue(part) && name in θ && !isValue(θ[name]))
  return isStack ? Object.keys(state) : []
}

/** The layer that each number of a tree belongs to. */
const labelsOf = (tree: Branch, layers: readonly string[]): readonly string[] =>
  layers.length > 0
    ? Object.entries(tree).flatMap(([name, part]) => new Array<string>(sizeOfTree(part as Branch)).fill(name))
    : new Array<string>(sizeOfTree(tree)).fill('')

/** The entries of an influence pattern whose state is in the layer of their parameter. */
const withinLayers = (net: Network, { rows, columns }: Pattern): Pattern => {
  const { cell, start } = exampleParameters(net)
  const state = initialState(net, start)
  const layers = layersOf(state, cell)
  const states = labelsOf(state, layers)
  const params = [cell, start].flatMap(tree => labelsOf(tree, layers))
  return { rows, columns: columns.map((list, j) => list.filter(row => states[row] === params[j])) }
}

const isFull = ({ rows, columns }: Pattern): boolean => columns.every(list => list.length === rows)

const facts: RuleFacts<'past'> = {
  name: 'layer-local',
  title: 'Layer-local RTRL with spatial backpropagation',
  faces: 'past',
  changes: 'remembers less',
  crosses: 'pushes of its influence and pulls of its error',
  keeps: 'influence in layers',
  structure: 'dense',
  exactness: 'biased',
  pairs: 'every pair',
  locality: 'non-local',
  start: 'approximate',
  cost: { time: 'd²·|θ|', memory: 'd·|θ|' },
  options: {},
  papers: [
    {
      authors: 'Zucchet et al.',
      year: 2023,
      title: 'Online learning of long-range dependencies',
      id: 'arXiv:2305.15947',
    },
  ],
}

/** RTRL that keeps of M = J M₋ + B only what `keep` does, and emits q M before anything is left out: (q J) M₋ + q B. */
const emitsBeforeKeeping = (keep: Keep) =>
  rule<Influence, 'past', typeof facts>(
    {
      faces: 'past',
      init: first => zero(first.immediate),
      step: (before, now) => {
        const total = plus(push(now.jacobian, before), now.immediate)
        return [pull(total, error(now)), keep(total, now)]
      },
    },
    facts,
  )

/**
 * Layer-local RTRL: M_l = J_ll M_l₋ + B_l, the influence of each layer's parameters on that layer alone; the error goes down the
 * stack at its own timestep: g_l = (q J)_l M_l₋ + q B_l = (∂ℓ/∂s_l at this timestep) M_l. Zucchet et al. 2023.
 *
 * What a layer does to a later loss through the memory of a layer above is left out: exact in the top layer, and in a stack of
 * one, which is RTRL; below it biased. With K layers it keeps 1/K of RTRL's influence, in layers of `lru` a trace of |θ|.
 */
export const layerLocal = ruleFor(facts, net => {
  const { recurrent, immediate } = sparsity(net)
  const influence = withinLayers(net, reachableIn(immediate.rows, recurrent, immediate))
  // of one dense layer there is nothing to leave out, and one product is faster than a pattern
  return emitsBeforeKeeping(isFull(influence) ? dense : keepPattern({ recurrent, immediate, influence }))
})
