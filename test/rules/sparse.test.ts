import test from 'ava'
import { entries } from '../../ad/distance.ts'
import { masked } from '../../ad/linear/linear.ts'
import { toValue } from '../../ad/linear/space.ts'
import { full, tensorOf } from '../../ad/tensor.ts'
import { leaky } from '../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { network } from '../../nets/network.ts'
import { resolved } from '../../nets/run/rule.ts'
import { runGradient } from '../../nets/run/scan.ts'
import { mapRun } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { sequence } from '../../nets/sequence.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { sparse } from '../../rules/sparse.ts'

test('of numbers that are equal, as some are in single precision, those of the first columns are kept', t => {
  const [n, k] = [4, 2]
  const net = network(leaky({ alpha: 0.5 }), { d: n, n: 1, m: 1 }, halfSquaredError())
  const run = unroll(net)(net.init(1), sequence([1, -1, 2, 0.5], [0, 1, 0, 1]))
  const equal = mapRun(now => ({ ...now, noise: full([n, n], 0.5) }))(run)
  const first = tensorOf(
    [n, n],
    Float64Array.from({ length: n * n }, (_, at) => Number(at % n < k)),
  )
  const cut = mapRun((now, at) => (at === 0 ? now : { ...now, jacobian: masked(first, now.jacobian) }))(run)
  const given = runGradient(resolved(sparse({ k, scaled: false }), net) as typeof rtrl)(equal)
  t.deepEqual(entries({ g: toValue(given) }), entries({ g: toValue(runGradient(rtrl)(cut)) }))
})
