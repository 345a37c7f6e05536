/** The equations of a rule in memory, before names are given to what is in them. */

import { KindError } from '../../ad/errors.ts'
import { dense } from '../../ad/linear/apply.ts'
import { matrix, scale } from '../../ad/linear/linear.ts'
import { asCotangent, asTangent, toValue } from '../../ad/linear/space.ts'
import { type Expression, later, symbol, transposed } from '../../ad/symbols/expression.ts'
import { symbolic } from '../../ad/symbols/interpreter.ts'
import type { Value } from '../../ad/value.ts'
import type { Definition } from '../../nets/formulas/definitions.ts'
import type { Symbols } from '../../nets/formulas/equations.ts'
import { composed, transformed } from '../../nets/run/fold.ts'
import type { Facing, Rule } from '../../nets/run/rule.ts'
import { type Timestep, withZeroError } from '../../nets/run/timestep.ts'
import { broadcastFeedback, feedback, localParameters, ownUnitOnly } from '../../nets/run/transforms.ts'
import { bptt, type Credit } from '../../rules/bptt.ts'
import { decayedIdentity } from '../../rules/decay.ts'
import { withKernel } from '../../rules/kernl.ts'
import { type Kronecker, kfrtrl } from '../../rules/kfrtrl.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import type { Scales } from '../../rules/parts/stochastic.ts'
import { type ReverseKfrtrlMemory, reverseKfrtrl } from '../../rules/reverse-kfrtrl.ts'
import { influenceRule, rtrl } from '../../rules/rtrl.ts'
import { type RankOne, type UoroOptions, uoro } from '../../rules/uoro.ts'
import type { CallOptions } from '../call-options.ts'
import {
  at,
  type CellTraits,
  given,
  kroneckerTimestepOf,
  signsOf,
  simplest,
  sizes,
  spaces,
  timestepOf,
} from './symbolic-timestep.ts'

const { states, params, units, outputs, inputs } = sizes

/** A rule on symbols: its memory, and how its next memory is read. */
interface SymbolicRule<M> {
  readonly rule: Rule<M, Facing>
  readonly memory: M
  readonly read: (next: M) => readonly Definition[]
  /** The timestep it is run on, where that is not the usual one. */
  readonly now?: Timestep
}

type Asked = readonly [symbols: Symbols, traits: CellTraits, options: CallOptions]
type Make = (...asked: Asked) => SymbolicRule<never>
type Making<M> = (...asked: Asked) => Rule<M, Facing>
const symbolicRule = <M>(make: (...asked: Asked) => SymbolicRule<M>): Make => make as unknown as Make

/** A rule that carries an influence. */
const carrying = (make: Making<Influence>): Make =>
  symbolicRule((symbols, ...more) => ({
    rule: make(symbols, ...more),
    memory: matrix(spaces.param, spaces.state, symbols.value(at('P', 'matrix', -1), [states, params])),
    read: next => [{ name: given.influence, is: symbols.expressionOf((next as Influence & { tag: 'Dense' }).matrix) }],
  }))

