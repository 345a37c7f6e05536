import test from 'ava'
import { KindError, ShapeError } from '../../../ad/errors.ts'
import { jvp, vjp, vmap } from '../../../ad/modes/transforms.ts'
import { broadcastTo, concat, reshape, slice, stack, sum, transpose } from '../../../ad/primitives/layout.ts'
import { logSoftmax, logsumexp, mean, softmax } from '../../../ad/primitives/reduction.ts'
import { nested, scalar, sizeOf, type Tensor, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

type Shape = readonly number[]
type Index = readonly number[]
const counted = (shape: Shape): Tensor =>
  tensorOf(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
  )
const placeOf = (shape: Shape, index: Index): number =>
  index.reduce((place, i, axis) => place * (shape[axis] as number) + i, 0)
const indices = (shape: Shape): readonly Index[] =>
  shape.reduce<readonly Index[]>(
    (found, n) => found.flatMap(one => Array.from({ length: n }, (_, i) => [...one, i])),
    [[]],
  )

/** A value by where each of its entries comes from; 0 where from nowhere. */
const made = (x: Tensor, shape: Shape, from: (index: Index) => Index): Tensor =>
  tensorOf(
    shape,
    Float64Array.from(indices(shape), index => x.data[placeOf(x.shape, from(index))] as number),
  )

const x = counted([2, 3, 4])
const moves: readonly (readonly [string, (v: Value) => Value, Shape, (index: Index) => Index])[] = [
  ['reshape', v => reshape(v, [4, 6]), [4, 6], ([i = 0, j = 0]) => indices([2, 3, 4])[6 * i + j] as Index],
  ['broadcastTo', v => broadcastTo(v, [5, 2, 3, 4]), [5, 2, 3, 4], ([, ...rest]) => rest],
  ['transpose', v => transpose(v), [4, 3, 2], index => index.toReversed()],
  ['transpose by its axes', v => transpose(v, [2, 0, 1]), [4, 2, 3], ([k = 0, i = 0, j = 0]) => [i, j, k]],
  ['transpose by axes from the end', v => transpose(v, [1, -3, -1]), [3, 2, 4], ([j = 0, i = 0, k = 0]) => [i, j, k]],
  ['slice of the first axis', v => slice(v, 1, 2), [1, 3, 4], ([, j = 0, k = 0]) => [1, j, k]],
  ['slice of a middle axis', v => slice(v, 1, 3, 1), [2, 2, 4], ([i = 0, j = 0, k = 0]) => [i, j + 1, k]],
  ['slice of the last axis', v => slice(v, 0, 3, -1), [2, 3, 3], index => index],
  ['slice of nothing', v => slice(v, 2, 2, 2), [2, 3, 0], index => index],
]

for (const [name, f, shape, from] of moves)
  test(`${name} takes every entry from its place, its derivatives as its values`, t => {
    const wanted = made(x, shape, from)
    t.deepEqual(f(x), wanted)
    t.deepEqual(jvp(f, [x], [x])[1], wanted)
    const c = counted(shape)
    const sums = zeros(x.shape)
    for (const [i, index] of indices(shape).entries())
      (sums.data[placeOf(x.shape, from(index))] as number) += c.data[i] as number
    t.deepEqual(vjp(f, x)[1](c), [sums])
    const two = stack([
      x,
      tensorOf(
        x.shape,
        x.data.map(v => -v),
      ),
    ])
    t.deepEqual(nested(vmap(f)(two) as Tensor), [
      nested(wanted),
      nested(
        tensorOf(
          shape,
          wanted.data.map(v => -v),
        ),
      ),
    ])
  })

test('a spread repeats axes of 1 and new ones in front, and its pull adds them up', t => {
  const row = counted([2, 1, 2])
  const spread = (v: Value): Value => broadcastTo(v, [3, 2, 2, 2])
  t.deepEqual(
    spread(row),
    made(row, [3, 2, 2, 2], ([, i = 0, , k = 0]) => [i, 0, k]),
  )
  const c = counted([3, 2, 2, 2])
  const sums = zeros([2, 1, 2])
  for (const [at, [, i = 0, , k = 0]] of indices([3, 2, 2, 2]).entries())
    (sums.data[2 * i + k] as number) += c.data[at] as number
  t.deepEqual(vjp(spread, row)[1](c), [sums])
  t.deepEqual(nested(vmap(spread)(stack([row, row])) as Tensor), [
    nested(spread(row) as Tensor),
    nested(spread(row) as Tensor),
  ])
  t.deepEqual(nested(vmap((v: Value) => broadcastTo(v, [2, 2]))(tensor([5, 6])) as Tensor), [
    [
      [5, 5],
      [5, 5],
    ],
    [
      [6, 6],
      [6, 6],
    ],
  ])
  t.deepEqual(vjp((v: Value) => broadcastTo(v, [1, 3]), counted([1, 1]))[1](counted([1, 3])), [tensor([[6]])])
})

/** Sums along axes by their definition. */
const summed = (v: Tensor, axes: readonly number[]): Tensor => {
  const kept = v.shape.map((_, axis) => axis).filter(axis => !axes.includes(axis))
  const shape = kept.map(axis => v.shape[axis] as number)
  const out = zeros(shape)
  for (const [i, index] of indices(v.shape).entries())
    (out.data[
      placeOf(
        shape,
        kept.map(axis => index[axis] as number),
      )
    ] as number) += v.data[i] as number
  return out
}

test('sums and means go along the axes named, counted from either end, and repeat where they are pulled', t => {
  for (const axes of [[0], [1], [2], [0, 2], [2, 1], [0, 1, 2]])
    for (const named of [axes, axes.map(axis => axis - 3), ...(axes.length === 1 ? [axes[0] as number] : [])]) {
      const wanted = summed(x, axes)
      const count = axes.reduce((n, axis) => n * (x.shape[axis] as number), 1)
      t.deepEqual(sum(x, named), wanted)
      t.deepEqual(jvp((v: Value) => sum(v, named), [x], [x])[1], wanted)
      const c = counted(wanted.shape)
      const repeated = made(c, x.shape, index => index.filter((_, axis) => !axes.includes(axis)))
      t.deepEqual(vjp((v: Value) => sum(v, named), x)[1](c), [repeated])
      const close = (found: Value, total: Tensor) =>
        t.true(
          (found as Tensor).data.every((v, i) => Math.abs(v - (total.data[i] as number) / count) < 1e-12),
          `${named}`,
        )
      close(mean(x, named), wanted)
      close(jvp((v: Value) => mean(v, named), [x], [x])[1], wanted)
      close(vjp((v: Value) => mean(v, named), x)[1](c)[0] as Value, repeated)
    }
  t.deepEqual(nested(sum(x) as Tensor), 300)
  t.deepEqual(nested(mean(x) as Tensor), 12.5)
  t.is(sum(x, []), x)
  t.is(sum(scalar(3)).shape.length, 0)
})

test('values are joined along an axis they have, and each gets its part of the cotangent', t => {
  const [a, b, c] = [counted([2, 1, 2]), counted([2, 3, 2]), counted([2, 2, 2])]
  const join = (...parts: readonly Value[]): Value => concat(parts, 1)
  const wanted = [
    [
      [1, 2],
      [1, 2],
      [3, 4],
      [5, 6],
      [1, 2],
      [3, 4],
    ],
    [
      [3, 4],
      [7, 8],
      [9, 10],
      [11, 12],
      [5, 6],
      [7, 8],
    ],
  ]
  t.deepEqual(nested(join(a, b, c) as Tensor), wanted)
  t.deepEqual(join(a, b, c), concat([a, b, c], -2))
  t.deepEqual(nested(jvp(join, [a, b, c], [a, b, c])[1] as Tensor), wanted)
  const pulled = vjp(join, a, b, c)[1](join(a, b, c))
  t.deepEqual(pulled, [a, b, c])
  const pushed = jvp((v: Value) => concat([a, v, c], 1), [b], [b])[1]
  t.deepEqual(pushed, concat([zeros([2, 1, 2]), b, zeros([2, 2, 2])], 1))
  t.is(concat([a], 2), a)
  t.deepEqual(nested(concat([tensor([1]), tensor([]), tensor([2, 3])]) as Tensor), [1, 2, 3])
})

test('values are stacked along a new axis, counted from either end', t => {
  const [a, b] = [tensor([1, 2]), tensor([3, 4])]
  const columns = [
    [1, 3],
    [2, 4],
  ]
  t.deepEqual(nested(stack([a, b]) as Tensor), [
    [1, 2],
    [3, 4],
  ])
  t.deepEqual(nested(stack([a, b], 1) as Tensor), columns)
  t.deepEqual(nested(stack([a, b], -1) as Tensor), columns)
  t.deepEqual(nested(stack([a, b], -2) as Tensor), nested(stack([a, b], 0) as Tensor))
  t.deepEqual(nested(stack([1, 2, 3]) as Tensor), [1, 2, 3])
  t.deepEqual(stack([x, x], 2).shape, [2, 3, 2, 4])
})

const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  ['a reshape', () => reshape(x, [5, 5]), /^reshape: \[2, 3, 4\], 24 numbers, as \[5, 5\], 25 numbers; wanted/],
  ['a spread to another size', () => broadcastTo(counted([2]), [3]), /^spread: \[2\] over \[3\]; wanted axes/],
  ['a spread of an axis that is not the last', () => broadcastTo(counted([2]), [2, 3]), /^spread: /],
  ['a spread to fewer axes', () => broadcastTo(counted([1, 1]), [1]), /^spread: \[1, 1\] over \[1\]/],
  ['an axis beyond', () => sum(x, 3), /^sum: axis 3 of a value of rank 3; wanted an axis from -3 to 2\. Count axes/],
  ['an axis before', () => sum(x, -4), /^sum: axis -4 of a value of rank 3/],
  ['half an axis', () => mean(x, 0.5), /^mean: axis 0\.5/],
  [
    'an axis of a scalar',
    () => slice(scalar(1), 0, 1),
    /^slice: a scalar, which has no axes; wanted a value with axes\. Make/,
  ],
  [
    'an axis twice',
    () => sum(x, [0, -3]),
    /^sum: axes \[0,-3\] of a value of rank 3, some of them twice; wanted each axis once/,
  ],
  [
    'a transpose with too few axes',
    () => transpose(x, [0, 1]),
    /^transpose: axes \[-?\d, -?\d\] for \[2, 3, 4\]; wanted each of 0 … 2 once/,
  ],
  ['a transpose with an axis twice', () => transpose(x, [0, 1, 1]), /^transpose: axes /],
  [
    'a slice that begins before',
    () => slice(x, -1, 1),
    /^slice: -1 to 1 of an axis of 2 in \[2, 3, 4\]; wanted .* ≤ 2/,
  ],
  ['a slice beyond the end', () => slice(x, 0, 4, 1), /^slice: 0 to 4 of an axis of 3/],
  ['a slice that ends before it begins', () => slice(x, 2, 1, 1), /^slice: 2 to 1/],
  ['a slice from half a place', () => slice(x, 0.5, 2), /^slice: 0\.5 to 2/],
  ['a slice to half a place', () => slice(x, 0, 1.5), /^slice: 0 to 1\.5/],
  [
    'concat of other widths',
    () => concat([counted([2, 3]), counted([2, 2])]),
    /^concat: \[2, 3\] and \[2, 2\] along axis 0; wanted/,
  ],
  ['concat of other heights', () => concat([counted([2, 3]), counted([3, 3])], 1), /^concat: .* along axis 1/],
  ['concat of nothing', () => concat([]), /^concat: no values; wanted at least one/],
  [
    'concat of other ranks',
    () => concat([counted([2]), counted([2, 1])]),
    /^concat: values \[2\] and \[2, 1\]; wanted values of one rank/,
  ],
  ['concat along no axis', () => concat([x, x], 3), /^concat: axis 3 of a value of rank 3/],
  [
    'stack of other shapes',
    () => stack([counted([2]), counted([3])]),
    /^stack: \[2\] and \[3\]; wanted values of one shape/,
  ],
  ['stack of nothing', () => stack([]), /^concat: no values/],
  ['stack of nothing along a second axis', () => stack([], 1), /^stack: axis 1 of a value of rank 1/],
  ['stack along no axis', () => stack([counted([2])], 2), /^stack: axis 2 of a value of rank 2/],
]

