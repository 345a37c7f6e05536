/** What is claimed, as data, and what decides it. */

import { described } from '../ad/describe.ts'
import { KindError } from '../ad/errors.ts'
import { table } from '../ad/primitives/table.ts'
import { requireList, requireNames, requireRecord } from '../ad/require.ts'
import type { Branch } from '../ad/tree.ts'
import type { Row } from '../ad/value.ts'
import type { Cell } from '../nets/cells/cell.ts'
import type { AnyRule } from '../nets/run/rule.ts'
import { broadcasting } from './ad/broadcasting.ts'
import { compiled, compiledOf } from './ad/compiler.ts'
import { byPlans } from './ad/compiler-plans.ts'
import { componentwise } from './ad/componentwise.ts'
import { treeClaims } from './ad/expression-trees.ts'
import { linearMaps } from './ad/linear-maps.ts'
import { nesting } from './ad/nesting.ts'
import { adjointnessOf, oraclesOf } from './ad/primitives.ts'
import { falseRewritings, laws } from './ad/rewriting.ts'
import { shifts } from './ad/shifts.ts'
import { wholeRange, wholeRangeCompiled } from './ad/whole-range.ts'
import { errataClaims } from './errata/index.ts'
import { everyNetwork } from './nets/cells.ts'
import { byEngines } from './nets/engines.ts'
import { equationsClaims } from './nets/equations.ts'
import { formulas } from './nets/formulas.ts'
import { gradients } from './nets/gradient.ts'
import { gradientFlow } from './nets/gradient-flow.ts'
import { lruClaims } from './nets/lru.ts'
import { optimisers } from './nets/optimisers.ts'
import { optimisersBeyondGradients } from './nets/optimisers-beyond-gradients.ts'
import { outputs } from './nets/outputs.ts'
import { ownStates } from './nets/own-unit.ts'
import { shadowClaims } from './nets/shadows.ts'
import { spikes } from './nets/spiking.ts'
import { byWorkers } from './nets/workers.ts'
import { claimsOfCell, claimsOfRule } from './own.ts'
import { type Decision, decide, type Effort, type Proposition, requireProposition } from './proposition.ts'
import { refutations } from './refutations.ts'
import { adaptiveWindows } from './rules/adaptive-tbptt.ts'
import { theoremA, theoremARefuted } from './rules/bplambda.ts'
import { broadcasts } from './rules/broadcast.ts'
import { costs } from './rules/costs.ts'
import { sparseCosts } from './rules/costs-sparse.ts'
import { crossings } from './rules/crossings.ts'
import { decays } from './rules/decay.ts'
import { learnedArrow, learnedArrowRefuted } from './rules/dni-b.ts'
import { depthwise } from './rules/dni-layers.ts'
import { duality } from './rules/duality.ts'
import { exactness } from './rules/exact-synthesiser.ts'
import { factorisations } from './rules/factorised.ts'
import { folds } from './rules/fpbptt.ts'
import { hybridRefuted, schedule } from './rules/hybrid.ts'
import { layerwise } from './rules/layer-local.ts'
import { adaptives } from './rules/rflo-adaptive.ts'
import { descent, feedbacks } from './rules/rflo-eprop.ts'
import { sketches } from './rules/sketch.ts'
import { masks } from './rules/snap.ts'
import { sparseTransport } from './rules/sparse.ts'
import { sparse } from './rules/sparse-influence.ts'
import { everyCell, keptEntries } from './rules/sparsity.ts'
import { decayRefuted, decay as synthesiserDecay } from './rules/synthesiser-decay.ts'
import { bounds } from './rules/synthesiser-error.ts'
import { conventions, conventionsRefuted } from './rules/synthesiser-learning.ts'
import { truncation } from './rules/tbptt.ts'
import { predictions } from './rules/td.ts'
import { convergence, convergenceRefuted } from './rules/td-convergence.ts'
import { readings } from './rules/td-lambda.ts'
import { triangles } from './rules/triangles.ts'
import { noise } from './rules/unbiased.ts'

const primitives = Object.values(table)

/** Rules that remember less of the influence than RTRL, or replace a map: when they are each other, when exact. */
const approximations: readonly Proposition[] = [
  ...[
    ...feedbacks,
    ...broadcasts,
    ...adaptives,
    ...masks,
    ...everyCell,
    keptEntries,
    ...ownStates,
    ...folds,
    ...descent,
  ],
  ...[...sparse, ...sketches, ...sparseCosts, ...decays, ...factorisations, ...layerwise],
]

/** Synthetic gradients: when they are as good as the future, what the synthesiser learns, and what it does not. */
const bootstrapped: readonly Proposition[] = [
  ...[...exactness, ...theoremA, ...conventions, ...bounds, ...convergence, ...readings, ...depthwise],
  ...[...predictions, ...learnedArrow, ...schedule, ...synthesiserDecay],
  ...[...theoremARefuted, ...conventionsRefuted, ...convergenceRefuted],
  ...[...learnedArrowRefuted, ...hybridRefuted, ...decayRefuted],
]

