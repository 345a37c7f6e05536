/** Text 001, notes on BPTT, RTRL and RFLO: sensitivities and credit taken twice, or for one another. */
import { Matrix } from 'ml-matrix'
import { matmul } from '../../ad/primitives/contraction.ts'
import { atMost, blank, type Erratum, equal, erratum, fits, onNets } from './erratum.ts'
import { flat, nets, one, rows, scaled, standard, stepsOf, summed, times, truth } from './plain.ts'
import {
  backwards,
  byRflo,
  carried,
  creditsThrough,
  doubled,
  elman,
  errorsThrough,
  kept,
  last,
  leaky,
  lengths,
  readoutStep,
  single,
  sizes,
  solved,
  termwise,
  worths,
} from './recursions.ts'

export const text001: readonly Erratum[] = [
  erratum({
    id: '001-1',
    kind: 'misprint',
    quote: String.raw`\mathbf{y}(t)=\mathbf{W}\mathbf{h}(t)`,
    gloss: 'y(t) = W h(t), where W is the recurrent matrix of the line above',
    printed: 'y(t) = W h(t)',
    corrected: 'y(t) = W_out h(t)',
    because: 'W [d, d] is the recurrent matrix; the readout has one of its own, [m, d].',
  }),
  erratum({
    id: '001-2',
    kind: 'misprint',
    quote: String.raw`S_t = f'(W_h h_{t-1} + W_x x_t + b_h) \left( W_h S_{t-1} + \frac{\partial h_t}{\partial W_h} \right)`,
    gloss: "S_t = f'(…)(W_h S_{t-1} + ∂h_t/∂W_h)",
    printed: 'S_t = f′(u_t)(W_h S_{t-1} + ∂h_t/∂W_h)',
    corrected: 'S_t = diag f′(u_t) (W_h S_{t-1} + ∂u_t/∂W_h)',
    because: 'the immediate ∂h_t/∂W_h has f′ in it already; the total one is S_t itself.',
    figures: [
      { of: 'S₃ as printed', digits: '0.2096', value: () => last(doubled(standard)) },
      { of: 'S₃', digits: '0.2740', value: () => last(single(standard)) },
    ],
    wrong: [
      onNets('the sensitivity recursion computes ∂L/∂W_h', elman, net => [
        errorsThrough(net, doubled(net)),
        truth(net),
      ]),
    ],
    right: [
      onNets('the sensitivity recursion computes ∂L/∂W_h', elman, net => [errorsThrough(net, single(net)), truth(net)]),
    ],
  }),
  erratum({
    id: '001-3',
    kind: 'misprint',
    quote: String.raw`\frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} \frac{\partial L}{\partial h_t} S_t`,
    gloss: '∂L/∂W_h = Σ_t ∂L/∂h_t S_t',
    printed: '∂L/∂W_h = Σ_t ∂L/∂h_t S_t',
    corrected: '∂L/∂W_h = Σ_t ∂L_t/∂h_t S_t',
    because: 'S_t has the past in it and ∂L/∂h_t the future: a pair of times far apart is counted often.',
    figures: [
      { of: 'as printed', digits: '0.295442', value: () => creditsThrough(standard, ({ P }) => P)[0] as number },
      { of: 'true ∂L/∂w', digits: '0.144946', value: () => truth(standard)[0] as number },
    ],
    wrong: [onNets('Σ_t ∂L/∂h_t S_t is ∂L/∂W_h', elman, net => [creditsThrough(net, ({ P }) => P), truth(net)])],
    right: [
      onNets('Σ_t ∂L_t/∂h_t S_t is ∂L/∂W_h', elman, net => [
        errorsThrough(
          net,
          stepsOf(net).map(({ P }) => P),
        ),
        truth(net),
      ]),
    ],
  }),
  erratum({
    id: '001-4',
    kind: 'misprint',
    quote: String.raw`\frac{\partial \mathcal{L}}{\partial \mathbf{h}_t}=\frac{\partial \mathcal{L}}{\partial \mathbf{h}_t}\frac{\partial \mathbf{h}_{t+1}}{\partial \mathbf{h}_t}+\frac{\partial \mathcal{L}_t}{\partial \mathbf{h}_t}`,
    gloss: '∂L/∂h_t = ∂L/∂h_t ∂h_{t+1}/∂h_t + ∂L_t/∂h_t; the line above it has the same',
    printed: '∂L/∂h_t = ∂L/∂h_t ∂h_{t+1}/∂h_t + ∂L_t/∂h_t',
    corrected: '∂L/∂h_t = ∂L/∂h_{t+1} ∂h_{t+1}/∂h_t + ∂L_t/∂h_t',
    because: 'what comes back from the next state is the credit of the next state.',
    figures: [
      { of: 'solved as printed at t = 2', digits: '-0.2665', value: solved },
      { of: 'true ∂L/∂h₂', digits: '0.1210', value: () => one(worths(standard)[1] as Matrix) },
    ],
    wrong: [onNets('the true ∂L/∂h_t is ∂L/∂h_t J_{t+1} + ∂L_t/∂h_t', nets({ minT: 2 }), net => backwards(net, 0))],
    right: [onNets('the true ∂L/∂h_t is ∂L/∂h_{t+1} J_{t+1} + ∂L_t/∂h_t', nets({ minT: 2 }), net => backwards(net, 1))],
  }),
  erratum({
    id: '001-5',
    kind: 'misprint',
    quote: String.raw`\frac{\partial L}{\partial W_h} = \sum_{t=1}^{T} \delta_t \frac{\partial h_t}{\partial W_h} … S_t = \frac{\partial h_t}{\partial W_h}`,
    gloss: '∂L/∂W_h = Σ_t δ_t ∂h_t/∂W_h … S_t = ∂h_t/∂W_h',
    printed: '∂L/∂W_h = Σ_t δ_t ∂h_t/∂W_h, and S_t = ∂h_t/∂W_h below',
    corrected: '∂L/∂W_h = Σ_t δ_t B_t, B_t = ∂h_t/∂W_h with h_{t-1} held',
    because: 'one symbol stands for two things: BPTT needs the immediate derivative, S_t is the total one.',
    figures: [
      { of: 'with S_t', digits: '0.295442', value: () => creditsThrough(standard, ({ P }) => P)[0] as number },
      { of: 'with B_t', digits: '0.144946', value: () => creditsThrough(standard, ({ B }) => B)[0] as number },
    ],
    wrong: [
      onNets('Σ_t δ_t ∂h_t/∂W_h is ∂L/∂W_h with the symbol as S_t defines it', elman, net => [
        creditsThrough(net, ({ P }) => P),
        truth(net),
      ]),
    ],
    right: [onNets('Σ_t δ_t B_t is ∂L/∂W_h', elman, net => [creditsThrough(net, ({ B }) => B), truth(net)])],
  }),
  erratum({
    id: '001-6',
    kind: 'misprint',
    quote: String.raw`RFLOに記載 … \Delta \mathbf{W}_{\textrm{rec}} = \frac{\eta}{T} \sum_{t=1}^T \mathbf{W}_{\textrm{out}}^\top \epsilon(t) \frac{\partial h(t)}{\partial \mathbf{W}_{\textrm{rec}}}`,
    gloss: 'as the paper on RFLO has it … ΔW_rec = (η/T) Σ_t W_outᵀ ε(t) ∂h(t)/∂W_rec',
    printed: 'ΔW_rec = (η/T) Σ_t W_outᵀ ε(t) ∂h(t)/∂W_rec',
    corrected: 'ΔW_rec,ab = (η/T) Σ_t Σ_j (ε(t)ᵀ W_out)_j ∂h_j(t)/∂W_ab',
    because: '(d × 1)(d × d × d) does not fit. RFLO itself is [B ε]_a p_ab, with no sum over j.',
    wrong: [
      fits('W_outᵀ ε ∂h/∂W_rec is a product, of the size of W_rec', sizes, ({ d, m }) => ({
        product: () => matmul(matmul(blank(d, m), blank(m, 1)), blank(d, d * d)),
        wanted: [1, d * d],
      })),
    ],
    right: [
      fits('εᵀ W_out ∂h/∂W_rec is a product, of the size of W_rec', sizes, ({ d, m }) => ({
        product: () => matmul(matmul(blank(1, m), blank(m, d)), blank(d, d * d)),
        wanted: [1, d * d],
      })),
      onNets('Σ_t εᵀ W_out ∂h/∂W_rec, ε = y* - y, is -∂L/∂W_rec', nets({ m: 2 }), net => [
        flat(summed(stepsOf(net), ({ miss, P }) => times(scaled(-1, miss).transpose(), rows(net.params.W_out), P))),
        truth(net).map(g => -g),
      ]),
    ],
  }),
  erratum({
    id: '001-7',
    kind: 'misprint',
    quote: String.raw`RFRO (Random feedback local online learning) … + \frac{1}{\tau} \underset{k}{ \left (\sum \right ) } \phi^{\prime} (u_{j} (t ) ) W_{j k} \frac{\partial h_{k} (t - 1 )}{\partial W_{a b}}`,
    gloss: 'under the heading RFRO, that is RFLO: … + (1/τ) (Σ) φ′(u_j(t)) W_jk ∂h_k(t-1)/∂W_ab',
    printed: 'RFLO: ∂h_j/∂W_ab = (1 - α) ∂h_j/∂W_ab + α δ_ja φ′(u_a) h_b + α Σ_k φ′(u_j) W_jk ∂h_k/∂W_ab',
    corrected: 'RFLO: p_ab = (1 - α) p_ab + α φ′(u_a) h_b; the recursion printed is that of RTRL',
    because: 'the third term is what RFLO leaves out. "(Σ) under k" is Σ_k.',
    figures: [
      {
        of: 'P₃ with the third term less P₃ without',
        digits: '0.1764',
        value: () => last(termwise(standard, true)) - last(termwise(standard, false)),
      },
      {
        of: 'the same of the gradient',
        digits: '0.1505',
        value: () => (truth(standard)[0] as number) - (byRflo(standard)[0] as number),
      },
    ],
    wrong: [
      onNets('the recursion of three terms is RFLO', leaky, net => [
        errorsThrough(net, termwise(net, true)),
        byRflo(net),
      ]),
    ],
    right: [
      onNets('the recursion of two terms is RFLO', leaky, net => [
        errorsThrough(net, termwise(net, false)),
        byRflo(net),
      ]),
      onNets('the recursion of three terms is RTRL: it computes ∂L/∂W', leaky, net => [
        errorsThrough(net, termwise(net, true)),
        truth(net),
      ]),
    ],
  }),
  erratum({
    id: '001-8',
    kind: 'hypothesis',
    quote: '| メモリ使用量 | 長期依存を扱う場合多い | 少ない（即時更新） |',
    gloss: 'memory: BPTT, much for long dependencies; RTRL, little (immediate updates)',
    printed: 'RTRL needs little memory, BPTT much',
    corrected: "RTRL's memory is O(d³) whatever T is, BPTT's O(Td): less only where T > d²",
    because: 'S_t has a number for every unit and every weight.',
    figures: [
      { of: 'RTRL at d = 100', digits: '1000000', value: () => carried(100) },
      { of: 'BPTT at d = 100, T = 100', digits: '10000', value: () => kept(100, 100) },
    ],
    wrong: [
      atMost(
        'RTRL carries no more numbers than BPTT keeps',
        lengths,
        ({ d, T }) => carried(d) - kept(d, T),
        ({ d, T }) => `d=${d} T=${T}\nRTRL ${carried(d)}\nBPTT ${kept(d, T)}`,
      ),
    ],
    right: [
      equal('RTRL carries d³ numbers at every step, BPTT keeps d a step', nets({ T: 5 }), net => {
        const [steps, d] = [stepsOf(net), net.params.h0.length]
        return [
          [...steps.map(({ P }) => P.size), summed(steps, ({ after }) => new Matrix([[after.size]])).get(0, 0)],
          [...steps.map(() => carried(d)), kept(d, steps.length)],
        ]
      }),
    ],
  }),
  erratum({
    id: '001-9',
    kind: 'hypothesis',
    quote: String.raw`\Delta \mathbf{W}_{\textrm{out}} = \frac{\eta}{T} \sum_{t=1}^T \epsilon(t) h(t)^\top`,
    gloss: 'ΔW_out = (η/T) Σ_t ε(t) h(t)ᵀ; ε is not defined',
    printed: 'ΔW_out = +(η/T) Σ_t ε(t) h(t)ᵀ, with the error y - y* for ε',
    corrected: 'the same with ε = y* - y (⊙ g′), for L = (1/2T) Σ_t ‖y - y*‖²',
    because: 'the sign of the update hangs on the sign of ε, and η/T on the mean in L.',
    wrong: [onNets('the update of W_out with ε = y - y* goes down the gradient', nets({ m: 2 }), readoutStep(1))],
    right: [onNets('the update of W_out with ε = y* - y goes down the gradient', nets({ m: 2 }), readoutStep(-1))],
  }),
]
