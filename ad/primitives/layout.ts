/**
 * What moves, copies or adds numbers along axes. Rows count axes from the end, so that a leading batch axis
 * changes nothing; the public functions also take axes counted from the front.
 */
import { describe } from '../describe.ts'
import { bracket, ShapeError } from '../errors.ts'
import { type Operation, operation } from '../operation.ts'
import { requireList } from '../require.ts'
import { checkShape, type Shape, sameShape, sizeOf, zeros } from '../tensor.ts'
import { type Like, lift, type Primitive, run, type Specimen, type Value } from '../value.ts'
import { gather, scatter, spreadStrides, stridesOf } from './strided.ts'

type One = readonly [Value]

/** Counts an axis from the end: -rank … -1. */
const fromEnd = (who: string, axis: number, rank: number): number => {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis : axis - rank
  throw new ShapeError({
    who,
    given: rank === 0 ? 'a scalar, which has no axes' : `axis ${describe(axis)} of a value of rank ${rank}`,
    wanted: rank === 0 ? 'a value with axes' : `an axis from ${-rank} to ${rank - 1}`,
    remedy: rank === 0 ? 'Make it a vector: reshape(x, [1])' : 'Count axes from 0, or from -1 backwards',
  })
}

const reshapeRow: Primitive<One, { shape: Shape }> = {
  name: 'reshape',
  kind: 'layout',
  shape: ([from], { shape }) => {
    if (sizeOf(from!) === sizeOf(shape)) return shape
    throw new ShapeError({
      who: 'reshape',
      given: `${bracket(from!)}, ${sizeOf(from!)} numbers, as ${bracket(shape)}, ${sizeOf(shape)} numbers`,
      wanted: 'a shape that holds as many',
      remedy: 'Reshape keeps the number of entries; use spread to copy or slice to drop',
    })
  },
  write: (out, [x]) => out.set(x.data),
  push: [(t, _args, out) => reshape(t, out.shape)],
  pull: [(c, [x]) => reshape(c, x.shape)],
  batch: ([x], _batched, size, { shape }) => reshape(x, [size, ...shape]),
  specimens: [
    { shapes: [[2, 3]], options: { shape: [3, 2] } },
    { shapes: [[2, 3]], options: { shape: [6] } },
    { shapes: [[4]], options: { shape: [2, 1, 2] } },
    { shapes: [[1, 1]], options: { shape: [] } },
    { shapes: [[]], options: { shape: [1] } },
    { shapes: [[0, 2]], options: { shape: [3, 0] } },
  ],
}

/** The same numbers in another shape: x [any] → [shape]. Throws a ShapeError when the counts differ. */
export const reshape: Operation<(x: Like, shape: Shape) => Value> = operation(reshapeRow, (x: Like, shape: Shape) => {
  requireList('reshape', shape, 'the sizes of the axes, outermost first', 'Write reshape(x, [2, 3])')
  const value = lift(x)
  return sameShape(value.shape, shape)
    ? value
    : run(reshapeRow, [value], { shape: checkShape(shape, 'reshape', Number.POSITIVE_INFINITY) })
})

const spreadRow: Primitive<One, { shape: Shape }> = {
  name: 'spread',
  kind: 'layout',
  shape: ([from], { shape }) => {
    const extra = shape.length - from!.length
    if (extra >= 0 && from!.every((n, i) => n === 1 || n === shape[i + extra])) return shape
    throw new ShapeError({
      who: 'spread',
      given: `${bracket(from!)} over ${bracket(shape)}`,
      wanted: 'axes that are equal, or 1, counted from the last',
      remedy: 'Reshape with axes of size 1 where it should repeat',
    })
  },
  write: (out, [x], _, shape) => {
    if (x.data.length === 1) out.fill(x.data[0]!)
    else gather(out, shape, spreadStrides(x.shape, shape), x.data)
  },
  push: [(t, _args, out) => broadcastTo(t, out.shape)],
  pull: [(c, [x]) => sumTo(c, x.shape)],
  batch: ([x], _batched, size, { shape }) => {
    const inner = x.shape.slice(1)
    const aligned = [size, ...new Array<number>(shape.length - inner.length).fill(1), ...inner]
    return broadcastTo(reshape(x, aligned), [size, ...shape])
  },
  specimens: [
    { shapes: [[]], options: { shape: [2, 3] } },
    { shapes: [[3]], options: { shape: [2, 3] } },
    { shapes: [[1]], options: { shape: [3] } },
    { shapes: [[1, 2]], options: { shape: [3, 2] } },
    { shapes: [[2, 1]], options: { shape: [2, 3] } },
    { shapes: [[2, 1, 2]], options: { shape: [2, 3, 2] } },
    { shapes: [[1, 2, 1]], options: { shape: [2, 2, 3] } },
    { shapes: [[2, 1]], options: { shape: [3, 2, 2] } },
    { shapes: [[1, 1]], options: { shape: [1, 3] } },
    { shapes: [[1, 2]], options: { shape: [0, 2] } },
    { shapes: [[0, 1]], options: { shape: [0, 2] } },
  ],
}

