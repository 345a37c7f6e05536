// UORO keeps one column and one row, mixed by random signs. No draw gives the gradient; the mean over all of them does:
// with 2 units and 3 steps there are 64.
import { halfSquaredError, leaky, network, rtrl, sequence, total, toValue, unroll, uoro } from 'janusgrad'
import { estimates, signsOf } from 'janusgrad/nets'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const run = unroll(net)(net.init(1), sequence([0.5, -1, 2], [0.1, 0.1, 0.1]))

const exact = toValue(total(rtrl)(run)).data
const estimated = estimates(uoro())(run, signsOf([3, 2])) // [64, |θ|]; the signs of step 3 are drawn after all is emitted
const draws = Array.from({ length: 64 }, (_, i) => estimated.data.slice(i * exact.length, (i + 1) * exact.length))
const length = g => Math.hypot(...g)
const off = g => length(g.map((x, i) => x - exact[i])) / length(exact)
const percent = x => `${(100 * x).toFixed(0).padStart(4)}%`

const offs = draws.map(off).sort((a, b) => a - b)
console.log(`${'one draw'.padEnd(34)}${percent(offs[0])} off at best, ${percent(offs[63])} at worst`)
const means = { 'of step 1': 4, 'of steps 1 and 2': 16, 'of all steps': 64 } // the first n draws differ in these alone
for (const [which, n] of Object.entries(means)) {
  const mean = exact.map((_, i) => draws.slice(0, n).reduce((all, g) => all + g[i], 0) / n)
  console.log(`${`mean over signs ${which}`.padEnd(34)}${percent(off(mean))} off`)
}

/* prints
one draw                            45% off at best,  139% at worst
mean over signs of step 1           27% off
mean over signs of steps 1 and 2     0% off
mean over signs of all steps         0% off
*/
