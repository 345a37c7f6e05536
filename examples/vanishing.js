// How much of a perturbation of h_0 is left in h_30: the largest singular value of J_30 … J_1. Tanh networks shrink it
// unless they are near chaos; an LSTM keeps it by the bias of its forget gates.
import { halfSquaredError, leaky, lstm, network, sequence, unroll } from 'janusgrad'
import { initial, rng, spectrum, withInitialisers } from 'janusgrad/nets'

const noise = rng(2)
const draws = () => Array.from({ length: 30 }, noise.normal)
const data = sequence(draws(), draws())

const orthogonal = gain => withInitialisers(leaky(), { W_rec: initial.orthogonal(gain) })
const tanhs = [0.5, 0.9, 1.1, 1.5, 2, 3].map(gain => [`tanh, gain ${gain}`, orthogonal(gain)])
const lstms = [0, 1, 2, 3].map(forgetBias => [`LSTM, forget bias ${forgetBias}`, lstm({ forgetBias })])

for (const [name, cell] of [...tanhs, ...lstms]) {
  const net = network(cell, { d: 16, n: 1, m: 1 }, halfSquaredError())
  const { singular } = spectrum(unroll(net)(net.init(1), data)) // logarithms, largest first
  const power = singular.at(-1)[0] / Math.LN10
  const bar = '█'.repeat(Math.round(Math.abs(2 * power)))
  const picture = power < 0 ? `${bar.padStart(24)}|` : `${' '.repeat(24)}|${bar}`
  console.log(`${name.padEnd(20)}10^${power.toFixed(1).padStart(5)}  ${picture}`)
}

/* prints
tanh, gain 0.5      10^-10.8    ██████████████████████|
tanh, gain 0.9      10^ -4.5                 █████████|
tanh, gain 1.1      10^ -2.5                     █████|
tanh, gain 1.5      10^  0.4                          |█
tanh, gain 2        10^  1.3                          |███
tanh, gain 3        10^  3.9                          |████████
LSTM, forget bias 0 10^ -5.1                ██████████|
LSTM, forget bias 1 10^ -1.4                       ███|
LSTM, forget bias 2 10^  0.5                          |█
LSTM, forget bias 3 10^  1.2                          |██
*/