/** Repeats a value over a larger shape, aligned at the last axis (broadcasting): x [n] → [m, n]. */
export const broadcastTo: Operation<(x: Like, shape: Shape) => Value> = operation(
  spreadRow,
  (x: Like, shape: Shape) => {
    const value = lift(x)
    return sameShape(value.shape, shape)
      ? value
      : run(spreadRow, [value], { shape: checkShape(shape, 'spread', Number.POSITIVE_INFINITY) })
  },
)

/** The transpose of spread: adds up what was repeated. */
const sumTo = (x: Value, shape: Shape): Value => {
  const rank = x.shape.length
  const extra = rank - shape.length
  const repeated = x.shape.flatMap((n, i) => (i < extra || (shape[i - extra] === 1 && n !== 1) ? [i - rank] : []))
  return reshape(sum(x, repeated), shape)
}

/** A shape without the axes named, counted from the end. */
export const dropped = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, i) => !axes.includes(i - shape.length))

/** A shape with the axes named, counted from the end, reduced to 1. */
export const held = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((n, i) => (axes.includes(i - shape.length) ? 1 : n))

type Axes = { readonly axes: readonly number[] }

const along = (...pairs: readonly (readonly [Shape, readonly number[]])[]): readonly Specimen<Axes>[] =>
  pairs.map(([shape, axes]) => ({ shapes: [shape], options: { axes } }))

/** What acts along axes is tried at the only one, the leading, a middle, the trailing one, several, all; at 1 or 0 numbers. */
export const alongAxes = {
  specimens: [
    ...along(
      [[3], [-1]],
      [[2, 3], [-2]],
      [[2, 3], [-1]],
      [[2, 3, 2], [-2]],
      [
        [2, 3, 2],
        [-3, -1],
      ],
      [
        [2, 3],
        [-2, -1],
      ],
    ),
    ...along([[1, 3], [-2]], [[3, 1], [-2]], [[0, 2], [-1]]),
  ],
}

/** And where there is nothing along them, for what has a value there. */
export const alongSomeOrNone = { specimens: [...alongAxes.specimens, ...along([[0, 2], [-2]])] }

const sumRow: Primitive<One, Axes> = {
  name: 'sum',
  kind: 'contraction',
  shape: ([from], { axes }) => dropped(from!, axes),
  write: (out, [x], { axes }, shape) => {
    const strides = stridesOf(shape)
    let kept = 0
    const own = x.shape.map((_, i) => (axes.includes(i - x.shape.length) ? 0 : strides[kept++]!))
    scatter(out, x.shape, own, x.data)
  },
  push: [(t, _args, _out, { axes }) => sum(t, axes)],
  pull: [(c, [x], _out, { axes }) => broadcastTo(reshape(c, held(x.shape, axes)), x.shape)],
  ...alongSomeOrNone,
}

/** All axes, or those named, counted from the end. */
export const axesOf = (who: string, x: Value, axis: number | readonly number[] | undefined): readonly number[] => {
  const rank = x.shape.length
  if (axis === undefined) return x.shape.map((_, i) => i - rank)
  if (typeof axis !== 'number')
    requireList(who, axis, 'an axis, or a list of axes', `Write ${who}(x, 0) or ${who}(x, [0, 1])`)
  const axes = (typeof axis === 'number' ? [axis] : axis).map(one => fromEnd(who, one, rank))
  if (new Set(axes).size === axes.length) return axes
  throw new ShapeError({
    who,
    given: `axes ${JSON.stringify(axis)} of a value of rank ${rank}, some of them twice`,
    wanted: 'each axis once',
    remedy: 'Leave out what names the same axis, counted from 0 or from -1 backwards',
  })
}

/** Adds up all entries, or along the axes named: x [m, n], axis 1 → [m]. */
export const sum: Operation<(x: Like, axis?: number | readonly number[]) => Value> = operation(
  sumRow,
  (x: Like, axis?: number | readonly number[]) => {
    const value = lift(x)
    const axes = axesOf('sum', value, axis)
    return axes.length === 0 ? value : run(sumRow, [value], { axes })
  },
)

