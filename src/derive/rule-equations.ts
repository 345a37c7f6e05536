/** The equations of a rule: its step run on symbols, and the terms of the exact rule that it drops struck through. */

import { KindError } from '../../ad/errors.ts'
import { dense } from '../../ad/linear/apply.ts'
import { matrix, scale } from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, type Cotangent, type Space, toValue } from '../../ad/linear/space.ts'
import {
  cancel,
  type Expression,
  entrywise,
  expanded,
  identity,
  later,
  type Mark,
  markOf,
  negative,
  number,
  operandsOf,
  partsIn,
  product,
  renamed,
  same,
  sum,
  symbol,
  transposed,
  within,
} from '../../ad/symbols/expression.ts'
import { symbolic } from '../../ad/symbols/interpreter.ts'
import { type Shape, scalar, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import type { Definition } from '../../nets/formulas/definitions.ts'
import type { Symbols } from '../../nets/formulas/equations.ts'
import { composed, transformed } from '../../nets/run/fold.ts'
import type { Facing, Rule } from '../../nets/run/rule.ts'
import {
  type Logits,
  type Output,
  type Param,
  type Readout,
  type State,
  type Timestep,
  withZeroError,
} from '../../nets/run/timestep.ts'
import { broadcastFeedback, feedback, localParameters, ownUnitOnly } from '../../nets/run/transforms.ts'
import { bptt, type Credit } from '../../rules/bptt.ts'
import { withKernel } from '../../rules/kernl.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { influence, rtrl } from '../../rules/rtrl.ts'
import { type RankOne, uoro } from '../../rules/uoro.ts'

/** Symbols that only some rules have, in words. */
const descriptions: readonly (readonly [base: string, words: string])[] = [
  ['B', 'the feedback, given: a row for each unit, a column for each output'],
  ['κ', '0 where credit is cut, before the first step of a window; else 1'],
  ['R_n', '1 where a parameter reaches a unit within n steps, else 0; 1 - R_n is what is dropped'],
  ['A', 'the weights of the traces of other units, given or learned'],
  ['γ', 'the rates at which the traces decay, given or learned'],
  ['ξ', 'signs drawn at every step, independent of each other'],
]

/** The memory of a rule from step to step, and its gradient at one: a row, for all parameters of the state. */
export interface RuleEquations {
  readonly faces: Facing
  readonly memory: readonly Definition[]
  readonly gradient: Expression
}

const at = (base: string, grade: Mark['grade'], time: -1 | 0 | 1 = 0, more: Partial<Mark> = {}): Expression =>
  symbol({ base, grade, time, ...more })

/** The symbols of an expression that only some rules have, in words. */
export const symbolDescriptions = (x: Expression): readonly (readonly [Expression, string])[] => {
  const found = partsIn(x)
  return descriptions.flatMap(([base, words]) => {
    const name = found.find(one => markOf(one)?.base === base)
    return name ? [[name, words] as const] : []
  })
}

/** The parts of a timestep by their symbols. */
export const given = {
  jacobian: at('J', 'matrix'),
  own: at('J', 'matrix', 0, { layer: 'own' }),
  cross: at('J', 'matrix', 0, { layer: 'cross' }),
  immediate: at('P', 'matrix', 0, { tilde: true }),
  local: at('P', 'matrix', 0, { tilde: true, layer: 'own' }),
  nonlocal: at('P', 'matrix', 0, { tilde: true, layer: 'cross' }),
  outputError: at('ε', 'row'),
  outputMap: symbol({ base: 'C', grade: 'matrix' }),
  broadcastMap: symbol({ base: 'C', grade: 'matrix', layer: 'all' }),
  readout: symbol({ base: 'W_out', grade: 'matrix' }),
  error: at('δ', 'row', 0, { tilde: true }),
  delta: at('δ', 'row'),
  influence: at('P', 'matrix'),
} as const

const [states, params, units, outputs] = [5, 7, 4, 3]
const space = <A>(size: number): Space<A> => ({ shapes: [[size]], size })
const spaces = { state: space<State>(states), param: space<Param>(params) }

const stateOf = (symbols: Symbols): State => ({ h: symbols.value(at('h', 'column'), [states]) })

/** What the equations of a rule depend on of a cell. */
export interface CellTraits {
  /** The output is the whole state. */
  readonly outputIsState: boolean
  /** A parameter acts on its own unit only, within a timestep. */
  readonly isLocal: boolean
  /** A broadcast reaches the units of the output, and no others: one layer. */
  readonly isOneLayer: boolean
}

const simplest: CellTraits = { outputIsState: true, isLocal: true, isOneLayer: true }

/** A timestep of symbols. */
const timestepOf = (symbols: Symbols, { outputIsState, isLocal, isOneLayer }: CellTraits): Timestep => {
  const { state, param } = spaces
  const value = (x: Expression, shape: Shape): Value => symbols.value(x, shape)
  const view = outputIsState ? identity : given.outputMap
  const outputMap = matrix<State, Output>(state, space(units), value(view, [units, states]))
  const own = value(given.own, [states, states])
  const local = value(isLocal ? given.immediate : given.local, [states, params])
  return {
    jacobian: matrix(state, state, value(given.jacobian, [states, states]), own),
    immediate: matrix(param, state, value(given.immediate, [states, params]), local),
    readout: matrix<State, Logits>(state, space(outputs), value(product(given.readout, view), [outputs, states])),
    outputMap,
    broadcastMap: isOneLayer
      ? outputMap
      : matrix<State, Output>(state, space(units), value(given.broadcastMap, [units, states])),
    activity: zeros([units]),
    outputError: asCotangent(space<Logits>(outputs), value(transposed(given.outputError), [outputs])),
    readoutGradient: asCotangent(space<Readout>(1), zeros([1])),
    loss: scalar(0),
    output: zeros([outputs]),
    before: stateOf(symbols),
    after: stateOf(symbols),
    x: zeros([1]),
    target: zeros([outputs]),
    noise: value(at('ξ', 'column'), [states]),
    isFirst: scalar(0),
    isLast: scalar(0),
  }
}

/** A rule on symbols: its memory, and how its next memory is read. */
interface SymbolicRule<M> {
  readonly rule: Rule<M, Facing>
  readonly memory: M
  readonly read: (next: M) => readonly Definition[]
}

type Make = (symbols: Symbols) => SymbolicRule<never>
const symbolicRule = <M>(make: (symbols: Symbols) => SymbolicRule<M>): Make => make as unknown as Make

/** A rule that carries an influence. */
const carrying = (make: (symbols: Symbols) => Rule<Influence, Facing>): Make =>
  symbolicRule(symbols => ({
    rule: make(symbols),
    memory: matrix(spaces.param, spaces.state, symbols.value(at('P', 'matrix', -1), [states, params])),
    read: next => [{ name: given.influence, is: symbols.expressionOf((next as Influence & { tag: 'Dense' }).matrix) }],
  }))

/** A rule that carries credit c₋ = δ J: at t it is what it was at t + 1 in terms of the whole δ there. */
const crediting = (make: (symbols: Symbols) => Rule<Credit, Facing>): Make =>
  symbolicRule(symbols => {
    const rule = make(symbols)
    const whole = asCotangent(spaces.state, symbols.value(transposed(given.delta), [states]))
    const now = withZeroError(timestepOf(symbols, simplest))
    const before = transposed(symbols.expressionOf(toValue(rule.step(whole, now)[1])))
    return {
      rule,
      memory: asCotangent(spaces.state, symbols.value(transposed(later(before)), [states])),
      read: () => [],
    }
  })

const feedbackOf = (symbols: Symbols): Value => symbols.value(symbol({ base: 'B', grade: 'matrix' }), [units, outputs])

/** Only the entries of a mask are kept. */
const kept =
  (mask: Value) =>
  (total: Influence): Influence =>
    dense({ tag: 'Masked', from: total.from, to: total.to, mask, arrow: total })

const reachOf = (symbols: Symbols): Value => symbols.value(symbol({ base: 'R_n', grade: 'matrix' }), [states, params])

/** Rules whose step runs on symbols, by their names. */
const symbolicRules: { readonly [name: string]: Make } = {
  bptt: crediting(() => bptt),
  tbptt: crediting(symbols =>
    transformed(now => ({ ...now, jacobian: scale(symbols.value(at('κ', 'scalar'), []), now.jacobian) }))(bptt),
  ),
  'random-feedback': crediting(symbols => transformed(feedback(feedbackOf(symbols)))(bptt)),
  rtrl: carrying(() => rtrl),
  rflo: carrying(symbols =>
    transformed(composed(ownUnitOnly, localParameters, broadcastFeedback(feedbackOf(symbols))))(rtrl),
  ),
  eprop: carrying(() => transformed(composed(ownUnitOnly, localParameters))(rtrl)),
  drtrl: carrying(() => transformed(ownUnitOnly)(rtrl)),
  snap: carrying(symbols => influence(kept(reachOf(symbols)), rtrl)),
  kernl: carrying(symbols => {
    const A = symbols.value(symbol({ base: 'A', grade: 'matrix' }), [states, states])
    return withKernel()(A, symbols.value(symbol({ base: 'γ', grade: 'column' }), [states]))
  }),
  uoro: symbolicRule<RankOne>(symbols => ({
    rule: uoro({ normalize: false }),
    memory: {
      state: asTangent(spaces.state, symbols.value(at('s', 'column', -1, { tilde: true }), [states])),
      param: asCotangent(spaces.param, symbols.value(transposed(at('θ', 'row', -1, { tilde: true })), [params])),
      window: [],
    },
    read: ({ state, param }) => [
      { name: at('s', 'column', 0, { tilde: true }), is: symbols.expressionOf(toValue(state)) },
      { name: at('θ', 'row', 0, { tilde: true }), is: transposed(symbols.expressionOf(toValue(param))) },
    ],
  })),
}

/** The names of the rules whose equations can be derived. */
export const rulesWithEquations: readonly string[] = Object.keys(symbolicRules)

const symbolicRuleOf = (name: string): Make => {
  const found = symbolicRules[name]
  if (found) return found
  throw new KindError({
    who: 'derive',
    given: `the rule ${name}`,
    wanted: `one whose step is products and sums, without branches, roots or a synthesiser: ${rulesWithEquations.join(', ')}`,
    remedy: `Its page, docs/rules/${name}.md, gives its equations`,
  })
}

const stepped = (name: string, traits: CellTraits): RuleEquations => {
  const symbols = symbolic()
  const { rule, memory, read } = symbolicRuleOf(name)(symbols)
  const [out, next] = rule.step(memory, timestepOf(symbols, traits))
  return {
    faces: rule.faces,
    memory: read(next),
    gradient: transposed(symbols.expressionOf(toValue(out as Cotangent<Param>))),
  }
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
  const names = [given.outputError, given.readout, given.outputMap]
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

/**
 * The equations of a rule by its name: its memory and its gradient, both with the terms of RTRL or BPTT that it drops struck
 * through. Throws a KindError for a rule whose step is more than products and sums.
 */
export const ruleEquations = (name: string, traits: CellTraits = simplest): RuleEquations => {
  const rule = stepped(name, traits)
  const { faces } = rule
  if (faces === 'future') return credited(rule, stepped('bptt', traits))
  const exact = stepped('rtrl', traits)
  const isInfluence = rule.memory.some(({ name }) => same(name, given.influence))
  if (!isInfluence) return { ...rule, gradient: withError(named(rule.gradient, rule.memory)) }
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
