/** Text 003, a chapter on recurrent networks: a recurrence without its activation, and a loss that is not the one it names. */
import { integer, record } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { matmul } from '../../ad/primitives/contraction.ts'
import { gradient, losses, states } from '../oracles/complex.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { blank, type Erratum, erratum, fits, onNets } from './erratum.ts'
import { atTheEnd, column, flat, nets, plus, rows, standard, times, truth } from './plain.ts'

const reversed = (net: PlainNetwork): PlainNetwork => ({ ...net, inputs: net.inputs.toReversed() })
/** tanh of every z_t = U x_t + V z_{t-1} + b, as printed, or of z_t = U x_t + V H_{t-1} + b; z_0 = H_0 = h_0. */
const oneWay = (net: PlainNetwork, carries: 'z' | 'H'): readonly number[] => {
  const { W_rec, W_in, b_rec, h0 } = net.params
  let carried = column(h0)
  return net.inputs.flatMap(x => {
    const z = plus(times(rows(W_in), column(x)), times(rows(W_rec), carried), column(b_rec))
    carried = carries === 'z' ? z : Matrix.tanh(z)
    return flat(Matrix.tanh(z))
  })
}
/** A direction each from a recurrence, and the states of a network of tanh units and of its mirror image. */
const bothWays =
  (carries: 'z' | 'H') =>
  (net: PlainNetwork): readonly [readonly number[], readonly number[]] => [
    [...oneWay(net, carries), ...oneWay(reversed(net), carries)],
    [...states(net).flat(), ...states(reversed(net)).flat()],
  ]

const sizes = record({ d: integer({ min: 1, max: 4 }), m: integer({ min: 1, max: 4 }) })

const squares = nets({ m: 2, losses: ['rmse_seq'] })
const bySquares = (net: PlainNetwork): readonly number[] => gradient({ ...net, loss: 'sse' })
const rms = (net: PlainNetwork): number => 2 * net.inputs.length * net.params.b_out.length * (losses(net)[0] as number)

const η = 0.5
const withW = (net: PlainNetwork, W: readonly number[]): PlainNetwork => {
  const d = net.params.h0.length
  return { ...net, params: { ...net.params, W_rec: net.params.W_rec.map((_, i) => W.slice(i * d, (i + 1) * d)) } }
}
/** The sequence up to step t, with the loss of step t alone. */
const upTo = (net: PlainNetwork, t: number): PlainNetwork =>
  atTheEnd({ ...net, inputs: net.inputs.slice(0, t), targets: net.targets.slice(0, t), weights: Array(t).fill(1) })
const down = (W: readonly number[], g: readonly number[]): readonly number[] =>
  W.map((w, i) => w - η * (g[i] as number))
/** W after an update with ∂L_t/∂W at every t, and after one with their sum. */
const everyStep = (net: PlainNetwork): readonly number[] =>
  net.inputs.reduce<readonly number[]>((W, _, t) => down(W, truth(upTo(withW(net, W), t + 1))), net.params.W_rec.flat())
const atOnce = (net: PlainNetwork): readonly number[] => down(net.params.W_rec.flat(), truth(net))
const sumOfSteps = (net: PlainNetwork): readonly number[] =>
  net.inputs.map((_, t) => truth(upTo(net, t + 1))).reduce((a, b) => a.map((x, i) => x + (b[i] as number)))

/** The w that one unit ends with when w, W_in and b are moved at every step by the error of that step alone. */
const stepwise = ({ params: { W_rec, W_in, b_rec }, inputs, targets }: PlainNetwork): number => {
  let [w = 0, v = 0, b = 0, h = 0] = [W_rec[0]?.[0], W_in[0]?.[0], b_rec[0]]
  for (const [t, [x = 0]] of inputs.entries()) {
    const next = Math.tanh(w * h + v * x + b)
    const move = η * (next - (targets[t]?.[0] ?? 0)) * (1 - next ** 2)
    w -= move * h
    v -= move * x
    b -= move
    h = next
  }
  return w
}