/** Every proposition in its storey: first what is right, then what is adjoint, then what is equal, then what is false. */
export const propositions = {
  oracles: [...primitives.flatMap(oraclesOf), ...broadcasting],
  adjointness: [...primitives.flatMap(adjointnessOf), ...wholeRange],
  nesting,
  compiler: [
    ...primitives.flatMap(compiledOf),
    ...compiled,
    ...wholeRangeCompiled,
    ...shifts,
    ...byEngines,
    ...byWorkers,
    ...byPlans,
  ],
  'linear maps': linearMaps,
  duality: [...duality, ...gradients, ...crossings, ...triangles],
  networks: [
    ...[...everyNetwork, ...formulas, ...lruClaims, ...outputs, ...spikes],
    ...[...optimisers, ...optimisersBeyondGradients, ...shadowClaims],
  ],
  symbols: [...laws, ...treeClaims, ...equationsClaims, ...componentwise, ...falseRewritings],
  'gradient flow': gradientFlow,
  approximations,
  stochastic: [...noise, ...sparseTransport],
  bootstrapped,
  truncation: [...truncation, ...adaptiveWindows],
  costs,
  refutations,
  errata: errataClaims,
} as const satisfies Readonly<Record<string, readonly Proposition[]>>

/** A storey of propositions, by what they are about. */
export type Storey = keyof typeof propositions

/** A proposition decided, and the storey it stands in. */
export interface Judged extends Decision {
  readonly storey: string
}

interface Choice extends Effort {
  /** Words to be found in the storey or the claim, in either case. */
  readonly pattern?: string
  /** Primitives of your own: proved as ours are, instead of ours. */
  readonly primitives?: readonly { readonly primitive: Row }[]
  /** Rules of your own: held to what every rule must do, and to the gradient where they say that they are exact. */
  readonly rules?: readonly AnyRule[]
  /** Cells of your own: BPTT, RTRL and complex step agree on them, by every engine. */
  readonly cells?: readonly Cell<Branch, Branch>[]
  /** Propositions of your own. */
  readonly claims?: readonly Proposition[]
}

const ofPrimitives = (mine: readonly { readonly primitive: Row }[]) =>
  [
    ['oracles', mine.flatMap(({ primitive }) => oraclesOf(primitive))],
    ['adjointness', mine.flatMap(({ primitive }) => adjointnessOf(primitive))],
    ['compiler', mine.flatMap(({ primitive }) => compiledOf(primitive))],
  ] as const

/** All propositions, or those about what is the caller's own. */
const chosen = (choice: Choice): readonly (readonly [string, readonly Proposition[]])[] => {
  const { primitives: mine, rules, cells, claims } = choice
  const own = [
    ...(mine ? ofPrimitives(mine) : []),
    ...(rules ? [['rules', rules.flatMap(rule => claimsOfRule(rule))] as const] : []),
    ...(cells
      ? [['networks', cells.flatMap((cell, i) => claimsOfCell(cell, cells.length > 1 ? i + 1 : undefined))] as const]
      : []),
    ...(claims ? [['own', claims] as const] : []),
  ]
  return own.length > 0 ? own : Object.entries(propositions)
}

/** Refuses a pattern that is no text, and single things where lists are wanted. Throws a KindError. */
const requireChoice = ({ pattern = '', ...lists }: Choice): void => {
  if (typeof pattern !== 'string')
    throw new KindError({
      who: 'prove',
      given: `pattern ${described(pattern)}`,
      wanted: 'words to be found in a claim',
      remedy: "prove({ pattern: 'rtrl' })",
    })
  for (const name of ['primitives', 'rules', 'cells', 'claims'] as const)
    if (lists[name] !== undefined) requireList('prove', lists[name], `a list of ${name}`, `prove({ ${name}: [mine] })`)
  for (const claim of lists.claims ?? []) requireProposition('prove', claim)
  for (const mine of lists.primitives ?? [])
    requireRecord(
      'prove',
      mine?.primitive,
      'operations with their primitives',
      'Make them with unary, binary or operation',
    )
}

/** The propositions that a pattern finds, with their storeys. */
export const find = (choice: Choice = {}): readonly (readonly [storey: string, proposition: Proposition])[] => {
  requireNames('prove', choice, [
    'pattern',
    'primitives',
    'rules',
    'cells',
    'claims',
    'runs',
    'seed',
    'shrink',
    'replay',
    'onCounterexample',
  ])
  requireChoice(choice)
  const wanted = (choice.pattern ?? '').toLowerCase()
  return chosen(choice).flatMap(([storey, list]) =>
    list
      .filter(({ claim }) => `${storey} ${claim}`.toLowerCase().includes(wanted))
      .map(proposition => [storey, proposition] as const),
  )
}

/** Decides propositions one at a time: all, those a pattern finds, or those about primitives, rules and cells of your own, or claims of your own. Throws what a rule throws that serves no cell. */
export function* prove(choice: Choice = {}): Generator<Judged> {
  for (const [storey, proposition] of find(choice)) yield { storey, ...decide(proposition, choice) }
}

export { describe, networks } from './arbitraries/networks.ts'
export { type Realised, realise } from './arbitraries/realise.ts'
export { type Check, type ConformanceOptions, conforms } from './conformance.ts'
export type { Erratum } from './errata/index.ts'
export type { PlainNetwork } from './plain-network.ts'
export { type Decision, decide, type Effort, equation, gap, type Place, type Proposition } from './proposition.ts'
export { bpttCost, rtrlCost } from './rules/costs.ts'
