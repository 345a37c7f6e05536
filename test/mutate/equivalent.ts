/** Mutants that no test can find, since they compute the same: listed with their reasons in equivalent.json, and not counted. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import type { Mutant } from './copy.ts'

/** A mutant as it is known when its line has moved: by its file, the text of its line, and the change. */
export interface Equivalent extends Pick<Mutant, 'file' | 'source' | 'original' | 'mutated'> {
  readonly reason: string
}

const keyOf = ({ file, source, original, mutated }: Omit<Equivalent, 'reason'>): string =>
  [file, source, original, mutated].join('\n')

const listed = (): readonly Equivalent[] => JSON.parse(readFileSync(join(root, 'test/mutate/equivalent.json'), 'utf8'))

/** The mutants that are to be found, and the entries of the list that are no mutant any more. */
export const withoutEquivalent = (mutants: readonly Mutant[]) => {
  const list = listed()
  const known = new Set(list.map(keyOf))
  const all = new Set(mutants.map(keyOf))
  return {
    counted: mutants.filter(mutant => !known.has(keyOf(mutant))),
    stale: list.filter(one => !all.has(keyOf(one))),
  }
}
