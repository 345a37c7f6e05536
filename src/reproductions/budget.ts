/** Which reproductions a budget of CPU minutes is enough for. */
import * as E from 'fp-ts/lib/Either.js'
import { type Checked, type Given, reader } from '../options.ts'

const units: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60 }

/** Reads 15m, 90s or 2h as minutes; a number alone is minutes. Left: no such time. */
export const minutesIn = (given: Given): Checked<number> => {
  const [, number, unit = 'm'] = /^(\d+(?:\.\d+)?)\s*([smh]?)$/.exec(String(given).trim()) ?? []
  if (number !== undefined) return E.right(Number(number) * (units[unit || 'm'] as number))
  return reader('reproduce').refuse(`--budget ${given}`, 'a time as 90s, 15m or 2h', 'Write --budget 15m')
}

/** Those that fit, taken in their order: one that is too long for what is left is passed over, and later ones are tried. */
export const fitting = <A>(all: readonly A[], minutes: (one: A) => number, budget: number): readonly A[] => {
  let left = budget
  return all.filter(one => {
    const fits = minutes(one) <= left
    if (fits) left -= minutes(one)
    return fits
  })
}
