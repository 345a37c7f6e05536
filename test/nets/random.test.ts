import test from 'ava'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { DomainError, KindError } from '../../ad/errors.ts'
import { type Law, type Random, requireRandom, resumed, rng } from '../../nets/random.ts'

const count = 40_000
const drawn = (law: Law, seed: number, index = 0): readonly number[] => [
  ...rng(seed, index).draw({ law, shape: [count] }).data,
]
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length
const moment = (xs: readonly number[], k: number): number => mean(xs.map(x => x ** k))
/** The mean of x_i y_i: 0 ± 1/√count for independent numbers of variance 1. */
const together = (xs: readonly number[], ys: readonly number[]): number => mean(ys.map((y, i) => y * (xs[i] as number)))

/** Moments E xᵏ, and the standard deviation of a mean of so many draws: √((E x²ᵏ - (E xᵏ)²)/count). */
const laws: Readonly<Record<Law, readonly (readonly [moment: number, variance: number])[]>> = {
  normal: [
    [0, 1],
    [1, 2],
    [0, 15],
    [3, 96],
  ],
  uniform: [
    [1 / 2, 1 / 12],
    [1 / 3, 4 / 45],
    [1 / 4, 9 / 112],
    [1 / 5, 16 / 225],
  ],
  sign: [
    [0, 1],
    [1, 0],
    [0, 1],
    [1, 0],
  ],
}

for (const [law, moments] of Object.entries(laws) as [Law, (typeof laws)[Law]][])
  for (const seed of [0, 1, 2 ** 32 - 1])
    test(`${law} draws of seed ${seed} have the first four moments of their law, to four deviations`, t => {
      const xs = drawn(law, seed)
      for (const [k, [wanted, variance]] of moments.entries()) {
        const off = Math.abs(moment(xs, k + 1) - wanted)
        t.true(off <= 4 * Math.sqrt(variance / count), `E x^${k + 1} is off by ${off}`)
      }
    })

test('normal draws lie beyond 1, 2 and 3 deviations as often as they should, and are even about 0', t => {
  const xs = drawn('normal', 5)
  for (const [beyond, share] of [
    [1, 0.317311],
    [2, 0.0455],
    [3, 0.0027],
  ] as const)
    for (const side of [1, -1]) {
      const found = xs.filter(x => side * x > beyond).length / count
      t.true(Math.abs(found - share / 2) < 4 * Math.sqrt(share / 2 / count), `${side * beyond}: ${found}`)
    }
})

test('neighbours in a stream, streams of other indices and streams of neighbouring seeds are uncorrelated', t => {
  const xs = drawn('normal', 7)
  const within = 4 / Math.sqrt(count)
  for (const lag of [1, 2, 3]) t.true(Math.abs(together(xs.slice(lag), xs.slice(0, -lag))) < within, `lag ${lag}`)
  const squares = xs.map(x => (x * x - 1) / Math.SQRT2)
  for (const lag of [1, 2]) t.true(Math.abs(together(squares.slice(lag), squares.slice(0, -lag))) < within)
  for (const [seed, index] of [
    [7, 1],
    [7, 3],
    [8, 0],
    [6, 0],
  ] as const)
    t.true(Math.abs(together(xs, drawn('normal', seed, index))) < within, `seed ${seed}, stream ${index}`)
})

test('a copy of a stream goes on from where it was made, and leaves the stream alone', t => {
  const random = rng(3)
  random.normal()
  const copy = random.copy()
  const ahead = [copy.uniform(), copy.sign(), copy.normal()]
  t.deepEqual([random.uniform(), random.sign(), random.normal()], ahead)
})

test('a stream goes on from its position, and from no list that is none', t => {
  const random = rng(2 ** 32 - 1, 2)
  for (let i = 0; i < 5; i++) random.normal()
  const on = resumed(random.position())
  t.deepEqual([on.uniform(), on.sign(), on.normal()], [random.uniform(), random.sign(), random.normal()])
  const top = 2 ** 32 - 1
  t.notThrows(() => resumed([1, -top, top, 0]))
  for (const bad of [
    [],
    [1, 2, 3],
    [1, 2, 3, 4, 5],
    [1, 2, 3, 0.5],
    [1, 2, 3, Number.NaN],
    [2 ** 32, 2, 3, 4],
    [1, 2, 3, -(2 ** 32)],
  ])
    t.throws(() => resumed(bad), { instanceOf: DomainError, message: /random: the position \[.*four whole numbers/ })
})

test('what is no stream, no law and no shape is refused with what to write', t => {
  t.throws(() => requireRandom('params', 7), { instanceOf: KindError, message: /^params: 7; .*Write rng\(7\)/ })
  t.throws(() => requireRandom('params', undefined), { message: /nothing; wanted a stream .*Write rng\(1\)/ })
  t.throws(() => requireRandom('params', 0.5), { message: /Write rng\(1\)/ })
  const draw = (wanted: unknown) => () => (rng(1) as Random).draw(wanted as never)
  for (const law of ['gauss', 'draw', undefined, 1])
    t.throws(draw({ law, shape: [2] }), { instanceOf: KindError, message: /draw: law .* and shape a list of 1/ })
  t.throws(draw({ law: 'sign', shape: 3 }), { instanceOf: KindError, message: /law 'sign' and shape 3/ })
  t.throws(draw(null), {
    instanceOf: KindError,
    message: /^draw: null; wanted a law, uniform, normal, sign, and a shape/,
  })
  t.throws(draw('sign'), { instanceOf: KindError, message: /^draw: 'sign'; / })
  t.deepEqual(rng(1).draw({ law: 'normal', shape: [2, 3] }).shape, [2, 3])
})

for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
  test(`seed ${seed} is refused`, t => {
    t.throws(() => rng(seed), { instanceOf: DomainError, message: /seed: .*wanted a whole number from 0/ })
  })

test('the stream of a seed is that of xoroshiro128+ after 64 draws, and each index is a jump ahead', t => {
  for (const [seed, index] of [
    [0, 0],
    [7, 1],
    [2 ** 32 - 1, 3],
  ] as const) {
    const generator = xoroshiro128plus(seed)
    for (let i = 0; i < 64; i++) generator.next()
    for (let i = 0; i < index; i++) generator.jump()
    const random = rng(seed, index)
    t.deepEqual(random.position(), generator.getState())
    t.is(random.uniform(), uniformFloat64(generator))
    t.is(random.sign(), uniformFloat64(generator) < 0.5 ? -1 : 1)
  }
})

test('a normal number is √(-2 log(1 - u)) cos(2π w) of two even ones, and a draw is as many as its shape holds, in order', t => {
  const [random, even] = [rng(4), rng(4)]
  for (let i = 0; i < 5; i++) {
    const [u, w] = [even.uniform(), even.uniform()]
    t.is(random.normal(), Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * w))
  }
  const one = random.copy()
  t.deepEqual(
    [...random.draw({ law: 'uniform', shape: [2, 2] }).data],
    [0, 1, 2, 3].map(() => one.uniform()),
  )
})

test('an array takes as many numbers of a stream as it holds, and the next goes on after them', t => {
  for (const law of ['uniform', 'normal', 'sign'] as const)
    for (const shape of [[], [0], [3], [2, 4]]) {
      const [arrays, numbers] = [rng(6), rng(6)]
      for (let i = 0; i < 3; i++) {
        const { data } = arrays.draw({ law, shape })
        t.deepEqual(
          [...data],
          Array.from(data, () => numbers[law]()),
        )
      }
      t.is(arrays.uniform(), numbers.uniform())
    }
})
