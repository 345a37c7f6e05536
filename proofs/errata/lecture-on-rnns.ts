/** Text 002, a lecture on recurrent networks: the gradient of its vanishing, and when it does vanish. */
import { integer } from 'fast-check'
import { describe } from '../arbitraries/networks.ts'
import { atMost, type Erratum, equal, erratum, onNets } from './erratum.ts'
import { diag, fromZero, nets, rows, type Step, softmax, standard, times, truth } from './plain.ts'
import {
  allLinks,
  back,
  broadcast,
  chain,
  chaos,
  ending,
  endsAtHalf,
  firstLink,
  many,
  norm,
  power,
  radius,
  scores,
  showChaos,
  showPower,
  square,
  squares,
  steepest,
  stretched,
  total,
} from './vanishing.ts'

export const text002: readonly Erratum[] = [
  erratum({
    id: '002-1',
    kind: 'misprint',
    quote: String.raw`\frac{\partial L_{t}}{\partial W_{hh}} = \frac{\partial L_{t}}{\partial h_{t}} \frac{\partial h_{t}}{\partial h_{t-1} } \dots \frac{\partial h_{1}}{\partial W_{hh}}`,
    gloss: '∂L_t/∂W_hh = ∂L_t/∂h_t ∂h_t/∂h_{t-1} … ∂h_1/∂W_hh',
    printed: '∂L_t/∂W_hh = ∂L_t/∂h_t J_t … J_2 ∂h_1/∂W_hh',
    corrected: '∂L_t/∂W_hh = Σ_{s≤t} ∂L_t/∂h_t J_t … J_{s+1} ∂h_s/∂W_hh',
    because: 'only the first use of W_hh is counted; with h_0 = 0 it has no derivative: the gradient is 0.',
    figures: [
      {
        of: 'as printed, y*_T = .5 and no other loss',
        digits: '0.0000',
        value: () => firstLink(endsAtHalf)[0] as number,
      },
      { of: 'true ∂L/∂w', digits: '0.0694', value: () => truth(endsAtHalf)[0] as number },
    ],
    wrong: [
      onNets('the chain down to ∂h_1/∂W_hh is ∂L_T/∂W_hh', ending({ minT: 2 }).map(fromZero), net => [
        firstLink(net),
        truth(net),
      ]),
    ],
    right: [
      onNets('the chains down to every ∂h_s/∂W_hh sum to ∂L_T/∂W_hh', ending({}), net => [allLinks(net), truth(net)]),
    ],
  }),
  erratum({
    id: '002-2',
    kind: 'misprint',
    quote: String.raw`= \frac{\partial L_{t}}{\partial h_{t}}(\prod_{t=2}^{T} \frac{\partial h_{t}}{\partial  h_{t-1}})\frac{\partial h_{1}}{\partial W_{hh}}`,
    gloss: '= ∂L_t/∂h_t (Π_{t=2}^T ∂h_t/∂h_{t-1}) ∂h_1/∂W_hh',
    printed: '∂L_t/∂h_t Π_{t=2}^T J_t',
    corrected: '∂L_T/∂h_T J_T J_{T-1} … J_2',
    because: 't is the time of the loss and runs in the product too; matrices do not commute, and J_T comes first.',
    wrong: [
      onNets(
        'the product J_2 J_3 … J_T in the order of its index leads from L_T to h_1',
        ending({ minT: 2 }),
        back(steps => times(...steps.map(({ J }) => J))),
      ),
    ],
    right: [
      onNets(
        'the product J_T … J_2 leads from L_T to h_1',
        ending({ minT: 2 }),
        back(steps => chain(steps.map(({ J }) => J))),
      ),
    ],
  }),
  erratum({
    id: '002-3',
    kind: 'misprint',
    quote: String.raw`\frac{\partial L_{t}}{\partial W} = \frac{\partial L_{t}}{\partial h_{t}}(\prod_{t=2}^{T} W_{hh}^{T-1})\frac{\partial h_{1}}{\partial W}`,
    gloss: 'without tanh: ∂L_t/∂W = ∂L_t/∂h_t (Π_{t=2}^T W_hh^{T-1}) ∂h_1/∂W',
    printed: 'Π_{t=2}^T W_hh^{T-1}',
    corrected: 'Π_{t=2}^T W_hh = W_hh^{T-1}',
    because: 'the product is taken twice: W to the power (T - 1)² instead of T - 1.',
    figures: [
      { of: 'as printed, w = .8, T = 4', digits: '0.1342', value: () => power(rows([[0.8]]), 9).get(0, 0) },
      { of: 'w³', digits: '0.512', value: () => power(rows([[0.8]]), 3).get(0, 0) },
    ],
    wrong: [
      onNets(
        'without tanh, Π_{t=2}^T W^{T-1} leads from L_T to h_1',
        ending({ activations: ['identity'], minT: 2 }),
        back((steps, W) => times(...steps.map(() => power(W, steps.length)))),
      ),
    ],
    right: [
      onNets(
        'without tanh, W^{T-1} leads from L_T to h_1',
        ending({ activations: ['identity'], minT: 2 }),
        back((steps, W) => power(W, steps.length)),
      ),
    ],
  }),
  erratum({
    id: '002-4',
    kind: 'hypothesis',
    quote: String.raw`= \frac{\partial L_{t}}{\partial h_{t}}(\prod_{t=2}^{T}  tanh^{'}(W_{hh}h_{t-1} + W_{xh}x_t)W_{hh}^{T-1})\frac{\partial h_{1}}{\partial W_{hh}}`,
    gloss: "= ∂L_t/∂h_t (Π_{t=2}^T tanh'(W_hh h_{t-1} + W_xh x_t) W_hh^{T-1}) ∂h_1/∂W_hh",
    printed: '(Π_{t=2}^T diag f′(u_t)) W_hh^{T-1}, where the power is read as taken out of the product',
    corrected: 'Π_{t=T}^2 diag f′(u_t) W_hh; the power comes out for one unit only',
    because: 'diag f′(u_t) and W_hh do not commute.',
    wrong: [
      onNets(
        '(Π diag f′(u_t)) W^{T-1} leads from L_T to h_1',
        ending({ minT: 2 }),
        back((steps, W) => times(...steps.map(({ slope }) => diag(slope)), power(W, steps.length))),
      ),
    ],
    right: [
      onNets(
        'diag f′(u_T) W … diag f′(u_2) W leads from L_T to h_1',
        ending({ minT: 2 }),
        back((steps, W) => chain(steps.map(({ slope }) => times(diag(slope), W)))),
      ),
      onNets(
        '(Π f′(u_t)) w^{T-1} leads from L_T to h_1 in a network of one unit',
        ending({ d: 1, minT: 2 }),
        back((steps, W) => times(...steps.map(({ slope }) => diag(slope)), power(W, steps.length))),
      ),
    ],
  }),
  erratum({
    id: '002-6',
    kind: 'hypothesis',
    quote: String.raw`$\tanh'(W_{hh} h_{t-1} + W_{xh} x_t)$ は常に1未満になるため、$t$ が大きくなるにつれて…ゼロに近づきます`,
    gloss: "tanh'(W_hh h_{t-1} + W_xh x_t) is always below 1, so the gradient falls towards 0 as t grows",
    printed: 'tanh′(u) < 1 always, so ∂h_T/∂h_0 vanishes',
    corrected: 'tanh′(u) ≤ 1, with 1 at u = 0; ‖∂h_T/∂h_0‖ ≤ (max tanh′ · σ_max(W))^T vanishes where that is below 1',
    because:
      'W_hh stretches as well. A network left alone at 0 has J = W_hh; chaotic ones stretch with tanh′ far below 1.',
    figures: [
      {
        of: '∂h_10/∂h_0 of w = 2, h_0 = 0, x = 0',
        digits: '1024',
        value: () =>
          stretched({
            ...standard,
            weights: Array(10).fill(1),
            params: { ...standard.params, W_rec: [[2]], b_rec: [0] },
            inputs: Array(10).fill([0]),
            targets: Array(10).fill([0]),
          }).get(0, 0),
      },
    ],
    wrong: [
      atMost(
        'tanh′ keeps ∂h_T/∂h_0 of one unit below 1 in size',
        nets({ d: 1, T: 5 }),
        net => Math.abs(stretched(net).get(0, 0)) - 1,
        net => `${describe(net)}\n∂h_T/∂h_0 ${stretched(net).get(0, 0).toPrecision(4)}\nbound     1`,
      ),
      atMost(
        'gradients vanish where tanh′ is far below 1 in the mean: the largest Lyapunov exponent is not above 0',
        integer({ min: 1, max: 9 }),
        seed => chaos(seed, 50, 200).exponent,
        showChaos,
        5,
      ),
    ],
    right: [
      atMost(
        '‖∂h_T/∂h_0‖ is at most (max tanh′ · σ_max(W))^T',
        nets({ T: 5 }),
        net => norm(stretched(net)) - (steepest(net) * norm(rows(net.params.W_rec))) ** net.inputs.length,
        describe,
      ),
    ],
  }),
  erratum({
    id: '002-7',
    kind: 'hypothesis',
    quote:
      '$W_{hh}$ の最大特異値が1を超えるた場合、勾配が爆発し将来のタイムステップから非常に大きな勾配が戻ってくることになります',
    gloss: 'where the largest singular value of W_hh is above 1, the gradient explodes',
    printed: 'σ_max(W_hh) > 1: W_hh^T explodes',
    corrected: 'ρ(W_hh) > 1: W_hh^T explodes; σ_max > 1 is necessary, not sufficient',
    because: 'a matrix may stretch once what it then sends to 0. The converse, σ_max < 1: vanishes, is right.',
    figures: [
      { of: '‖W²‖ of [[0, 10], [0, 0]]', digits: '0.000', value: () => norm(power(square([0, 10, 0, 0]), 2)) },
      { of: 'σ_max of [[0, 2], [.1, 0]]', digits: '2.000', value: () => norm(square([0, 2, 0.1, 0])) },
      { of: 'its ρ', digits: '0.447', value: () => radius(square([0, 2, 0.1, 0])) },
    ],
    wrong: [
      atMost(
        'where σ_max(W) > 1, W^64 is no smaller than 1',
        squares.filter(xs => norm(square(xs)) > 1),
        xs => 1 - norm(power(square(xs), many)),
        showPower,
      ),
    ],
    right: [
      atMost(
        'where ρ(W) > 1, W^64 is no smaller than ρ^64',
        squares.filter(xs => radius(square(xs)) > 1),
        xs => 1 - norm(power(square(xs), many)) / radius(square(xs)) ** many,
        showPower,
      ),
      atMost(
        'where σ_max(W) < 1, W^64 is no larger than σ_max^64',
        squares.map(xs => xs.map(x => x / 4)).filter(xs => norm(square(xs)) < 1),
        xs => norm(power(square(xs), many)) - norm(square(xs)) ** many,
        showPower,
      ),
    ],
  }),
  erratum({
    id: '002-8',
    kind: 'misprint',
    quote: String.raw`f_t &= \sigma(W_{hf}h_{t_1} + W_{xf}x_t) …`,
    gloss: 'f_t = σ(W_hf h_{t_1} + W_xf x_t), and so in all four lines',
    printed: 'h_{t_1}',
    corrected: 'h_{t-1}',
    because: 'an underscore for a minus sign, four times.',
  }),
  erratum({
    id: '002-9',
    kind: 'wording',
    quote: '$g_t$ は、中間計算のキャッシュであり、後に上記の式で出力ゲート $o$ とともに使用されます',
    gloss: 'g_t is a cache of an intermediate result, later used together with the output gate o',
    printed: 'g_t is used together with the output gate o; the gates have no biases',
    corrected: 'g_t is used together with the input gate: i_t ⊙ g_t; a bias in each gate',
    because: 'the equation c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t says so.',
  }),
  erratum({
    id: '002-10',
    kind: 'wording',
    quote: String.raw`次の文字 $\text{"h"}$ が $1.0$ の確率で、次に $\text{"e"}$ が $2.2$ の確率で、 $\text{"l"}$ が $−3.0$ の確率で、そして $\text{"o"}$ が $4.1$ の確率で来る`,
    gloss: 'the next letter is h with probability 1.0, e with 2.2, l with -3.0, and o with 4.1',
    printed: 'probabilities 1.0, 2.2, -3.0, 4.1',
    corrected: 'logits; the probabilities are their softmax',
    because: 'probabilities lie in [0, 1] and sum to 1.',
    figures: [
      ...['0.0377', '0.1251', '0.0007', '0.8365'].map((digits, i) => ({
        of: `probability of ${'helo'[i]}`,
        digits,
        value: () => softmax(scores)[i] as number,
      })),
      { of: 'cross-entropy of e', digits: '2.0785', value: () => -Math.log(softmax(scores)[1] as number) },
    ],
    wrong: [equal('four scores are probabilities: they sum to 1', squares, v => [[total(v)], [1]])],
    right: [
      equal('the softmax of four scores sums to 1, and none is negative', squares, v => [
        [total(softmax(v)), ...softmax(v).map(Math.sign)],
        [1, 1, 1, 1, 1],
      ]),
    ],
  }),
  erratum({
    id: '002-11',
    kind: 'misprint',
    quote: String.raw`$V \in \{\text{"h"}, \text{"e"}, \text{"l"}, \text{"o"}\}$ … \begin{bmatrix}1.0 \\ 0.3 \\ 0.1 \end{bmatrix} &= f_W( … 忘却ゲートが1に設定され、入力ゲートが0に設定されている場合`,
    gloss: 'V ∈ {h, e, l, o} … a state with the entry 1.0 … where the forget gate is set to 1 and the input gate to 0',
    printed: 'V ∈ {"h", "e", "l", "o"}; h = (1.0, .3, .1); f = 1, i = 0',
    corrected: 'V = {"h", "e", "l", "o"}; h rounded; f → 1, i → 0',
    because: 'the set is V; tanh does not reach 1, nor σ 0 and 1: only in the limit.',
  }),
  erratum({
    id: '002-12',
    kind: 'misprint',
    quote: String.raw`\frac{\partial h_t}{\partial h_{t-1}} =  tanh^{'}(W_{hh}h_{t-1} + W_{xh}x_t)W_{hh}`,
    gloss: "∂h_t/∂h_{t-1} = tanh'(W_hh h_{t-1} + W_xh x_t) W_hh",
    printed: '∂h_t/∂h_{t-1} = tanh′(u_t) W_hh, as arrays: the entries of column j times tanh′(u_j)',
    corrected: '∂h_t/∂h_{t-1} = diag(tanh′(u_t)) W_hh',
    because: 'a vector times a matrix, entry by entry as arrays are multiplied, is W diag f′, not diag f′ W.',
    wrong: [
      onNets(
        'tanh′(u) W entry by entry is ∂h_t/∂h_{t-1}',
        ending({ minT: 1, T: 1 }),
        back(([step], W) => broadcast((step as Step).slope, W)),
      ),
    ],
    right: [
      onNets(
        'diag tanh′(u) W is ∂h_t/∂h_{t-1}',
        ending({ minT: 1, T: 1 }),
        back(([step], W) => times(diag((step as Step).slope), W)),
      ),
    ],
  }),
]
