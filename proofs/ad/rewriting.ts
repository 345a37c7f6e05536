/** Each rewriting of expressions by itself: it is made, and it keeps the value; and what is never made, because it is false. */
import {
  applied,
  choice,
  diag,
  type Expression,
  entrywise,
  expanded,
  kron,
  negative,
  number,
  power,
  product,
  quotient,
  root,
  sum,
  total,
  transposed,
} from '../../ad/symbols/expression.ts'
import {
  A,
  a,
  B,
  b,
  C,
  c,
  diagonal,
  I,
  inText,
  knownOf,
  kronOf,
  type Numbers,
  numbers,
  type Pair,
  sidesOf,
  z,
  α,
  β,
} from '../arbitraries/expressions.ts'
import { equation, gap, type Proposition } from '../proposition.ts'

/** Numbers by which α may divide. */
const nonzeroα = numbers.filter(all => knownOf(all).get('α') !== 0)

/** One rewriting: it is made, and it changes nothing. */
const law = (
  rewriting: string,
  ours: Expression,
  naive: string,
  becomes: string,
  forAll = numbers,
): Proposition<Numbers> => ({
  claim: `the rewriting ${rewriting} is made, and keeps the value`,
  forAll,
  residual: all => (inText(ours) === becomes ? gap(...sidesOf({ ours, naive }, knownOf(all))) : Number.NaN),
  show: () => `${inText(ours)} for ${naive}; ${becomes} is wanted`,
  within: 1e-12,
  verdict: 'holds',
  runs: 20,
})

const m = (...list: readonly Pair[]) => product(...list.map(({ ours }) => ours))
const e = (...list: readonly Pair[]) => entrywise(...list.map(({ ours }) => ours))
const turned = ({ ours, naive }: Pair): Pair => ({ ours: transposed(ours), naive })
const above = applied('step', power(α.ours, 2))
const [Da, Db] = [diagonal(a), diagonal(b)]

