/** Chaotic series against published constants, and the identities that a stationary orbit obeys. */
import test from 'ava'
import type { Tensor } from '../../../../ad/tensor.ts'
import { rng } from '../../../../nets/random.ts'
import { observed, orbit, type System } from '../../../../src/training/tasks/forecast.ts'
import { henonMap } from '../../../../src/training/tasks/henon.ts'
import { tasks } from '../../../../src/training/tasks/index.ts'
import { lorenzSystem } from '../../../../src/training/tasks/lorenz.ts'
import { mackeyGlassSystem } from '../../../../src/training/tasks/mackey-glass.ts'

const near = (x: number, wanted: number, within: number): boolean => Math.abs(x - wanted) <= within

const later = (system: System, state: readonly number[], steps: number): readonly number[] => {
  let now = state
  for (let i = 0; i < steps; i++) now = system.step(now)
  return now
}

const settled = (system: System): readonly number[] => later(system, system.start(rng(3)), 1000)

/** The largest Lyapunov exponent a step: how fast an orbit 1e-7 away parts, brought near again every ten steps. Benettin et al. 1980. */
const lyapunov = (system: System, steps: number): number => {
  const ε = 1e-7
  let one = settled(system)
  let other = one.map((x, i) => (i === one.length - 1 ? x + ε : x))
  let sum = 0
  for (let i = 0; i < steps; i += 10) {
    one = later(system, one, 10)
    const off = later(system, other, 10).map((x, j) => x - (one[j] as number))
    const far = Math.hypot(...off)
    sum += Math.log(far / ε)
    other = one.map((x, j) => x + ((off[j] as number) * ε) / far)
  }
  return sum / steps
}

/** Means of some quantities of the states of an orbit. */
const means = (
  system: System,
  steps: number,
  of: readonly ((state: readonly number[]) => number)[],
): readonly number[] => {
  const sums = of.map(() => 0)
  let state = settled(system)
  for (let i = 0; i < steps; i++) {
    of.forEach((f, k) => {
      sums[k] = (sums[k] as number) + f(state)
    })
    state = system.step(state)
  }
  return sums.map(sum => sum / steps)
}

const square = (state: readonly number[]): number => observed(state) ** 2

test('Hénon map: exponent 0.419, mean 0.257, and b x its mean y', t => {
  const system = henonMap(1.4, 0.3)
  t.true(near(lyapunov(system, 50_000), 0.419, 0.01))
  const [x = 0, xx = 0] = means(system, 100_000, [observed, square])
  t.true(near(x, 0.257, 0.003), `${x}`)
  t.true(near(1.4 * xx, 1 - 0.7 * x, 1e-3), 'E x = 1 - a E x² + b E x')
  t.true(near(Math.sqrt(xx - x * x), 0.721, 0.003))
})

test('Lorenz system: exponent 0.906, mean 0 and deviation 7.92 of x, E x² = E xy = β E z', t => {
  t.true(near(lyapunov(lorenzSystem(0.01, 1, 'rk4'), 60_000) / 0.01, 0.906, 0.03))
  const xy = ([, y = 0, x = 0]: readonly number[]): number => x * y
  const [x = 0, xx = 0, product = 0, z = 0] = means(lorenzSystem(0.01, 5, 'rk4'), 40_000, [
    observed,
    square,
    xy,
    ([third = 0]) => third,
  ])
  t.true(near(x, 0, 0.5) && near(Math.sqrt(xx), 7.92, 0.05), `${x} ${Math.sqrt(xx)}`)
  t.true(near(product, xx, 0.1) && near(product, (8 / 3) * z, 0.1))
})

test('Mackey-Glass, delay 17: exponent about 0.006 a unit of time, and what goes in goes out', t => {
  const exponent = lyapunov(mackeyGlassSystem(17, 0.25, 4, 'rk4'), 20_000)
  t.true(near(exponent, 0.006, 0.002), `${exponent}`)
  const feed = ([past = 0]: readonly number[]): number => (0.2 * past) / (1 + past ** 10)
  const [x = 0, xx = 0, inflow = 0] = means(mackeyGlassSystem(17, 0.25, 4, 'rk4'), 10_000, [observed, square, feed])
  t.true(near(x, 0.93, 0.01) && near(Math.sqrt(xx - x * x), 0.227, 0.006), `${x} ${Math.sqrt(xx - x * x)}`)
  t.true(near(inflow, 0.1 * x, 1e-3))
})

