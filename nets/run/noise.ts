/** Noise for a rule: the shape it declares, on a network; a run with its draws; estimates over many draws at once. */

import { describe } from '../../ad/describe.ts'
import { ShapeError } from '../../ad/errors.ts'
import { spaceOf, toValue } from '../../ad/linear/space.ts'
import { vmap } from '../../ad/modes/transforms.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { requireCount } from '../../ad/require.ts'
import { checkShape, type Shape, sizeOf, type Tensor, tensorOf } from '../../ad/tensor.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { initialState, type Network } from '../network.ts'
import { type Draws, type Law, rng, streams } from '../random.ts'
import { folded, outputs, sumOf } from './fold.ts'
import { exampleParameters } from './parameters.ts'
import { type AnyRule, type Facing, type Fold, requireRule, resolved } from './rule.ts'
import { mapRun, type Run, requireRun } from './timestep.ts'

/** What is drawn at each step, in numbers: 'd' is the network's, 'state' counts what its state holds, 'cell' its parameters. Nothing is drawn for a rule that declares nothing. */
export const drawsFor = (draws: Draws | undefined, net: Network): { readonly law: Law; readonly shape: Shape } => {
  if (!draws) return { law: 'sign', shape: [0] }
  const { cell, start } = exampleParameters(net)
  const sizes = { d: net.sizes.d, state: spaceOf(initialState(net, start)).size, cell: spaceOf(cell).size }
  return { law: draws.law, shape: draws.shape.map(size => (typeof size === 'number' ? size : sizes[size])) }
}

/** The same run with noise at steps 1, 2, …; nothing is drawn for timestep 0. */
const noisy = (run: Run, noise: (t: number) => Value): Run =>
  mapRun((now, t) => (t === 0 ? now : { ...now, noise: noise(t - 1) }))(run)

/** The same run with draws [T, …] at steps 1, 2, …. */
export const withNoise = (run: Run, noise: Value): Run => {
  const [, ...shape] = noise.shape
  return noisy(run, t => reshape(slice(noise, t, t + 1), shape))
}

/** A run with what a rule wants drawn, from the stream of a seed; the run itself where it has its draws, or needs none. */
export const drawnFor = ({ draws }: Pick<Fold<unknown, unknown, unknown>, 'draws'>, run: Run, seed: number): Run => {
  const [, first] = run
  if (!draws || !first || sizeOf(first.noise.shape) > 0) return run
  const [random, wanted] = [rng(seed, streams.noise), drawsFor(draws, run.net)]
  return noisy(run, () => random.draw(wanted))
}

/** Sign sequences `from` … `to` - 1 of all 2^size of a shape, each the bits of its number: [to - from, …shape]. */
export const signsOf = (shape: Shape, from = 0, to?: number): Tensor => {
  requireCount('signsOf', `from ${describe(from)}`, from, 'Leave it out for 0', 0)
  const size = sizeOf(checkShape(shape, 'signsOf'))
  const end = to ?? 2 ** size
  requireCount('signsOf', `to ${describe(end)}`, end, 'Leave it out for all of them', from)
  const all = checkShape([end - from, ...shape], 'signsOf')
  const bits = Float64Array.from({ length: sizeOf(all) }, (_, i) =>
    Math.floor((from + Math.floor(i / size)) / 2 ** (i % size)) % 2 === 0 ? 1 : -1,
  )
  return tensorOf(all, bits)
}

/** Refuses what are no draws for every step of a run. Throws a ShapeError. */
const requireDraws = (run: Run, draws: unknown): void => {
  const steps = run.length - 1
  if (isValue(draws) && draws.shape.length >= 2 && draws.shape[1] === steps) return
  throw new ShapeError({
    who: 'estimates',
    given: `draws: ${describe(draws)}`,
    wanted: `draws [N, ${steps}, …], for each of the ${steps} steps of the run`,
    remedy: 'signsOf([T, …]) are all the signs of T steps',
  })
}

/** The sum of what a fold emits over a run, for each of some draws [N, T, …] at once: [N, P], P the parameters that the state depends on. For rules that branch on no concrete value. */
export const estimates =
  <M, F extends Facing>(rule: AnyRule<M, F>) =>
  (run: Run, draws: Value): Value => {
    requireRule('estimates', rule)
    requireRun('estimates', run, true)
    requireDraws(run, draws)
    const fold = folded(resolved(rule, run.net))
    return vmap((noise: Value) => toValue(sumOf(outputs(fold(withNoise(run, noise))))))(draws) as Value
  }
