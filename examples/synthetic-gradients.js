// Windows of 5 steps, each given the credit that the next would send back (Jaderberg et al. 2017). With the exact one
// they are BPTT; a synthesiser begins at 0, which is truncated BPTT, and learns to come near.
import { halfSquaredError, leaky, network, pull, scan, sequence, total, toValue, unroll } from 'janusgrad'
import { bootstrappedCredit, bptt, chunked, deltas, dniFuture } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 4, n: 1, m: 1 }, halfSquaredError())
const wave = Array.from({ length: 64 }, (_, t) => Math.sin((t - 4) / 3))
const run = unroll(net)(net.init(1), sequence(wave.slice(4), wave.slice(0, -4)))

const by = rule => toValue(total(rule)(run)).data
const exact = by(bptt)
const length = g => Math.hypot(...g)
const off = rule => length(by(rule).map((x, i) => x - exact[i])) / length(exact)
const show = (name, x) =>
  console.log(`${name.padEnd(22)}${(100 * x).toFixed(1).padStart(5)}%  ${'█'.repeat(100 * x)}`.trimEnd())

const credit = deltas(run) // ∂L/∂h_t of the losses from t on
const sent = new Map(run.slice(1).map((now, t) => [now.before, pull(now.jacobian, credit[t + 1])]))
show('exact credit', off(chunked({ k: 5 })(bootstrappedCredit(h => sent.get(h) ?? credit.at(-1)))))

let begin
for (let pass = 0; pass <= 64; pass++) {
  if ([0, 1, 4, 16, 64].includes(pass)) show(`synthetic, ${pass} runs`, off(dniFuture({ every: 5, lr: 0, begin })))
  const [, memory] = [...scan(dniFuture({ every: 5, lr: 0.1, begin }))(run)].at(-1)
  begin = memory.ψ
}

/* prints
exact credit            0.0%
synthetic, 0 runs      30.0%  ██████████████████████████████
synthetic, 1 runs      15.8%  ███████████████
synthetic, 4 runs       6.5%  ██████
synthetic, 16 runs      2.7%  ██
synthetic, 64 runs      1.9%  █
*/
