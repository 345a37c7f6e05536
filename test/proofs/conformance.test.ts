import test from 'ava'
import { pull } from '../../ad/linear/apply.ts'
import { times } from '../../ad/linear/space.ts'
import { rule } from '../../nets/run/rule.ts'
import { error } from '../../nets/run/timestep.ts'
import { conforms } from '../../proofs/conformance.ts'
import { type Entry, registry, ruleNames, ruleOf } from '../../rules/registry.ts'
import { full } from '../effort.ts'

const served = full ? (['leaky', 'gru', 'lstm'] as const) : (['leaky', 'lstm'] as const)
const steps = full ? 20 : 12

for (const name of ruleNames)
  test(`${name} conforms on the cells that it serves`, t => {
    const cells = name === 'diagonal' ? (['lru'] as const) : served
    const checks = conforms(ruleOf(registry[name] as Entry), { cells, steps })
    t.deepEqual(
      checks.filter(({ outcome }) => outcome === 'failed'),
      [],
    )
    t.true(checks.some(({ outcome }) => outcome === 'passed'))
    for (const { outcome, reason } of checks) if (outcome === 'skipped') t.truthy(reason)
  })

test('a counter outside the memory is found, even one that tells late', t => {
  let n = 0
  const counting = rule({
    name: 'counting',
    faces: 'past',
    init: () => null,
    step: (_, now) => [times(n++ > 6 ? 2 : 1, pull(now.immediate, error(now))), null],
  })
  const failed = conforms(counting, { cells: ['leaky'] }).filter(({ outcome }) => outcome === 'failed')
  t.true(failed.length > 0)
})
