/** Networks of growing size until two rules differ on one, and that one made as small as it can be. */
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { drawing } from './quarters.ts'
import { differ, type Sides } from './sides.ts'
import { type Smallest, smallestSupport, type Test } from './smallest-support.ts'
import { type Numbers, type Specimen, specimen } from './specimen.ts'

/** How far a search goes: at most so many units and steps, and so many networks of each size, all of their numbers not 0. */
export interface Reach {
  readonly units: number
  readonly steps: number
  readonly networks: number
  readonly seed: number
}

/** What was tried, size by size. */
export interface Tried {
  readonly units: number
  readonly steps: number
  readonly networks: number
}

/** What a search found. */
export interface Found {
  readonly tried: readonly Tried[]
  readonly smallest: (Smallest & { readonly of: Specimen; readonly test: Test }) | null
}

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1)

/** Sizes from the fewest units on, and of them from the fewest steps on. */
const sizes = ({ units, steps }: Reach): readonly (readonly [number, number])[] =>
  upTo(units).flatMap(d => upTo(steps).map(T => [d, T] as const))

const testOf =
  (of: Specimen, sides: Sides): Test =>
  numbers =>
    differ(...sides(of.problem(numbers)))

/** Searches the networks of a cell. */
export const search = (cell: Cell<Branch, Branch>, sides: Sides, reach: Reach): Found => {
  const draw = drawing(reach.seed)
  const tried: Tried[] = []
  for (const [d, T] of sizes(reach)) {
    const of = specimen(cell, d, T)
    const test = testOf(of, sides)
    const drawn = upTo(reach.networks).map((): Numbers => of.names.map(() => draw()))
    const at = drawn.findIndex(test)
    tried.push({ units: d, steps: T, networks: at < 0 ? drawn.length : at + 1 })
    if (at >= 0) return { tried, smallest: { ...smallestSupport(drawn[at] as Numbers, test, reach.seed), of, test } }
  }
  return { tried, smallest: null }
}

/** What may become of a number of the smallest network: it must not be 0, it matters otherwise, or it may be anything. */
export type Freedom = 'not 0' | 'matters' | 'anything'

/** Values that a number is tried with. */
const other = [0, 0.25, -0.75, 1.5, -2]

/** Each number of a network by what becomes of the difference when it alone is changed. */
export const freedoms = (numbers: Numbers, test: Test): readonly Freedom[] =>
  numbers.map((x, i) => {
    const kept = other.filter(y => test(numbers.with(i, y)))
    if (kept.length === other.length) return 'anything'
    return x !== 0 && !kept.includes(0) && kept.length === other.length - 1 ? 'not 0' : 'matters'
  })
