/** What is claimed, as data, and what decides it. */
import { table } from '../ad/primitives/table.ts'
import type { Row } from '../ad/value.ts'
import { compiled, compiledOf } from './ad/compiler.ts'
import { byPlans } from './ad/compiler-plans.ts'
import { arrowLaws } from './ad/linear-maps.ts'
import { nesting } from './ad/nesting.ts'
import { adjointnessOf, oraclesOf } from './ad/primitives.ts'
import { bootstrap } from './bootstrap.ts'
import { errataClaims } from './errata/index.ts'
import { less } from './less.ts'
import { everyNetwork } from './nets/cells.ts'
import { byEngines } from './nets/engines.ts'
import { formulas } from './nets/formulas.ts'
import { flow } from './nets/gradient-flow.ts'
import { type Decision, decide, type Effort, type Proposition } from './proposition.ts'
import { refutations } from './refutations.ts'
import { costs } from './rules/costs.ts'
import { crossings } from './rules/crossings.ts'
import { duality } from './rules/duality.ts'
import { truncation } from './rules/tbptt.ts'
import { noise } from './rules/unbiased.ts'
import { symbols } from './symbols.ts'

/** The propositions in their storeys: first what is right, then what is adjoint, then what is equal, then what is false. */
export type Storey =
  | 'oracles'
  | 'adjointness'
  | 'nesting'
  | 'compiled'
  | 'arrows'
  | 'duality'
  | 'networks'
  | 'symbols'
  | 'truncation'
  | 'bootstrap'
  | 'noise'
  | 'less'
  | 'flow'
  | 'costs'
  | 'refutations'
  | 'errata'

const primitives = Object.values(table)

/** Every proposition, by storey. */
export const propositions: Readonly<Record<Storey, readonly Proposition[]>> = {
  oracles: primitives.flatMap(oraclesOf),
  adjointness: primitives.flatMap(adjointnessOf),
  nesting,
  compiled: [...primitives.flatMap(compiledOf), ...compiled, ...byEngines, ...byPlans],
  arrows: arrowLaws,
  duality: [...duality, ...crossings],
  networks: [...everyNetwork, ...formulas],
  symbols,
  truncation,
  less,
  bootstrap,
  noise,
  flow,
  costs,
  refutations,
  errata: errataClaims,
}

/** A proposition decided, and the storey it stands in. */
export interface Judged extends Decision {
  readonly storey: string
}

interface Choice extends Effort {
  /** Words to be found in the storey or the claim, in either case. */
  readonly pattern?: string
  /** Primitives of your own: proved as ours are, instead of ours. */
  readonly primitives?: readonly { readonly primitive: Row }[]
}

const chosen = ({ primitives: mine }: Choice): readonly (readonly [string, readonly Proposition[]])[] =>
  mine
    ? [
        ['oracles', mine.flatMap(({ primitive }) => oraclesOf(primitive))],
        ['adjointness', mine.flatMap(({ primitive }) => adjointnessOf(primitive))],
        ['compiled', mine.flatMap(({ primitive }) => compiledOf(primitive))],
      ]
    : Object.entries(propositions)

/** The propositions that a pattern finds, with their storeys. */
export const find = (choice: Choice = {}): readonly (readonly [storey: string, proposition: Proposition])[] => {
  const wanted = (choice.pattern ?? '').toLowerCase()
  return chosen(choice).flatMap(([storey, list]) =>
    list
      .filter(({ claim }) => `${storey} ${claim}`.toLowerCase().includes(wanted))
      .map(proposition => [storey, proposition] as const),
  )
}

/** Decides propositions one at a time: all, those a pattern finds, or those about primitives of your own. */
export function* prove(choice: Choice = {}): Generator<Judged> {
  for (const [storey, proposition] of find(choice)) yield { storey, ...decide(proposition, choice) }
}

export { describe, networks } from './arbitraries/networks.ts'
export { type Realised, realise } from './arbitraries/realise.ts'
export type { Erratum } from './errata/index.ts'
export type { PlainNetwork } from './plain-network.ts'
export { type Decision, decide, type Effort, equation, gap, type Proposition } from './proposition.ts'
export { bpttCost, rtrlCost } from './rules/costs.ts'