test('Mackey-Glass by Runge-Kutta: the first 50 points of reservoirpy, from its history', t => {
  const history = [
    1.211470654858624, 1.2083521254543583, 1.2120847566715751, 1.1764096186670907, 1.1238188358050247,
    1.2691998231085535, 1.2479483224717176, 1.2864715128821393, 1.271865601325421, 1.2416209251911428,
    1.2361937493624808, 1.1817204603916258, 1.2549169231014063, 1.2968952401537746, 1.293096971177971,
    1.2523941325981829, 1.2446206070066455, 1.2,
  ]
  const published = [
    1.2, 1.115328885112684, 1.0393074816665206, 0.9698129519190246, 0.9143685142964726, 0.8781194969967601,
    0.8149458741836423, 0.7607677000682098, 0.7066207888524356, 0.6594211133941108, 0.6210123036778127,
    0.5871212200478976, 0.5668892077792814, 0.5352932989086656, 0.5014232651221442, 0.4711969837042632,
    0.4490726595353328, 0.4302168103759662, 0.42103358493110393, 0.4343195714755999, 0.47305859536047,
    0.5343656340538098, 0.6070673459083993, 0.6806246925336907, 0.7532117645080565, 0.8174977242843433,
    0.8701418998276732, 0.9109200790357961, 0.9414290236406007, 0.9630428868469163, 0.9789219621231182,
    0.9874485861899956, 0.988818105505553, 0.9843519081511721, 0.9761197743456629, 0.9650930094893208,
    0.9533715379905934, 0.9452884537937862, 0.9453168155526648, 0.9568685371076656, 0.9805705115654664,
    1.0140909591481928, 1.0529849701328913, 1.0900685290639325, 1.1189469300818875, 1.1368905956810402,
    1.14453430392507, 1.1443177015706263, 1.1384636172924543, 1.130019254664321,
  ]
  const points = orbit(mackeyGlassSystem(17, 1, 1, 'rk4'), history)
  for (const wanted of published) t.true(near(observed(points.next().value), wanted, 1e-9), `${wanted}`)
})

test("Mackey-Glass by Euler with delay 16, and Hénon: the recursions of sketched RTRL's program", t => {
  const history = Array.from({ length: 17 }, (_, i) => 1.2 + 0.01 * i)
  const points = orbit(mackeyGlassSystem(16, 1, 1, 'euler'), history)
  const xs = [...history]
  for (let i = 0; i < 50; i++) {
    const [x, past] = [xs.at(-1) as number, xs.at(-17) as number]
    t.is(observed(points.next().value), x)
    xs.push(x + ((0.2 * past) / (1 + past ** 10) - 0.1 * x))
  }
  let [x, y] = [0.1, 0]
  const map = orbit(henonMap(1.4, 0.3), [y, x])
  for (let i = 0; i < 50; i++) {
    t.is(observed(map.next().value), x)
    ;[x, y] = [1 - 1.4 * x * x + y, 0.3 * x]
  }
})

for (const name of ['mackey-glass', 'henon', 'lorenz'] as const)
  test(`${name}: normalised, and the target is the input some points later`, t => {
    const horizon = 3
    const stream = tasks[name].on({ horizon }).steps(rng(1))
    const drawn = Array.from({ length: 4000 }, () => stream.next().value)
    const [x, y] = (['x', 'target'] as const).map(part =>
      drawn.map(step => (step[part] as Tensor).data[0] as number),
    ) as [number[], number[]]
    t.deepEqual(y.slice(0, -horizon), x.slice(horizon))
    const mean = x.reduce((a, b) => a + b) / x.length
    const deviation = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length)
    t.true(near(mean, 0, 0.5) && near(deviation, 1, 0.1), `${mean} ${deviation}`)
  })

test('constants that cannot be are refused', t => {
  const bad = [
    () => tasks['mackey-glass'].on({ dt: 0.3 }),
    () => tasks.henon.on({ a: 2 }),
    () => tasks.lorenz.on({ integrator: 'heun' as 'rk4' }),
  ]
  const says = [
    /delay = 17, dt = 0\.3; wanted a delay of a whole number/,
    /wanted one that stays finite/,
    /integrator = 'heun'; wanted integrator 'rk4' or 'euler'/,
  ]
  for (const [i, make] of bad.entries()) t.throws(make, { message: says[i] as RegExp })
})
