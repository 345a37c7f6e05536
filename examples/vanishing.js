// How much of a change of h_0 is left in h_30: the largest singular value of J_30 … J_1. Tanh networks shrink it
// unless they are near chaos; an LSTM keeps it by the bias of its forget gates.
import {
  example,
  halfSquaredError,
  initial,
  leaky,
  lstm,
  network,
  params,
  rng,
  spectrum,
  unroll,
  withInitialisers,
} from 'janusgrad/nets'

const noise = rng(2)
const draw = () => noise.draw({ law: 'normal', shape: [1] })
const steps = Array.from({ length: 30 }, () => example(draw(), draw()))

const tanhs = [0.5, 0.9, 1.1, 1.5, 2, 3].map(g => [
  `tanh, gain ${g}`,
  withInitialisers(leaky(), { W_rec: initial.orthogonal(g) }),
])
const lstms = [0, 1, 2, 3].map(forget => [`LSTM, forget bias ${forget}`, lstm({ forget })])

for (const [name, cell] of [...tanhs, ...lstms]) {
  const net = network(cell, { d: 16, n: 1, m: 1 }, halfSquaredError())
  const logs = spectrum(unroll(net)(params(net, rng(1)), steps)).singular.at(-1)
  const power = logs[0] / Math.LN10
  const bar = '█'.repeat(Math.round(Math.abs(2 * power)))
  const picture = power < 0 ? `${bar.padStart(24)}|` : `${' '.repeat(24)}|${bar}`
  console.log(`${name.padEnd(20)}10^${power.toFixed(1).padStart(5)}  ${picture}`)
}

/* prints
tanh, gain 0.5      10^-11.0    ██████████████████████|
tanh, gain 0.9      10^ -4.3                 █████████|
tanh, gain 1.1      10^ -2.4                     █████|
tanh, gain 1.5      10^ -0.5                         █|
tanh, gain 2        10^  1.2                          |██
tanh, gain 3        10^  2.9                          |██████
LSTM, forget bias 0 10^ -5.1                ██████████|
LSTM, forget bias 1 10^ -1.5                       ███|
LSTM, forget bias 2 10^  0.3                          |█
LSTM, forget bias 3 10^  1.1                          |██
*/
