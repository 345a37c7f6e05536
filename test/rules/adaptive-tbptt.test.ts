import test from 'ava'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { scan } from '../../nets/run/scan.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { sequence } from '../../nets/sequence.ts'
import { type AdaptiveTbpttMemory, adaptiveTbptt } from '../../rules/adaptive-tbptt.ts'

test('the decay is measured at each step that `every` divides, from the first that has `most` steps behind it', t => {
  const net = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError())
  const steps = Array.from({ length: 12 }, (_, t) => Math.sin(t))
  const run = unroll(net)(net.init(1), sequence(steps, steps))
  for (const [every, most, measured] of [
    [4, 3, [4, 8, 12]],
    [3, 5, [6, 9, 12]],
    [1, 10, [10, 11, 12]],
  ] as const) {
    const norms = [...scan(adaptiveTbptt({ every, most }))(run)].map(
      ([, memory]) => (memory as AdaptiveTbpttMemory).norms,
    )
    const changed = norms.flatMap((now, i) => (now !== (norms[i - 1] ?? null) ? [i] : []))
    t.deepEqual(changed, measured)
  }
})
