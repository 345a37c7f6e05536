import test from 'ava'
import {
  cancel,
  diag,
  type Expression,
  entrywise,
  identity,
  keyOf,
  kron,
  later,
  negative,
  number,
  power,
  product,
  renamed,
  symbol,
  transposed,
} from '../../../ad/symbols/expression.ts'
import { notations, written } from '../../../ad/symbols/notation.ts'

const [a, b] = ['a', 'b'].map(base => symbol({ base, grade: 'column' })) as [Expression, Expression]
const k = symbol({ base: 'k', grade: 'scalar' })
const [W, V] = ['W', 'V'].map(base => symbol({ base, grade: 'matrix' })) as [Expression, Expression]
const [two, row] = [number(2), transposed(a)]

/** Products as they are written, by how they come about. */
const products: Readonly<Record<string, readonly [Expression, string]>> = {
  'neighbouring diagonals are one': [product(diag(a), diag(b)), 'diag(a ⊙ b)'],
  'a diagonal before a column scales it': [product(W, diag(a), b), 'W (a ⊙ b)'],
  'an identity is left out on either side': [product(identity, W, identity, V), 'W V'],
  'a matrix goes into a Kronecker product': [product(W, kron(V, row)), 'W V ⊗ aᵀ'],
  'scalars go into a diagonal': [product(k, diag(a), diag(b), W), 'diag(k (a ⊙ b)) W'],
  'numbers and scalars go into a Kronecker product': [product(two, k, kron(V, row)), '2 k V ⊗ aᵀ'],
  'a sign stays before a diagonal': [product(number(-1), diag(a), W), '-diag(a) W'],
  'a number goes into a diagonal without its sign': [product(number(-2), diag(a), W), '-diag(2 a) W'],
  'numbers come first, multiplied, then scalars': [product(two, number(-3), W, k, V), '-6 k W V'],
  'a 1 is left out': [product(two, number(0.5), W), 'W'],
  'a 0 leaves nothing': [product(number(0), W), '0'],
  'a row times a column stays together': [product(k, product(row, b), W), 'k aᵀ b W'],
  'columns keep their scalars in front': [entrywise(product(k, a), b), 'k (a ⊙ b)'],
  'a product of a matrix is one factor': [entrywise(product(W, a), b), 'W a ⊙ b'],
  'equal columns are a power, and signs come out': [entrywise(negative(product(two, a)), b, a), '-2 (a² ⊙ b)'],
}

for (const [what, [made, wanted]] of Object.entries(products))
  test(`a product: ${what}`, t => {
    t.is(written(notations.text)(made), wanted)
  })

test('a product with a factor that is struck out is struck out as a whole', t => {
  t.is(product(two, cancel(W), V).toString(), 'cancel(2 * W * V)')
})

test('later moves every symbol of a timestep on by one, to the next at most, and a parameter not at all', t => {
  const at = (time: -1 | 0 | 1): Expression => symbol({ base: 'h', grade: 'column', time })
  t.is(keyOf(later(product(W, at(-1)))), keyOf(product(W, at(0))))
  t.is(keyOf(later(entrywise(at(0), product(V, at(-1))))), keyOf(entrywise(at(1), product(V, at(0)))))
  t.is(keyOf(later(at(1))), keyOf(at(1)))
  t.is(later(W), W)
})

test('renaming writes a part by its name wherever it stands', t => {
  const whole = entrywise(product(W, a), product(V, product(W, a)))
  t.is(keyOf(renamed(whole, [[product(W, a), b]])), keyOf(entrywise(b, product(V, product(W, a)))))
  t.is(renamed(whole, [[product(V, b), a]]), whole)
})

test('a power of 0 is 0 for exponents above 0 alone; to the 0 all is 1, to the 1 itself', t => {
  const zero = number(0)
  t.deepEqual([power(zero, 2), power(zero, 0.5)].map(keyOf), [keyOf(zero), keyOf(zero)])
  t.is(keyOf(power(zero, 0)), keyOf(number(1)))
  t.is(power(a, 1), a)
  t.deepEqual([power(zero, -1), power(a, 2)].map(String), ['0 .^ (-1)', 'a .^ 2'])
})
