// A rule is a machine over moments: what it begins with, and one step, from what it remembers to what it says. This
// one forgets all but the instant. The cosine with the gradient shows who stays close as the past comes to matter.
import { dense, error, initial, pull, toValue, withInitialisers } from 'janusgrad'
import { example, forwards, halfSquaredError, leaky, network, params, rng, total, unroll } from 'janusgrad/nets'
import { bptt, eprop, influence, sliding, snap, sparsity } from 'janusgrad/rules'

const myopic = { init: () => null, step: (_, now) => [pull(now.immediate, error(now)), null] }

const netOf = gain => {
  const cell = withInitialisers(leaky({ alpha: 0.5 }), { W_rec: initial.orthogonal(gain) })
  return network(cell, { d: 8, n: 1, m: 1 }, halfSquaredError())
}
const noise = rng(2)
const draw = () => noise.draw({ law: 'normal', shape: [1] })
const steps = Array.from({ length: 30 }, () => example(draw(), draw()))

const gains = [0.1, 0.5, 1, 1.5]
const runs = gains.map(gain => unroll(netOf(gain))(params(netOf(gain), rng(1)), steps))
const said = method => runs.map(run => toValue(total(method)(run)).data)
const exact = said(bptt)
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0)
const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

const snap1 = snap(1, sparsity(netOf(1)))
const rules = { myopic, 'sliding(3)': sliding(3), 'e-prop': eprop(), 'SnAp-1': snap1, RTRL: influence(dense) }
console.log(`W_rec of length ${gains.map(g => String(g).padStart(7)).join('')}`)
for (const [name, rule] of Object.entries(rules)) {
  const cosines = said(forwards(rule)).map((g, i) => cosine(g, exact[i]))
  console.log(name.padEnd(16) + cosines.map(c => c.toFixed(3).padStart(7)).join(''))
}

/* prints
W_rec of length     0.1    0.5      1    1.5
myopic            0.872  0.794  0.405  0.167
sliding(3)        0.985  0.918  0.554  0.242
e-prop            0.997  0.899  0.453  0.132
SnAp-1            0.998  0.912  0.537  0.234
RTRL              1.000  1.000  1.000  1.000
*/
