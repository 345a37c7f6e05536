// UORO remembers one column and one row, mixed by random signs. No draw says the gradient; the mean over all of them
// does, and here all of them are asked: 2 units, 3 steps, 64 draws.
import { tensor, toValue } from 'janusgrad/ad'
import {
  estimates,
  example,
  halfSquaredError,
  leaky,
  network,
  params,
  rng,
  signsOf,
  total,
  unroll,
} from 'janusgrad/nets'
import { rtrl, uoro } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 2, n: 1, m: 1 }, halfSquaredError())
const steps = [0.5, -1, 2].map(x => example(tensor([x]), tensor([0.1])))
const run = unroll(net)(params(net, rng(1)), steps)

const exact = toValue(total(rtrl)(run)).data
const said = estimates(uoro())(run, signsOf([3, 2])) // [64, |θ|]
const draws = Array.from({ length: 64 }, (_, i) => said.data.slice(i * exact.length, (i + 1) * exact.length))
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
one draw                           122% off at best,  411% at worst
mean over signs of step 1           70% off
mean over signs of steps 1 and 2    12% off
mean over signs of all steps         0% off
*/