const inverse = (axes: readonly number[]): number[] => axes.map((_, i) => axes.indexOf(i))

const transposeRow: Primitive<One, { axes: readonly number[] }> = {
  name: 'transpose',
  kind: 'layout',
  shape: ([from], { axes }) => {
    const sorted = [...axes].sort((a, b) => a - b)
    if (
      sameShape(
        sorted,
        from!.map((_, i) => i),
      )
    )
      return axes.map(axis => from![axis]!)
    throw new ShapeError({
      who: 'transpose',
      given: `axes ${bracket(axes)} for ${bracket(from!)}`,
      wanted: `each of 0 … ${from!.length - 1} once`,
      remedy: 'Leave the axes out to reverse them all',
    })
  },
  write: (out, [x], { axes }, shape) => {
    const own = stridesOf(x.shape)
    const turned = axes.map(axis => own[axis]!)
    gather(out, shape, turned, x.data)
  },
  push: [(t, _args, _out, { axes }) => transpose(t, axes)],
  pull: [(c, _args, _out, { axes }) => transpose(c, inverse(axes))],
  batch: ([x], _batched, _size, { axes }) => transpose(x, [0, ...axes.map(axis => axis + 1)]),
  specimens: [
    { shapes: [[2, 3]], options: { axes: [1, 0] } },
    { shapes: [[2, 3]], options: { axes: [0, 1] } },
    { shapes: [[2, 3, 2]], options: { axes: [2, 0, 1] } },
    { shapes: [[3, 1]], options: { axes: [1, 0] } },
    { shapes: [[0, 2]], options: { axes: [1, 0] } },
    { shapes: [[]], options: { axes: [] } },
  ],
}

/** Permutes axes, by default in reverse: x [m, n] → [n, m]. */
export const transpose: Operation<(x: Like, axes?: readonly number[]) => Value> = operation(
  transposeRow,
  (x: Like, axes?: readonly number[]) => {
    const value = lift(x)
    const rank = value.shape.length
    if (axes !== undefined) requireList('transpose', axes, 'a list of all axes', 'Write transpose(x, [1, 0])')
    const order = axes?.map(axis => fromEnd('transpose', axis, rank) + rank)
    return run(transposeRow, [value], { axes: order ?? value.shape.map((_, i) => i).reverse() })
  },
)

type Span = { readonly start: number; readonly end: number; readonly axis: number }

const sliceRow: Primitive<One, Span> = {
  name: 'slice',
  kind: 'layout',
  shape: ([from], { start, end, axis }) => {
    const at = from!.length + axis
    const n = from![at]!
    if (Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= n)
      return from!.with(at, end - start)
    throw new ShapeError({
      who: 'slice',
      given: `${describe(start)} to ${describe(end)} of an axis of ${n} in ${bracket(from!)}`,
      wanted: `whole numbers with 0 ≤ start ≤ end ≤ ${n}`,
      remedy: 'The end is not included',
    })
  },
  write: (out, [x], { start, axis }, shape) => {
    const strides = stridesOf(x.shape)
    gather(out, shape, strides, x.data, start * strides.at(axis)!)
  },
  push: [(t, _args, _out, { start, end, axis }) => slice(t, start, end, axis)],
  pull: [
    (c, [x], _out, { start, end, axis }) => {
      const at = x.shape.length + axis
      const n = x.shape[at]!
      const pads = [x.shape.with(at, start), c.shape, x.shape.with(at, n - end)] as const
      return concat([zeros(pads[0]), c, zeros(pads[2])], axis)
    },
  ],
  specimens: [
    { shapes: [[4]], options: { start: 1, end: 3, axis: -1 } },
    { shapes: [[3, 2]], options: { start: 1, end: 3, axis: -2 } },
    { shapes: [[2, 3]], options: { start: 0, end: 2, axis: -1 } },
    { shapes: [[2, 3, 2]], options: { start: 1, end: 2, axis: -2 } },
    { shapes: [[2, 3]], options: { start: 0, end: 3, axis: -1 } },
    { shapes: [[3]], options: { start: 3, end: 3, axis: -1 } },
    { shapes: [[1, 2]], options: { start: 0, end: 1, axis: -2 } },
    { shapes: [[0, 3]], options: { start: 1, end: 2, axis: -1 } },
  ],
}

/** The entries from `start` up to but not including `end` along an axis: x [n] → [end - start]. */
export const slice: Operation<(x: Like, start: number, end: number, axis?: number) => Value> = operation(
  sliceRow,
  (x: Like, start: number, end: number, axis = 0) => {
    const value = lift(x)
    return run(sliceRow, [value], { start, end, axis: fromEnd('slice', axis, value.shape.length) })
  },
)

