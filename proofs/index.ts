/** What is claimed, as data, and what decides it. */
import { table } from '../ad/table.ts'
import type { Row } from '../ad/value.ts'
import { arrowLaws } from './arrows.ts'
import { bootstrap } from './bootstrap.ts'
import { everyNetwork } from './cells.ts'
import { compiled, compiledOf } from './compiled.ts'
import { costs } from './costs.ts'
import { crossings } from './crossings.ts'
import { duality } from './duality.ts'
import { errataClaims } from './errata/index.ts'
import { flow } from './flow.ts'
import { formulas } from './formulas.ts'
import { less } from './less.ts'
import { nesting } from './nesting.ts'
import { noise } from './noise.ts'
import { adjointnessOf, oraclesOf } from './primitives.ts'
import { type Decision, decide, type Effort, type Proposition } from './proposition.ts'
import { refutations } from './refutations.ts'
import { symbols } from './symbols.ts'
import { truncation } from './truncation.ts'

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
export const propositions: Readonly<Record<Storey, readonly Proposition<never>[]>> = {
  oracles: primitives.flatMap(oraclesOf),
  adjointness: primitives.flatMap(adjointnessOf),
  nesting,
  compiled: [...primitives.flatMap(compiledOf), ...compiled],
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

const chosen = ({ primitives: mine }: Choice): readonly (readonly [string, readonly Proposition<never>[]])[] =>
  mine
    ? [
        ['oracles', mine.flatMap(({ primitive }) => oraclesOf(primitive))],
        ['adjointness', mine.flatMap(({ primitive }) => adjointnessOf(primitive))],
        ['compiled', mine.flatMap(({ primitive }) => compiledOf(primitive))],
      ]
    : Object.entries(propositions)

/** The propositions that a pattern finds, with their storeys. */
export const find = (choice: Choice = {}): readonly (readonly [storey: string, proposition: Proposition<never>])[] => {
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

export { type Realised, realise } from './build.ts'
export { bpttCost, rtrlCost } from './costs.ts'
export type { Erratum } from './errata/index.ts'
export { describe, networks, type PlainNetwork } from './networks.ts'
export { type Decision, decide, type Effort, equation, gap, type Proposition } from './proposition.ts'
