import test from 'ava'
import {
  cancel,
  choice,
  diag,
  type Expression,
  entrywise,
  type Grade,
  gradeOf,
  identity,
  keyOf,
  kron,
  later,
  negative,
  norm,
  number,
  power,
  product,
  raised,
  renamed,
  slope,
  sum,
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
  'of three columns none is in parentheses': [entrywise(a, b, symbol({ base: 'c', grade: 'column' })), 'a ⊙ b ⊙ c'],
  'a power that is no number stays beside its base': [entrywise(raised(a, b), a), 'aᵇ ⊙ a'],
  'a Kronecker product of nothing is nothing, on the left': [kron(number(0), row), '0'],
  'and on the right': [kron(W, number(0)), '0'],
}

/** Sums as they are written. */
const sums: Readonly<Record<string, readonly [Expression, string]>> = {
  'the sign of a sum is that of its terms': [negative(sum(a, b)), '-a - b'],
  'a sum in a sum is taken apart': [sum(sum(a, b), negative(a)), 'b'],
  'equal terms count': [sum(product(two, a), product(number(3), a)), '5 a'],
  'with their signs': [sum(product(two, a), product(number(-3), a)), '-a'],
  'scalars before a matrix are collected, sums taken apart': [
    sum(product(sum(k, number(1)), W), product(k, W)),
    '(2 k + 1) W',
  ],
}

for (const [what, [made, wanted]] of Object.entries(sums))
  test(`a sum: ${what}`, t => {
    t.is(written(notations.text)(made), wanted)
  })

/** Transposes as they are written: with no more of them than there were. */
const transposes: Readonly<Record<string, readonly [Expression, string]>> = {
  'of a sum term by term, where that takes no more': [transposed(sum(transposed(W), V)), 'W + Vᵀ'],
  'of a sum as a whole where it would take more': [transposed(sum(W, V)), '(W + V)ᵀ'],
  'of a product factor by factor, the last first': [transposed(product(transposed(W), V)), 'Vᵀ W'],
  'of a product as a whole where it would take more': [transposed(product(W, V)), '(W V)ᵀ'],
  'a scalar stays in front': [transposed(product(k, W)), 'k Wᵀ'],
  'so does a number with its sign': [transposed(product(number(-2), W)), '-2 Wᵀ'],
  'a norm is of what has fewer transposes': [norm(product(transposed(W), transposed(V))), '‖V W‖'],
  'of what it is given where both have as many': [norm(product(W, transposed(V))), '‖W Vᵀ‖'],
}

for (const [what, [made, wanted]] of Object.entries(transposes))
  test(`a transpose: ${what}`, t => {
    t.is(written(notations.text)(made), wanted)
  })

test('the rows and columns of Kronecker products, slopes and choices', t => {
  const grades: readonly (readonly [Expression, Grade])[] = [
    [kron(W, row), 'matrix'],
    [kron(row, row), 'row'],
    [kron(k, row), 'row'],
    [slope(k, W), 'row'],
    [slope(a, b), 'matrix'],
    [choice(k, a, b), 'column'],
  ]
  for (const [x, grade] of grades) t.is(gradeOf(x), grade, keyOf(x))
})

test('a choice that was made is made inside both of its sides, and may be renamed', t => {
  const x = choice(k, sum(choice(k, a, b), b), sum(choice(k, a, b), a))
  t.is(keyOf(x), keyOf(choice(k, sum(a, b), sum(b, a))))
  t.is(keyOf(renamed(choice(k, a, b), [[a, row]])), keyOf(choice(k, row, b)))
})

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
