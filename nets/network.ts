import { hasMethod } from '../ad/describe.ts'
import { bracket, KindError, ShapeError } from '../ad/errors.ts'
import { matvec } from '../ad/primitives/contraction.ts'
import { add, mul } from '../ad/primitives/elementwise.ts'
import { requireList, requireMethod, requireNames, requireRecord } from '../ad/require.ts'
import { tensor, zeros } from '../ad/tensor.ts'
import type { Branch } from '../ad/tree.ts'
import { item, type Like, lift, type Value } from '../ad/value.ts'
import { type Cell, checkSizes, fanIn, requireCell, type Sizes, widthOf } from './cells/cell.ts'
import { describeKind } from './kinds.ts'
import { isWholeRun, type Loss } from './loss.ts'
import { type Random, requireRandom, rng } from './random.ts'

export type ReadoutParams = { readonly W_out: Value; readonly b_out: Value }

/** All parameters: v = W_out h + b_out; `start` is empty unless the initial state is learned. */
export type Theta<P extends Branch = Branch> = {
  readonly cell: P
  readonly start: Branch
  readonly readout: ReadoutParams
}

/** What a network starts from: zeros, a learned state, or a state that is given. */
export type Start<S extends Branch> = 'zero' | 'learned' | S

/** Options of a network beside its cell, sizes and loss. */
export interface NetworkOptions<S extends Branch = Branch> {
  /** Where a run begins; zeros by default. */
  readonly start?: Start<S>
  /** `none` where the cell's output is v itself, as in a closed loop. */
  readonly readout?: 'none'
}

/** A cell in time: how it starts, what its outputs cost, and its parameters. Causal: y_t waits for no later input. */
export interface Network<P extends Branch = Branch, S extends Branch = Branch, L extends Loss = Loss>
  extends NetworkOptions<S> {
  readonly causal: true
  readonly cell: Cell<P, S>
  readonly sizes: Sizes
  readonly loss: L
  readonly start: Start<S>
  /** Parameters to begin with, by a seed in [0, 2³²): the cell's own, W_out [m, width] ~ N(0, 1/width), b_out [m] = 0; the width of the output is d by default. Fixes the order of θ. */
  init(seed: number): Theta<P>
  /** The same network but for what is given. */
  with(changes: NetworkOptions<S> & { readonly sizes?: Sizes }): Network<P, S, L>
}

/**
 * A network of a cell: `network(leaky(), { d: 32, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' })`. Throws a DomainError
 * for a size that is not a whole number of at least 1, a KindError for what is no cell, loss or start.
 */
export const network = <P extends Branch, S extends Branch, L extends Loss>(
  cell: Cell<P, S>,
  sizes: Sizes,
  loss: L,
  options: NetworkOptions<S> = {},
): Network<P, S, L> => {
  checkParts(cell, loss, options)
  const { start = 'zero', readout } = options
  const parts = { causal: true, cell, sizes: checkSizes(sizes), loss, start, ...(readout && { readout }) } as const
  return {
    ...parts,
    init: seed => params(parts, rng(seed)),
    with: changes => {
      requireNames('network.with', changes, ['start', 'readout', 'sizes'])
      const { sizes: other = sizes, ...rest } = changes
      return network(cell, other, loss, { ...options, ...rest })
    },
  }
}

/** What of a network its parameters depend on. */
type Parts<P extends Branch, S extends Branch> = Pick<Network<P, S>, 'cell' | 'sizes' | 'start' | 'readout'>

const checkParts = (cell: unknown, loss: Loss, options: NetworkOptions): void => {
  requireNames('network', options, ['start', 'readout'])
  const { start = 'zero' } = options
  requireCell('network', cell)
  requireMethod('network', loss, 'each', 'a loss', 'Call it: halfSquaredError(), not halfSquaredError')
  if (typeof start === 'string' && start !== 'zero' && start !== 'learned')
    throw new KindError({
      who: 'network',
      given: `start '${start}'`,
      wanted: "'zero', 'learned', or a state",
      remedy: "Write 'learned' for a start that is a parameter",
    })
}

/**
 * Refuses what is no network, of either kind: a cell, a rule, θ in its place, a promise of one. Throws a KindError.
 */
export const requireNet = (who: string, net: unknown, remedy: string): void => {
  if (typeof net === 'object' && net !== null && 'causal' in net && hasMethod(net, 'init')) return
  throw new KindError({
    who,
    given: describeKind(net),
    wanted: 'a network, such as network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError())',
    remedy,
  })
}

