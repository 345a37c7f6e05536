import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { compile } from '../../ad/compiler/compile.ts'
import { KindError, ShapeError } from '../../ad/errors.ts'
import { grad, jacrev, jvp, valueAndGrad, vjp, vmap } from '../../ad/modes/transforms.ts'
import { dot, matmul, matvec, outer } from '../../ad/primitives/contraction.ts'
import {
  abs,
  add,
  clip,
  log,
  max,
  mul,
  pow,
  relu,
  sigmoid,
  softplus,
  sqrt,
  stopGradient,
  sub,
  tanh,
  where,
} from '../../ad/primitives/elementwise.ts'
import { concat, reshape, slice, stack, sum, transpose } from '../../ad/primitives/layout.ts'
import { logSoftmax, logsumexp, mean, softmax } from '../../ad/primitives/reduction.ts'
import { nested, scalar, show, type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import { item, type Value } from '../../ad/value.ts'

const list = (x: Value): number[] => [...(x as Tensor).data]
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b))

test('tensors of any rank are made from nested numbers, and go back to them', t => {
  const cube = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ]
  t.deepEqual(nested(tensor(cube)), cube)
  t.deepEqual(tensor(cube).shape, [2, 2, 2])
  t.deepEqual(tensor(3).shape, [])
  t.throws(() => tensor([[1, 2], [3]]), { instanceOf: ShapeError })
  t.throws(() => tensor([1, 2, 3], [2, 2]), { instanceOf: ShapeError })
})

test('scalars and broadcasting are as people expect', t => {
  t.deepEqual(
    nested(
      add(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([10, 20]),
      ) as Tensor,
    ),
    [
      [11, 22],
      [13, 24],
    ],
  )
  t.deepEqual(nested(mul(2, tensor([1, 2])) as Tensor), [2, 4])
  t.deepEqual(nested(sub(tensor([[1], [2]]), tensor([1, 2])) as Tensor), [
    [0, -1],
    [1, 0],
  ])
  t.throws(() => add(tensor([1, 2]), tensor([1, 2, 3])), { instanceOf: ShapeError, message: /add: \[2\] and \[3\]/ })
})

test('axes count from either end', t => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  t.deepEqual(list(sum(x, 0)), [5, 7, 9])
  t.deepEqual(list(sum(x, -1)), [6, 15])
  t.deepEqual(list(mean(x)), [3.5])
  t.deepEqual(nested(transpose(x) as Tensor), [
    [1, 4],
    [2, 5],
    [3, 6],
  ])
  t.deepEqual(list(slice(x, 1, 2, 1)), [2, 5])
  t.deepEqual(stack([tensor([1, 2]), tensor([3, 4])], 1).shape, [2, 2])
  t.deepEqual(list(stack([tensor([1, 2]), tensor([3, 4])], -1)), [1, 3, 2, 4])
  t.deepEqual(list(concat([tensor([1]), tensor([2, 3])])), [1, 2, 3])
  t.throws(() => sum(x, 2), { instanceOf: ShapeError })
  t.deepEqual(list(sum(zeros([0]))), [0])
})

test('products are what linear algebra says', t => {
  const A = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ])
  t.deepEqual(list(matvec(A, tensor([1, -1]))), [-1, -1, -1])
  t.deepEqual(
    nested(
      matmul(
        A,
        tensor([
          [1, 0, 1],
          [0, 1, 1],
        ]),
      ) as Tensor,
    ),
    [
      [1, 2, 3],
      [3, 4, 7],
      [5, 6, 11],
    ],
  )
  t.deepEqual(nested(outer(tensor([1, 2]), tensor([3, 4])) as Tensor), [
    [3, 4],
    [6, 8],
  ])
  t.is(item(dot(tensor([1, 2]), tensor([3, 4]))), 11)
  t.deepEqual(matmul(tensor(Array(5 * 7).fill(1), [5, 7]), tensor(Array(7 * 2).fill(1), [7, 2])).shape, [5, 2])
})