export const laws: readonly Proposition[] = [
  law('x + 0 = x', sum(A.ours, number(0)), 'A + 0 * A', 'A'),
  law('1 x = x', product(number(1), A.ours), '1 * A', 'A'),
  law('0 x = 0', product(A.ours, number(0), a.ours), '0 * A * a', '0'),
  law('I A = A', m(I, A), 'eye * A', 'A'),
  law('A I = A', m(A, I), 'A * eye', 'A'),
  law('--x = x', negative(negative(A.ours)), '-(-A)', 'A'),
  law('aᵀᵀ = a', transposed(transposed(a.ours)), "a''", 'a'),
  law('diag(a)ᵀ = diag(a)', transposed(Da.ours), "diag(a)'", 'diag(a)'),
  law('of scalars to the front', m(A, α, B, β, a), 'A * α * B * β * a', 'α β A B a'),
  law('x + x = 2 x', sum(A.ours, A.ours), 'A + A', '2 A'),
  law('x - x = 0', sum(A.ours, negative(A.ours)), 'A - A', '0'),
  law('α A + β A = (α + β) A', sum(m(α, A), m(β, A)), 'α * A + β * A', '(α + β) A'),
  law('diag(a) A + diag(b) A = diag(a + b) A', sum(m(Da, A), m(Db, A)), 'diag(a) * A + diag(b) * A', 'diag(a + b) A'),
  law(
    'A ⊗ zᵀ + B ⊗ zᵀ = (A + B) ⊗ zᵀ',
    sum(kronOf(A, z).ours, kronOf(B, z).ours),
    "kron(A, z') + kron(B, z')",
    '(A + B) ⊗ zᵀ',
  ),
  law('diag(a) diag(b) = diag(a ⊙ b)', m(Da, Db), 'diag(a) * diag(b)', 'diag(a ⊙ b)'),
  law('α diag(a) = diag(α a)', m(α, Da), 'α * diag(a)', 'diag(α a)'),
  law('diag(a) b = a ⊙ b', m(Da, b), 'diag(a) * b', 'a ⊙ b'),
  law('A (B ⊗ zᵀ) = (A B) ⊗ zᵀ', m(A, kronOf(B, z)), "A * kron(B, z')", 'A B ⊗ zᵀ'),
  law('α (A ⊗ zᵀ) = (α A) ⊗ zᵀ', m(α, kronOf(A, z)), "α * kron(A, z')", 'α A ⊗ zᵀ'),
  law(
    'diag(a ⊙ b) A + diag(a ⊙ c) A = diag(a ⊙ (b + c)) A',
    sum(product(diag(e(a, b)), A.ours), product(diag(e(a, c)), A.ours)),
    'diag(a .* b) * A + diag(a .* c) * A',
    'diag((b + c) ⊙ a) A',
  ),
  law('a ⊙ a = a²', e(a, a), 'a .* a', 'a²'),
  law('a ⊙ b ⊙ a² = a³ ⊙ b', e(a, b, { ours: power(a.ours, 2), naive: '' }), 'a .* b .* a .^ 2', 'a³ ⊙ b'),
  law('-a ⊙ -b = a ⊙ b', entrywise(negative(a.ours), negative(b.ours)), '-a .* -b', 'a ⊙ b'),
  law('(aᵀ + bᵀ)ᵀ = a + b', transposed(sum(transposed(a.ours), transposed(b.ours))), "(a' + b')'", 'a + b'),
  law("(A' B')' = B A", transposed(product(transposed(A.ours), transposed(B.ours))), "(A' * B')'", 'B A'),
  law("(a' A)' = A' a", transposed(product(transposed(a.ours), A.ours)), "(a' * A)'", 'Aᵀ a'),
  law('‖Aᵀ‖ = ‖A‖, the root of a sum of squares', root(total(e(turned(A), turned(A)))), 'sqrt(sum(A .^ 2))', '‖A‖'),
  law('A / α = (1 / α) A', quotient(A.ours, α.ours), 'A ./ α', '(1 / α) A', nonzeroα),
  law('a / 1 = a', quotient(a.ours, number(1)), 'a', 'a'),
  law(
    'of a choice inside a choice by the same condition',
    choice(above, choice(above, number(1), number(2)), choice(above, number(3), number(4))),
    'α^2 > 0 ? 1 : 4',
    '1 where α² > 0, else 4',
  ),
  law(
    'diag(A B a) + diag(a) = diag(A B a + a), a product of matrices having no factors entry by entry,',
    sum(diag(m(A, B, a)), diag(a.ours)),
    'diag(A * B * a) + diag(a)',
    'diag(A B a + a)',
  ),
  law(
    'A (B + C) a = A B a + A C a, where it is asked for',
    expanded(product(A.ours, sum(B.ours, C.ours), diag(a.ours))),
    'A * (B + C) * diag(a)',
    'A B diag(a) + A C diag(a)',
  ),
]

const refuted = (claim: string, ours: Expression, naive: string): Proposition =>
  equation<Numbers>({
    claim,
    forAll: numbers,
    sides: all => sidesOf({ ours, naive }, knownOf(all)),
    describe: () => `${inText(ours)} against ${naive}`,
    within: 1e-12,
    verdict: 'refuted',
  })

/** What the constructors never do, because it is false. */
export const falseRewritings: readonly Proposition[] = [
  refuted('the factors of a product of matrices may be taken in any order', m(A, B), 'B * A'),
  refuted('diag(a) W = W diag(a): a slope may be put on either side of the weights', m(Da, A), 'A * diag(a)'),
  refuted('A (B ⊗ zᵀ) = (B A) ⊗ zᵀ', kron(m(B, A), transposed(z.ours)), "A * kron(B, z')"),
  refuted('tanh(a + b) = tanh(a) + tanh(b)', applied('tanh', sum(a.ours, b.ours)), 'tanh(a) + tanh(b)'),
]