/** Refuses what is no network that is run forwards in time. Throws a KindError. */
export const requireCausal = (who: string, net: unknown, remedy: string): void => {
  requireNet(who, net, remedy)
  if ((net as { readonly causal: boolean }).causal) return
  throw new KindError({
    who,
    given: 'a bidirectional network',
    wanted: 'a network that is run forwards in time',
    remedy: 'gradient and lossAndGradient take both; unrollBoth runs a bidirectional one',
  })
}

/** Parameters to begin with: the cell's own, W_out [m, width] like them N(0, 1/width), b_out [m] zero. */
export const params = <P extends Branch, S extends Branch>(
  { cell, sizes, start, readout }: Parts<P, S>,
  random: Random,
): Theta<P> => {
  requireRandom('params', random)
  const { m } = sizes
  const weights = () => ({ W_out: fanIn([m, widthOf(cell, sizes)], random), b_out: zeros([m]) })
  const drawn = readout ? ({} as ReadoutParams) : weights()
  return {
    cell: cell.params(sizes, random),
    start: start === 'learned' ? cell.zeroState(sizes) : {},
    readout: drawn,
  }
}

/** The state before the first input, whichever way the network starts. */
export const initialState = <P extends Branch, S extends Branch>(
  { cell, sizes, start }: Network<P, S>,
  θ0: Branch,
): S => {
  if (start === 'zero') return cell.start(cell.zeroState(sizes))
  return start === 'learned' ? cell.start(θ0 as S) : start
}

/** Parameters that v depends on once the state is known. */
export type OutputTheta<P extends Branch = Branch> = Pick<Theta<P>, 'cell' | 'readout'>

/** v = W_out·output(θ, s, x) + b_out, or the output itself where there is no readout. Throws a ShapeError for an output of another width. */
export const logits = <P extends Branch, S extends Branch>(
  net: Pick<Network<P, S>, 'cell' | 'readout'>,
  { cell: θ, readout: { W_out, b_out } }: OutputTheta<P>,
  s: S,
  x: Value,
): Value => {
  const output = net.cell.output(θ, s, x)
  if (net.readout) return output
  checkWidth(output, W_out.shape[1] as number)
  return add(matvec(W_out, output), b_out)
}

const checkWidth = ({ shape }: Value, width: number): void => {
  if (shape.length === 1 && shape[0] === width) return
  throw new ShapeError({
    who: 'cell',
    given: `an output ${bracket(shape)}`,
    wanted: `[${width}], the width that the cell states, d by default`,
    remedy: 'Give the cell width: ({ d }) => …, the numbers in its output',
  })
}

/** One step of data: input x [n], target [m], the weight of its loss. */
export interface Example {
  readonly x: Value
  readonly target: Value
  readonly weight: Value
}

/** What an input or a target may be written as: a vector, or its numbers, or one number for a vector of one. */
export type VectorLike = Value | number | readonly number[]

const vectorOf = (x: VectorLike): Value =>
  typeof x === 'number' ? tensor([x]) : Array.isArray(x) ? tensor(x as readonly number[]) : lift(x as Value)

/** One step of data: input x [n], target [m], and the weight of its loss, 1 by default. */
export const example = (x: VectorLike, target: VectorLike, weight: Like = 1): Example => ({
  x: vectorOf(x),
  target: vectorOf(target),
  weight: lift(weight),
})

/** The whole unrolled program in one function of θ: states h₁ … h_T, logits, and the loss. What the two modes differentiate. */
export const unrolled =
  <P extends Branch, S extends Branch>(net: Network<P, S>, sequence: readonly Example[]) =>
  (θ: Theta<P>): { readonly states: readonly S[]; readonly losses: readonly Value[]; readonly loss: Value } => {
    const remedy = 'Write unrolled(net, sequence)(θ)'
    requireNet('unrolled', net, remedy)
    requireList('unrolled', sequence, 'a list of examples', remedy)
    requireRecord('unrolled', θ?.cell, 'parameters, with those of its cell', 'Take them from net.init(seed)')
    const states: S[] = []
    let state = initialState(net, θ.start)
    const losses = sequence.map(({ x, target, weight }) => {
      state = net.cell.step(θ.cell, state, x)
      states.push(state)
      return mul(weight, net.loss.each(logits(net, θ, state, x), target))
    })
    return { states, losses, loss: whole(net, sequence, losses) }
  }

/** Σ_t w_t ℓ_t, finished where the loss is one of the whole run. */
export const whole = (
  net: Pick<Network, 'loss' | 'sizes'>,
  sequence: readonly Example[],
  losses: readonly Value[],
): Value => {
  const total = losses.reduce((sum, loss) => add(sum, loss), lift(0))
  return isWholeRun(net.loss) ? net.loss.finish(total, weightOf(sequence), net.sizes.m) : total
}

const weightOf = (sequence: readonly Example[]): number => sequence.reduce((sum, { weight }) => sum + item(weight), 0)