test('shapes and axes that do not fit are refused, by the name of the operation', t => {
  for (const [what, attempt, message] of refused) t.throws(attempt, { instanceOf: ShapeError, message }, what)
  for (const [who, attempt] of [
    ['reshape', () => reshape(x, 24 as never)],
    ['sum', () => sum(x, '0' as never)],
    ['transpose', () => transpose(x, 1 as never)],
    ['concat', () => concat(x as never)],
    ['stack', () => stack(x as never)],
  ] as const) {
    const error = t.throws(attempt, { instanceOf: KindError }) as KindError
    t.deepEqual([error.who, error.wanted === '', error.remedy === ''], [who, false, false])
    t.regex(error.given, /^(a value|24|'0'|1)/)
  }
})

test('softmax and its logarithm are normalised along their axes, in value and in derivative', t => {
  const logits = tensor([
    [0.5, -1, 2],
    [1, 1, -3],
  ])
  const close = (found: Value, wanted: readonly number[], what: string) =>
    t.true(
      (found as Tensor).data.every((v, i) => Math.abs(v - (wanted[i] as number)) < 1e-14) &&
        (found as Tensor).data.length === wanted.length,
      `${what}: ${(found as Tensor).data}, not ${wanted}`,
    )
  for (const axes of [[1], [0], [0, 1]]) {
    const groups = indices(logits.shape).map(index => index.filter((_, axis) => !axes.includes(axis)).join())
    const same = (i: number): readonly number[] => [...groups.keys()].filter(j => groups[j] === groups[i])
    const totals = groups.map((_, i) => same(i).reduce((total, j) => total + Math.exp(logits.data[j] as number), 0))
    const p = totals.map((total, i) => Math.exp(logits.data[i] as number) / total)
    const firsts = [...groups.keys()].filter(i => same(i)[0] === i)
    const [d, c] = [
      [1, -2, 0.5, 3, 0.25, -1],
      [2, 1, -1, 0.5, 3, -2],
    ]
    const along = (i: number, f: (j: number) => number): number => same(i).reduce((total, j) => total + f(j), 0)
    const [direction, cotangent] = [tensor(d, [2, 3]), tensor(c, [2, 3])]
    close(softmax(logits, axes), p, `softmax ${axes}`)
    close(logSoftmax(logits, axes), p.map(Math.log), `logSoftmax ${axes}`)
    close(
      logsumexp(logits, axes),
      firsts.map(i => Math.log(totals[i] as number)),
      `logsumexp ${axes}`,
    )
    const [P, D, C] = [p, d, c].map(
      list =>
        (j: number): number =>
          list[j] as number,
    ) as [(j: number) => number, (j: number) => number, (j: number) => number]
    const all = [...groups.keys()]
    close(
      jvp((v: Value) => softmax(v, axes), [logits], [direction])[1],
      all.map(i => P(i) * (D(i) - along(i, j => P(j) * D(j)))),
      `push of softmax ${axes}`,
    )
    close(
      vjp((v: Value) => softmax(v, axes), logits)[1](cotangent)[0] as Value,
      all.map(i => P(i) * (C(i) - along(i, j => P(j) * C(j)))),
      `pull of softmax ${axes}`,
    )
    close(
      jvp((v: Value) => logSoftmax(v, axes), [logits], [direction])[1],
      all.map(i => D(i) - along(i, j => P(j) * D(j))),
      `push of logSoftmax ${axes}`,
    )
    close(
      vjp((v: Value) => logSoftmax(v, axes), logits)[1](cotangent)[0] as Value,
      all.map(i => C(i) - P(i) * along(i, C)),
      `pull of logSoftmax ${axes}`,
    )
    close(
      jvp((v: Value) => logsumexp(v, axes), [logits], [direction])[1],
      firsts.map(i => along(i, j => P(j) * D(j))),
      `push of logsumexp ${axes}`,
    )
    const weights = tensorOf(logsumexp(logits, axes).shape, Float64Array.from(firsts, C))
    close(
      vjp((v: Value) => logsumexp(v, axes), logits)[1](weights)[0] as Value,
      all.map(i => C(same(i)[0] as number) * P(i)),
      `pull of logsumexp ${axes}`,
    )
  }
  for (const f of [softmax, logSoftmax, logsumexp]) {
    t.is(f.primitive.operations?.([[2, 3]], { axes: [-1] }), 24)
    t.deepEqual(f(logits), f(logits, -1))
  }
})