test('values and derivatives are finite and right at ±700', t => {
  const ends = tensor([-700, 700])
  t.deepEqual(list(sigmoid(ends)), [Math.exp(-700) / (1 + Math.exp(-700)), 1])
  t.deepEqual(list(softplus(ends)), [Math.log1p(Math.exp(-700)), 700])
  t.true(near(item(logsumexp(ends)), 700))
  t.deepEqual(list(softmax(ends)), [0 + Math.exp(-1400), 1])
  t.deepEqual(list(logSoftmax(ends)), [-1400, 0])
  for (const f of [sigmoid, softplus, tanh, softmax, logSoftmax]) {
    const g = grad((x: Value) => sum(mul(f(x), tensor([1, 2]))))(ends) as Tensor
    t.true(g.data.every(Number.isFinite), f.primitive.name)
  }
  t.is(item(grad((x: Value) => softplus(x))(scalar(-700)) as Value), Math.exp(-700))
})

test('kinks have the conventional derivatives, and powers none of their traps', t => {
  const slope = (f: (x: Value) => Value, x: number): number => item(grad(f)(scalar(x)))
  t.is(slope(relu, 0), 0)
  t.is(slope(abs, 0), 0)
  t.is(
    slope(x => max(x, 0), 0),
    1,
  )
  t.is(
    slope(x => clip(x, -1, 1), 1),
    1,
  )
  t.is(
    slope(x => clip(x, -1, 1), 1.5),
    0,
  )
  t.is(
    slope(x => pow(x, 2), 0),
    0,
  )
  t.is(
    slope(x => pow(x, 0), 0),
    0,
  )
  t.is(
    slope(x => pow(x, 1), 0),
    1,
  )
  t.is(
    slope(x => pow(x, 3), -2),
    12,
  )
  t.is(
    slope(x => where(x, mul(3, x), 0), 2),
    3,
  )
  t.is(
    slope(x => mul(stopGradient(x), x), 3),
    3,
  )
  t.is(slope(sqrt, 4), 0.25)
})

test('with its argument guarded, a branch that is not selected sends back nothing, not even NaN', t => {
  const safe = (x: Value): Value => where(x, log(where(x, x, 1)), 0)
  t.is(item(grad(safe)(scalar(0))), 0)
})

test('derivatives take trees, plain numbers and several arguments', t => {
  const f = (p: { readonly a: Value; readonly b: Value }): Value => mul(p.a, sum(p.b))
  const g = grad(f)({ a: scalar(3), b: tensor([1, 2]) })
  t.is(item(g.a), 3)
  t.deepEqual(list(g.b), [3, 3])
  t.is(item(grad((x: Value) => mul(x, x))(3 as never) as Value), 6)
  t.is(item(grad((x: Value, y: Value) => mul(x, y), 1)(scalar(3), scalar(5))), 3)
  t.is(item(valueAndGrad((x: Value) => mul(x, x))(scalar(3))[0]), 9)
  const [y, dy] = jvp((x: Value) => mul(x, x), [3], [1])
  t.deepEqual([item(y), item(dy)], [9, 6])
  t.deepEqual(nested(jacrev((x: Value) => mul(x, x))(tensor([1, 2])) as Tensor), [
    [2, 0],
    [0, 4],
  ])
})

test('vmap maps the arguments that are named', t => {
  const W = tensor([
    [1, 0],
    [0, 2],
  ])
  const out = vmap((w: Value, x: Value) => matvec(w, x), [null, 0])(
    W,
    tensor([
      [1, 1],
      [2, 3],
    ]),
  )
  t.deepEqual(nested(out as Tensor), [
    [1, 2],
    [2, 6],
  ])
  t.throws(() => vmap((x: Value) => x)(scalar(1)), { instanceOf: ShapeError })
})

test('tangents and cotangents are matched by name, whatever the order they are written in', t => {
  const f = (p: { readonly a: Value; readonly b: Value }): Value => add(mul(p.a, 10), p.b)
  t.is(item(jvp(f, [{ a: 1, b: 2 }], [{ b: 1, a: 0 }])[1]), 1)
  const pair = (a: Value) => ({ u: a, v: mul(a, a) })
  t.is(item(vjp(pair, 2)[1]({ v: 1, u: 0 })[0] as Value), 4)
  t.throws(() => jvp(f, [{ a: 1, b: 2 }], [{ a: 1, z: 0 }]), { instanceOf: ShapeError, message: /a, z.*a, b/ })
})

test('a value that leaks out of an inner derivative is refused, not treated as a constant', t => {
  const leaky = (x: Value): Value => {
    let leak: Value = x
    grad((y: Value) => {
      leak = mul(x, y)
      return leak
    })(scalar(2))
    return leak
  }
  t.throws(() => grad(leaky)(scalar(3)), { instanceOf: KindError, message: /got out/ })
  t.throws(() => grad((x: Value) => mul(leaky(x), x))(scalar(3)), { instanceOf: KindError, message: /got out/ })
})

