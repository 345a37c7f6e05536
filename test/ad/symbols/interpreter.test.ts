import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { dot, matmul, matvec, outer } from '../../../ad/primitives/contraction.ts'
import { add, div, greater, max, mul, neg, pow, sqrt, sub, tanh, where } from '../../../ad/primitives/elementwise.ts'
import { concat, reshape, slice, sum, transpose } from '../../../ad/primitives/layout.ts'
import { type Grade, symbol } from '../../../ad/symbols/expression.ts'
import { symbolic } from '../../../ad/symbols/interpreter.ts'
import { notations, written } from '../../../ad/symbols/notation.ts'
import { eye, full, ones, type Shape, tensor, tensorOf, zeros } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'

const shapes = { W: [3, 3], V: [3, 2], a: [3], b: [3], x: [2], k: [], l: [], r: [1, 3], o: [1] } as const
type Names = { readonly [K in keyof typeof shapes]: Value }
const grades: readonly Grade[] = ['scalar', 'column', 'matrix']

/** What a program says, in text. */
const said = (program: (names: Names, unit: ReturnType<typeof symbolic>['unit']) => Value): string => {
  const { value, unit, expressionOf } = symbolic()
  const names = Object.fromEntries(
    Object.entries(shapes).map(([base, shape]: [string, Shape]) => {
      const grade = base === 'r' ? 'row' : base === 'o' ? 'scalar' : (grades[shape.length] as Grade)
      return [base, value(symbol({ base, grade }), shape)]
    }),
  )
  return written(notations.text)(expressionOf(program(names as unknown as Names, unit)))
}

const programs: readonly (readonly [wanted: string, program: Parameters<typeof said>[0]])[] = [
  ['a + b', ({ a, b }) => add(a, b)],
  ['a - b', ({ a, b }) => sub(a, b)],
  ['-a', ({ a }) => neg(a)],
  ['a ⊙ b', ({ a, b }) => mul(a, b)],
  ['k a', ({ a, k }) => mul(a, k)],
  ['a / b', ({ a, b }) => div(a, b)],
  ['a³', ({ a }) => pow(a, 3)],
  ['tanh(a)', ({ a }) => tanh(a)],
  ['√(a)', ({ a }) => sqrt(a)],
  ['W a', ({ W, a }) => matvec(W, a)],
  ['W V', ({ W, V }) => matmul(W, V)],
  ['a bᵀ', ({ a, b }) => outer(a, b)],
  ['aᵀ b', ({ a, b }) => dot(a, b)],
  ['Wᵀ', ({ W }) => transpose(W)],
  ['Σ (a)', ({ a }) => sum(a)],
  ['‖W‖', ({ W }) => sqrt(sum(mul(W, W)))],
  ['2 a', ({ a }) => mul(full([3], 2), a)],
  ['W', ({ W }) => matmul(W, eye(3))],
  ['a', ({ a }) => matvec(eye(3), a)],
  ['diag(a)', ({ a }) => mul(eye(3), a)],
  ['diag(a)', ({ a }) => mul(a, eye(3))],
  ['0', ({ W }) => matvec(W, zeros([3]))],
  ['aᵀ', ({ a }) => reshape(a, [1, 3])],
  ['rᵀ', ({ r }) => reshape(r, [3])],
  ['o', ({ o }) => reshape(o, [])],
  ['a', ({ a }) => reshape(a, [3])],
  ['[k; l]', ({ k, l }) => concat([reshape(k, [1]), reshape(l, [1])])],
  ['k', ({ k, l }) => slice(concat([reshape(k, [1]), reshape(l, [1])]), 0, 1)],
  ['l', ({ k, l }) => slice(concat([reshape(k, [1]), reshape(l, [1])]), 1, 2)],
  ['a', ({ a }) => slice(a, 0, 3)],
  ['a', ({ a, b }) => where(1, a, b)],
  ['b', ({ a, b }) => where(0, a, b)],
  ['a', ({ a, k }) => where(greater(k, 0), a, a)],
  ['a + b - tanh(a)', ({ a, b }) => sub(add(a, b), tanh(a))],
  ['x', ({ x }) => matvec(eye(2), x)],
  ['(aᵀ ⊗ bᵀ)ᵀ', ({ a, b }) => reshape(outer(a, b), [9])],
  ['((W a)ᵀ ⊗ bᵀ)ᵀ', ({ W, a, b }) => reshape(matmul(W, outer(a, b)), [9])],
  ['a + step(k) b', ({ a, b, k }) => where(greater(k, 0), add(a, mul(greater(k, 0), b)), a)],
  ['a', ({ a }, unit) => mul(a, unit([], 'columns'))],
]

