/** Polynomials in d, n and m that go through counts exactly. */
import { type Kept, keptAs } from './kept.ts'

/** A count at sizes. */
export type Count = (d: number, n: number, m: number) => number

/** A term: its coefficient, and the powers of d, n and m. */
export interface Term {
  readonly by: number
  readonly powers: readonly [d: number, n: number, m: number]
}

/** The coefficients, from the constant on, of the polynomial through (x, y): Newton's divided differences. */
const through = (xs: readonly number[], ys: readonly number[]): readonly number[] => {
  const divided = [...ys]
  for (let order = 1; order < xs.length; order++)
    for (let i = xs.length - 1; i >= order; i--)
      divided[i] =
        ((divided[i] as number) - (divided[i - 1] as number)) / ((xs[i] as number) - (xs[i - order] as number))
  return divided.reduceRight<readonly number[]>(
    (poly, c, i) =>
      Array.from({ length: poly.length + 1 }, (_, j) => {
        const shifted = (poly[j - 1] ?? 0) - (xs[i] as number) * (poly[j] ?? 0)
        return j === 0 ? shifted + c : shifted
      }),
    [],
  )
}

/** Counts are whole numbers, or parts of them where they are spread over a window: coefficients are rounded to 360ths. */
const rounded = (x: number): number => Math.round(x * 360) / 360

const ds = [2, 3, 4, 5, 6]
const linear = ds.slice(0, 4)

const evaluated = (terms: readonly Term[], [d, n, m]: readonly [number, number, number]): number =>
  terms.reduce((sum, { by, powers: [a, b, c] }) => sum + by * d ** a * n ** b * m ** c, 0)

/** A count that is made once at each sizes. */
const eachOnce = (count: Count): Count => {
  const kept: Kept = new Map()
  return (...sizes) => keptAs(kept, String(sizes), () => count(...sizes))
}

/**
 * The polynomial of a count, of at most fourth degree in d and linear in n and m; null where there is none, since it does not go
 * through two counts more.
 */
export const fitted = (counted: Count): readonly Term[] | null => {
  const count = eachOnce(counted)
  const at = (list: readonly number[], f: (d: number) => number): readonly number[] => through(list, list.map(f))
  const base = new Map(ds.map(d => [d, count(d, 1, 1)]))
  const byN = at(linear, d => count(d, 2, 1) - (base.get(d) as number))
  const byM = at(linear, d => count(d, 1, 2) - (base.get(d) as number))
  const rest = at(ds, d => base.get(d) as number).map((x, i) => x - (byN[i] ?? 0) - (byM[i] ?? 0))
  const terms = [
    ...rest.map((by, a) => ({ by: rounded(by), powers: [a, 0, 0] as const })),
    ...byN.map((by, a) => ({ by: rounded(by), powers: [a, 1, 0] as const })),
    ...byM.map((by, a) => ({ by: rounded(by), powers: [a, 0, 1] as const })),
  ].filter(({ by }) => by !== 0)
  const checks: readonly (readonly [number, number, number])[] = [
    [7, 3, 2],
    [3, 4, 3],
    ...ds.map(d => [d, 1, 1] as const),
  ]
  const fits = checks.every(sizes => Math.abs(evaluated(terms, sizes) - count(...sizes)) < 1e-3)
  return fits ? terms.toSorted((x, y) => degreeOf(y) - degreeOf(x)) : null
}

const degreeOf = ({ powers: [a, b, c] }: Term): number => a + b + c

/** The degree in d and n together. */
export const degree = (terms: readonly Term[]): number => Math.max(0, ...terms.map(({ powers: [a, b] }) => a + b))

const superscripts = ['', '', '²', '³', '⁴', '⁵']
const power = (name: string, to: number): string => (to === 0 ? '' : `${name}${superscripts[to]}`)

/** A polynomial in words, the highest terms first. */
export const written = (terms: readonly Term[]): string =>
  terms
    .map(({ by, powers: [a, b, c] }, i) => {
      const letters = [power('d', a), power('n', b), power('m', c)].filter(one => one !== '').join(' ')
      const size = Number(Math.abs(by).toPrecision(4))
      const factor = size === 1 && letters !== '' ? letters : `${size}${letters === '' ? '' : ` ${letters}`}`
      return `${by < 0 ? '- ' : i === 0 ? '' : '+ '}${factor}`
    })
    .join(' ') || '0'
