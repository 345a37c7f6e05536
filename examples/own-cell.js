// A cell is one function, or one line of text. Its derivatives are found, so every rule and every engine serves it
// at once. Here the input multiplies what is remembered: multiplicative integration (Wu et al. 2016).
import { add, dense, matvec, mul, tanh, tensor } from 'janusgrad/ad'
import { cell, example, gradientBy, halfSquaredError, network, params, rng } from 'janusgrad/nets'
import { credit, fpbptt, influence, snap, sparsity, uoro } from 'janusgrad/rules'
import { cell as written } from 'janusgrad/symbols'

const layout = { params: { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] }, state: { h: ['d'] } }
const code = cell(layout, (θ, s, x) => ({ h: tanh(add(mul(matvec(θ.W, s.h), matvec(θ.V, x)), θ.b)) }))
const text = written('h = tanh((W*h) .* (V*x) + b)')

const net = network(code, { d: 5, n: 2, m: 1 }, halfSquaredError())
const θ = params(net, rng(1))
θ.cell.b.data.fill(0.5) // without a bias a product of zeros would stay zero
const steps = Array.from({ length: 20 }, (_, t) => example(tensor([Math.sin(t), 1]), tensor([Math.cos(t)])))

const by = (rule, of = net, engine = 'eager') => gradientBy(engine, rule)(of)(θ, steps).gradient.data
const exact = by(credit)
const length = g => Math.hypot(...g)
const report = (name, g) => {
  const off = length(g.map((x, i) => x - exact[i])) / length(exact)
  console.log(`${name.padEnd(28)}${off < 1e-12 ? 'the gradient' : `${(100 * off).toFixed(0)}% off`}`)
}
report('BPTT', exact)
report('RTRL', by(influence(dense)))
report('FP-BPTT(4)', by(fpbptt(4)))
report('RTRL, compiled', by(influence(dense), net, 'compiled'))
report('BPTT of the text', by(credit, { ...net, cell: text }))
report('SnAp-1', by(snap(1, sparsity(net))))
report('UORO, one draw', by(uoro()))

/* prints
BPTT                        the gradient
RTRL                        the gradient
FP-BPTT(4)                  the gradient
RTRL, compiled              the gradient
BPTT of the text            the gradient
SnAp-1                      62% off
UORO, one draw              206% off
*/
