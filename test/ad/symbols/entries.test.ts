import test from 'ava'
import { entryOf } from '../../../ad/symbols/entries.ts'
import {
  applied,
  cancel,
  diag,
  type Expression,
  entrywise,
  identity,
  kron,
  negative,
  number,
  product,
  sum,
  symbol,
  transposed,
} from '../../../ad/symbols/expression.ts'
import { notations, written } from '../../../ad/symbols/notation.ts'

const [a, b, z] = ['a', 'b', 'z'].map(base => symbol({ base, grade: 'column' })) as [Expression, Expression, Expression]
const k = symbol({ base: 'k', grade: 'scalar' })
const [A, B] = ['A', 'B'].map(base => symbol({ base, grade: 'matrix' })) as [Expression, Expression]

/** The entry [k, j] of what is to the left. */
const entries: readonly (readonly [what: string, x: Expression, wanted: string])[] = [
  ['a scalar is its own entry', product(number(2), k), '2 k'],
  ['of a matrix it has both indices', A, 'A[k,j]'],
  ['of a column it is the row', a, 'a[k]'],
  ['of a row it is the column', transposed(a), 'a[j]'],
  ['a transpose turns the indices', transposed(A), 'A[j,k]'],
  ['of a sum it is the sum of the entries', sum(A, negative(B)), 'A[k,j] - B[k,j]'],
  ['a scalar stays in front', product(k, A), 'k A[k,j]'],
  ['of columns entry by entry it is their product', entrywise(a, b), 'a[k] b[k]'],
  ['functions go entry by entry', applied('tanh', a), 'tanh(a[k])'],
  ['the identity is 1 where both indices are the same', identity, '1[k=j]'],
  ['of a diagonal it is that of its vector, there', diag(a), '1[k=j] a[j]'],
  ['a product is a sum over the index in between', product(A, B), 'Σ_i A[k,i] B[i,j]'],
  ['of a matrix on a column, too', product(A, b), 'Σ_i A[k,i] b[i]'],
  ['a diagonal to the left takes its row', product(diag(a), A), 'a[k] A[k,j]'],
  ['a diagonal to the right takes its column', product(A, diag(a)), 'A[k,j] a[j]'],
  ['a column times a row has no sum', product(a, transposed(b)), 'a[k] b[j]'],
  ['of a matrix on such a product the sum is over the matrix', product(A, a, transposed(b)), 'Σ_i A[k,i] a[i] b[j]'],
  ['three factors have two sums', product(A, B, transposed(A)), 'Σ_i A[k,i] Σ_l B[i,l] A[j,l]'],
  ['what is struck out stays so', cancel(A), 'A\u0336[\u0336k\u0336,\u0336j\u0336]\u0336'],
]

for (const [what, x, wanted] of entries)
  test(`an entry: ${what}`, t => {
    t.is(written(notations.text)(entryOf(x, 'k', 'j')), wanted)
  })

test('of a Kronecker product the column is a unit and a synapse', t => {
  const at = (x: Expression, column: string) => written(notations.text)(entryOf(x, 'k', column))
  t.is(at(kron(A, transposed(z)), 'a,j'), 'A[k,a] z[j]')
  t.is(at(kron(identity, transposed(z)), 'a,j'), '1[k=a] z[j]')
  t.is(at(product(A, B), 'i,l'), 'Σ_p A[k,p] B[p,i,l]', 'an index in use is not taken again')
})
