// A rule is a fold over timesteps: where its memory begins, and a step that gives a gradient and the next memory. This
// one keeps nothing of the past: its cosine with BPTT, beside those of four others, as recurrence grows.
import { alignment, error, gradient, halfSquaredError, initial, leaky, network, pull, rng, rule } from 'janusgrad'
import { sequence, withInitialisers } from 'janusgrad/nets'
import { bptt, eprop, rtrl, sliding, snap } from 'janusgrad/rules'

const myopic = rule({
  name: 'myopic',
  faces: 'past',
  init: () => null,
  step: (_, now) => [pull(now.immediate, error(now)), null],
})

const noise = rng(2)
const draws = () => Array.from({ length: 30 }, noise.normal)
const data = sequence(draws(), draws())

const gains = [0.1, 0.5, 1, 1.5]
const nets = gains.map(gain => {
  const cell = withInitialisers(leaky({ alpha: 0.5 }), { W_rec: initial.orthogonal(gain) })
  return network(cell, { d: 8, n: 1, m: 1 }, halfSquaredError())
})
const by = (rule, net) => gradient(rule, net)(net.init(1), data).cell

const rules = { myopic, 'sliding(3)': sliding({ k: 3 })(bptt), 'e-prop': eprop(), 'SnAp-1': snap(), RTRL: rtrl }
console.log(`gain of W_rec   ${gains.map(g => String(g).padStart(7)).join('')}`)
for (const [name, rule] of Object.entries(rules)) {
  const cosines = nets.map(net => alignment(by(rule, net), by(bptt, net)))
  console.log(name.padEnd(16) + cosines.map(c => c.toFixed(3).padStart(7)).join(''))
}

/* prints
gain of W_rec       0.1    0.5      1    1.5
myopic            0.976  0.938  0.710  0.520
sliding(3)        0.997  0.981  0.843  0.681
e-prop            0.999  0.959  0.717  0.536
SnAp-1            0.999  0.967  0.747  0.597
RTRL              1.000  1.000  1.000  1.000
*/
