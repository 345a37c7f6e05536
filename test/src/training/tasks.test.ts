import test from 'ava'
import { adam, leaky, network, rng, rtrl, tasks, train } from '../../../src/index.ts'

test('the Add task is exported, and learned from as it comes: better than one who knows of no dependency', t => {
  const { n, m, loss, steps, floors } = tasks.add.on()
  const net = network(leaky({ alpha: 0.5 }), { d: 12, n, m }, loss)
  let [sum, count] = [0, 0]
  for (const step of train(rtrl, net, { optimiser: adam({ lr: 0.02 }) })(net.init(1), steps(rng(1)))) {
    if (step.step > 1200) {
      sum += step.loss
      count++
    }
    if (count === 500) break
  }
  const [none, best] = [floors[0]?.value ?? Number.NaN, floors.at(-1)?.value ?? Number.NaN]
  t.true(sum / count < none && sum / count > best, `${sum / count}`)
})
