/** Computed against expected, quantity by quantity. */
import type { Tensor } from '../../ad/tensor.ts'

/** Quantities by name: arrays, null where one has no meaning, and records or lists of them. */
export type Found = Tensor | null | readonly Found[] | { readonly [name: string]: Found }
export type Computed = { readonly [name: string]: Found }

/** The largest difference of two answers that pass, relative to max(1, largest expected). */
export const tolerance = 1e-9

/** How far one quantity is off: max|a - b| / max(1, max|b|); infinite where nothing was computed. */
export interface Gap {
  readonly name: string
  readonly gap: number
}

/** What is expected: like what is found, but anything may be absent. */
export type Expected = Tensor | null | undefined | readonly Expected[] | { readonly [name: string]: Expected }

/** Whether an answer is an array, rather than a record or list of answers. */
export const isTensor = (x: Found | Expected): x is Tensor =>
  typeof x === 'object' && x !== null && 'data' in x && x.data instanceof Float64Array

/** max|a - b| / max(1, max|b|); infinite where a is not an array like b. */
export const distance = (a: Found | undefined, b: Tensor): number => {
  if (!a || !isTensor(a) || a.data.length !== b.data.length) return Number.POSITIVE_INFINITY
  const largest = b.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
  const largestDifference = a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (b.data[i] ?? Number.NaN))), 0)
  return Number.isNaN(largestDifference) ? Number.POSITIVE_INFINITY : largestDifference / largest
}

const child = (found: Found | undefined, key: string): Found | undefined =>
  found && !isTensor(found) ? (found as { readonly [name: string]: Found })[key] : undefined

/** Every expected quantity with its gap; where nothing is expected nothing is compared. */
export const gaps = (found: Found | undefined, expected: Expected, name = ''): readonly Gap[] => {
  if (expected === null || expected === undefined) return []
  if (isTensor(expected)) return [{ name, gap: distance(found, expected) }]
  const at = (key: string): string => (Array.isArray(expected) ? `${name}[${key}]` : name ? `${name}.${key}` : key)
  return Object.entries(expected).flatMap(([key, value]) => gaps(child(found, key), value, at(key)))
}

/** Whether a quantity is further off than rounding explains. */
export const differs = ({ gap }: Gap): boolean => !(gap <= tolerance)

/** The largest gap; null where nothing was compared. */
export const worstOf = (list: readonly Gap[]): number | null =>
  list.length === 0 ? null : list.reduce((most, { gap }) => Math.max(most, gap), 0)
