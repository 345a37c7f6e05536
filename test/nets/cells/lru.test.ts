import test from 'ava'
import { DomainError, NameError } from '../../../ad/errors.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { lru, lruOrvieto } from '../../../nets/cells/lru.ts'
import { rng } from '../../../nets/random.ts'

const sizes = { d: 2000, n: 1, m: 1 }
const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data]
/** Whether numbers fill [low, high) evenly: each tenth of it holds a tenth of them, to five deviations. */
const fills = (xs: readonly number[], low: number, high: number): boolean => {
  const tenths = Array.from({ length: 10 }, () => 0)
  for (const x of xs) {
    const at = Math.floor((10 * (x - low)) / (high - low))
    if (at < 0 || at > 9) return false
    tenths[at] = (tenths[at] as number) + 1
  }
  const share = xs.length / 10
  return tenths.every(count => Math.abs(count - share) < 5 * Math.sqrt(0.9 * share))
}

test('the variant begins with ν even over [-3, -0.7) and angles even over [0, π/4)', t => {
  const { ν, φ } = lru().params(sizes, rng(1))
  t.true(fills(numbers(ν), -3, -0.7))
  t.true(fills(numbers(φ), 0, Math.PI / 4))
})

for (const [radius, phase] of [
  [[0, 0.99], 2 * Math.PI],
  [[0.9, 0.999], Math.PI / 10],
] as const)
  test(`the published unit begins even over the ring of radii ${radius}, phases below ${phase}, γ = √(1 - |λ|²)`, t => {
    const { ν_log, θ_log, γ_log } = lruOrvieto({ states: 2000, radius, phase }).params({ d: 2, n: 1, m: 1 }, rng(1))
    const moduli = numbers(ν_log).map(x => Math.exp(-Math.exp(x)))
    const squares = moduli.map(r => r * r)
    t.true(fills(squares, radius[0] ** 2, radius[1] ** 2))
    t.true(fills(numbers(θ_log).map(Math.exp), 0, phase * (1 + 1e-12)))
    for (const [j, x] of numbers(γ_log).entries())
      t.true(Math.abs(Math.exp(2 * x) + (squares[j] as number) - 1) < 1e-12)
  })

test('B and C of the published unit begin with variance 1 over what enters them, half in each part; γ and D have their shapes', t => {
  const { B_re, B_im, C_re, C_im, D } = lruOrvieto({ states: 40 }).params({ d: 50, n: 60, m: 1 }, rng(2))
  const variance = (x: unknown) => numbers(x).reduce((sum, y) => sum + y * y, 0) / numbers(x).length
  for (const part of [B_re, B_im]) t.true(Math.abs(variance(part) * 2 * 60 - 1) < 0.15)
  for (const part of [C_re, C_im]) t.true(Math.abs(variance(part) * 2 * 40 - 1) < 0.15)
  t.deepEqual(
    [B_re, C_im, D].map(x => (x as Tensor).shape),
    [
      [40, 60],
      [50, 40],
      [50, 60],
    ],
  )
})

test('rings outside the unit circle, phases outside (0, 2π], no states and other options are refused', t => {
  for (const options of [
    { radius: [0.5, 1] },
    { radius: [-0.1, 0.5] },
    { radius: [0.5, 0.5] },
    { phase: 0 },
    { phase: 7 },
    { states: 0 },
  ])
    t.throws(() => lruOrvieto(options as never), { instanceOf: DomainError }, JSON.stringify(options))
  t.throws(() => lruOrvieto({ radius: [0.5, 1] }), { message: /radius = \[0\.5, 1\]; wanted 0 ≤ min < max < 1\. / })
  t.throws(() => lruOrvieto({ r_min: 0.9 } as never), { instanceOf: NameError, message: /radius/ })
})
