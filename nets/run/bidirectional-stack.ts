/** Bidirectional layers: each reads both directions of the one below, at the same timestep. */

import { describe } from '../../ad/describe.ts'
import { DomainError, KindError } from '../../ad/errors.ts'
import { valueAndGrad } from '../../ad/modes/transforms.ts'
import { matvec } from '../../ad/primitives/contraction.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { checkSizes, fanIn, requireCell, type Sizes, widthOf } from '../cells/cell.ts'
import type { AnyCell } from '../cells/stacked.ts'
import type { Loss } from '../loss.ts'
import { type Example, type ReadoutParams, whole } from '../network.ts'
import { rng } from '../random.ts'
import { parametersOf } from './parameters.ts'
import type { AnyRule } from './rule.ts'
import { checkDatum, requireSequence } from './unroll.ts'

/** The cell that reads from the left, and the one that reads from the right. */
export type BothCells = readonly [forward: AnyCell, backward: AnyCell]

/** layer1, layer2, … of { forward, backward }, as `fromTorch` gives them, and the readout, W_out [m, 2d] of the last layer. */
export type BothLayersTheta = {
  readonly [layer: `layer${number}`]: { readonly forward: Branch; readonly backward: Branch }
  readonly readout: ReadoutParams
}

/** Layers of pairs of cells. Not causal: y_t waits for the end of the sequence. */
export interface BidirectionalStack {
  readonly causal: false
  readonly layers: readonly BothCells[]
  /** d units in each direction of every layer. */
  readonly sizes: Sizes
  readonly loss: Loss
  /** Parameters to begin with, by a seed in [0, 2³²). */
  init(seed: number): BothLayersTheta
}

type Pair = { readonly forward: Branch; readonly backward: Branch }
const nameOf = (l: number): `layer${number}` => `layer${l + 1}`
type Sized = Pick<BidirectionalStack, 'layers' | 'sizes'>

/** How many numbers [F; B] of a layer has: 2d by default. */
const widthAt = (net: Sized, l: number): number =>
  (net.layers[l] as BothCells).reduce((sum, cell) => sum + widthOf(cell, sizesAt(net, l)), 0)

/** The sizes of a layer, whose inputs are the outputs of the one below. */
const sizesAt = (net: Sized, l: number): Sizes => (l === 0 ? net.sizes : { ...net.sizes, n: widthAt(net, l - 1) })

/**
 * Layer l reads [F; B] of layer l - 1, 2d numbers, F_t of x_1 … x_t, B_t of x_T … x_t; v_t = W_out [F_t; B_t] + b_out of the last;
 * every state begins at 0. As PyTorch's nn.LSTM(num_layers, bidirectional=True) (Graves, Mohamed & Hinton 2013). Throws a DomainError for no layers, a
 * KindError for what is no cell.
 */
export const bidirectionalStack = (layers: readonly BothCells[], sizes: Sizes, loss: Loss): BidirectionalStack => {
  if (!Array.isArray(layers) || layers.length === 0)
    throw new DomainError({
      who: 'bidirectionalStack',
      given: Array.isArray(layers) ? 'no layers' : describe(layers),
      wanted: 'a list of at least one pair of cells',
      remedy: 'bidirectionalStack([[lstm(), lstm()], [lstm(), lstm()]], sizes, loss)',
    })
  for (const pair of layers) for (const i of [0, 1] as const) requireCell('bidirectionalStack', pair?.[i])
  const own = checkSizes(sizes ?? { d: Number.NaN, n: Number.NaN, m: Number.NaN })
  const init = (seed: number): BothLayersTheta => {
    const random = rng(seed)
    const made = layers.map(([forward, backward], l): readonly [string, Pair] => {
      const at = sizesAt({ layers, sizes: own }, l)
      return [nameOf(l), { forward: forward.params(at, random), backward: backward.params(at, random) }]
    })
    const width = widthAt({ layers, sizes: own }, layers.length - 1)
    return { ...Object.fromEntries(made), readout: { W_out: fanIn([own.m, width], random), b_out: zeros([own.m]) } }
  }
  return { causal: false, layers, sizes: own, loss, init }
}

/** What a cell makes of a sequence from its first to its last. */
const outputsOf = (cell: AnyCell, θ: Branch, sizes: Sizes, xs: readonly Value[]): readonly Value[] => {
  let state = cell.start(cell.zeroState(sizes))
  return xs.map(x => {
    state = cell.step(θ, state, x)
    return cell.output(θ, state, x)
  })
}

/** What the last layer makes of a sequence: [F_t; B_t], 2d numbers a timestep. */
const topOf = (net: BidirectionalStack, θ: BothLayersTheta, inputs: readonly Value[]): readonly Value[] =>
  net.layers.reduce<readonly Value[]>((xs, [forward, backward], l) => {
    const { forward: left, backward: right } = θ[nameOf(l)] as Pair
    const F = outputsOf(forward, left, sizesAt(net, l), xs)
    const B = outputsOf(backward, right, sizesAt(net, l), xs.toReversed()).toReversed()
    return F.map((f, t) => concat([f, B[t] as Value]))
  }, inputs)

/** A stack run over a sequence: [F; B] of its last layer, the outputs, and the loss. */
export interface StackRun {
  readonly tops: readonly Value[]
  readonly outputs: readonly Value[]
  readonly loss: Value
}

const runOf = (net: BidirectionalStack, θ: BothLayersTheta, sequence: readonly Example[]): StackRun => {
  const { W_out, b_out } = θ.readout
  const tops = topOf(
    net,
    θ,
    sequence.map(({ x }) => x),
  )
  const logits = tops.map(top => add(matvec(W_out, top), b_out))
  const losses = sequence.map(({ weight, target }, t) => mul(weight, net.loss.each(logits[t] as Value, target)))
  return { tops, outputs: logits.map(v => net.loss.output(v)), loss: whole(net, sequence, losses) }
}

const checked = (who: string, net: BidirectionalStack, θ: BothLayersTheta, sequence: readonly Example[]) => {
  requireSequence(who, sequence)
  for (const [t, example] of sequence.entries()) checkDatum(net, example, t + 1)
  return parametersOf(who, net, θ as unknown as Branch & BothLayersTheta)
}

/** Runs all layers over a sequence. Throws as `unroll` does. */
export const unrollStack =
  (net: BidirectionalStack) =>
  (θ: BothLayersTheta, sequence: readonly Example[]): StackRun =>
    runOf(net, checked('unrollStack', net, θ, sequence), sequence)

/** The loss of a sequence and ∂L/∂θ, a tree like θ: reverse mode over both directions of every layer, which is BPTT. */
export const stackGradient =
  (net: BidirectionalStack) =>
  (θ: BothLayersTheta, sequence: readonly Example[]): readonly [loss: Value, gradient: Branch] => {
    const parameters = checked('gradient', net, θ, sequence)
    const lossOf = (at: Branch): Value => runOf(net, at as unknown as BothLayersTheta, sequence).loss
    return valueAndGrad(lossOf)(parameters as unknown as Branch)
  }

/** Refuses every rule but the one that a stack from both ends has. Throws a KindError. */
export const requireBptt = ({ name }: AnyRule): void => {
  if (name === 'bptt') return
  throw new KindError({
    who: 'gradient',
    given: `${name} of bidirectional layers`,
    wanted: 'bptt: the credit from the layer above is known only at the end of the sequence',
    remedy: 'gradient(bptt, net)(θ, data); exact rules have the same gradient',
  })
}
