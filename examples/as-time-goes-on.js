// Rules that face the past learn while the data comes, with an update at every step and no run kept. Here a network
// must say what it heard two steps ago: who remembers more of the influence of its weights learns it sooner.
import { dense, tensor } from 'janusgrad/ad'
import { example, halfSquaredError, leaky, learn, network, params, rng, sgd } from 'janusgrad/nets'
import { influence, kfrtrl, rflo, sliding, sparsity, uoro } from 'janusgrad/rules'

const net = network(leaky({ alpha: 0.5 }), { d: 8, n: 1, m: 1 }, halfSquaredError())
const coin = rng(3)
const coins = Array.from({ length: 4000 }, () => coin.sign())
const data = coins.map((x, t) => example(tensor([x]), tensor([coins[t - 2] ?? 0])))

const feedback = rng(4).draw({ law: 'normal', shape: [8, 1] })
const rules = {
  RTRL: influence(dense),
  'KF-RTRL': kfrtrl(),
  UORO: uoro(),
  RFLO: rflo(feedback, sparsity(net)),
  'the instant alone': sliding(1),
}
const mean = xs => xs.reduce((a, b) => a + b, 0) / xs.length

console.log('mean loss of steps  … 1000  … 2000  … 3000  … 4000   (0.5 is to say 0)')
for (const [name, rule] of Object.entries(rules)) {
  const lessons = learn(rule)({ task: net, optimiser: sgd({ lr: 0.03 }), engine: 'compiled' })
  const losses = [...lessons({ θ: params(net, rng(1)) }, data)].map(({ loss }) => loss.data[0])
  const means = [0, 1000, 2000, 3000].map(from => mean(losses.slice(from, from + 1000)))
  console.log(name.padEnd(18) + means.map(x => x.toFixed(2).padStart(8)).join(''))
}

/* prints
mean loss of steps  … 1000  … 2000  … 3000  … 4000   (0.5 is to say 0)
RTRL                  0.29    0.07    0.00    0.00
KF-RTRL               0.29    0.08    0.00    0.00
UORO                  0.35    0.35    0.22    0.07
RFLO                  0.40    0.29    0.31    0.31
the instant alone     0.34    0.33    0.37    0.36
*/
