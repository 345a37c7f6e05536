/**
 * The classes of shapes that each kind of primitive takes: each axis alone, several, all; sizes of 1 and of 0. A primitive is
 * proved at its specimens only, so that a class without a specimen is a class that nothing holds it to.
 */
import type { Shape } from '../../ad/tensor.ts'
import type { Row, Specimen } from '../../ad/value.ts'

/** What a specimen must be to stand for the class. */
type Class = (specimen: Specimen) => boolean
/** Classes by name. */
type Family = Readonly<Record<string, Class>>

const shapeOf = ({ shapes }: Specimen, argument = 0): Shape => shapes[argument] ?? []
const optionOf = <T>({ options }: Specimen, name: string): T => (options as Record<string, T>)[name] as T
const of = (wanted: Shape, found: Shape): boolean =>
  wanted.length === found.length && wanted.every((n, i) => n === found[i])
/** A size that is neither 0 nor 1, of which mistakes in strides show. */
const many = (n: number | undefined): boolean => n !== undefined && n > 1

/** The axes acted on, from the end. */
const axesOf = (specimen: Specimen): readonly number[] =>
  optionOf<readonly number[] | undefined>(specimen, 'axes') ?? [optionOf<number>(specimen, 'axis')]

const alone =
  (rank: number, axis: number): Class =>
  specimen =>
    shapeOf(specimen).length >= rank && of([axis === 0 ? -shapeOf(specimen).length : axis], axesOf(specimen))

const sizesAlong = (specimen: Specimen): readonly number[] =>
  axesOf(specimen).map(axis => shapeOf(specimen).at(axis) ?? Number.NaN)
const sizesBeside = (specimen: Specimen): readonly number[] =>
  shapeOf(specimen).filter((_, i) => !axesOf(specimen).includes(i - shapeOf(specimen).length))

/** One axis, wherever it stands. */
const oneAxis: Family = {
  'the only axis': specimen => shapeOf(specimen).length === 1,
  'the leading axis alone': alone(2, 0),
  'a middle axis alone': specimen => alone(3, -2)(specimen),
  'the trailing axis alone': alone(2, -1),
  'an empty axis beside it': specimen => sizesBeside(specimen).includes(0),
}

const reductions: Family = {
  ...oneAxis,
  'several axes with one between them': specimen => of([-3, -1], axesOf(specimen)) && shapeOf(specimen).every(many),
  'all axes of several': specimen => shapeOf(specimen).length > 1 && sizesBeside(specimen).length === 0,
  'an axis of size 1': specimen => sizesAlong(specimen).includes(1),
  'an axis of size 1 beside it': specimen => sizesBeside(specimen).includes(1),
}
const reductionsOfNothing: Family = { ...reductions, 'an empty axis': specimen => sizesAlong(specimen).includes(0) }

const ranks: Family = {
  'a scalar': specimen => shapeOf(specimen).length === 0,
  'a vector': specimen => shapeOf(specimen).length === 1 && shapeOf(specimen).every(many),
  'a matrix': specimen => shapeOf(specimen).length === 2 && shapeOf(specimen).every(many),
}
const sizes: Family = {
  'an axis of size 1': specimen => specimen.shapes.some(shape => shape.includes(1)),
  'an empty axis': specimen => specimen.shapes.some(shape => shape.includes(0)),
}

/** Where a spread repeats: new axes in front of the old ones, and old ones of size 1. */
const repeated = (specimen: Specimen): { readonly front: Shape; readonly old: readonly number[] } => {
  const [from, to] = [shapeOf(specimen), optionOf<Shape>(specimen, 'shape')]
  const front = to.slice(0, to.length - from.length)
  const old = from.flatMap((n, i) => (n === 1 && to[front.length + i] !== 1 ? [i - from.length] : []))
  return { front, old }
}
const repeats =
  (front: number, old: (rank: number) => readonly number[], rank = 1): Class =>
  specimen => {
    const found = repeated(specimen)
    const from = shapeOf(specimen)
    const beside = from.filter((_, i) => !found.old.includes(i - from.length))
    return from.length >= rank && found.front.length === front && of(old(from.length), found.old) && beside.every(many)
  }
