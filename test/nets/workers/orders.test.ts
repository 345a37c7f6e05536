/** Plans as programs that can be sent, and how many of them a worker keeps ready. */
import test from 'ava'
import { engineOf } from '../../../ad/compiler/engine.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import type { Rule } from '../../../nets/run/rule.ts'
import { noNoise } from '../../../nets/run/timestep.ts'
import { preparedFor } from '../../../nets/train/plans.ts'
import { keeping, type Program, programOf } from '../../../nets/workers/orders.ts'
import { bptt } from '../../../rules/bptt.ts'
import { fpbptt } from '../../../rules/fpbptt.ts'

const net = network(leaky(), { d: 1, n: 1, m: 1 }, halfSquaredError()) as unknown as Network
const made = (rule: unknown, engine = engineOf('compiled-js')) =>
  preparedFor(engine, net, rule as Rule)(net.init(1), example(1, 1), null, noNoise)

test('a program is plain data that can be sent: a joint is a mark, and no function is left', t => {
  const program = programOf(made(fpbptt({ k: 2 }))) as Program
  t.deepEqual(structuredClone(program), program)
  t.deepEqual(program.what, { batch: null, windows: { every: 2, reach: 2, clipped: true, joint: {} } } as never)
  t.deepEqual(program.engine, { name: 'compiled-js', dtype: 'f64' })
  t.is((programOf(made(bptt)) as Program).what.windows?.joint, undefined)
  t.true((programOf(made(bptt)) as Program).key > program.key)
})

test('a plan of another library does not leave its thread', t => {
  const plan = made(bptt)
  t.is(programOf({ ...plan, engine: { ...plan.engine, name: 'compiled-blas' } }), null)
  t.is(programOf({ ...plan, engine: { ...plan.engine, name: 'eager' } }), null)
  t.is(programOf({ ...plan, engine: { ...plan.engine, library: {} as never } }), null)
})

test('a worker keeps the newest 32 programs ready', t => {
  const ready = keeping()
  const program = programOf(made(bptt)) as Program
  const at = (key: number) => ready({ ...program, key })
  const first = Array.from({ length: 32 }, (_, key) => at(key))
  t.deepEqual(
    first.map((one, key) => one === at(key)),
    first.map(() => true),
  )
  const last = at(32)
  t.is(at(32), last)
  t.true(at(1) === first[1])
  t.false(at(0) === first[0])
})
