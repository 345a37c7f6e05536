/** Where in time two rules part: the first pair of a loss time t and a parameter time s whose shares differ. */
import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import type { Param, Run } from '../../nets/run/timestep.ts'
import { triangleBy } from '../../rules/readings/triangle-by.ts'
import { differ } from './sides.ts'
import type { Numbers } from './specimen.ts'

/** The first pair (t, s) at which they part, or the first step; or why neither can be said. */
export type Parting =
  | { readonly t: number; readonly s: number; readonly first: Numbers; readonly second: Numbers }
  | { readonly t: number; readonly reason: string }
  | { readonly reason: string }

type Entries = readonly (readonly Numbers[])[]

const numbersOf = (x: Cotangent<Param>): Numbers => [...(toValue(x) as Tensor).data]

/** The part of a gradient that is compared. */
type Of = (all: Numbers) => Numbers

const pairsOf = (rule: AnyRule, run: Run, seed: number, of: Of): Entries =>
  triangleBy(rule, { seed })(run).map(row => row.map(entry => of(numbersOf(entry))))

const emitted = (rule: AnyRule, run: Run, seed: number, of: Of): readonly Numbers[] => {
  const outs = [...scan(rule, { seed })(run)].map(([out]) => of(numbersOf(out)))
  return rule.faces === 'future' ? outs.toReversed() : outs
}

const inPairs = (first: Entries, second: Entries): Parting => {
  for (const [t, row] of first.entries())
    for (const [s, entry] of row.entries()) {
      const other = second[t]?.[s] as Numbers
      if (differ(entry, other)) return { t, s, first: entry, second: other }
    }
  return { reason: 'pair by pair they agree, but for rounding' }
}

const inSteps = (first: readonly Numbers[], second: readonly Numbers[], reason: string): Parting => {
  const t = first.findIndex((out, i) => differ(out, second[i] as Numbers))
  return t < 0 ? { reason } : { t, reason }
}

/** Where two rules part on a run. */
export const partingOf = (a: AnyRule, b: AnyRule, run: Run, seed: number, of: Of): Parting => {
  try {
    return inPairs(pairsOf(a, run, seed, of), pairsOf(b, run, seed, of))
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    if (a.faces !== b.faces) return { reason }
    return inSteps(emitted(a, run, seed, of), emitted(b, run, seed, of), reason)
  }
}
