/** How much memory a run takes, and that it is taken once. */
import test from 'ava'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { executorOf } from '../../../nets/compiled/executor.ts'
import { framesOf } from '../../../nets/compiled/prepare.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import type { Rule } from '../../../nets/run/rule.ts'
import { noNoise } from '../../../nets/run/timestep.ts'
import { horizon } from '../../../nets/run/windows.ts'
import { preparedFor } from '../../../nets/train/plans.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'

test('a run has two frames more than it looks back, or than it is long', t => {
  t.is(framesOf(null, 9), 2)
  const windows = { every: 3, reach: 5 } as const
  const most = horizon(windows)
  t.true(Number.isFinite(most) && most >= 5)
  t.is(framesOf(windows, most + 100), most + 2)
  t.is(framesOf(windows, most), most + 2)
  t.is(framesOf(windows, 2), 4)
})

test('an executor that nobody uses serves the next run that it is long enough for', t => {
  const net = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError()) as unknown as Network
  const of = (rule: unknown) =>
    preparedFor(engineOf('compiled-js'), net, rule as Rule)(net.init(1), example([1], [1]), null, noNoise)
  const made = of({ ...bptt })
  const first = executorOf(made, 6)
  t.is(first.frames, 8)
  first.release()
  const again = executorOf(made, 6)
  t.is(again, first)
  const other = executorOf(made, 4)
  t.not(other, first)
  t.is(other.frames, 6)
  again.release()
  t.is(executorOf(made, 5), first, 'it is longer than it need be')
  first.release()
  t.is(executorOf(made, 7).frames, 9)
  t.is(executorOf(of({ ...rtrl }), 100).frames, 2)
})
