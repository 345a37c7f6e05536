/** Cells made of others: stacks, residual layers, cells with masked weights. */

import { bracket, NameError, ShapeError } from '../../ad/errors.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { requireRecord } from '../../ad/require.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { broadcastOf, type Cell, requireCell, type Sizes, widthOf } from './cell.ts'

/** Any cell, whatever its parameters and its state. */
export type AnyCell = Cell<Branch, Branch>
type Layer = AnyCell

const named = <A>(layers: readonly Layer[], f: (layer: Layer, name: string, index: number) => A) =>
  Object.fromEntries(layers.map((layer, i) => [`layer${i + 1}`, f(layer, `layer${i + 1}`, i)]))

const mismatch = (given: string, wanted: string): never => {
  throw new ShapeError({ who: 'stacked', given, wanted, remedy: 'Give one width a layer, the last of them d' })
}

/** The sizes of each layer: its own units, the outputs of the layer below as inputs. */
const sizesOf = (layers: readonly Layer[], widths: readonly number[] | undefined, sizes: Sizes): readonly Sizes[] => {
  const ds = widths ?? layers.map(() => sizes.d)
  if (ds.length !== layers.length)
    mismatch(`${ds.length} widths for ${layers.length} layers`, `${layers.length} widths`)
  if (ds.at(-1) !== sizes.d)
    mismatch(`a top layer of ${ds.at(-1)} units in a net of d = ${sizes.d}`, `d = ${ds.at(-1)}`)
  let { n } = sizes
  return layers.map((layer, i) => {
    const own = { d: ds[i] as number, n, m: sizes.m }
    n = widthOf(layer, own)
    return own
  })
}

const at = (branch: Branch, name: string): Branch => branch[name] as Branch

/**
 * Layers of any cells: each reads the output of the one below at the same timestep, the first reads the input, and the readout
 * sees the last; a broadcast reaches all. Parameters and states are records by layer1, layer2, …; widths [K] are d for every
 * layer unless given.
 * Throws a ShapeError where they do not fit the network.
 */
export const stacked = (cells: readonly AnyCell[], widths?: readonly number[]): Cell<Branch, Branch> => {
  const layers: readonly Layer[] = Array.isArray(cells) ? cells : []
  if (!Array.isArray(cells)) requireCell('stacked', cells)
  if (layers.length === 0) mismatch('no layers', 'at least one')
  for (const layer of layers) requireCell('stacked', layer)
  const top = layers.length - 1
  const each = (sizes: Sizes, f: (layer: Layer, sizes: Sizes) => Branch): Branch => {
    const own = sizesOf(layers, widths, sizes)
    return named(layers, (layer, _, i) => f(layer, own[i] as Sizes))
  }
  const partsOf = (i: number, θ: Branch, s: Branch) => [at(θ, `layer${i + 1}`), at(s, `layer${i + 1}`)] as const
  /** What each layer reads: x, then the output of the layer below. */
  const inputsOf = (θ: Branch, s: Branch, x: Value): readonly Value[] => {
    const inputs = [x]
    for (const [i, layer] of layers.slice(0, top).entries())
      inputs.push(layer.output(...partsOf(i, θ, s), inputs[i] as Value))
    return inputs
  }
  return {
    params: (sizes, random) => each(sizes, (layer, own) => layer.params(own, random)),
    zeroState: sizes => each(sizes, (layer, own) => layer.zeroState(own)),
    start: θ0 => named(layers, (layer, name) => layer.start(at(θ0, name))),
    step: (θ, s, x) => {
      let input = x
      return named(layers, (layer, name) => {
        const next = layer.step(at(θ, name), at(s, name), input)
        input = layer.output(at(θ, name), next, input)
        return next
      })
    },
    output: (θ, s, x) => (layers[top] as Layer).output(...partsOf(top, θ, s), inputsOf(θ, s, x)[top] as Value),
    width: sizes => widthOf(layers[top] as Layer, sizesOf(layers, widths, sizes)[top] as Sizes),
    broadcast: (θ, s, x) => {
      const inputs = inputsOf(θ, s, x)
      return concat(layers.map((layer, i) => broadcastOf(layer, ...partsOf(i, θ, s), inputs[i] as Value)))
    },
  }
}

/** A layer whose input is added to its output: h = output(inner) + x. Needs as many inputs as units. He et al. 2016. */
export const residual = <P extends Branch, S extends Branch>(
  inner: Cell<P, S>,
): Cell<P, { readonly inner: S; readonly h: Value }> => {
  requireCell('residual', inner)
  return {
    params: (sizes, random) => {
      const width = widthOf(inner, sizes)
      if (sizes.n === width) return inner.params(sizes, random)
      throw new ShapeError({
        who: 'residual',
        given: `${sizes.n} inputs to ${width} ${width === sizes.d ? 'units' : 'outputs'}`,
        wanted: 'as many inputs as units',
        remedy: 'Put a layer of that width below it',
      })
    },
    zeroState: sizes => ({ inner: inner.zeroState(sizes), h: zeros([widthOf(inner, sizes)]) }),
    start: θ0 => ({ inner: inner.start(θ0.inner), h: θ0.h }),
    step: (θ, s, x) => {
      const next = inner.step(θ, s.inner, x)
      return { inner: next, h: add(inner.output(θ, next, x), x) }
    },
    output: (_, s) => s.h,
    width: sizes => widthOf(inner, sizes),
    broadcast: (θ, s, x) => broadcastOf(inner, θ, s.inner, x),
  }
}

/**
 * A cell with masked weights: masks of 0 and 1, by the names of its parameters, of their shapes. Where a mask is 0 the weight
 * is 0, and so is its gradient. Throws a NameError for a parameter that the cell has not, a ShapeError for another shape.
 */
export const withConnectivity = <P extends Branch, S extends Branch>(
  cell: Cell<P, S>,
  masks: { readonly [K in keyof P]?: Value },
): Cell<P, S> => {
  requireCell('withConnectivity', cell)
  requireRecord(
    'withConnectivity',
    masks,
    'masks by the names of parameters',
    'Write withConnectivity(leaky(), { W_rec: mask })',
  )
  const masked = (θ: P): P => ({
    ...θ,
    ...Object.fromEntries(Object.entries(masks).map(([name, mask]) => [name, covered(θ, name, mask as Value)])),
  })
  return {
    ...cell,
    params: (sizes, random) => masked(cell.params(sizes, random)),
    step: (θ, s, x) => cell.step(masked(θ), s, x),
    output: (θ, s, x) => cell.output(masked(θ), s, x),
    ...(cell.broadcast && { broadcast: (θ, s, x) => broadcastOf(cell, masked(θ), s, x) }),
  }
}

const covered = (θ: Branch, name: string, mask: Value): Value => {
  const weight = θ[name] as Value | undefined
  if (!weight)
    throw new NameError({
      who: 'withConnectivity',
      given: `a mask for ${name}`,
      wanted: Object.keys(θ).join(', '),
      remedy: 'Name a parameter of the cell',
    })
  if (bracket(weight.shape) === bracket(mask.shape)) return mul(mask, weight)
  throw new ShapeError({
    who: 'withConnectivity',
    given: `a mask ${bracket(mask.shape)} for ${name}`,
    wanted: bracket(weight.shape),
    remedy: 'Give 0 or 1 for every weight',
  })
}