const spreads: Family = {
  'a scalar over several axes': specimen => shapeOf(specimen).length === 0 && repeated(specimen).front.length > 1,
  'a new leading axis': repeats(1, () => []),
  'the only axis': specimen => shapeOf(specimen).length === 1 && repeats(0, () => [-1])(specimen),
  'the leading axis alone': repeats(0, rank => [-rank], 2),
  'a middle axis alone': repeats(0, () => [-2], 3),
  'the trailing axis alone': repeats(0, () => [-1], 2),
  'several axes with one between them': repeats(0, () => [-3, -1], 3),
  'a new axis and the trailing one': repeats(1, () => [-1]),
  'an axis of size 1 that stays so': specimen =>
    repeated(specimen).old.length === 1 && optionOf<Shape>(specimen, 'shape').includes(1),
  'over an empty axis': specimen => repeated(specimen).old.length > 0 && optionOf<Shape>(specimen, 'shape').includes(0),
  'an empty value': specimen => shapeOf(specimen).includes(0),
}

const toShape = (specimen: Specimen): Shape => optionOf<Shape>(specimen, 'shape')
const reshapes: Family = {
  'to as many axes': specimen => shapeOf(specimen).length === toShape(specimen).length,
  'to fewer axes': specimen => shapeOf(specimen).length > toShape(specimen).length && toShape(specimen).length > 0,
  'to more axes': specimen => shapeOf(specimen).length < toShape(specimen).length && shapeOf(specimen).length > 0,
  'to a scalar': specimen => toShape(specimen).length === 0,
  'of a scalar': specimen => shapeOf(specimen).length === 0,
  ...sizes,
}

const ownInverse = (axes: readonly number[]): boolean => axes.every((axis, i) => axes[axis] === i)
const permutations: Family = {
  ...sizes,
  'a scalar': specimen => shapeOf(specimen).length === 0,
  'axes in their order': specimen => axesOf(specimen).length > 1 && axesOf(specimen).every((axis, i) => axis === i),
  'two axes swapped': specimen => of([1, 0], axesOf(specimen)) && shapeOf(specimen).every(many),
  'axes turned, which is not its own inverse': specimen => !ownInverse(axesOf(specimen)),
}

const bounds = (specimen: Specimen): readonly [start: number, end: number, size: number] => [
  optionOf<number>(specimen, 'start'),
  optionOf<number>(specimen, 'end'),
  sizesAlong(specimen)[0] ?? 0,
]
const cuts =
  (is: (start: number, end: number, size: number) => boolean): Class =>
  specimen =>
    is(...bounds(specimen))
const slices: Family = {
  ...oneAxis,
  'an axis of size 1': specimen => sizesAlong(specimen).includes(1),
  'the first entries': cuts((start, end, size) => start === 0 && end < size),
  'entries in the middle': cuts((start, end, size) => start > 0 && start < end && end < size),
  'the last entries': cuts((start, end, size) => start > 0 && start < end && end === size),
  'all entries': cuts((start, end, size) => start === 0 && end === size),
  'no entries': cuts((start, end) => start === end),
}

const lengths = (specimen: Specimen): readonly number[] =>
  specimen.shapes.map(shape => shape.at(axesOf(specimen)[0] ?? 0) ?? 0)
const joins: Family = {
  ...oneAxis,
  'one value': specimen => specimen.shapes.length === 1,
  'two values of different lengths': specimen => new Set(lengths(specimen)).size > 1 && !lengths(specimen).includes(0),
  'three values': specimen => specimen.shapes.length === 3,
  'an empty value': specimen => lengths(specimen).includes(0),
  'an axis of size 1': specimen => lengths(specimen).includes(1),
}