/** A rule that carries credit c₋ = δ J: at t it is what it was at t + 1 in terms of the whole δ there. */
const crediting = (make: Making<Credit>): Make =>
  symbolicRule((symbols, ...more) => {
    const rule = make(symbols, ...more)
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

/** The learning signal of e-prop: the true readout, or in a stack, where that reaches one layer, B. */
const signal = ([symbols, { isOneLayer }, options]: Asked) =>
  isOneLayer || options.feedback === 'readout' ? [] : [broadcastFeedback(feedbackOf(symbols))]

/** D, or the refusal of a cell that has none. */
const driveOf = (rule: string, { drive }: CellTraits): Expression => {
  if (drive) return drive
  throw new KindError({
    who: 'derive',
    given: `a cell whose parameters do not all act through one drive u = W z, under ${rule}`,
    wanted: 'a cell with one state and one drive, such as leaky',
    remedy: 'uoro takes any cell',
  })
}

/** A memory by its name before this step, and after it. */
const tilded = (base: string, grade: 'column' | 'row' | 'matrix') =>
  ([-1, 0] as const).map(time => at(base, grade, time, { tilde: true })) as [Expression, Expression]

const [s̃, θ̃, z̃, D̃, ξ̃, S̃] = [
  ...[tilded('s', 'column'), tilded('θ', 'row'), tilded('z', 'column'), tilded('D', 'matrix')],
  ...[tilded('ξ', 'column'), tilded('S', 'matrix')],
] as const

const requireOneStep = ({ k = 1 }: CallOptions): void => {
  if (k === 1) return
  throw new KindError({
    who: 'derive',
    given: `uoro(k=${k})`,
    wanted: 'a draw at every step',
    remedy: 'Leave k out; within a window the equations are those of bptt',
  })
}

const rankOne = symbolicRule<RankOne>((symbols, _, options) => {
  requireOneStep(options)
  return {
    rule: uoro(options as UoroOptions),
    memory: {
      state: asTangent(spaces.state, symbols.value(s̃[0], [states])),
      param: asCotangent(spaces.param, symbols.value(transposed(θ̃[0]), [params])),
    },
    read: ({ state, param }) => [
      { name: s̃[1], is: symbols.expressionOf(toValue(state)) },
      { name: θ̃[1], is: transposed(symbols.expressionOf(toValue(param))) },
    ],
  }
})

const factored = symbolicRule<Kronecker>((symbols, traits, options) => ({
  rule: kfrtrl(options as Scales),
  now: kroneckerTimestepOf(
    symbols,
    traits,
    driveOf('kfrtrl', traits),
    signsOf(symbols, [at('ξ_1', 'scalar'), at('ξ_2', 'scalar')]),
  ),
  memory: {
    post: symbols.value(transposed(D̃[0]), [units, states]),
    pre: symbols.value(z̃[0], [inputs]),
  },
  read: ({ post, pre }) => [
    { name: D̃[1], is: transposed(symbols.expressionOf(post)) },
    { name: z̃[1], is: symbols.expressionOf(pre) },
  ],
}))

const reversed = symbolicRule<ReverseKfrtrlMemory>((symbols, traits, options) => ({
  rule: reverseKfrtrl(options as Scales),
  now: kroneckerTimestepOf(
    symbols,
    traits,
    driveOf('reverse-kfrtrl', traits),
    symbols.value(at('ξ', 'column'), [units]),
  ),
  memory: {
    unit: symbols.value(ξ̃[0], [units]),
    synapse: symbols.value(transposed(S̃[0]), [inputs, states]),
  },
  read: ({ unit, synapse }) => [
    { name: ξ̃[1], is: symbols.expressionOf(unit) },
    { name: S̃[1], is: transposed(symbols.expressionOf(synapse)) },
  ],
}))

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
  eprop: carrying((...asked) => transformed(composed(ownUnitOnly, localParameters, ...signal(asked)))(rtrl)),
  drtrl: carrying(() => transformed(ownUnitOnly)(rtrl)),
  decay: carrying(symbols =>
    transformed(decayedIdentity(symbols.value(symbol({ base: 'λ', grade: 'scalar' }), [])))(rtrl),
  ),
  snap: carrying(symbols => influenceRule(kept(reachOf(symbols)), rtrl)),
  kernl: carrying(symbols => {
    const A = symbols.value(symbol({ base: 'A', grade: 'matrix' }), [states, states])
    return withKernel()(A, symbols.value(symbol({ base: 'γ', grade: 'column' }), [states]))
  }),
  uoro: rankOne,
  kfrtrl: factored,
  'reverse-kfrtrl': reversed,
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

/** What a rule's step makes of a timestep: its next memory, by name, and its gradient, a row. */
export const stepped = (name: string, traits: CellTraits, options: CallOptions = {}) => {
  const symbols = symbolic()
  const { rule, memory, read, now } = symbolicRuleOf(name)(symbols, traits, options)
  const [out, next] = rule.step(memory, now ?? timestepOf(symbols, traits))
  return {
    faces: rule.faces,
    memory: read(next),
    gradient: transposed(symbols.expressionOf(toValue(out))),
  }
}
