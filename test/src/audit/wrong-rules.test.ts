import test from 'ava'
import { lruOrvieto } from '../../../nets/cells/lru.ts'
import { type AuditLine, type AuditOptions, auditor, type LineId } from '../../../src/audit/index.ts'
import { alwaysIf } from '../../full-effort.ts'
import { wrongRules } from './wrong-rules.ts'

interface Caught extends AuditOptions {
  readonly by: LineId
  /** Units and steps of its smallest counterexample, at most; null where the line has none. */
  readonly within: readonly [units: number, steps: number] | null
}

const small = [2, 3] as const

/** By which line each is caught. */
const caught: Readonly<Record<keyof typeof wrongRules, Caught>> = {
  'RTRL with W diag f′ in place of diag f′ W': { by: 'exactness', within: small },
  'BP(λ) with the new Jacobian in its trace': { by: 'reference', as: 'bplambda', within: small },
  'RFLO without α': { by: 'reference', as: 'rflo', within: small },
  'e-prop that leaks the future': { by: 'causality.future', as: 'eprop', within: null },
  'TBPTT(1) sold as TBPTT(k)': { by: 'vacuous.knob', as: 'tbptt', within: null },
  'chunks sold as a sliding window': { by: 'fingerprint.pairs', within: null },
  'UORO with ρ from the updated vector': { by: 'exactness.mean', within: small },
  'DNI without its terminal': { by: 'reference', as: 'dni', within: small },
  'a sign': { by: 'exactness', within: small },
  'a transposed feedback': { by: 'reference', as: 'eprop', within: small },
  'an input of the step before': { by: 'exactness', within: small },
  'a gate counted twice': { by: 'exactness', cell: 'lstm', within: small },
  'a trace exact for the top layer only': { by: 'exact.two-layers', within: small },
  'γ for exp γ': { by: 'exactness', cell: lruOrvieto() as never, within: small },
  'a learning signal that is always 0': { by: 'vacuous.output', as: 'eprop', within: null },
  'a reset one step late': { by: 'fingerprint.pairs', within: null },
  'a batch mean as a sum': { by: 'exactness', within: small },
  'stale θ in the trace': { by: 'exact.changing-parameters', within: small },
  'a mask after one step only': { by: 'exactness', within: null },
  'a clipped γ': { by: 'reference', as: 'bplambda', within: small },
}

const audit = auditor()

for (const [i, [what, { by, within, ...options }]] of Object.entries(caught).entries())
  alwaysIf(i % 2 === 0)(`${what} is caught by ${by}`, t => {
    const { lines } = audit(wrongRules[what as keyof typeof wrongRules], { cell: 'leaky', ...options, lines: [by] })
    const { evidence } = lines[0] as AuditLine
    t.is(lines.length, 1)
    t.truthy(evidence.contradicts)
    t.is(evidence.counterexample === undefined, within === null)
    if (!within || !evidence.counterexample) return
    const { units, steps, rule, gradient } = evidence.counterexample
    t.true(units <= within[0] && steps <= within[1], `${units} units, ${steps} steps`)
    t.notDeepEqual(rule, gradient)
  })

test('there are twenty of them', t => {
  t.is(Object.keys(wrongRules).length, 20)
})
