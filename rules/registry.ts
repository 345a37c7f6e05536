/** The rules that can be named, in one list, from which commands, tables, completion and the docs are made; variants of them are exported from their files. */
import type { AnyRule } from '../nets/run/rule.ts'
import { adaptiveTbptt } from './adaptive-tbptt.ts'
import { artbp } from './artbp.ts'
import { bplambda } from './bplambda.ts'
import { bptt } from './bptt.ts'
import { decay } from './decay.ts'
import { diagonal } from './diagonal.ts'
import { dni } from './dni.ts'
import { drtrl } from './drtrl.ts'
import { eprop } from './eprop.ts'
import { esdrtrl } from './esdrtrl.ts'
import { factorised } from './factorised.ts'
import { forwardGradient } from './forward-gradient.ts'
import { fpbptt } from './fpbptt.ts'
import { kernl } from './kernl.ts'
import { kfrtrl } from './kfrtrl.ts'
import { layerLocal } from './layer-local.ts'
import { nodePerturbation } from './node-perturbation.ts'
import { ok } from './ok.ts'
import type { RuleFacts, RuleMaker } from './parts/facts.ts'
import { randomFeedback } from './random-feedback.ts'
import { reverseKfrtrl } from './reverse-kfrtrl.ts'
import { rflo } from './rflo.ts'
import { rtrl } from './rtrl.ts'
import { sketch } from './sketch.ts'
import { snap } from './snap.ts'
import { sparse } from './sparse.ts'
import { tbptt } from './tbptt.ts'
import { td } from './td.ts'
import { threeFactor } from './three-factor.ts'
import { uoro } from './uoro.ts'
import { weightPerturbation } from './weight-perturbation.ts'

/** A rule, or a maker whose options are all optional. */
export type Entry = (AnyRule & RuleFacts) | RuleMaker<(...options: never[]) => AnyRule>

/** The rules in the order in which they are listed. */
export const registry = {
  bptt,
  rtrl,
  tbptt,
  'adaptive-tbptt': adaptiveTbptt,
  artbp,
  'random-feedback': randomFeedback,
  rflo,
  eprop,
  drtrl,
  esdrtrl,
  decay,
  factorised,
  kernl,
  snap,
  diagonal,
  'layer-local': layerLocal,
  sparse,
  uoro,
  kfrtrl,
  'reverse-kfrtrl': reverseKfrtrl,
  'forward-gradient': forwardGradient,
  'weight-perturbation': weightPerturbation,
  'node-perturbation': nodePerturbation,
  'three-factor': threeFactor,
  ok,
  sketch,
  fpbptt,
  dni,
  bplambda,
  td,
} as const satisfies { readonly [name: string]: Entry }

export type RuleName = keyof typeof registry
export const ruleNames = Object.keys(registry) as readonly RuleName[]

/** The facts of a rule of the registry, or of a user's own. */
export const factsOf = (entry: Entry): RuleFacts => (typeof entry === 'function' ? entry.facts : entry)

/** The rule of an entry, with options where it takes them. */
export const ruleOf = (entry: Entry, options: object = {}): AnyRule =>
  typeof entry === 'function' ? (entry as unknown as (options: object) => AnyRule)(options) : entry

/** Names of version 0.1.0 for rules that have since been renamed. */
export const formerNames: Readonly<Record<string, RuleName>> = {
  randomfeedback: 'random-feedback',
  rkfrtrl: 'reverse-kfrtrl',
  forwardgradient: 'forward-gradient',
  weightperturbation: 'weight-perturbation',
  nodeperturbation: 'node-perturbation',
  threefactor: 'three-factor',
}
