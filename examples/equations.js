// A cell from one line of text: its equations under RFLO, derived from the traced program, what RFLO drops struck
// through. Followed by hand in plain numbers they give what the rule gives.
import { gradient, halfSquaredError, network, rflo, sequence, tensor } from 'janusgrad'
import { cell, derive } from 'janusgrad/symbols'

const text = 'h = h/2 + tanh(W*h + V*x)'
console.log(derive(text, { rule: 'rflo' }).split('\n\n').slice(1, 4).join('\n'))

const net = network(cell(text), { d: 2, n: 1, m: 1 }, halfSquaredError())
const θ = net.init(1)
const B = [0.5, -1]
const xs = [1, -0.5, 2]
const feedback = tensor([[B[0]], [B[1]]])
const byRule = gradient(rflo({ feedback }), net)(θ, sequence(xs, [0.1, 0.1, 0.1])).cell.W.data

const [W, V, W_out] = [θ.cell.W, θ.cell.V, θ.readout.W_out].map(({ data }) => data)
const byHand = [0, 0, 0, 0]
let h = [0, 0]
let P = [0, 0, 0, 0] // of W[a, j] at 2 a + j
for (const x of xs) {
  const u = [0, 1].map(a => W[2 * a] * h[0] + W[2 * a + 1] * h[1] + V[a] * x)
  P = P.map((p, i) => p / 2 + (1 - Math.tanh(u[i >> 1]) ** 2) * h[i % 2])
  h = h.map((before, a) => before / 2 + Math.tanh(u[a]))
  const ε = W_out[0] * h[0] + W_out[1] * h[1] - 0.1
  P.forEach((p, i) => {
    byHand[i] += ε * B[i >> 1] * p
  })
}
const show = g => [...g].map(x => x.toFixed(4).padStart(9)).join('')
console.log(`∂L/∂W   the rule${show(byRule)}\n        by hand ${show(byHand)}`)

/* prints
forward
  uₜ = W hₜ₋₁ + V xₜ
  hₜ = hₜ₋₁ / 2 + tanh(uₜ)
  vₜ = W_out hₜ + b_out   (what the loss is taken of)
the step linearised
  Dₜ     = diag(1 - tanh(uₜ)²)
  Jᵒʷⁿₜ  = (1 / 2) I + D̶ₜ̶ ̶W̶
  ∂hₜ/∂W = Dₜ ⊗ hₜ₋₁ᵀ
  ∂hₜ/∂V = Dₜ ⊗ xₜᵀ
  δ̃ₜ     = εₜ W_out
  P̃ₜ: the slopes of the state by the parameters side by side, the state before
    held
rflo
  P₀    = 0
  Pₜ    = (1 / 2) Pₜ₋₁ + P̃ₜ + D̶ₜ̶ ̶W̶ ̶P̶ₜ̶₋̶₁̶
  ∂L/∂θ ≈ Σₜ (εₜ Bᵀ Pₜ + δ̶̃ₜ̶ ̶P̶ₜ̶)
  B: the feedback, given: a row for each unit, a column for each output
∂L/∂W   the rule   0.0083  -0.0119  -0.0734   0.0968
        by hand    0.0083  -0.0119  -0.0734   0.0968
*/
