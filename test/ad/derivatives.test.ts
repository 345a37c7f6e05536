import test from 'ava'
import { compile } from '../../ad/compiler/compile.ts'
import { alignment, distance } from '../../ad/distance.ts'
import { grad, hessian, jvp } from '../../ad/modes/transforms.ts'
import { abs, div, exp, max, min, neg, pow, relu, sigmoid, softplus, sqrt } from '../../ad/primitives/elementwise.ts'
import { column, gather, scatter } from '../../ad/primitives/indexing.ts'
import { broadcastTo, concat, reshape, slice, sum, transpose } from '../../ad/primitives/layout.ts'
import { logSoftmax, logsumexp, mean, softmax } from '../../ad/primitives/reduction.ts'
import { nested, scalar, type Tensor, tensor } from '../../ad/tensor.ts'
import type { Tree } from '../../ad/tree.ts'
import { item, type Value } from '../../ad/value.ts'
import { crossEntropy } from '../../nets/loss.ts'

const slope = (f: (x: Value) => Value, at: number): number => item(grad(f)(scalar(at)) as Value)
const spread = (x: Value): Value => logsumexp(x)
const engines = ['compiled-js', 'compiled-wasm'] as const

test('what is not chosen gives 0, however steep it is', t => {
  t.is(
    slope(x => sqrt(max(0, x)), -1),
    0,
  )
  t.is(
    slope(x => sqrt(max(x, 0)), -1),
    0,
  )
  t.is(
    slope(x => sqrt(neg(min(0, x))), 1),
    0,
  )
  t.is(
    slope(x => sqrt(neg(min(x, 0))), 1),
    0,
  )
  t.is(
    slope(x => sqrt(relu(x)), -1),
    0,
  )
  t.is(
    slope(x => sqrt(abs(x)), 0),
    0,
  )
  t.is(
    slope(x => pow(relu(x), 0.5), -1),
    0,
  )
})

test('a quotient does not square its divisor', t => {
  t.is(
    slope(b => div(1e-170, b), 1e-170),
    -1e170,
  )
  t.is(slope(b => div(0, b), 1e-200) + 0, 0)
  t.is(
    slope(b => div(1e308, b), 1e160),
    -1e-12,
  )
})

test('sigmoid and softplus keep their derivatives where they saturate', t => {
  const wanted = Math.exp(-40)
  const close = (x: number) => t.true(Math.abs(x / wanted - 1) < 1e-14, `${x}`)
  close(item(jvp(sigmoid, [scalar(40)], [scalar(1)])[1] as Value))
  close(slope(sigmoid, 40))
  close(item(hessian(softplus)(scalar(40)) as Value))
  close(Math.abs(item(hessian(sigmoid)(scalar(40)) as Value)))
})

test('the gradient of logsumexp sums to 1 however large its entries are, and is 0 where none counts', t => {
  for (const large of [1e8, 1e16, 1e300]) {
    const x = tensor([large, large + 2])
    t.true(Math.abs(item(sum(grad(spread)(x))) - 1) < 1e-15)
    t.true(Math.abs(item(jvp(spread, [x], [tensor([1, 1])])[1] as Value) - 1) < 1e-15)
  }
  const none = tensor([-Infinity, -Infinity])
  t.deepEqual(nested(grad(spread)(none) as Tensor), [0, 0])
  t.is(item(jvp(spread, [none], [tensor([1, 1])])[1] as Value), 0)
  t.is(item(logsumexp(tensor([]))), -Infinity)
  for (const engine of engines) t.is(item(compile((x: Value) => logsumexp(x), engine)(tensor([])) as Value), -Infinity)
})

test('a logit of -Infinity costs nothing under a label of 0', t => {
  const [v, target] = [tensor([0, -Infinity]), tensor([1, 0])]
  const cost = (x: Value): Value => crossEntropy.each(x, target)
  t.is(item(cost(v)) + 0, 0)
  t.deepEqual(nested(grad(cost)(v) as Tensor), [0, 0])
  for (const engine of engines) t.is(item(compile(cost, engine)(v) as Value) + 0, 0)
})

test('several axes are normalised together, and one axis is not named twice', t => {
  const M = tensor([
    [1, 2],
    [3, 4],
  ])
  const flat = tensor([1, 2, 3, 4])
  t.is(item(logsumexp(M, [0, 1])), item(logsumexp(flat)))
  t.deepEqual(nested(softmax(M, [1, 0]) as Tensor), [
    (nested(softmax(flat) as Tensor) as number[]).slice(0, 2),
    (nested(softmax(flat) as Tensor) as number[]).slice(2),
  ])
  t.is(item(sum(exp(logSoftmax(M, [0, -1])))).toPrecision(14), '1.0000000000000')
  for (const engine of engines)
    t.is(item(compile((x: Value) => logsumexp(x, [0, 1]), engine)(M) as Value), item(logsumexp(flat)))
  for (const twice of [() => mean(M, [0, -2]), () => sum(M, [1, 1]), () => softmax(M, [-1, 1])])
    t.throws(twice, { message: /twice; wanted each axis once/ })
  t.throws(() => softmax(scalar(1)), { message: /a scalar, which has no axes/ })
  t.deepEqual(nested(transpose(M, [-1, -2]) as Tensor), nested(transpose(M) as Tensor))
})

