import test from 'ava'
import { NameError, ShapeError } from '../../../ad/errors.ts'
import { type Tensor, tensorOf } from '../../../ad/tensor.ts'
import { lruOrvieto } from '../../../nets/cells/lru.ts'
import { rng } from '../../../nets/random.ts'
import { fromLru } from '../../../src/weights/index.ts'

const [d, N, T] = [2, 3, 4]
const random = rng(5)
const drawn = (...shape: readonly number[]): Tensor => random.draw({ law: 'normal', shape })
/** Under names as a Flax file has them. */
const arrays = {
  'params/layer/seq/theta_log': drawn(N),
  'params/layer/seq/nu_log': drawn(N),
  'params/layer/seq/gamma_log': drawn(N),
  'params/layer/seq/B_re': drawn(N, d),
  'params/layer/seq/B_im': drawn(N, d),
  'params/layer/seq/C_re': drawn(d, N),
  'params/layer/seq/C_im': drawn(d, N),
  'params/layer/seq/D': drawn(d),
}
const xs = Array.from({ length: T }, () => drawn(d))
const at = (name: keyof typeof arrays | string, k: number): number =>
  (arrays[`params/layer/seq/${name}` as keyof typeof arrays].data as Float64Array)[k] as number

/** The unit without a recurrence: y_t = Re Σ_s C λ^(t - s) exp(γ_log) B x_s + D ⊙ x_t, by moduli and angles. */
const summed = (t: number, i: number): number => {
  let y = at('D', i) * (xs[t]?.data[i] as number)
  for (let s = 0; s <= t; s++)
    for (let j = 0; j < N; j++)
      for (let k = 0; k < d; k++) {
        const size = Math.exp(-(t - s) * Math.exp(at('nu_log', j)) + at('gamma_log', j)) * (xs[s]?.data[k] as number)
        const [bRe, bIm] = [at('B_re', j * d + k), at('B_im', j * d + k)]
        const [cRe, cIm] = [at('C_re', i * N + j), at('C_im', i * N + j)]
        const angle = (t - s) * Math.exp(at('theta_log', j)) + Math.atan2(bIm, bRe) + Math.atan2(cIm, cRe)
        y += size * Math.hypot(bRe, bIm) * Math.hypot(cRe, cIm) * Math.cos(angle)
      }
  return y
}

test("the authors' parameters of an LRU say what their sum over the past says", t => {
  const θ = fromLru(arrays, { d, states: N })
  const cell = lruOrvieto({ states: N })
  let s = cell.start(cell.zeroState({ d, n: d, m: 1 }))
  for (const [step, x] of xs.entries()) {
    s = cell.step(θ, s, x)
    const { data } = cell.output(θ, s, x) as Tensor
    for (const [i, y] of data.entries()) t.true(Math.abs(y - summed(step, i)) < 1e-12)
  }
})

test('names that are missing and other sizes are refused', t => {
  const { 'params/layer/seq/D': _, ...cut } = arrays
  t.throws(() => fromLru(cut, { d, states: N }), {
    instanceOf: NameError,
    message: /wanted 'params\/layer\/seq\/D' \[2\]/,
  })
  t.throws(() => fromLru(arrays, { d }), { instanceOf: ShapeError, message: /2 outputs of 2 states/ })
  const other = { ...arrays, 'params/layer/seq/D': tensorOf([3], new Float64Array(3)) }
  t.throws(() => fromLru(other, { d, states: N }), { instanceOf: ShapeError, message: /\[2\]/ })
})
