/** Optimisers that need more of a rule than a gradient: who is refused, and that what they are given is the product's two parts. */
import test from 'ava'
import { KindError } from '../../../ad/errors.ts'
import { scalar, tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { sequence } from '../../../nets/sequence.ts'
import { chain } from '../../../nets/train/chain.ts'
import { clipByNorm } from '../../../nets/train/clipping.ts'
import { train } from '../../../nets/train/online.ts'
import type { Optimiser } from '../../../nets/train/optimiser.ts'
import { sgd } from '../../../nets/train/optimisers.ts'
import { obgd } from '../../../nets/train/overshooting-bounded.ts'
import { rls } from '../../../nets/train/recursive-least-squares.ts'
import { similarity } from '../../../nets/train/similarity.ts'
import { entries } from '../../../proofs/proposition.ts'
import { bptt } from '../../../rules/bptt.ts'
import { rtrl } from '../../../rules/rtrl.ts'
import { sliding } from '../../../rules/tbptt.ts'
import { td } from '../../../rules/td.ts'

const net = network(leaky(), { d: 3, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const data = sequence([0, 1, 0, 1, 1], [0, 0, 0, 0, 0])

test('an optimiser that needs a trace is refused with a rule that has none, and says who, what and what to do', t => {
  t.throws(() => train(rtrl, net, { optimiser: obgd() }), {
    instanceOf: KindError,
    message: /train: .*rtrl.*trace apart.*td\(\).*sgd or adam/s,
  })
})

test('an optimiser that needs one step is refused the mean of several steps or sequences', t => {
  t.throws(() => train(td(), net, { optimiser: obgd(), every: 2 }), { instanceOf: KindError, message: /2 steps/ })
  t.throws(() => train(rtrl, net, { optimiser: rls(), every: 3 }), { instanceOf: KindError, message: /3 steps/ })
  const both = [data, data]
  t.throws(() => [...train(rtrl, net, { optimiser: rls() })(θ, both)], {
    instanceOf: KindError,
    message: /2 sequences/,
  })
})

test('in a chain it stands first, and its need is that of the chain', t => {
  t.is(chain(obgd(), clipByNorm(1)).needs, 'trace')
  t.is(chain(clipByNorm(1), sgd({ lr: 0.1 })).needs, undefined)
  t.throws(() => chain(clipByNorm(1), rls()), { instanceOf: KindError, message: /place 2/ })
})

test('the error and the trace are given apart at every step, and their product is the gradient', t => {
  const seen: number[] = []
  const spy: Optimiser<null> = {
    needs: 'trace',
    init: () => null,
    step: (_, gradient, __, apart) => {
      const [g, z] = [gradient, apart?.trace].map(x => entries({ x } as never))
      const [delta = Number.NaN] = entries({ x: apart?.delta } as never)
      seen.push(...(g as number[]).map((x, i) => Math.abs(x + delta * ((z as number[])[i] as number))))
      return [gradient, null]
    },
  }
  const steps = [...train(td(), net, { optimiser: spy })(θ, data)]
  t.is(steps.length, 5)
  t.is(seen.length, 5 * entries(θ).length)
  t.deepEqual(
    seen.filter(x => x !== 0),
    [],
  )
})

test('an optimiser that sees the parts moves θ alike by every engine', t => {
  const by = (engine: 'eager' | 'compiled' | 'compiled-js') =>
    [...train(td({ lambda: 0.5 }), net, { optimiser: obgd({ lr: 0.5 }), engine })(θ, data)].flatMap(step =>
      entries(step.θ),
    )
  const eager = by('eager')
  for (const engine of ['compiled', 'compiled-js'] as const)
    by(engine).forEach((x, i) => {
      t.true(Math.abs(x - (eager[i] as number)) < 1e-12)
    })
  t.true(eager.some((x, i) => x !== eager[i % entries(θ).length]))
})

test('the slope of a prediction may come from a rule in windows', t => {
  const myopic = td({ by: sliding({ k: 1 })(bptt) })
  const steps = [...train(myopic, net, { optimiser: obgd() })(θ, data)]
  t.is(steps.length, 5)
  t.notDeepEqual(entries(steps.at(-1)?.θ as never), entries(θ))
})

test('an update by obgd sums up to 1/κ where its own length is too large for a double', t => {
  const [z, δ] = [[1e200, -2e200, 5e199, 0], -1e100]
  const flat = (xs: readonly number[]) => tensor(xs) as never
  const apart = { delta: scalar(δ), trace: flat(z) }
  const g = z.map(x => -δ * x)
  for (const [size, wanted] of [
    [1, 1 / 2],
    [1e-120, 1 / 2],
  ] as const) {
    const [update] = obgd().step(0, flat(g.map(x => x * size)), {} as never, {
      ...apart,
      trace: flat(z.map(x => x * size)),
    })
    const found = entries({ x: update } as never)
    t.true(Math.abs(found.reduce((sum, x) => sum + Math.abs(x), 0) / wanted - 1) < 1e-14, `${found}`)
    t.true(found[0]! > 0 && found[1]! < 0)
  }
})

test('recursive least squares reads an error of any size', t => {
  const parts = network(leaky(), { d: 2, n: 1, m: 2 }, halfSquaredError()).init(1)
  const [h, error] = [
    [0.5, -0.25],
    [1, 2],
  ]
  const updateAt = (size: number): readonly number[] => {
    const ε = error.map(e => e * size)
    const own = [...new Array<number>(entries(parts).length - 6).fill(0), ...ε.flatMap(e => h.map(x => e * x)), ...ε]
    const [update] = rls().step({ P: null, rest: null }, tensor(own) as never, parts)
    return entries({ x: update } as never)
      .slice(-6)
      .map(x => x / size)
  }
  const wanted = updateAt(1)
  t.true(wanted.some(x => Math.abs(x) > 0.1))
  for (const size of [1e-170, 1e170, 1e-300, 1e300])
    updateAt(size).forEach((x, i) => {
      t.true(Math.abs(x - (wanted[i] as number)) < 1e-14, `${size}`)
    })
})

test('similarity compares gradients of any size', t => {
  for (const size of [1, 1e200, 1e-200, 5e-324]) {
    const [all] = similarity({ w: tensor([3 * size, 4 * size]) }, { w: tensor([0, 5 * size]) })
    t.true(Math.abs((all?.ratio as number) - 1) < 1e-15)
  }
  t.is(similarity({ w: tensor([0]) }, { w: tensor([0]) })[0]?.ratio, Number.NaN)
})
