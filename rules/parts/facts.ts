/** What is known of a rule before it is run: what lists, tables and completion are made from. */
import { requireNames } from '../../ad/require.ts'
import type { Network } from '../../nets/network.ts'
import type { AnyRule, Facing, Facts, Rule, RuleFor } from '../../nets/run/rule.ts'

/** Authors, year, title, and a DOI, an arXiv number or a venue. */
export interface Paper {
  readonly authors: string
  readonly year: number
  readonly title: string
  readonly id: string
}

/**
 * The tensor that the influence M [S, P] is kept as: in full, by the entries of a mask, of a weight's own unit alone, as one
 * outer product or Kronecker product or k of them, as own units and a product of rank k, or not at all.
 */
export type Structure =
  | 'dense'
  | 'sparse'
  | 'own units'
  | 'rank one'
  | 'Kronecker'
  | 'k Kronecker'
  | 'own + rank k'
  | 'none'

/** One option of a rule: what it may be, what it is by default, and what it does. */
export interface OptionFacts {
  readonly range: string
  readonly default: string
  readonly means: string
  /** Other options without which it changes nothing. */
  readonly with?: Readonly<Record<string, number | boolean>>
}

/** Which pairs of a loss time t and a parameter time s ≤ t a rule's gradient has: `triangleBy` finds them; 'no pairs' where it is no sum over such pairs. */
export type PairsKept = 'every pair' | 'a band' | 'blocks' | 'the diagonal alone' | 'no pairs'

/** What the update of a synapse reads, from the least to the most: a fact that `janus audit` decides. */
export type Locality = 'local' | 'three-factor' | 'weight transport' | 'non-local'

/**
 * How a rule's memory crosses from one timestep to the next. An influence, or vectors in its place, is carried by pushes through
 * J, a part of J or a sample of it; a credit by pulls. Neither, where what stands in the place of J is not read from it (a constant or
 * a learned decay), or where the network is run again.
 */
export type Crossing =
  | 'pushes alone'
  | 'pulls alone'
  | 'neither pushes nor pulls'
  | 'pushes of its trace and pulls of its target'
  | 'pushes of its vector and pulls within a window'
  | 'pushes of its influence and pulls of its error'

export interface RuleFacts<F extends Facing = Facing> extends Facts<F> {
  readonly title: string
  /** Whether it carries both an influence of the past and a credit: of a window (fpbptt), or predicted (bplambda). */
  readonly both?: true
  /** What it changes of the exact gradient. */
  readonly changes: 'nothing' | 'replaces' | 'remembers less' | 'bootstraps'
  readonly crosses: Crossing
  /** What is carried from step to step, and its size. */
  readonly keeps: string
  readonly structure: Structure
  readonly exactness: 'exact' | 'unbiased' | 'biased'
  /** Which pairs (t, s) it attributes, with its default options. */
  readonly pairs: PairsKept
  /** What the update of a synapse reads with its default options, on one layer of the leaky cell, or of the first that it serves. */
  readonly locality: Locality
  /** Its gradient of a learned initial state. */
  readonly start: 'exact' | 'approximate' | 'nothing'
  /** Operations and numbers of a step, on the leaky network with d units. */
  readonly cost: { readonly time: string; readonly memory: string }
  readonly options: Readonly<Record<string, OptionFacts>>
  /** The option that the command's `--k` sets, the least it may be (1 if left out), and its default for a window of so many steps. */
  readonly count?: { readonly option: string; readonly least?: number; readonly begins: (window: number) => number }
  readonly papers: readonly [Paper, ...Paper[]]
}

/** A function that makes a rule from its options, with the facts that are known before it is called. */
export type RuleMaker<Make> = Make & { readonly facts: RuleFacts }

/** Joins what makes a rule to its facts; an option that they do not name is refused. */
export const maker = <Make extends (...options: never[]) => AnyRule>(facts: RuleFacts, make: Make): RuleMaker<Make> => {
  const named = (...given: readonly unknown[]): AnyRule => {
    if (given[0] !== undefined) requireNames(facts.name, given[0], Object.keys(facts.options))
    return make(...(given as never[]))
  }
  Object.defineProperty(named, 'name', { value: facts.name })
  return Object.assign(named as unknown as Make, { facts })
}

/** A rule that is made once its network and seed are known. */
export const ruleFor = <M, F extends Facing>(
  facts: RuleFacts<F>,
  on: (net: Network, seed: number) => Omit<Rule<M, F>, 'name' | 'faces'> & Partial<Facts<F>>,
): RuleFor<M, F> & RuleFacts<F> => ({ ...facts, on: (net, seed) => ({ ...facts, ...on(net, seed) }) })
