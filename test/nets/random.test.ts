import test from 'ava'
import { DomainError } from '../../ad/errors.ts'
import { type Law, rng } from '../../nets/random.ts'

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

for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
  test(`seed ${seed} is refused`, t => {
    t.throws(() => rng(seed), { instanceOf: DomainError, message: /seed: .*wanted a whole number from 0/ })
  })
