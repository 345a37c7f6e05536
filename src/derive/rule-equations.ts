/** The equations of a rule: its step run on symbols, and the terms of the exact rule that it drops struck through. */

import {
  argumentsOf,
  cancel,
  type Expression,
  entrywise,
  expanded,
  markOf,
  negative,
  number,
  operandsOf,
  partsIn,
  product,
  renamed,
  same,
  sum,
  within,
} from '../../ad/symbols/expression.ts'
import type { Definition } from '../../nets/formulas/definitions.ts'
import type { Facing } from '../../nets/run/rule.ts'
import type { CallOptions } from '../call-options.ts'
import { stepped } from './symbolic-rules.ts'
import { at, type CellTraits, given, simplest } from './symbolic-timestep.ts'

/** Symbols that only some rules have, in words. */
const descriptions: readonly (readonly [base: string, words: string])[] = [
  ['B', 'the feedback, given: a row for each unit, a column for each output'],
  ['κ', '0 where credit is cut, before the first step of a window; else 1'],
  ['R_n', '1 where a parameter reaches a unit within n steps, else 0; 1 - R_n is what is dropped'],
  ['λ', 'how much of the trace stays at a step; 0.9 unless given'],
  ['A', 'the weights of the traces of other units, given or learned; I unless given'],
  ['γ', 'the rates at which the traces decay, given or learned; 0.5 unless given'],
  ['ξ', 'signs drawn at every step, independent of each other'],
  ['ξ_1', 'one of two signs drawn at every step'],
  ['ρ_0', 'balances the factors of what is carried on; a norm is the root of the sum of squares'],
  ['ρ_1', 'balances the factors of what is new'],
]

/** The symbols of an expression that only some rules have, in words. */
export const symbolDescriptions = (x: Expression): readonly (readonly [Expression, string])[] => {
  const found = partsIn(x)
  return descriptions.flatMap(([base, words]) => {
    const name = found.find(one => markOf(one)?.base === base && !markOf(one)?.tilde)
    return name ? [[name, words] as const] : []
  })
}

/** The memory of a rule from step to step, and its gradient at one: a row, for all parameters of the state. */
export interface RuleEquations {
  readonly faces: Facing
  readonly memory: readonly Definition[]
  readonly gradient: Expression
}

type Names = readonly (readonly [Expression, Expression])[]
const termsOf = (x: Expression): readonly Expression[] => operandsOf(x, 'add') ?? [x]
/** Whether a symbol stands somewhere in an expression. */
export const mentions = (x: Expression, name: Expression): boolean => partsIn(x).some(part => same(part, name))

/** J and P̃ in two parts, where a rule has one of them. */
const parts = (rule: Expression): Names => [
  ...(mentions(rule, given.own) ? [[given.jacobian, sum(given.own, given.cross)] as const] : []),
  ...(mentions(rule, given.local) ? [[given.immediate, sum(given.local, given.nonlocal)] as const] : []),
]

const scalarsIn = (x: Expression): readonly Expression[] => partsIn(x).filter(part => markOf(part)?.grade === 'scalar')

/** How much of a term a rule leaves out: all of it, or 1 - k where the rule has k of it. */
const shareOf = (term: Expression, rule: Expression): Expression => {
  const k = scalarsIn(rule).find(scalar => termsOf(rule).some(other => same(other, product(scalar, term))))
  return k ? sum(number(1), negative(k)) : number(1)
}

/** A rule's expression, and beside it, struck through, the terms of the exact one that are not in it. */
const withDroppedTerms = (rule: Expression, exact: Expression): Expression => {
  const [mask, inner] = operandsOf(rule, 'dotMultiply') ?? []
  if (mask && inner && same(inner, exact)) return sum(rule, cancel(entrywise(sum(number(1), negative(mask)), exact)))
  const whole = expanded(renamed(exact, parts(rule)))
  const dropped = termsOf(whole).filter(term => !termsOf(rule).some(other => same(other, term)))
  return sum(rule, ...dropped.map(term => cancel(product(shareOf(term, rule), term))))
}

/** ε W_out, at the head of a product, is the error δ̃. */
const withError = (x: Expression): Expression => {
  const factors = operandsOf(x, 'multiply') ?? []
  const names = [given.logitError, given.readout, given.outputMap]
  const heads = [names, names.slice(0, 2)].find(list => list.every((name, i) => factors[i] && same(name, factors[i])))
  if (heads) return product(given.error, ...factors.slice(heads.length))
  return within(x, withError)
}

/** An expression with memories by their names. */
const named = (x: Expression, memory: readonly Definition[]): Expression =>
  renamed(
    x,
    memory.map(({ name, is }) => [is, name] as const),
  )

/** Choices between numbers by their names ρ₀, ρ₁, … in the order in which they are made. */
const withScales = ({ memory, ...rest }: RuleEquations): RuleEquations => {
  const choices = memory.flatMap(({ is }) => partsIn(is).filter(part => argumentsOf(part, 'choice')))
  const distinct = choices.filter((x, i) => choices.findIndex(other => same(other, x)) === i)
  const scales = distinct.map((is, i) => ({ name: at(`ρ_${i}`, 'scalar'), is }))
  return { ...rest, memory: [...scales, ...memory.map(({ name, is }) => ({ name, is: named(is, scales) }))] }
}

/**
 * The equations of a rule by its name: its memory and its gradient, both with the terms of RTRL or BPTT that it drops struck
 * through. Throws a KindError for a rule whose step is more than products and sums.
 */
export const ruleEquations = (
  name: string,
  traits: CellTraits = simplest,
  options: CallOptions = {},
): RuleEquations => {
  const rule = stepped(name, traits, options)
  const { faces } = rule
  if (faces === 'future') return credited(rule, stepped('bptt', traits))
  const exact = stepped('rtrl', traits)
  const isInfluence = rule.memory.some(({ name }) => same(name, given.influence))
  if (!isInfluence) return withScales({ ...rule, gradient: withError(named(rule.gradient, rule.memory)) })
  const memory = rule.memory.map(({ name, is }, i) => ({
    name,
    is: withDroppedTerms(is, (exact.memory[i] as Definition).is),
  }))
  const gradient = withDroppedTerms(named(rule.gradient, rule.memory), named(exact.gradient, exact.memory))
  return { faces, memory, gradient: withError(gradient) }
}

/** What is in front of P̃ has a name in a rule that faces the future: δ = c + q. */
const credited = (rule: RuleEquations, exact: RuleEquations): RuleEquations => {
  const total = (x: Expression): Expression => (operandsOf(x, 'multiply') ?? [x])[0] as Expression
  const [is, was] = [total(rule.gradient), total(exact.gradient)].map(withError) as [Expression, Expression]
  return {
    faces: rule.faces,
    memory: [{ name: given.delta, is: withDroppedTerms(is, was) }],
    gradient: product(given.delta, given.immediate),
  }
}
