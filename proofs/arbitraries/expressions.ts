/** Expressions said twice: by our constructors, and as texts to mathjs; and numbers for their names. */
import { type Arbitrary, integer, record } from 'fast-check'
import { diag, type Expression, identity, kron, type Mark, symbol, transposed } from '../../ad/symbols/expression.ts'
import { text, written } from '../../ad/symbols/notation.ts'
import { type Known, type Worth, worthOf } from '../oracles/expressions.ts'
import { quarters } from './networks.ts'

/** An expression made by our constructors, and the same said to mathjs without any rewriting. */
export interface Pair {
  readonly ours: Expression
  readonly naive: string
}

const named = (base: string, grade: Mark['grade']): Pair => ({ ours: symbol({ base, grade }), naive: base })
export const [α, β] = [named('α', 'scalar'), named('β', 'scalar')]
export const [a, b, c] = [named('a', 'column'), named('b', 'column'), named('c', 'column')]
export const [A, B, C] = [named('A', 'matrix'), named('B', 'matrix'), named('C', 'matrix')]
export const z = named('z', 'column')
export const I: Pair = { ours: identity, naive: 'eye' }

/** Numbers for all names: vectors of d, matrices d × d, z of n. */
export interface Numbers {
  readonly d: number
  readonly n: number
  readonly pool: readonly number[]
}
export const numbers: Arbitrary<Numbers> = record({
  d: integer({ min: 2, max: 3 }),
  n: integer({ min: 2, max: 3 }),
  pool: quarters(60),
})

export const knownOf = ({ d, n, pool }: Numbers): Known => {
  let at = 0
  const next = (): number => pool[at++ % pool.length] as number
  const grid = (rows: number, columns: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, next))
  const eye = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => +(i === j)))
  return new Map<string, Worth>([
    ...['α', 'β'].map(name => [name, next()] as const),
    ...['a', 'b', 'c'].map(name => [name, grid(d, 1)] as const),
    ...['A', 'B', 'C'].map(name => [name, grid(d, d)] as const),
    ['z', grid(n, 1)],
    ['eye', eye],
    [keyOfIdentity, eye],
  ])
}
const keyOfIdentity = identity.toString()

/** Numbers in a row; a number in place of a matrix is one that is 0. */
const flat = (x: Worth, like: Worth = x): readonly number[] => {
  if (typeof x !== 'number') return x.flat()
  return typeof like === 'number' ? [x] : like.flat().map(() => (x === 0 ? 0 : Number.NaN))
}

export const sidesOf = ({ ours, naive }: Pair, known: Known): readonly [readonly number[], readonly number[]] => {
  const meant = worthOf(naive, known)
  return [flat(worthOf(ours, known), meant), flat(meant)]
}

export const inText = written(text)

export const diagonal = ({ ours, naive }: Pair): Pair => ({ ours: diag(ours), naive: `diag(${naive})` })
export const kronOf = (x: Pair, y: Pair): Pair => ({
  ours: kron(x.ours, transposed(y.ours)),
  naive: `kron(${x.naive}, ${y.naive}')`,
})
