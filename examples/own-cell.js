// A cell is one function, or one line of text. Its derivatives are found, so every rule and every engine serves it
// at once. Here the input multiplies the recurrent term: multiplicative integration (Wu et al. 2016).
import { add, alignment, distance, matvec, mul, tanh } from 'janusgrad/ad'
import { cell, gradient, halfSquaredError, network, sequence } from 'janusgrad/nets'
import { bptt, fpbptt, rtrl, snap, uoro } from 'janusgrad/rules'
import { cell as written } from 'janusgrad/symbols'

const layout = { params: { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] }, state: { h: ['d'] } }
const code = cell(layout, (θ, { h }, x) => ({ h: tanh(add(mul(matvec(θ.W, h), matvec(θ.V, x)), θ.b)) }))
const text = written('h = tanh((W*h) .* (V*x) + b)')

const [inCode, inText] = [code, text].map(cell => network(cell, { d: 5, n: 2, m: 1 }, halfSquaredError()))
const θ = inCode.init(1)
θ.cell.b.data.fill(0.5) // without a bias a product of zeros would stay zero
const times = Array.from({ length: 20 }, (_, t) => t)
const data = sequence(
  times.map(t => [Math.sin(t), 1]),
  times.map(t => Math.cos(t)),
)

const exact = gradient(bptt, inCode)(θ, data)
const report = (name, g) => {
  const isExact = distance(g, exact) < 1e-12
  console.log(`${name.padEnd(20)}${isExact ? 'the gradient' : `at a cosine of ${alignment(g, exact).toFixed(2)}`}`)
}
report('BPTT', exact)
report('BPTT of the text', gradient(bptt, inText)(θ, data))
report('RTRL', gradient(rtrl, inCode)(θ, data))
report('RTRL, not compiled', gradient(rtrl, inCode, { engine: 'eager' })(θ, data))
report('FP-BPTT(4)', gradient(fpbptt({ k: 4 }), inCode)(θ, data))
report('SnAp-1', gradient(snap(), inCode)(θ, data))
report('UORO, one draw', gradient(uoro(), inCode)(θ, data))

/* prints
BPTT                the gradient
BPTT of the text    the gradient
RTRL                the gradient
RTRL, not compiled  the gradient
FP-BPTT(4)          the gradient
SnAp-1              at a cosine of 0.79
UORO, one draw      at a cosine of 0.67
*/
