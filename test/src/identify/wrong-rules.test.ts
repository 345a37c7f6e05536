import { concat, reshape } from '../../../ad/primitives/layout.ts'
import type { AnyRule } from '../../../nets/run/rule.ts'
import { drawnBroadcast } from '../../../rules/parts/feedback.ts'
import { identify } from '../../../src/identify/index.ts'
import { alwaysIf } from '../../full-effort.ts'
import { wrongRules } from '../audit/wrong-rules.ts'
import { drawn, drifting, exported, type Given, lists, networks, signs } from './exported.ts'

type Name = keyof typeof wrongRules
type On = Parameters<typeof exported>[1]

/** What a file must say of a wrong rule: a network, what the rule was given, its options, and what it is found to be. */
interface Wanted {
  readonly on?: On
  readonly given?: Given
  readonly options?: object
  /** One of the readings of the whole gradient. */
  readonly is: string
}

const leaky = networks.leaky()
const square = networks.leaky(3)
const [A, c, total] = [drawn(3, 3), drawn(3), drawn(3, 6)]
const joined = { A: concat([A, reshape(c, [3, 1])], 1) }
const critic = { lambda: 0.5, lr: 0.1 }
const synthesiser = { A: lists(A), c: lists(c), lambda_: 0.5, gamma: 1, lr: 0.1 }
const noise = signs(5, 3)
const feedback = lists(drawnBroadcast(leaky.problem.net, 1))

const wanted: Readonly<Record<Name, Wanted>> = {
  'RTRL with W diag f′ in place of diag f′ W': { is: "W diag f'" },
  'BP(λ) with the new Jacobian in its trace': {
    options: { ...critic, begin: joined },
    given: { beside: { synthesiser } },
    is: 'BP(λ), new Jacobian',
  },
  'RFLO without α': {
    given: { beside: { feedback } },
    is: 'own-unit Jacobian + immediate without α + random feedback',
  },
  'e-prop that leaks the future': { on: networks.leaky(2, 0.3), is: 'one step deep + error ahead' },
  'TBPTT(1) sold as TBPTT(k)': { is: 'window of 1' },
  'chunks sold as a sliding window': { is: 'chunks of 2' },
  'UORO with ρ from the updated vector': {
    given: { noise, beside: { noise: lists(noise) } },
    is: 'UORO, ρ of the updated vector, ρ₁ = 1',
  },
  'DNI without its terminal': {
    options: { begin: { A: total }, lr: 0.1 },
    given: { beside: { dni: { A: lists(total), lr: 0.1 } } },
    is: 'DNI, no terminal',
  },
  'a sign': { is: 'with the opposite sign' },
  'a transposed feedback': { on: square, is: 'own-unit Jacobian + feedback transposed' },
  'an input of the step before': { is: 'input late throughout' },
  'a gate counted twice': { on: networks.lstm(), is: 'twice' },
  'a trace exact for the top layer only': { on: networks.stack(), is: 'no path up within a step' },
  'γ for exp γ': { on: networks.lru(), is: 'with γ_log in place of exp γ_log' },
  'a learning signal that is always 0': { is: 'no error' },
  'a reset one step late': { is: 'reset late, 2' },
  'a batch mean as a sum': { is: 'twice' },
  'stale θ in the trace': { given: drifting(leaky), is: 'first θ' },
  'a mask after one step only': { is: '' },
  'a clipped γ': {
    options: { ...critic, begin: joined, gamma: 1 },
    given: { beside: { synthesiser } },
    is: 'BP(λ), another γ',
  },
}

for (const [i, [name, { on = leaky, given, options = {}, is }]] of Object.entries(wanted).entries())
  alwaysIf(i % 2 === 1)(`a file of its own says what it is: ${name}`, t => {
    const entry = wrongRules[name as Name]
    const made = (typeof entry === 'function' ? (entry as (o: object) => AnyRule)(options) : entry) as AnyRule
    const found = identify(exported(made, on, given))
    const readings = (found.whole ?? []).map(({ ids, match }) => [...ids, match.words].filter(Boolean).join(' + '))
    t.true(
      readings.some(one => one.split(':')[0] === is),
      `${readings.join(' | ')} ${JSON.stringify(found.blocks.map(({ name: block, verdict }) => [block, verdict]))}`,
    )
  })
