import test from 'ava'
import { DomainError, KindError, ShapeError } from '../../../ad/errors.ts'
import {
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  valueAndGrad,
  vjp,
  vmap,
} from '../../../ad/modes/transforms.ts'
import { add, exp, greater, mul } from '../../../ad/primitives/elementwise.ts'
import { concat, sum } from '../../../ad/primitives/layout.ts'
import { nested, scalar, type Tensor, tensor } from '../../../ad/tensor.ts'
import { mapTree, type Tree } from '../../../ad/tree.ts'
import { item, type Value } from '../../../ad/value.ts'

const plain = (tree: Tree): unknown => {
  if (!('shape' in tree))
    return Array.isArray(tree)
      ? tree.map(plain)
      : Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, plain(v)]))
  return nested(tree as Tensor)
}
type Pair = { readonly a: Value; readonly b: Value }
/** Two numbers a and three b: their products by sums, and the squares of a. */
const f = ({ a, b }: Pair) => ({ products: mul(a, sum(b)), squares: [mul(a, a)] })
const at: Pair = { a: tensor([2, 3]), b: tensor([1, 4, 5]) }

test('Jacobians of trees are trees of Jacobians, the same by rows and by columns', t => {
  const wanted = {
    products: {
      a: [
        [10, 0],
        [0, 10],
      ],
      b: [
        [2, 2, 2],
        [3, 3, 3],
      ],
    },
    squares: [
      {
        a: [
          [4, 0],
          [0, 6],
        ],
        b: [
          [0, 0, 0],
          [0, 0, 0],
        ],
      },
    ],
  }
  t.deepEqual(plain(jacrev(f)(at)), wanted)
  t.deepEqual(plain(jacfwd(f)(at)), wanted)
  const matrix = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  for (const jacobian of [jacrev, jacfwd])
    t.deepEqual(plain(jacobian((x: Value) => sum(mul(x, x), 0))(matrix)), [
      [
        [2, 0, 0],
        [8, 0, 0],
      ],
      [
        [0, 4, 0],
        [0, 10, 0],
      ],
      [
        [0, 0, 6],
        [0, 0, 12],
      ],
    ])
})

test('a Hessian and its product with a tangent', t => {
  const cubic = (x: Value): Value => sum(mul(mul(x, x), concat([tensor([1]), x], 0).shape[0] === 3 ? x : 0))
  const x = tensor([2, 3])
  t.deepEqual(plain(hessian(cubic)(x)), [
    [12, 0],
    [0, 18],
  ])
  t.deepEqual(plain(hvp(cubic, [x], [tensor([1, -1])])), [12, -18])
})

test('a function is linearised once, and its map follows tangents of trees', t => {
  const [out, onTangents] = linearize(f, at)
  t.deepEqual(plain(out), { products: [20, 30], squares: [[4, 9]] })
  t.deepEqual(plain(onTangents({ b: tensor([1, 0, 1]), a: tensor([1, 0]) })), { products: [14, 6], squares: [[4, 0]] })
  t.deepEqual(plain(onTangents({ a: tensor([0, 0]), b: tensor([0, 0, 0]) })), { products: [0, 0], squares: [[0, 0]] })
  const [, constant] = linearize((x: Value) => [tensor([1, 2]), greater(x, 0)], scalar(1))
  t.deepEqual(plain(constant(scalar(1))), [[0, 0], 0])
  t.throws(() => onTangents({ a: tensor([1]), b: tensor([0, 0, 0]) }), {
    instanceOf: ShapeError,
    message: /^linearize: a shape \[1\]; wanted \[2\]/,
  })
})

test('a gradient is taken in the argument that is named, and comes with the value', t => {
  const product = (x: Value, y: Value, z: Value): Value => mul(mul(x, y), exp(z))
  t.deepEqual(
    [0, 1, 2].map(n => item(grad(product, n as 0)(scalar(2), scalar(3), scalar(0)))),
    [3, 2, 6],
  )
  t.deepEqual(valueAndGrad(product, 1)(scalar(2), scalar(3), scalar(0)).map(item), [6, 2])
  t.deepEqual(valueAndGrad(product)(scalar(2), scalar(3), scalar(0)).map(item), [6, 3])
  for (const argnum of [-1, 3, 0.5])
    t.throws(() => grad(product, argnum as 0)(scalar(2), scalar(3), scalar(0)), {
      instanceOf: DomainError,
      message: `grad: argnum ${argnum} of 3 arguments; wanted a whole number from 0 to 2. Arguments are numbered from 0; put several into one record.`,
    })
})

test('a gradient is of one scalar value', t => {
  const gives = (out: unknown) => () => grad((_: Value) => out as Value)(scalar(1))
  t.throws(gives(tensor([1])), {
    instanceOf: KindError,
    message: /^grad: a function that gives a value of shape \[1\]; wanted one scalar value.* Sum it up/,
  })
  t.throws(gives([scalar(1)]), { message: /^grad: a function that gives several values; / })
  t.throws(gives(3), { message: /^grad: a function that gives a plain number; .* Write arithmetic on values/ })
  t.is(item(gives(scalar(3))()), 0)
})