const offsetOf = (args: readonly Value[], index: number, at: number): number =>
  args.slice(0, index).reduce((total, arg) => total + arg.shape[at]!, 0)

const concatRow: Primitive<readonly Value[], { axis: number }> = {
  name: 'concat',
  kind: 'layout',
  shape: (shapes, { axis }) => {
    const first = shapes[0]!
    const at = first.length + axis
    for (const shape of shapes)
      if (!sameShape(shape.with(at, 0), first.with(at, 0)))
        throw new ShapeError({
          who: 'concat',
          given: `${bracket(first)} and ${bracket(shape)} along axis ${at}`,
          wanted: 'shapes that agree on every other axis',
          remedy: 'Reshape them first, or stack to make a new axis',
        })
    return first.with(
      at,
      shapes.reduce((total, shape) => total + shape[at]!, 0),
    )
  },
  write: (out, tensors, { axis }, shape) => {
    const chunks = tensors.map(t => sizeOf(t.shape.slice(t.shape.length + axis)))
    const blocks = sizeOf(shape.slice(0, shape.length + axis))
    for (let block = 0, to = 0; block < blocks; block++)
      tensors.forEach(({ data }, i) => {
        const chunk = chunks[i]!
        out.set(data.subarray(block * chunk, (block + 1) * chunk), to)
        to += chunk
      })
  },
  push:
    index =>
    (t, args, out, { axis }) => {
      const at = out.shape.length + axis
      const before = offsetOf(args, index, at)
      const after = out.shape[at]! - before - t.shape[at]!
      return concat([zeros(t.shape.with(at, before)), t, zeros(t.shape.with(at, after))], axis)
    },
  pull:
    index =>
    (c, args, out, { axis }) => {
      const before = offsetOf(args, index, out.shape.length + axis)
      return slice(c, before, before + args[index]!.shape.at(axis)!, axis)
    },
  specimens: [
    { shapes: [[2], [3]], options: { axis: -1 } },
    {
      shapes: [
        [1, 2],
        [2, 2],
        [1, 2],
      ],
      options: { axis: -2 },
    },
    { shapes: new Array<Shape>(2).fill([2, 2]), options: { axis: -1 } },
    { shapes: new Array<Shape>(2).fill([2, 2, 1]), options: { axis: -2 } },
    { shapes: [[2], [0]], options: { axis: -1 } },
    { shapes: new Array<Shape>(2).fill([0, 2]), options: { axis: -1 } },
    { shapes: [[3]], options: { axis: -1 } },
  ],
}

/** Joins values along an axis they have: [m], [n] → [m + n]. */
export const concat: Operation<(values: readonly Like[], axis?: number) => Value> = operation(
  concatRow,
  (values: readonly Like[], axis = 0) => {
    requireList('concat', values, 'a list of values', 'Write concat([x, y], 0)')
    const lifted = values.map(lift)
    const [first] = lifted
    if (!first)
      throw new ShapeError({
        who: 'concat',
        given: 'no values',
        wanted: 'at least one',
        remedy: 'Pass a list with a value in it',
      })
    const rank = first.shape.length
    if (!lifted.every(({ shape }) => shape.length === rank))
      throw new ShapeError({
        who: 'concat',
        given: `values ${lifted.map(({ shape }) => bracket(shape)).join(' and ')}`,
        wanted: 'values of one rank',
        remedy: 'Reshape them first, or stack to make a new axis',
      })
    return lifted.length === 1 ? first : run(concatRow, lifted, { axis: fromEnd('concat', axis, rank) })
  },
)

/** Joins values of one shape along a new axis: k values [n] → [k, n]. Written with reshape and concat. */
export const stack = (values: readonly Like[], axis = 0): Value => {
  requireList('stack', values, 'a list of values', 'Write stack([x, y], 0)')
  const lifted = values.map(lift)
  const rank = (lifted[0]?.shape.length ?? 0) + 1
  const at = fromEnd('stack', axis, rank) + rank
  const other = lifted.find(({ shape }) => !sameShape(shape, lifted[0]!.shape))
  if (other)
    throw new ShapeError({
      who: 'stack',
      given: `${bracket(lifted[0]!.shape)} and ${bracket(other.shape)}`,
      wanted: 'values of one shape',
      remedy: 'Use concat to join along an axis they have',
    })
  return concat(
    lifted.map(value => reshape(value, value.shape.toSpliced(at, 0, 1))),
    at,
  )
}
