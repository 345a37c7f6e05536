/** What is no rule is refused before any run is seen, by whatever sums a rule over one. */
import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { runGradient, scan, total } from '../../../nets/run/scan.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { uoro } from '../../../rules/uoro.ts'

const noRules = {
  'a network': network(leaky(), { d: 1, n: 1, m: 1 }, halfSquaredError()),
  'a function that makes a rule': uoro,
  nothing: undefined,
  'a name': 'rtrl',
  'a rule that faces nowhere': { ...rtrl, faces: 'sideways' },
  'a record without a step': { faces: 'past', init: () => null },
}

for (const [what, given] of Object.entries(noRules))
  test(`${what} is refused by scan, total and runGradient as they are called`, t => {
    for (const by of [scan, total, runGradient])
      t.throws(() => by(given as never), { instanceOf: KindError, message: /^scan: .*; wanted a rule/ }, by.name)
  })

test('an option that is not known is refused as they are called, too', t => {
  for (const by of [scan, total, runGradient]) {
    t.throws(() => by(rtrl, { sead: 1 } as never), { message: /^scan: .*sead/ })
    t.notThrows(() => by(rtrl, { seed: 1 }))
  }
})