for (const [i, [wanted, program]] of programs.entries())
  test(`a program on symbols says what it computes: ${wanted} (${i + 1})`, t => {
    t.is(said(program), wanted)
  })

test('one of two by two numbers above 0 is a choice, where it makes a difference', t => {
  const both = ({ k, l }: Names) => mul(greater(k, 0), greater(l, 0))
  t.is(
    said(names => where(both(names), names.a, names.b)),
    'a where k > 0 and l > 0, else b',
  )
  t.is(
    said(names => where(both(names), names.a, mul(1, names.a))),
    'a',
  )
})

test('one of two by a step is the first times the step, and the second times what the step leaves', t => {
  t.is(
    said(({ a, b }) => where(greater(a, 0), b, 0)),
    'step(a) ⊙ b',
  )
  t.is(
    said(({ a, b }) => where(greater(a, 0), 0, b)),
    '(1 - step(a)) ⊙ b',
  )
})

test('unit tangents pushed through a program are columns; unit cotangents pulled are rows', t => {
  const pushed = (program: (unit: Value, names: Names) => Value) =>
    said((names, unit) => program(unit([3], 'columns'), names))
  const pulled = (program: (unit: Value, names: Names) => Value) =>
    said((names, unit) => program(unit([3], 'rows'), names))
  t.is(
    pushed((u, { W }) => matvec(W, u)),
    'W',
  )
  t.is(
    pushed((u, { a }) => mul(a, u)),
    'diag(a)',
  )
  t.is(
    pushed((u, { a, W }) => mul(a, matvec(W, u))),
    'diag(a) W',
  )
  t.is(
    pushed((u, { k, W }) => mul(matvec(W, u), k)),
    'k W',
  )
  t.is(
    pushed((u, { a, W }) => div(matvec(W, u), a)),
    'diag(1 / a) W',
  )
  t.is(
    pulled((u, { a }) => mul(a, mul(a, u))),
    'diag(a²)',
  )
  t.is(
    pulled((u, { x }) => outer(u, x)),
    'I ⊗ xᵀ',
  )
  t.is(
    said(({ x }, unit) => matvec(unit([3, 2], 'columns'), x)),
    'I ⊗ xᵀ',
  )
})

/** What has no expression, and what is said of it. */
const refused: readonly (readonly [says: RegExp, program: Parameters<typeof said>[0]])[] = [
  [/numbers of shape \[3\]/, ({ a }) => add(a, tensor([1, 2, 3]))],
  [/numbers of shape \[2,2\]/, ({ x }) => matvec(tensorOf([2, 2], Float64Array.of(1, 0, 1, 1)), x)],
  [/equal numbers of shape \[3\] in a product/, ({ W }) => matvec(W, ones([3]))],
  [/a comparison with another number than 0/, ({ k }) => greater(k, 1)],
  [/a part \[2\] of \[3\]/, ({ a }) => slice(a, 0, 2)],
  [/\[3,2\] reshaped to \[2,3\]/, ({ V }) => reshape(V, [2, 3])],
  [/\[3,3\] reshaped to \[9\]/, ({ W }) => reshape(W, [9])],
  [/a sum over one axis/, ({ W }) => sum(W, 0)],
  [/a choice by a number/, ({ a, b, k }) => where(k, a, b)],
  [/a matrix of parameters multiplied entry by entry/, ({ W }, unit) => mul(W, unit([3, 3], 'columns'))],
  [/the operation tanh/, (_, unit) => tanh(unit([3], 'columns'))],
  [/equal numbers of shape \[2\] in a product/, ({ V }) => matvec(V, ones([2]))],
  [/numbers of shape \[0\]/, ({ k }) => mul(k, zeros([0]))],
  [/a part \[1\] of \[4\]/, ({ a, k }) => slice(concat([a, reshape(k, [1])]), 0, 1)],
  [/a part \[2\] of \[3\]/, ({ k }) => slice(concat(Array.from({ length: 3 }, () => reshape(k, [1]))), 0, 2)],
  [/\[3,3\] reshaped to \[1,9\]/, ({ a, b }) => reshape(outer(a, b), [1, 9])],
  [/the operation max/, ({ a, b }) => max(a, b)],
  [/a Jacobian of joined vectors/, ({ a }, unit) => concat([a, unit([3], 'columns')])],
]

for (const [i, [says, program]] of refused.entries())
  test(`a program that has no expression is refused (${i + 1}): ${says.source.replaceAll('\\', '')}`, t => {
    const error = t.throws(() => said(program), { instanceOf: KindError, message: says })
    t.regex(error.message, /^equations: .*products of matrices and vectors/)
  })