test('powers are those of IEEE 754', t => {
  const power = (a: number, b: number): number => item(pow(a, b))
  for (const b of [Infinity, -Infinity, Number.NaN]) t.is(power(1, b), 1)
  for (const b of [Infinity, -Infinity]) t.is(power(-1, b), 1)
  t.is(power(Number.NaN, 0), 1)
  t.is(power(-1, Number.NaN), Number.NaN)
  t.is(
    slope(a => pow(a, 0), 0),
    0,
  )
  t.is(
    slope(a => pow(a, 0), Infinity),
    0,
  )
})

test('the kernels reach the smallest numbers', t => {
  const f64 = compile((x: Value) => exp(x) as Tree, 'compiled-wasm')
  const xs = [-708.03, -708.39, -708.3964, -709, -720, -745]
  const found = nested(f64(tensor(xs)) as Tensor) as number[]
  for (const [i, x] of xs.entries()) {
    const wanted = Math.exp(x)
    t.true(Math.abs((found[i] as number) - wanted) <= 4e-16 * wanted + Number.MIN_VALUE, `exp(${x}) is ${found[i]}`)
  }
  t.deepEqual(nested(f64(tensor([-746, -Infinity, 710])) as Tensor), [0, 0, Infinity])
})

test('the kernel of sigmoid stops at the smallest normal number, which docs/limits.md says', t => {
  const xs = tensor([-708.39, -708.4, -745])
  const [normal, ...below] = nested(compile(sigmoid, 'compiled-wasm')(xs) as Tensor) as number[]
  t.true(Math.abs((normal as number) / Math.exp(-708.39) - 1) < 1e-15)
  t.deepEqual(below, [0, 0])
  const [, ...eager] = nested(sigmoid(xs) as Tensor) as number[]
  t.deepEqual(eager, [Math.exp(-708.4), Math.exp(-745)])
})

test('the Hessian of a power is symmetric where the exponent is 0', t => {
  const power = (p: Value): Value => sum(pow(slice(p, 0, 1), slice(p, 1, 2)))
  for (const a of [2, 0.25, -3, 1e-150]) {
    const second = nested(hessian(power)(tensor([a, 0])) as Tensor) as number[][]
    t.is(second[0]?.[1], 1 / a)
    if (a > 0) t.true(Math.abs((second[1]?.[0] as number) * a - 1) < 1e-14, `${second}`)
    for (const engine of engines)
      t.is((nested(compile(hessian(power), engine)(tensor([a, 0])) as Tensor) as number[][])[0]?.[1], 1 / a)
  }
  for (const a of [0, 5e-324, 1e-200, Infinity])
    t.is(
      slope(x => pow(x, 0), a),
      0,
    )
})

test('NaN among the terms of logsumexp is NaN in its gradient', t => {
  const broken = tensor([Number.NaN, 1])
  t.deepEqual(nested(grad(spread)(broken) as Tensor), [Number.NaN, Number.NaN])
  t.is(item(jvp(spread, [broken], [tensor([1, 1])])[1] as Value), Number.NaN)
})

test('rows are picked by whole numbers alone', t => {
  const table = tensor([
    [1, 2],
    [3, 4],
  ])
  const picked = (rows: Value): Value => gather(table, rows)
  for (const row of [1.5, -0.5, 0.25, -1, 2, Number.NaN]) {
    const rows = tensor([row])
    const runs = [() => picked(rows), ...engines.map(engine => () => compile(picked, engine)(rows))]
    const constant = engines.map(engine => () => compile((x: Value) => gather(x, rows), engine)(table))
    for (const run of [...runs, ...constant, () => scatter(tensor([[1]]), rows, 2), () => column(table, row)])
      t.throws(run, { message: /row .* wanted a whole number from 0 to 1/ })
  }
})

test('sizes that are no whole numbers are refused wherever a shape is given', t => {
  const x = tensor([1, 2, 3, 4])
  for (const shape of [[-2, -2], [0.5, 8], [-1]])
    for (const run of [() => reshape(x, shape), () => broadcastTo(1, shape)])
      t.throws(run, { message: /shape .* wanted whole numbers of at least 0/ })
  for (const run of [() => reshape(x, 4 as never), () => broadcastTo(1, 4 as never)])
    t.throws(run, { message: /4;? .*wanted/ })
  for (const count of [-1, 1.5, Number.NaN])
    t.throws(() => scatter(tensor([[1]]), tensor([0]), count), { message: /^scatter: shape/ })
  t.throws(() => concat([reshape(x, [2, 2]), x], 1), { message: /^concat: values \[2, 2\] and \[4\]/ })
  for (const axis of ['0', null, 0.5]) t.throws(() => sum(x, axis as never), { message: /^sum: .*wanted an axis/ })
})

test('trees of other shapes are not compared', t => {
  for (const [a, b] of [
    [[1], [1, 2]],
    [[1, 2], [1]],
  ] as const)
    for (const compared of [distance, alignment])
      t.throws(() => compared({ a: tensor(a) }, { a: tensor(b) }), {
        message: /wanted trees of the same names and shapes/,
      })
})

test('a softmax that one entry takes has no digits of its curvature left, which docs/limits.md says', t => {
  const second = nested(hessian(logsumexp as (x: Value) => Value)(tensor([40, 0])) as Tensor) as number[][]
  t.is(Math.abs(second[0]?.[0] as number), 0)
  t.true(Math.abs((second[1]?.[1] as number) / Math.exp(-40) - 1) < 1e-14)
})
