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
import { type ObgdOptions, obgd } from '../../../nets/train/overshooting-bounded.ts'
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
  t.throws(() => train(td(), net, { optimiser: obgd(), every: 2 }), {
    instanceOf: KindError,
    message: /train: the mean gradient of 2 steps, with an optimiser that needs one; wanted every: 1/,
  })
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
  t.throws(() => chain(rls(), rls()), { instanceOf: KindError, message: /place 2/ })
  t.throws(() => chain(sgd({ lr: 1 }), clipByNorm(1), rls()), { instanceOf: KindError, message: /place 3/ })
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

const flat = (xs: readonly number[]) => tensor(xs) as never
const listed = (gradient: unknown): readonly number[] => entries({ x: gradient } as never)

test('an update by obgd is lr/max(1, M) times the gradient -δ z, M = lr κ max(|δ|, 1) ‖z‖₁', t => {
  const by = (options: ObgdOptions, count: number, δ: number, z: readonly number[]) => {
    const apart = { delta: scalar(δ), trace: flat(z) }
    const [update, next] = obgd(options).step(count, flat(z.map(x => -δ * x)), {} as never, apart)
    return [listed(update), next]
  }
  const lr = (count: number): number => count / 8
  t.deepEqual(by({ lr: 0.5 }, 0, -4, [1, -3, 0]), [[0.125, -0.375, 0], 1])
  t.deepEqual(by({ lr, kappa: 1 }, 4, 4, [1, -3]), [[-0.25, 0.75], 5])
  t.deepEqual(by({ lr: 0.5 }, 2, -0.5, [0.25, -0.5]), [[0.0625, -0.125], 3])
  t.deepEqual(by({}, 0, -0.5, [1, -3]), [[0.0625, -0.1875], 1])
  t.is(obgd().init(flat([1])), 0)
})

test('without an error and a trace obgd is gradient descent', t => {
  const [update, next] = obgd({ lr: 0.5 }).step(3, flat([4, -1e3]), {} as never)
  t.deepEqual([listed(update), next], [[2, -500], 4])
})

test('an update by obgd sums up to min(1, |δ|)/κ where M is too large for a double', t => {
  const z = [1e308, -1.5e308, 1e308, 0]
  for (const [δ, kappa] of [
    [-0.5, 2],
    [-0.5, 4],
    [1, 2],
    [-1, 0.5],
  ] as const) {
    const apart = { delta: scalar(δ), trace: flat(z) }
    const [update, next] = obgd({ kappa }).step(7, flat(z.map(x => -δ * x)), {} as never, apart)
    const share = (-δ / kappa) * (1 / 3.5)
    listed(update).forEach((x, i) => {
      t.true(Math.abs(x - (share * z[i]!) / 1e308) < 1e-15, `${δ} ${kappa}: ${x}`)
    })
    t.is(next, 8)
  }
  const long = z.map(x => x / 3)
  const [past] = obgd().step(0, flat(long.map(x => 3 * x)), {} as never, { delta: scalar(-3), trace: flat(long) })
  t.true(Math.abs(listed(past).reduce((sum, x) => sum + Math.abs(x), 0) - 0.5) < 1e-15)
  const apart = { delta: scalar(0), trace: flat(z) }
  t.deepEqual(listed(obgd().step(0, flat([0, 0, 0, 0]), {} as never, apart)[0]), [0, 0, 0, 0])
})

test('recursive least squares moves the readout alone, the other parameters as the optimiser for the rest does', t => {
  const parts = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError()).init(1)
  const own = entries(parts).map((_, i) => Math.sin(i + 1))
  const alone = rls({ alpha: 0.5 })
  const both = rls({ alpha: 0.5, rest: sgd({ lr: 0.5, momentum: 0.5 }) })
  const begin = both.init(flat(own))
  t.deepEqual(alone.init(flat(own)), { P: null, rest: null })
  const [stays, after] = alone.step({ P: null, rest: null }, flat(own), parts)
  const [moves, next] = both.step(begin, flat(own), parts)
  const [again] = both.step(next, flat(own), parts)
  const inner = own.length - 3
  t.deepEqual(listed(stays).slice(0, inner), new Array<number>(inner).fill(0))
  t.deepEqual(listed(stays).slice(inner), listed(moves).slice(inner))
  t.deepEqual(next.P, after.P)
  listed(moves)
    .slice(0, inner)
    .forEach((x, i) => {
      t.is(x, 0.5 * own[i]!)
      t.is(listed(again)[i], 0.5 * (own[i]! + 0.5 * own[i]!))
    })
})

test('an error of exactly 0 leaves the readout and P as they are, and moves the rest', t => {
  const parts = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError()).init(1)
  const own = entries(parts).map((_, i) => (i < entries(parts).length - 3 ? 1 : 0))
  const both = rls({ alpha: 4, rest: sgd({ lr: 0.5 }) })
  const [update, { P }] = both.step(both.init(flat(own)), flat(own), parts)
  t.deepEqual(
    listed(update),
    own.map(x => x / 2),
  )
  t.deepEqual(listed(P), [0.25, 0, 0, 0, 0.25, 0, 0, 0, 0.25])
})

test('what the rest still carries for the readout moves it at no step, one of error 0 included', t => {
  const parts = network(leaky(), { d: 2, n: 1, m: 1 }, halfSquaredError()).init(1)
  const own = entries(parts).map((_, i) => Math.sin(i + 1))
  const inner = own.length - 3
  const both = rls({ rest: sgd({ lr: 0.5, momentum: 0.5 }) })
  const [, next] = both.step(both.init(flat(own)), flat(own), parts)
  const [update] = both.step(next, flat(own.map((x, i) => (i < inner ? x : 0))), parts)
  t.deepEqual(listed(update).slice(inner), [0, 0, 0])
  t.true(
    listed(update)
      .slice(0, inner)
      .every(x => x !== 0),
  )
})

test('the gain is P z/(f + zᵀ P z), and P shrinks by it over f', t => {
  const parts = network(leaky(), { d: 1, n: 1, m: 1 }, halfSquaredError()).init(1)
  // h = 3, ε = 0.5, so that z = [3, 1], P₀ = ½ I, zᵀ P z = 5
  const own = [0, 0, 0, 1.5, 0.5]
  const [update, { P }] = rls({ alpha: 2, forget: 0.5 }).step({ P: null, rest: null }, flat(own), parts)
  const close = (a: readonly number[], b: readonly number[]) => b.every((x, i) => Math.abs(x - a[i]!) < 1e-15)
  const [k1, k2] = [1.5 / 5.5, 0.5 / 5.5]
  t.true(close(listed(update), [0, 0, 0, 0.5 * k1, 0.5 * k2]))
  t.true(close(listed(P), [2 * (0.5 - k1 * 1.5), -2 * k1 * 0.5, -2 * k2 * 1.5, 2 * (0.5 - k2 * 0.5)]))
})

test('a network without a readout has nothing for recursive least squares', t => {
  t.throws(() => rls().step({ P: null, rest: null }, flat([1]), { cell: {}, start: {}, readout: {} } as never), {
    instanceOf: KindError,
    message: /rls: a network without a readout; .*Leave out readout/,
  })
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
