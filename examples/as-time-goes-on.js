// Rules that face the past learn online: an update at every step, and no run kept. This network is to output its input
// of two steps ago, and the more of the influence of its weights a rule keeps, the sooner it learns that.
import { halfSquaredError, leaky, network, rng, sequence, sgd, train } from 'janusgrad'
import { bptt, kfrtrl, rflo, rtrl, sliding, uoro } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 8, n: 1, m: 1 }, halfSquaredError())
const coins = Array.from({ length: 4000 }, rng(3).sign)
const data = sequence(coins, [0, 0, ...coins.slice(0, -2)])

const rules = {
  RTRL: rtrl,
  'KF-RTRL': kfrtrl(),
  UORO: uoro(),
  RFLO: rflo(),
  'no past at all': sliding({ k: 1 })(bptt),
}
const mean = xs => xs.reduce((a, b) => a + b, 0) / xs.length

console.log('mean loss of steps  … 1000  … 2000  … 3000  … 4000   (0.5: output 0)')
for (const [name, rule] of Object.entries(rules)) {
  const steps = train(rule, net, { optimiser: sgd({ lr: 0.03 }) })(net.init(1), data)
  const losses = Array.from(steps, ({ loss }) => loss)
  const means = [0, 1000, 2000, 3000].map(from => mean(losses.slice(from, from + 1000)))
  console.log(name.padEnd(18) + means.map(x => x.toFixed(2).padStart(8)).join(''))
}

/* prints
mean loss of steps  … 1000  … 2000  … 3000  … 4000   (0.5: output 0)
RTRL                  0.29    0.07    0.00    0.00
KF-RTRL               0.29    0.11    0.01    0.00
UORO                  0.31    0.28    0.06    0.00
RFLO                  0.33    0.29    0.28    0.21
no past at all        0.34    0.33    0.37    0.36
*/
