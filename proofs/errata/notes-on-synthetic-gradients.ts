/** Text 004, notes on synthetic gradients and accumulate BP(λ): the order of its steps, its signs, its ends and its claims. */
import { matmul } from '../../ad/primitives/contraction.ts'
import {
  climbed,
  counts,
  credited,
  example,
  firstCredit,
  guesses,
  halved,
  increments,
  influenced,
  ofInput,
  onePass,
  pair,
  read,
  regression,
  returns,
  right,
  ruled,
  shown,
  single,
  sizes,
  slopeOfFirst,
  wholly,
} from './accumulate-bplambda.ts'
import { atMost, blank, type Erratum, equal, erratum, fits, onNets } from './erratum.ts'
import { flat, futureOf, immediate, nets, stepsOf, summed, times, truth } from './plain.ts'

export const text004: readonly Erratum[] = [
  erratum({
    id: '004-1',
    kind: 'misprint',
    quote: String.raw`\partial h \leftarrow \frac{\partial h'}{\partial h} … e \leftarrow \gamma\lambda\,\partial h\,e + \nabla_\theta g(h; \theta)`,
    gloss: "step 2: ∂h ← ∂h'/∂h … step 4: e ← γλ ∂h e + ∇g(h; θ)",
    printed: '∂h ← J_t, then e ← γλ ∂h e + ∇g(h_{t-1})',
    corrected: 'e ← γλ ∂h e + ∇g(h_{t-1}) with ∂h = J_{t-1}, then ∂h ← J_t: step 4 before step 2',
    because:
      'e is about h_{t-1}, so what is carried to it goes through J_{t-1}. ∂h ← 0 at the start shows that this was meant.',
    figures: [
      ...pair('corrected, g = .3h - .2', ['0.1667', '1.0024'], () => increments(example, right)),
      ...pair('BPTT-target regression', ['0.1667', '1.0024'], () => regression(example)),
      ...pair('as printed', ['0.0718', '0.7164'], () => increments(example, { ...right, trace: 'new' })),
    ],
    wrong: [
      equal(
        'with λ = 1 the synthesiser is fitted to the future gradients of BPTT',
        wholly(),
        read({ trace: 'new' }),
        shown,
      ),
    ],
    right: [
      equal('with λ = 1 the synthesiser is fitted to the future gradients of BPTT', wholly(), read({}), shown),
      equal(
        'the steps written out are those of the rule bplambda',
        guesses(),
        guess => [increments(guess, right), ruled(guess)],
        shown,
      ),
    ],
  }),
  erratum({
    id: '004-2',
    kind: 'misprint',
    quote: String.raw`\Psi \leftarrow \Psi + \eta\,\left(\frac{\partial L}{\partial h'} + g(h'; \theta)\right)^\top \frac{\partial h'}{\partial \Psi}`,
    gloss: "Ψ ← Ψ + η(∂L/∂h' + g(h'; θ))ᵀ ∂h'/∂Ψ",
    printed: 'Ψ ← Ψ + η(∂L/∂h′ + g(h′))ᵀ ∂h′/∂Ψ',
    corrected: 'Ψ ← Ψ - η(∂L/∂h′ + g(h′)) ∂h′/∂Ψ',
    because: 'plus goes up the loss. The plus in θ ← θ + αδe is right: δ is target less prediction.',
    figures: [
      { of: 'change of L after a step of .01 as printed, exact g', digits: '0.0079', value: () => climbed(0.01) },
    ],
    wrong: [
      onNets('with exact predictions the update of Ψ goes down the gradient', nets(), net => [
        credited(net),
        truth(net).map(g => -g),
      ]),
    ],
    right: [
      onNets('with exact predictions the update of Ψ goes down the gradient', nets(), net => [
        credited(net).map(g => -g),
        truth(net).map(g => -g),
      ]),
    ],
  }),
  erratum({
    id: '004-3',
    kind: 'misprint',
    quote: String.raw`\delta_t := \left(\frac{\partial L}{\partial h'} + \gamma\,g(h'; \theta)\right)^\top \frac{\partial h'}{\partial h} - g(h; \theta) … \theta \leftarrow \theta + \alpha\,\delta_t^\top e`,
    gloss: "δ_t := (∂L/∂h' + γ g(h'))ᵀ ∂h'/∂h - g(h) … θ ← θ + α δ_tᵀ e",
    printed: 'δ_t = (∂L/∂h′ + γ g(h′))ᵀ J_t - g(h), δ_tᵀ e',
    corrected: 'rows throughout: δ_t = (∂L/∂h′ + γ g(h′)) J_t - g(h), δ_t e',
    because: 'a row less a column; and then the row is transposed once more.',
  }),
  erratum({
    id: '004-4',
    kind: 'misprint',
    quote: String.raw`$\dfrac{\partial h_{t+1}}{\partial W_{in}} = \operatorname{diag}\bigl[1 - \tanh^2(a_t)\bigr] \cdot x_t^\top$`,
    gloss: '∂h_{t+1}/∂W_in = diag[1 - tanh²(a_t)] x_tᵀ; ∂h_{t+1}/∂W_rec likewise',
    printed: '∂h/∂W_in = diag[1 - tanh²(a)] xᵀ',
    corrected: '∂h_j/∂W_ab = (1 - tanh²(a_j)) 1[j = a] x_b, that is diag[1 - tanh²(a)] ⊗ xᵀ',
    because: '(d × d)(1 × n) does not fit for d > 1. The line for b is right.',
    wrong: [
      fits('diag[1 - tanh²] xᵀ is a product, of d rows and d·n columns', sizes, ({ d, n }) => ({
        product: () => matmul(blank(d, d), blank(1, n)),
        wanted: [d, d * n],
      })),
    ],
    right: [
      onNets('(∂L/∂h)(diag[1 - tanh²] ⊗ xᵀ) is ∂L/∂W_in of one step', single, net => [
        flat(summed(stepsOf(net), ({ q, slope, x }) => times(q, immediate(slope, x)))),
        ofInput(net),
      ]),
    ],
  }),
  erratum({
    id: '004-5',
    kind: 'hypothesis',
    quote: String.raw`\left(\frac{\partial L}{\partial h'} + \gamma\,g(h'; \theta)\right)^\top \frac{\partial h'}{\partial h} - g(h; \theta)`,
    gloss: "(∂L/∂h' + γ g(h'; θ))ᵀ ∂h'/∂h - g(h; θ), at every step",
    printed: 'td_T = (q_T + γ g(h_T)) J_T - g(h_{T-1})',
    corrected: 'td_T = q_T J_T - g(h_{T-1}): g(h_T) := 0',
    because: 'nothing follows the last state; without that the target has a prediction at its end.',
    figures: [
      ...pair('as printed', ['0.1724', '1.0221'], () => increments(example, { ...right, end: 'guess' })),
      ...pair('with g(h_T) := 0', ['0.1667', '1.0024'], () => increments(example, right)),
    ],
    wrong: [
      equal(
        'with λ = 1 and a prediction after the last state, the target is that of BPTT',
        wholly(),
        read({ end: 'guess' }),
        shown,
      ),
    ],
    right: [equal('with λ = 1 and 0 after the last state, the target is that of BPTT', wholly(), read({}), shown)],
  }),
  erratum({
    id: '004-6',
    kind: 'misprint',
    quote: String.raw`\delta_t := \left(\frac{\partial L}{\partial h'} + \gamma\,g(h'; \theta)\right)^\top \frac{\partial h'}{\partial h} … \Psi \leftarrow \Psi + \eta\,\left(\frac{\partial L}{\partial h'} + g(h'; \theta)\right)^\top`,
    gloss: "δ_t := (∂L/∂h' + γ g(h'))ᵀ … Ψ ← Ψ + η(∂L/∂h' + g(h'))ᵀ …",
    printed: 'q + γ g in the error of the prediction, q + g in the update of Ψ',
    corrected: 'q + γ g in both',
    because: 'g is trained Σ γ^{k-1} ∂L_{t+k}: one step later it counts γ.',
    figures: [
      {
        of: 'credit of h₁ as printed, γ = .5, exact g',
        digits: '0.3168',
        value: () => (firstCredit(() => 1)(halved)[0][0] as number) / slopeOfFirst(),
      },
      {
        of: 'true ∂(Σ γ^{s-1} L_s)/∂h₁',
        digits: '0.3269',
        value: () => (firstCredit(() => 1)(halved)[1][0] as number) / slopeOfFirst(),
      },
    ],
    wrong: [
      equal(
        'q + g with exact predictions is the gradient of Σ γ^{s-1} L_s',
        guesses(),
        firstCredit(() => 1),
        shown,
      ),
    ],
    right: [
      equal(
        'q + γ g with exact predictions is the gradient of Σ γ^{s-1} L_s',
        guesses(),
        firstCredit(gamma => gamma),
        shown,
      ),
    ],
  }),
  erratum({
    id: '004-7',
    kind: 'hypothesis',
    quote: '将来のすべての損失を反映した完全な勾配（理論的に BPTT と同等）に一致',
    gloss: 'λ = 1: agrees with the full gradient that reflects all future losses (in theory equivalent to BPTT)',
    printed: 'λ = 1: the gradient of the network is that of BPTT',
    corrected: 'λ = 1: the target of the synthesiser is the future gradient of BPTT',
    because: 'what the network gets is a prediction: with θ = 0 and not trained, truncation to one step whatever λ is.',
    wrong: [onNets('with λ = 1 the gradient of W_rec is that of BPTT', nets(), net => [onePass(net), truth(net)])],
    right: [
      equal(
        'with λ = 1 the target of the synthesiser is the future gradient of BPTT',
        wholly(),
        guess => {
          const steps = stepsOf(guess.net)
          return [returns(guess), flat(...steps.map((_, t) => futureOf(guess.net, steps, t, guess.gamma)))]
        },
        shown,
      ),
    ],
  }),
  erratum({
    id: '004-8',
    kind: 'hypothesis',
    quote: 'BPTT の近似を計算的に軽量な形で実現する枠組みである',
    gloss: 'a framework that approximates BPTT in a computationally lightweight form',
    printed: 'accumulate BP(λ) is lightweight',
    corrected: 'for λ = 0; with λ > 0 and a linear synthesiser it costs as much as RTRL',
    because: 'its trace has d · d(d + 1) numbers, and J e takes O(d⁴).',
    figures: [{ of: 'numbers in either at d = 64', digits: '266240', value: () => influenced(64) }],
    wrong: [
      atMost(
        'the trace has fewer numbers than RTRL has for W_rec and b_rec',
        nets({ d: 3 }),
        net => counts(net)[0] - counts(net)[1] + 1,
        net => `d=${net.params.h0.length}\ntrace ${counts(net)[0]}\nRTRL  ${counts(net)[1]}`,
        10,
      ),
    ],
    right: [
      onNets('the trace has as many numbers as RTRL has for W_rec and b_rec', nets({ d: 3 }), net => [
        [counts(net)[0]],
        [counts(net)[1]],
      ]),
    ],
  }),
  erratum({
    id: '004-9',
    kind: 'misprint',
    quote: String.raw`h' \leftarrow f(x_t, h; \Psi),\quad L \leftarrow \mathcal{L}(h', y_t) … h_{t+1} = f(x_t, h_t; \Psi) … \frac{\partial \mathcal{L}_{t+1}}{\partial h_{t+1}}`,
    gloss: "h' ← f(x_t, h; Ψ), L ← 𝓛(h', y_t) … h_{t+1} = f(x_t, h_t; Ψ) … ∂L_{t+1}/∂h_{t+1}",
    printed: 'x_t, y_t and L_t go with h′; later x_t, y_{t+1} and L_{t+1}',
    corrected: 'h_t = f(x_t, h_{t-1}; Ψ), L_t = L(h_t, y_t) throughout',
    because: 'one step has two numberings.',
  }),
  erratum({
    id: '004-10',
    kind: 'misprint',
    quote: String.raw`$\theta$ に関する**パラメータごとのトレース**を更新する`,
    gloss: 'updates the trace of each parameter of θ',
    printed: 'e: a number for each parameter of θ',
    corrected: 'e [d, |θ|]: a number for each unit and parameter',
    because: 'J e mixes the units: a parameter of row a acts on the prediction for every unit later on.',
    wrong: [
      equal(
        'with λ = 1 and a number for each parameter, the target is that of BPTT',
        wholly({ minT: 2 }),
        read({ kept: 'own' }),
        shown,
      ),
    ],
    right: [
      equal(
        'with λ = 1 and a number for each unit and parameter, the target is that of BPTT',
        wholly({ minT: 2 }),
        read({}),
        shown,
      ),
    ],
  }),
  erratum({
    id: '004-11',
    kind: 'wording',
    quote:
      'すべての中間層は前段の勾配情報を待ってから自らのパラメータ更新を行う … 損失に対するパラメータの勾配を予測する',
    gloss:
      'every hidden layer waits for the gradient of the stage before it … predicting the gradient of the parameters with respect to the loss',
    printed: 'the stage before; the gradient of the parameters with respect to the loss',
    corrected: 'the stage after; the gradient of the loss with respect to the parameters',
    because: 'gradients come from the output; and it is the loss that is differentiated.',
  }),
]
