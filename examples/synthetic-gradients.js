// Windows of 5 steps, each promised the credit that the next would have sent it (Jaderberg et al. 2017). Promised
// the truth, they are BPTT; a guesser that learns goes from truncated BPTT, which promises nothing, towards that.
import { pull, tensor, toValue, walk, windowed } from 'janusgrad'
import { example, forwards, halfSquaredError, leaky, network, params, rng, total, unroll } from 'janusgrad/nets'
import { bootstrappedCredit, bptt, deltas, dni } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 4, n: 1, m: 1 }, halfSquaredError())
const wave = Array.from({ length: 60 }, (_, t) => example(tensor([Math.sin(t / 3)]), tensor([Math.sin((t - 4) / 3)])))
const run = unroll(net)(params(net, rng(1)), wave)

const said = method => toValue(total(method)(run)).data
const exact = said(bptt)
const length = g => Math.hypot(...g)
const off = rule => length(said(forwards(rule)).map((x, i) => x - exact[i])) / length(exact)
const show = (name, x) =>
  console.log(`${name.padEnd(22)}${(100 * x).toFixed(1).padStart(5)}%  ${'█'.repeat(100 * x)}`.trimEnd())

const worth = deltas(run) // ∂L/∂h_t with the losses from t on
const sent = new Map(run.slice(1).map((now, t) => [now.before, pull(now.recurrent, worth[t + 1])]))
const windows = windowed({ every: 5, reach: 5, clipped: true })
show('promised the truth', off(windows(bootstrappedCredit(h => sent.get(h) ?? worth.at(-1)))))

let begin
for (let pass = 0; pass <= 64; pass++) {
  const rule = dni.future({ every: 5, lr: 0.1, begin })
  if ([0, 1, 4, 16, 64].includes(pass)) show(`guessed, after ${pass} runs`, off(dni.future({ every: 5, lr: 0, begin })))
  begin = [...walk(rule)(run)].at(-1)[1].ψ
}

/* prints
promised the truth      0.0%
guessed, after 0 runs  30.0%  ██████████████████████████████
guessed, after 1 runs  15.8%  ███████████████
guessed, after 4 runs   6.5%  ██████
guessed, after 16 runs  2.7%  ██
guessed, after 64 runs  1.9%  █
*/