export const text003: readonly Erratum[] = [
  erratum({
    id: '003-1',
    kind: 'misprint',
    quote: String.raw`\overrightarrow{\mathbf{z}}_{t} = \mathbf{U}^{(f)} \mathbf{x}_t + \mathbf{V}^{(f)} \mathbf{z}_{t-1} + \mathbf{b}_z^{(f)} … \overleftarrow{\mathbf{z}}_{t} = \mathbf{U}^{(b)} \mathbf{x}_t + \mathbf{V}^{(b)} \mathbf{z}_{t+1} + \mathbf{b}_z^{(b)}`,
    gloss: 'z→_t = U_f x_t + V_f z_{t-1} + b_f … z←_t = U_b x_t + V_b z_{t+1} + b_b',
    printed: 'z→_t = U_f x_t + V_f z_{t-1} + b_f, H→_t = φ(z→_t)',
    corrected: 'z→_t = U_f x_t + V_f H→_{t-1} + b_f, H→_0 = 0; z←_t with H←_{t+1}, H←_{T+1} = 0',
    because: 'with z itself the recurrence is linear; the linear maps and the ends are missing too.',
    wrong: [onNets('both directions are recurrent networks of tanh units', nets({ n: 2 }), bothWays('z'))],
    right: [onNets('both directions are recurrent networks of tanh units', nets({ n: 2 }), bothWays('H'))],
  }),
  erratum({
    id: '003-2',
    kind: 'misprint',
    quote: String.raw`y_t = \phi \left( \begin{pmatrix} \overrightarrow{\mathbf{H}}_t \\ \overleftarrow{\mathbf{H}}_t \end{pmatrix} \mathbf{W} + \mathbf{b}_y \right)`,
    gloss: 'y_t = φ((H→_t; H←_t) W + b_y)',
    printed: 'y_t = φ((H→_t; H←_t) W + b_y)',
    corrected: 'y_t = g(W (H→_t; H←_t) + b_y), W [m, 2d]',
    because: '(2d × 1)(m × 2d) does not fit; for m = 1 it is a matrix.',
    wrong: [
      fits('(H→; H←) W is an output of m numbers', sizes, ({ d, m }) => ({
        product: () => matmul(blank(2 * d, 1), blank(m, 2 * d)),
        wanted: [m, 1],
      })),
    ],
    right: [
      fits('W (H→; H←) is an output of m numbers', sizes, ({ d, m }) => ({
        product: () => matmul(blank(m, 2 * d), blank(2 * d, 1)),
        wanted: [m, 1],
      })),
    ],
  }),
  erratum({
    id: '003-3',
    kind: 'misprint',
    quote: String.raw`回帰問題の場合は RMSE（Root Mean Square Error）を使用し … J = \sum_{t} \left( y_t - \hat{y}_t \right)^2`,
    gloss: 'for regression the RMSE (root mean square error) is used … J = Σ_t (y_t - ŷ_t)²',
    printed: 'RMSE: J = Σ_t (y_t - ŷ_t)²',
    corrected: 'SSE: J = Σ_t ‖y_t - ŷ_t‖²; RMSE: √(Σ_t ‖y_t - ŷ_t‖² / (T m)), which is no sum over t',
    because: 'the gradients differ by the factor 1/(2 T m RMSE); a vector has a norm, not a square.',
    wrong: [
      onNets('the gradient of Σ_t ‖y_t - y*_t‖² is that of the RMSE', squares, net => [bySquares(net), gradient(net)]),
    ],
    right: [
      onNets('the gradient of Σ_t ‖y_t - y*_t‖², over 2 T m RMSE, is that of the RMSE', squares, net => [
        bySquares(net).map(g => g / rms(net)),
        gradient(net),
      ]),
    ],
  }),
  erratum({
    id: '003-4',
    kind: 'misprint',
    quote: String.raw`y_t = \phi \left( \mathbf{W}\mathbf{h}_t + \mathbf{b}_y \right) … 時刻 $t$ における予測値 $\hat{y}_t$ と実際の測定値 $ y_t$ の誤差を定義し`,
    gloss: 'y_t = φ(W h_t + b_y) … the error between the prediction ŷ_t and the value y_t measured',
    printed: 'y_t is the output, and then what was measured; φ for the units and for the output',
    corrected: 'y_t = g(W h_t + b_y) for the output, y*_t for what was measured',
    because: 'one symbol for two things, twice; an output is seldom a tanh or a ReLU.',
  }),
  erratum({
    id: '003-5',
    kind: 'hypothesis',
    quote: '誤差が時間をさかのぼって伝播されるため、各時刻におけるパラメータ更新が行われます',
    gloss: 'the error goes back through time, so the parameters are updated at each time',
    printed: 'θ ← θ - η ∂L_t/∂θ at each time',
    corrected: 'θ ← θ - η Σ_t ∂L_t/∂θ, once',
    because: 'BPTT adds up the shares of all times before it moves θ; an update at each time leads elsewhere.',
    figures: [
      { of: 'w, W_in and b moved at each step by its own error: w', digits: '0.8460', value: () => stepwise(standard) },
      { of: 'w after one update, η = .5', digits: '0.7275', value: () => atOnce(standard)[0] as number },
    ],
    wrong: [
      onNets('updates at each time end where one update with the gradient ends', nets(), net => [
        everyStep(net),
        atOnce(net),
      ]),
    ],
    right: [
      onNets('the shares ∂L_t/∂W of all times, W held, sum to the gradient', nets(), net => [
        sumOfSteps(net),
        truth(net),
      ]),
    ],
  }),
  erratum({
    id: '003-6',
    kind: 'wording',
    quote: '過去から未来への順伝播と未来から過去への逆伝播の両方向で情報を伝播させます',
    gloss:
      'information goes both ways: forward from the past to the future, and by "back-propagation" from the future to the past',
    printed: 'the recurrence that runs from T to 1 is called by the word for back-propagation (逆伝播)',
    corrected: 'a recurrence that runs backwards in time; back-propagation is that of its errors',
    because: 'one is part of the forward pass, the other carries derivatives against it.',
  }),
]