test('logsumexp of nothing possible is minus infinity', t => {
  t.is(item(logsumexp(tensor([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]))), Number.NEGATIVE_INFINITY)
})

test('a compiled program that branches on a value is refused, and its results are copies', t => {
  const branch = compile((x: Value) => (item(x) > 0 ? x : mul(x, x)))
  t.throws(() => branch(scalar(1)), { instanceOf: KindError, message: /where/ })
  const twice = compile((x: Value) => mul(2, x))
  const [one, two] = [twice(tensor([1, 2])), twice(tensor([3, 4]))]
  t.deepEqual(
    [list(one), list(two)],
    [
      [2, 4],
      [6, 8],
    ],
  )
  t.deepEqual(list(twice(tensor([1, 2, 3]))), [2, 4, 6])
})

test('a compiled function distinguishes trees of the same shapes', t => {
  const pick = compile((p: { readonly a?: Value; readonly b?: Value }) => mul(p.a ? 1 : 10, p.a ?? p.b ?? 0))
  t.is(item(pick({ a: scalar(2) })), 2)
  t.is(item(pick({ b: scalar(2) })), 20)
})

test('misuse is refused with the reason', t => {
  t.throws(() => grad((x: Value) => x)(tensor([1, 2])), { instanceOf: KindError, message: /grad: .*\[2\]/ })
  t.throws(() => jvp((x: Value) => x, [tensor([1, 2])], [tensor([1])]), { instanceOf: ShapeError })
  t.throws(() => vjp((x: Value) => x, tensor([1, 2]))[1](tensor([1])), { instanceOf: ShapeError })
  t.throws(() => grad((x: Value) => (item(x) > 0 ? x : x))(scalar(1)), { instanceOf: KindError, message: /where/ })
  t.throws(() => reshape(tensor([1, 2]), [3]), { instanceOf: ShapeError })
})

test('a tensor prints its shape and a few digits, a scalar its number', t => {
  t.is(show(tensor(6)), '6')
  t.is(show(tensor([1, 0.5, 1 / 3])), 'tensor [3] [1, 0.5, 0.3333]')
})

test('JavaScript on a value throws with the remedy, and a template shows it', t => {
  const x = tensor([1, 2]) as unknown as number
  const inside = (use: (x: number) => unknown) => () =>
    grad((y: Value) => {
      use(y as unknown as number)
      return y
    })(scalar(1))
  const uses: readonly ((x: number) => unknown)[] = [
    x => x > 0,
    x => 0 <= x,
    x => 2 * x,
    x => x + 1,
    x => -x,
    x => Math.tanh(x),
    x => Number(x),
    x => Number.isNaN(x - 0),
  ]
  for (const use of uses) {
    const expected = { instanceOf: KindError, message: /Use add, sub, mul, div, greater, where, tanh/ }
    t.throws(() => use(x), expected)
    t.throws(inside(use), expected)
    t.throws(
      () => compile((y: Value) => scalar(use(y as unknown as number) as number), 'compiled-js')(tensor([1])),
      expected,
    )
  }
  t.is(`${x}`, 'tensor [2] [1, 2]')
  t.notThrows(inside(y => `${y}`))
  t.throws(
    inside(y => (y as unknown as Tensor).data[0]),
    { instanceOf: KindError, message: /look at the numbers/ },
  )
})

test('two copies of the package in one process nest their derivatives', async t => {
  const copy = await mkdtemp(join(import.meta.dirname, '.tmp-copy-'))
  try {
    await cp(join(import.meta.dirname, '..', '..', 'ad'), join(copy, 'ad'), { recursive: true })
    const other = await import(pathToFileURL(join(copy, 'ad', 'modes', 'transforms.js')).href)
    const inner = (x: Value): Value => other.grad((y: Value) => mul(mul(x, x), mul(y, y)))(scalar(1))
    t.is(item(grad(inner)(scalar(1)) as Value), 4)
    t.is(item(other.grad((x: Value) => grad((y: Value) => mul(mul(x, x), mul(y, y)))(scalar(1)))(scalar(1))), 4)
  } finally {
    await rm(copy, { recursive: true })
  }
})
