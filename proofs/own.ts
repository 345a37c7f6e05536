/** What is claimed of rules and cells of one's own: `prove({ rules: [mine] })`, `prove({ cells: [mine] })`. */
import { integer } from 'fast-check'
import { entries } from '../ad/distance.ts'
import { KindError } from '../ad/errors.ts'
import type { Branch } from '../ad/tree.ts'
import { type Cell, requireCell } from '../nets/cells/cell.ts'
import { type AnyRule, requireRule } from '../nets/run/rule.ts'
import { gradient } from '../nets/train/gradient.ts'
import { bptt } from '../rules/bptt.ts'
import type { RuleFacts } from '../rules/parts/facts.ts'
import { rtrl } from '../rules/rtrl.ts'
import { nameOf, type OnCell, problemOf, type Requirement, refusal, requirements } from './conformance.ts'
import { theoremOn } from './nets/cells.ts'
import { equation, type Proposition } from './proposition.ts'

/** Steps of a run: a counter outside a memory must have time to tell. */
const steps = 20
const cells = ['leaky', 'gru', 'lstm'] as const

/** A requirement of a rule on a cell, on random networks and data. */
const proposed = (rule: AnyRule, on: OnCell, { claim, sides, within }: Requirement): Proposition =>
  equation<number>({
    claim: `${rule.name}, on ${nameOf(on)}: ${claim}`,
    forAll: integer({ min: 0, max: 9999 }),
    sides: seed => sides(rule, problemOf(on, steps, seed)),
    describe: seed => `data and parameters by seed ${seed}`,
    within,
    verdict: 'holds',
    runs: 3,
  })

/** What a rule must do that says that it is exact. */
const exact: Requirement = {
  claim: 'it computes the gradient',
  sides: (rule, { net, θ, sequences, seed }) => {
    const of = (one: AnyRule) => entries(gradient(one, net, { engine: 'eager', seed })(θ, sequences[0]).cell)
    return [of(rule), of(bptt)]
  },
  within: 1e-9,
}

const wantedOf = (rule: AnyRule): readonly Requirement[] => {
  const own = requirements.filter(({ skip }) => skip?.(rule) === undefined)
  return (rule as Partial<RuleFacts>).exactness === 'exact' ? [...own, exact] : own
}

/** The propositions about a rule, on every cell that it serves. Throws a KindError for what is no rule, and for one that serves none. */
export const claimsOfRule = (rule: AnyRule): readonly Proposition[] => {
  requireRule('prove', rule)
  const refusals = cells.map(cell => refusal(rule, problemOf(cell, steps, 1)))
  const served = cells.filter((_, i) => refusals[i] === undefined)
  if (served.length === 0)
    throw new KindError({
      who: 'prove',
      given: `${rule.name}, which serves none of ${cells.join(', ')} (${refusals[0]})`,
      wanted: 'a rule that serves one of them',
      remedy: 'Decide claims of your own on its cell: prove({ claims: [...] })',
    })
  return served.flatMap(cell => wantedOf(rule).map(requirement => proposed(rule, cell, requirement)))
}

/** The propositions about a cell: the theorem, and what BPTT and RTRL must do on it. Throws a KindError for what is no cell. */
export const claimsOfCell = (cell: Cell<Branch, Branch>, which?: number): readonly Proposition[] => {
  requireCell('prove', cell)
  const name = which === undefined ? 'a cell of your own' : `your cell ${which}`
  return [
    theoremOn(`BPTT, RTRL and complex step agree on ${name}`, cell),
    ...[bptt as AnyRule, rtrl].flatMap(rule =>
      requirements.map(requirement => {
        const one = proposed(rule, cell, requirement)
        return { ...one, claim: one.claim.replace(nameOf(cell), name) }
      }),
    ),
  ]
}
