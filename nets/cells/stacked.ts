/** Cells made of others: stacks, residual layers, cells with masked weights. */

import { bracket, NameError, ShapeError } from '../../ad/errors.ts'
import { add, mul } from '../../ad/primitives/elementwise.ts'
import { concat } from '../../ad/primitives/layout.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { broadcastOf, type Cell, requireCell, type Sizes } from './cell.ts'

/** Any cell, whatever its parameters and its state. */
export type AnyCell = Cell<Branch, Branch>
type Layer = AnyCell

const named = <A>(layers: readonly Layer[], f: (layer: Layer, name: string, index: number) => A) =>
  Object.fromEntries(layers.map((layer, i) => [`layer${i + 1}`, f(layer, `layer${i + 1}`, i)]))

const mismatch = (given: string, wanted: string): never => {
  throw new ShapeError({ who: 'stacked', given, wanted, remedy: 'Give one width a layer, the last of them d' })
}

/** The sizes of each layer: its own units, those of the layer below as inputs. */
const sizesOf = (count: number, widths: readonly number[] | undefined, sizes: Sizes): readonly Sizes[] => {
  const ds = widths ?? new Array<number>(count).fill(sizes.d)
  if (ds.length !== count) mismatch(`${ds.length} widths for ${count} layers`, `${count} widths`)
  if (ds.at(-1) !== sizes.d)
    mismatch(`a top layer of ${ds.at(-1)} units in a net of d = ${sizes.d}`, `d = ${ds.at(-1)}`)
  return ds.map((d, i) => ({ d, n: ds[i - 1] ?? sizes.n, m: sizes.m }))
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
    const own = sizesOf(layers.length, widths, sizes)
    return named(layers, (layer, _, i) => f(layer, own[i] as Sizes))
  }
  return {
    params: (sizes, random) => each(sizes, (layer, own) => layer.params(own, random)),
    zeroState: sizes => each(sizes, (layer, own) => layer.zeroState(own)),
    start: θ0 => named(layers, (layer, name) => layer.start(at(θ0, name))),
    step: (θ, s, x) => {
      let input = x
      return named(layers, (layer, name) => {
        const next = layer.step(at(θ, name), at(s, name), input)
        input = layer.output(next)
        return next
      })
    },
    output: s => (layers[top] as Layer).output(at(s, `layer${top + 1}`)),
    broadcast: s => concat(layers.map((layer, i) => broadcastOf(layer, at(s, `layer${i + 1}`)))),
  }
}

/** A layer whose input is added to its output: h = output(inner) + x. Needs as many inputs as units. He et al. 2016. */
export const residual = <P extends Branch, S extends Branch>(
  inner: Cell<P, S>,
): Cell<P, { readonly inner: S; readonly h: Value }> => ({
  params: (sizes, random) => {
    if (sizes.n === sizes.d) return inner.params(sizes, random)
    throw new ShapeError({
      who: 'residual',
      given: `${sizes.n} inputs to ${sizes.d} units`,
      wanted: 'as many inputs as units',
      remedy: 'Put a layer of that width below it',
    })
  },
  zeroState: sizes => ({ inner: inner.zeroState(sizes), h: zeros([sizes.d]) }),
  start: θ0 => ({ inner: inner.start(θ0.inner), h: θ0.h }),
  step: (θ, s, x) => {
    const next = inner.step(θ, s.inner, x)
    return { inner: next, h: add(inner.output(next), x) }
  },
  output: s => s.h,
  broadcast: s => broadcastOf(inner, s.inner),
})

/**
 * A cell with masked weights: masks of 0 and 1, by the names of its parameters, of their shapes. Where a mask is 0 the weight
 * is 0, and so is its gradient. Throws a NameError for a parameter that the cell has not, a ShapeError for another shape.
 */
export const withConnectivity = <P extends Branch, S extends Branch>(
  cell: Cell<P, S>,
  masks: { readonly [K in keyof P]?: Value },
): Cell<P, S> => {
  const masked = (θ: P): P => ({
    ...θ,
    ...Object.fromEntries(Object.entries(masks).map(([name, mask]) => [name, covered(θ, name, mask as Value)])),
  })
  return {
    ...cell,
    params: (sizes, random) => masked(cell.params(sizes, random)),
    step: (θ, s, x) => cell.step(masked(θ), s, x),
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
