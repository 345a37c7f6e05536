/** Random expressions by every constructor: with all rewritings they are worth what they are without any. */
import { type Arbitrary, constantFrom, letrec, oneof, tuple } from 'fast-check'
import { entryOf } from '../../ad/symbols/entries.ts'
import {
  applied,
  entrywise,
  gradeOf,
  negative,
  number,
  power,
  product,
  quotient,
  sum,
  transposed,
} from '../../ad/symbols/expression.ts'
import {
  A,
  a,
  B,
  b,
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
import { type Known, worthOf, writtenOut } from '../oracles/expressions.ts'
import { equation, type Proposition } from '../proposition.ts'

const Da = diagonal(a)

type Trees = { [K in 'scalar' | 'column' | 'row' | 'matrix' | 'wide']: Pair }
type Tie = <K extends keyof Trees>(key: K) => Arbitrary<Trees[K]>
type Two = readonly [Pair, Pair]

const plus = ([p, q]: Two): Pair => ({ ours: sum(p.ours, q.ours), naive: `(${p.naive} + ${q.naive})` })
const less = ([p, q]: Two): Pair => ({ ours: sum(p.ours, negative(q.ours)), naive: `(${p.naive} - ${q.naive})` })
const over = ([p, q]: Two): Pair => ({ ours: product(p.ours, q.ours), naive: `(${p.naive} * ${q.naive})` })
const each = ([p, q]: Two): Pair => ({ ours: entrywise(p.ours, q.ours), naive: `(${p.naive} .* ${q.naive})` })
const against = ([p, q]: Two): Pair => ({
  ours: quotient(p.ours, applied('exp', call('tanh')(q).ours)),
  naive: `(${p.naive} ./ exp(tanh(${q.naive})))`,
})
/** f of a vector; what has come to 0 is no longer a vector, and stays as it is. */
const call =
  (f: string) =>
  (p: Pair): Pair =>
    gradeOf(p.ours) === 'column' ? { ours: applied(f, p.ours), naive: `${f}(${p.naive})` } : p
const turned = (p: Pair): Pair => ({ ours: transposed(p.ours), naive: `(${p.naive})'` })
const squared = (p: Pair): Pair => ({ ours: power(p.ours, 2), naive: `((${p.naive}) .^ 2)` })
const across = (x: Pair): Pair => kronOf(x, z)
/** (1 - p) ⊙ q: what gates do. */
const gated = ([p, q]: Two): Pair => ({
  ours: entrywise(sum(number(1), negative(p.ours)), q.ours),
  naive: `((1 - ${p.naive}) .* ${q.naive})`,
})

const both = (tie: Tie, left: keyof Trees, right: keyof Trees): Arbitrary<Two> => tuple(tie(left), tie(right))
const linear = (tie: Tie, key: keyof Trees): readonly Arbitrary<Pair>[] => [
  both(tie, key, key).map(plus),
  both(tie, key, key).map(less),
  both(tie, 'scalar', key).map(over),
]

const wholes = constantFrom(-2, -1, 0, 1, 2).map((k): Pair => ({ ours: number(k), naive: `(${k})` }))
const deep = { depthSize: 'small', maxDepth: 4, withCrossShrink: true } as const

/** Expressions of every kind, by every constructor. */
const trees = letrec<Trees>(tie => ({
  scalar: oneof(deep, constantFrom(α, β), wholes, ...linear(tie, 'scalar'), both(tie, 'row', 'column').map(over)),
  column: oneof(
    deep,
    constantFrom(a, b, c),
    ...linear(tie, 'column'),
    both(tie, 'column', 'column').map(each),
    both(tie, 'column', 'column').map(gated),
    both(tie, 'column', 'column').map(against),
    both(tie, 'matrix', 'column').map(over),
    tie('column').map(call('tanh')),
    tie('column').map(squared),
    tie('row').map(turned),
  ),
  row: oneof(deep, constantFrom(a, b, c).map(turned), ...linear(tie, 'row'), both(tie, 'row', 'matrix').map(over)),
  matrix: oneof(
    deep,
    constantFrom(A, B, I, Da),
    ...linear(tie, 'matrix'),
    both(tie, 'matrix', 'matrix').map(over),
    both(tie, 'matrix', 'matrix').map(each),
    tie('column').map(diagonal),
    tie('matrix').map(turned),
  ),
  wide: oneof(
    deep,
    constantFrom(A, B, I, Da).map(across),
    ...linear(tie, 'wide'),
    both(tie, 'matrix', 'wide').map(over),
  ),
}))

const together = (key: 'column' | 'matrix' | 'wide' | 'scalar', what: string): Proposition =>
  equation<readonly [Pair, Numbers]>({
    claim: `${what} made with every rewriting is worth what it is without any`,
    forAll: tuple(trees[key], numbers),
    sides: ([pair, all]) => sidesOf(pair, knownOf(all)),
    describe: ([{ ours, naive }]) => `${naive}, which is written ${inText(ours)}`,
    within: 1e-9,
    verdict: 'holds',
    runs: 200,
  })

/** The entries of a matrix, one at a time, by their formula. */
const entriesOf = ({ ours }: Pair, { d, n }: Numbers, known: Known, wide: boolean): readonly number[] => {
  const size = (letter: string): number => (letter === 'j' && wide ? n : d)
  const one = wide ? entryOf(ours, 'k', 'a,j') : entryOf(ours, 'k', 'j')
  const at = (indices: { readonly [letter: string]: number }): number =>
    worthOf(writtenOut(one, known, indices, size), known) as number
  const range = (length: number) => Array.from({ length }, (_, i) => i)
  if (!wide) return range(d).flatMap(k => range(d).map(j => at({ k, j })))
  return range(d).flatMap(k => range(d).flatMap(a => range(n).map(j => at({ k, a, j }))))
}

const oneByOne = (key: 'matrix' | 'wide', what: string): Proposition =>
  equation<readonly [Pair, Numbers]>({
    claim: `the formula of an entry of ${what} is worth that entry`,
    forAll: tuple(trees[key], numbers),
    sides: ([pair, all]) => [entriesOf(pair, all, knownOf(all), key === 'wide'), sidesOf(pair, knownOf(all))[1]],
    describe: ([{ ours, naive }]) => `${naive}: ${inText(entryOf(ours, 'k', key === 'wide' ? 'a,j' : 'j'))}`,
    within: 1e-9,
    verdict: 'holds',
    runs: 100,
  })

export const treeClaims: readonly Proposition[] = [
  together('scalar', 'a number'),
  together('column', 'a vector'),
  together('matrix', 'a matrix'),
  together('wide', 'an influence'),
  oneByOne('matrix', 'a matrix'),
  oneByOne('wide', 'an influence'),
]
