/** Text 000, credit through time: what its equations leave unsaid. Its two sums are right. */
import type { Matrix } from 'ml-matrix'
import { quarters } from '../arbitraries/networks.ts'
import { triangle } from '../oracles/complex.ts'
import { atMost, type Erratum, equal, erratum, onNets } from './erratum.ts'
import { creditsOf, flat, standard, stepsOf, summed, times, truth } from './plain.ts'
import {
  afterUpdate,
  byChain,
  byErrors,
  bySoftmax,
  hello,
  leaky,
  lengths,
  long,
  ofReadout,
  once,
  softmaxError,
  termByTerm,
} from './sums.ts'

export const text000: readonly Erratum[] = [
  erratum({
    id: '000-1',
    kind: 'hypothesis',
    quote: String.raw`パラメータ $\theta \in\{\mathbf{W}_{\mathrm{in}},\mathbf{W}_{\mathrm{rec}},\mathbf{W}_{\mathrm{out}},\mathbf{b}_\mathrm{rec}, \mathbf{b}_\mathrm{out}\}$ を最適化する … \frac{\partial \mathcal{L}}{\partial \theta_t}&=\frac{\partial \mathcal{L}}{\partial \mathbf{h}_t}\frac{\partial \mathbf{h}_t}{\partial \theta_t}`,
    gloss: 'to optimise θ ∈ {W_in, W_rec, W_out, b_rec, b_out} … ∂L/∂θ_t = ∂L/∂h_t ∂h_t/∂θ_t',
    printed: '∂L/∂θ = Σ_t δ_t ∂h_t/∂θ_t for θ ∈ {W_in, W_rec, W_out, b_rec, b_out}',
    corrected: 'for θ ∈ {W_rec, W_in, b_rec}; ∂L/∂W_out = Σ_t ε_tᵀ h_tᵀ, ∂L/∂b_out = Σ_t ε_tᵀ',
    because: 'the readout does not act through h: ∂h_t/∂W_out = 0, so the chain gives 0 for it.',
    figures: [
      { of: 'by the chain', digits: '0.000000', value: () => byChain(standard)[0] as number },
      { of: 'true ∂L/∂W_out', digits: '0.784469', value: () => byErrors(standard)[0] as number },
    ],
    wrong: [
      onNets('the chain through h_t computes ∂L/∂W_out and ∂L/∂b_out', leaky, net => [byChain(net), ofReadout(net)]),
    ],
    right: [
      onNets('Σ_t ε_tᵀ h_tᵀ and Σ_t ε_tᵀ are ∂L/∂W_out and ∂L/∂b_out', leaky, net => [byErrors(net), ofReadout(net)]),
      onNets('the chain through h_t computes ∂L/∂W_rec', leaky, net => {
        const steps = stepsOf(net)
        const credits = creditsOf(steps)
        return [flat(summed(steps, ({ B }, i) => times(credits[i] as Matrix, B))), truth(net)]
      }),
    ],
  }),
  erratum({
    id: '000-2',
    kind: 'hypothesis',
    quote: String.raw`オンライン学習でパラメータを毎時刻更新する場合であっても，勾配計算においては $\theta_s$ の微小変化 $\delta \theta_s$ はそのまま現在の $\theta$ の微小変化  $\delta \theta$ に等しいと見なせるため，$\frac{\partial \theta_s}{\partial \theta} = \mathbf{I}$ が成立する`,
    gloss:
      'even when online learning updates the parameters at every step, a small change of θ_s may be regarded as equal to that of the present θ, so ∂θ_s/∂θ = I holds',
    printed: '∂θ_s/∂θ = I, with updates at every step',
    corrected: '∂θ_s/∂θ = I where θ is fixed; with updates it is a convention: they are held constant',
    because: 'an update is a function of θ: dθ₂/dθ₁ = 1 - η ∂²L₁/∂θ². The text says as much: "may be regarded".',
    figures: [
      {
        of: 'dθ₂/dθ₁ of ½(tanh(.5w + .3) - 1)² at w = .8, η = .5',
        digits: '0.9117',
        value: () => afterUpdate(0.8, 0.5, 0.3, 1)[0] as number,
      },
    ],
    wrong: [
      equal(
        '∂θ₂/∂θ₁ is 1 when θ is updated after step 1',
        quarters(4),
        ([w = 0, x = 0, b = 0, y = 0]) => [afterUpdate(w, x, b, y), [1]],
        { describe: ([w, x, b, y]) => `L₁ = ½(tanh(θx + b) - y)², θ₁=${w} x=${x} b=${b} y=${y} η=0.5` },
      ),
    ],
    right: [
      onNets('where θ is fixed, ∂L_t/∂θ_s summed over s and t is ∂L/∂θ', leaky, net => {
        const cells = triangle(net).flat()
        const size = truth(net).length
        return [cells.reduce((a, b) => a.map((x, i) => x + (b[i] as number))).slice(0, size), truth(net)]
      }),
    ],
  }),
  erratum({
    id: '000-3',
    kind: 'remark',
    quote: String.raw`二重和をそのまま計算すれば、計算量は $\mathcal{O}(T^2)$ となり、非効率である`,
    gloss: 'computed as it stands, the double sum costs O(T²), which is inefficient',
    printed: 'the double sum as it stands: O(T²)',
    corrected: 'O(T²) terms; each by a chain of its own, (T³ - T)/6 products of a row and a Jacobian',
    because: 'the term (t, s) is a chain of t - s Jacobians. O(T²) is right where chains are shared.',
    figures: [{ of: 'products at T = 10', digits: '165', value: () => termByTerm(long(10)).products }],
    wrong: [
      atMost(
        'the double sum takes at most T² products, term by term',
        lengths,
        T => termByTerm(long(T)).products - T ** 2,
        T => `T=${T}\nproducts ${termByTerm(long(T)).products}\nT²       ${T ** 2}`,
      ),
    ],
    right: [
      equal('the double sum takes (T³ - T)/6 products, term by term, and is the gradient', lengths, T => {
        const { sum, products } = termByTerm(long(T))
        return [
          [products, sum],
          [(T ** 3 - T) / 6, ...truth(long(T))],
        ]
      }),
    ],
  }),
  erratum({
    id: '000-4',
    kind: 'remark',
    quote: String.raw`$f(\cdot), g(\cdot)$ は活性化関数であり，入力ベクトルの要素ごとに作用する`,
    gloss: 'f and g are activation functions and act on the entries of their input one by one',
    printed: 'y_t = g(v_t), g entry by entry',
    corrected: 'g entry by entry, or a softmax, whose g′ is diag(y) - yyᵀ',
    because: 'entry by entry excludes the softmax: with y(1 - y) alone its error is wrong.',
    figures: [
      ...['0.0014', '-0.0958', '0.0000', '0.1144'].map((digits, i) => ({
        of: `entry ${i + 1} by y(1 - y), v = (1, 2.2, -3, 4.1), y* the second`,
        digits,
        value: () => softmaxError(...hello, true)[i] as number,
      })),
      ...['-0.0209', '-0.1835', '-0.0004', '0.2048'].map((digits, i) => ({
        of: `entry ${i + 1}, true`,
        digits,
        value: () => softmaxError(...hello, false)[i] as number,
      })),
    ],
    wrong: [onNets('∂L/∂v of a softmax output is taken entry by entry', once, bySoftmax(true))],
    right: [onNets('∂L/∂v of a softmax output is (y - y*)ᵀ(diag(y) - yyᵀ)', once, bySoftmax(false))],
  }),
]
