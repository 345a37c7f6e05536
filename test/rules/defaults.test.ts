import { isDeepStrictEqual } from 'node:util'
import { tensor } from '../../ad/tensor.ts'
import { cells } from '../../nets/cells/index.ts'
import { lif } from '../../nets/cells/lif.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { example, network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { train } from '../../nets/train/online.ts'
import { sgd } from '../../nets/train/optimisers.ts'
import { entries } from '../../proofs/proposition.ts'
import * as rules from '../../rules/index.ts'
import { alwaysIf } from '../full-effort.ts'

type Options = Readonly<Record<string, unknown>>

const makers = Object.values(rules).filter(
  rule => typeof rule === 'function' && 'facts' in rule,
) as unknown as readonly (((options?: Options) => AnyRule) & { readonly facts: rules.RuleFacts })[]

/** The default that the facts state as text: a number, a word or a truth value; undefined where it is none of these. */
const said = (text: string): unknown =>
  /^'.*'$/.test(text) ? text.slice(1, -1) : /^(true|false|[\d.]+)$/.test(text) ? JSON.parse(text) : undefined

/** A value that is not the default: the other truth value, another word of those that may be, a third of a share, one more of a count. */
const otherOf = (value: unknown, range: string): unknown => {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string')
    return [...range.matchAll(/'(\w+)'/g)].map(([, word]) => word).find(word => word !== value)
  return range.startsWith('whole') ? (value as number) + 1 : value === 0 ? 0.5 : (value as number) / 3
}

/** What else an option needs to change anything, where its facts do not say it. */
const besides: Readonly<Record<string, Options>> = {
  'adaptive-tbptt.least': { tolerance: 10 },
  'adaptive-tbptt.rate': { tolerance: 0.3, every: 2 },
  'eprop.targetRate': { rateWeight: 1 },
  'factorised.path': { storage: 'synapses' },
  'factorised.filter': { storage: 'synapses' },
  'hybrid.long': { nth: 1 },
  'hybrid.cut': { every: 2, long: 4, nth: 2, lr: 0.1 },
}
const spiking = network(lif({ count: true }), { d: 3, n: 2, m: 2 }, halfSquaredError())
const smooth = network(cells.leaky(), { d: 5, n: 2, m: 2 }, halfSquaredError())
const data = rng(5)
const draw = (size: number, by: number) => tensor(Array.from({ length: size }, () => by * data.normal()))
/** Steps for the two rules whose windows are 50 steps by default, and for the others. */
const [longer, shorter] = [60, 20]
const sequence = Array.from({ length: longer }, () => example(draw(2, 2), draw(2, 1)))

/** θ and the memory of a rule after learning at every step; of a rule that faces the future, its gradient. */
const learned = (rule: AnyRule): unknown => {
  const on = /^eprop|^snap/i.test(rule.name) ? spiking : smooth
  const given = sequence.slice(0, /^(adaptive-tbptt|hybrid)/.test(rule.name) ? longer : shorter)
  if (rule.faces === 'future')
    return entries(gradient(rule, on as never, { seed: 3, engine: 'eager' })(on.init(2) as never, given) as never)
  const steps = [
    ...train(rule as never, on as never, { optimiser: sgd({ lr: 0.03 }), seed: 3, engine: 'eager' })(
      on.init(2) as never,
      given,
    ),
  ]
  const last = steps.at(-1)!
  return [last.θ, last.memory()]
}

for (const make of makers)
  for (const [option, { default: text, range, with: needed }] of Object.entries(make.facts.options ?? {})) {
    const value = said(text)
    if (value === undefined) continue
    const name = `${make.facts.name}.${option}`
    // an adaptive window looks back over fifty steps at each of sixty
    alwaysIf(make.facts.name !== 'adaptive-tbptt')(`the default of ${name} is the ${text} that its facts say`, t => {
      const rest = needed ?? besides[name] ?? {}
      const by = (options: Options) => learned(make({ ...rest, ...options }))
      const left = by({})
      t.true(isDeepStrictEqual(by({ [option]: value }), left))
      t.false(isDeepStrictEqual(by({ [option]: otherOf(value, range) }), left), 'the option changes something here')
    })
  }