/** Sizes of a product by letter, each in turn 1, 0 and larger than what it stands beside. */
const letters =
  (names: string, sizesOf: (specimen: Specimen) => readonly (number | undefined)[]) =>
  (...wanted: readonly number[]): Family =>
    Object.fromEntries(
      [...names].flatMap((name, i) =>
        wanted.map(n => [
          `${name} = ${n}`,
          (specimen: Specimen) => sizesOf(specimen).every((size, j) => (i === j ? size === n : many(size))),
        ]),
      ),
    )

const unequal: Class = ({ shapes }) => new Set(shapes.flat()).size > 1 && shapes.flat().every(many)
const matmuls: Family = {
  ...letters('mkn', s => [shapeOf(s).at(-2), shapeOf(s).at(-1), shapeOf(s, 1).at(-1)])(0, 1),
  'no leading axis': specimen => shapeOf(specimen).length === 2 && unequal(specimen),
  'a leading axis': specimen => shapeOf(specimen).length === 3 && many(shapeOf(specimen)[0]),
  'several leading axes': specimen => shapeOf(specimen).length > 3 && many(shapeOf(specimen)[0]),
  'more than a tile, and no multiple of one': specimen => specimen.shapes.flat().every(n => n > 4 && n % 4 !== 0),
}
const matvecs: Family = {
  ...letters('mn', specimen => shapeOf(specimen))(0, 1),
  'an oblong matrix': unequal,
}
const outers: Family = {
  ...letters('mn', specimen => specimen.shapes.map(([n]) => n))(0, 1),
  'vectors of different lengths': unequal,
}
const dots: Family = {
  ...letters('n', specimen => shapeOf(specimen))(0, 1),
  'several entries': ({ shapes }) => shapes.flat().every(many),
}

/** Rows by number: values [.., rows, width], numbers [.., k]. */
const rows: Family = {
  ...letters('ek', ({ shapes: [values, numbers] }) => [values?.at(-1), numbers?.at(-1)])(0),
  'one number': specimen => of([1], shapeOf(specimen, 1)),
  'a row of size 1': specimen => shapeOf(specimen).at(-1) === 1,
  'more numbers than rows, or rows than numbers': specimen =>
    shapeOf(specimen, 1).length === 1 &&
    (shapeOf(specimen, 1)[0] ?? 0) >
      (optionOf<number | undefined>({ options: {}, ...specimen }, 'count') ?? shapeOf(specimen)[0] ?? 0),
  'a leading axis': specimen => shapeOf(specimen, 1).length === 2 && many(shapeOf(specimen, 1)[0]),
}

const columns: Family = {
  ...letters('m', specimen => [shapeOf(specimen)[0]])(0, 1),
  'an oblong table': specimen => shapeOf(specimen).every(many) && shapeOf(specimen)[0] !== shapeOf(specimen)[1],
}

const named: Readonly<Record<string, Family>> = {
  ...{ sum: reductionsOfNothing, softmax: reductionsOfNothing, logSoftmax: reductionsOfNothing },
  // The mean and the logsumexp of nothing are no numbers.
  ...{ mean: reductions, logsumexp: reductions },
  ...{ spread: spreads, reshape: reshapes, transpose: permutations, slice: slices, concat: joins },
  ...{ matmul: matmuls, matvec: matvecs, outer: outers, dot: dots, gather: rows, scatter: rows, column: columns },
}
const elementwise: Family = { ...ranks, ...sizes }

/** The classes of a primitive's shapes that none of its specimens stands for; null where nobody has said which classes it takes. */
export const missingClasses = (row: Row): readonly string[] | null => {
  const family = row.kind === 'elementwise' ? elementwise : named[row.name]
  if (!family) return null
  return Object.keys(family).filter(name => !(row.specimens ?? []).some(specimen => family[name]?.(specimen)))
}