test('functions come first, uncalled, and primals and tangents in lists of the same shapes', t => {
  const one = scalar(1)
  for (const attempt of [
    () => grad(one as never),
    () => valueAndGrad(3 as never),
    () => vjp(one as never, one),
    () => jvp(undefined as never, [one], [one]),
  ])
    t.throws(attempt, {
      instanceOf: KindError,
      message: /wanted a function of values\. The function comes first, not called/,
    })
  const square = (x: Value): Value => mul(x, x)
  t.throws(() => jvp(square, one as never, [one]), {
    instanceOf: KindError,
    message: /^jvp: arguments that are not in a list; .*Write jvp\(f, \[x\], \[t\]\)/,
  })
  t.throws(() => jvp(square, [one], one as never), {
    instanceOf: KindError,
    message: /^jvp: arguments that are not in a list/,
  })
  t.throws(() => jvp(add, [one, one], [one, tensor([1])]), {
    instanceOf: ShapeError,
    message: /^jvp: a shape \[1\]; wanted \[\]\. A tangent or cotangent has the shape/,
  })
  t.throws(() => vjp(f, at)[1]({ products: tensor([1, 2]), squares: [one] }), {
    instanceOf: ShapeError,
    message: /^vjp: a shape \[\]; wanted \[2\]/,
  })
})

test('an argument is mapped over its leading axis, or not at all', t => {
  const pair = vmap((p: Pair, k: Value) => ({ sums: add(p.a, p.b), k }), [0, null])
  t.deepEqual(plain(pair({ a: tensor([1, 2]), b: tensor([10, 20]) }, scalar(7))), { sums: [11, 22], k: [7, 7] })
  t.deepEqual(plain(vmap((x: Value) => mul(x, 2))(tensor([[1], [2]]))), [[2], [4]])
  const add2 = vmap((x: Value, y: Value) => add(x, y))
  t.throws(() => add2(tensor([1, 2]), tensor([1, 2, 3])), {
    instanceOf: ShapeError,
    message: /^vmap: leading axes 2, 3; wanted one leading axis/,
  })
  t.throws(() => add2(tensor([1, 2]), scalar(1)), { instanceOf: ShapeError, message: /^vmap: / })
  t.throws(() => vmap((x: Value) => x)(scalar(1)), {
    instanceOf: ShapeError,
    message: /^vmap: a scalar, which has no leading axis/,
  })
  t.throws(() => vmap((x: Value) => x, [null])(tensor([1])), {
    instanceOf: ShapeError,
    message: /^vmap: leading axes of nothing/,
  })
  t.throws(() => vmap(() => scalar(1))(), { instanceOf: ShapeError, message: /leading axes of nothing/ })
  for (const [axes, words] of [
    [[1], /inAxes with 1/],
    [[0, -1], /inAxes with -1/],
    [0, /inAxes 0/],
    [{ a: 0 }, /inAxes \{"a":0\}/],
  ] as const)
    t.throws(() => vmap((x: Value, _: Value) => x, axes as never)(tensor([1]), tensor([1])), {
      instanceOf: DomainError,
      message: words,
    })
  t.deepEqual(plain(vmap((x: Value, y: Value) => add(x, y), [undefined as never, 0])(tensor([1]), tensor([2]))), [3])
})

test('what does not depend on an argument has a derivative of zeros', t => {
  const constant = (x: Value) => [tensor([5, 6]), greater(x, 0), mapTree(x, leaf => leaf)]
  const [out, pushed] = jvp(constant, [scalar(2)], [scalar(3)])
  t.deepEqual(
    [plain(out), plain(pushed)],
    [
      [[5, 6], 1, 2],
      [[0, 0], 0, 3],
    ],
  )
  t.deepEqual(plain(vjp(constant, scalar(2))[1]([tensor([1, 1]), scalar(1), scalar(4)])), [4])
  t.deepEqual(plain(vjp((_: Value) => [tensor([5, 6])], tensor([1, 2]))[1]([tensor([1, 1])])), [[0, 0]])
})

test('derivatives nest, the inner with values of the outer', t => {
  const inner = (x: Value): Value => grad((y: Value) => mul(mul(x, y), y))(scalar(3))
  t.is(item(grad(inner)(scalar(5))), 6)
  t.is(item(jvp(inner, [5], [1])[1]), 6)
  t.is(item(grad((x: Value) => mul(x, jvp((y: Value) => mul(x, y), [1], [1])[1]))(scalar(5))), 10)
  t.is(item(grad((x: Value) => mul(x, grad((y: Value) => mul(y, y))(x)))(scalar(5))), 20)
  t.deepEqual(plain(vmap((k: Value) => grad((x: Value) => mul(k, mul(x, x)))(scalar(3)))(tensor([1, 2]))), [6, 12])
  t.is(item(grad((x: Value) => sum(vmap((k: Value) => mul(k, mul(x, x)))(tensor([1, 2]))))(scalar(3))), 18)
})
