import test from 'ava'
import { asCotangent } from '../../../../ad/linear/space.ts'
import { type Tensor, zeros } from '../../../../ad/tensor.ts'
import type { Random } from '../../../../nets/random.ts'
import {
  adam,
  alif,
  bptt,
  chunked,
  type Example,
  eprop,
  factorised,
  network,
  rng,
  rule,
  tasks,
  train,
} from '../../../../src/index.ts'
import { long } from '../../../full-effort.ts'

const numbers = (x: unknown): readonly number[] => [...(x as Tensor).data]
const taken = (steps: Iterator<Example>, count: number): readonly Example[] =>
  Array.from({ length: count }, () => steps.next().value as Example)

/** The step at which each input spikes, and the class. */
const trial = (steps: Iterator<Example>, length: number) => {
  const seen = taken(steps, length)
  const rows = seen.map(({ x }) => numbers(x))
  return {
    seen,
    times: (rows[0] ?? []).map((_, unit) => rows.findIndex(row => row[unit] === 1)),
    spikes: rows.flat().reduce((sum, x) => sum + x, 0),
    which: numbers(seen[0]?.target).indexOf(1),
  }
}

test('each input of randman spikes once in a trial, and the class is the same at all its steps', t => {
  const steps = tasks.randman.on({ classes: 3, units: 7, steps: 15, skipped: 4 }).steps(rng(1))
  for (let i = 0; i < 20; i++) {
    const { seen, times, spikes } = trial(steps, 15)
    t.is(spikes, 7)
    t.true(times.every(time => time >= 0))
    t.is(new Set(seen.map(({ target }) => numbers(target).join())).size, 1)
    t.deepEqual(
      seen.map(({ weight }) => numbers(weight)[0]),
      seen.map((_, step) => Number(step >= 4)),
    )
  }
})

test('the manifolds of randman are those of their seed, and their points the nearer to each other the more they are', t => {
  const timesOf = (manifold: number, random: Random) =>
    trial(tasks.randman.on({ classes: 2, manifold }).steps(random), 20).times
  t.deepEqual(timesOf(1, rng(3)), timesOf(1, rng(3)))
  t.notDeepEqual(timesOf(1, rng(3)), timesOf(2, rng(3)))
  const steps = tasks.randman.on({ classes: 2 }).steps(rng(1))
  const all = Array.from({ length: 300 }, () => trial(steps, 20))
  const apart = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0)
  const right = all.slice(250).filter(({ times, which }) => {
    const known = all.slice(0, 250).toSorted((a, b) => apart(a.times, times) - apart(b.times, times))
    return known[0]?.which === which
  })
  t.true(right.length >= 48, `${right.length} of 50`)
})

test('randman refuses to skip every step', t => {
  t.throws(() => tasks.randman.on({ steps: 10, skipped: 10 }), { message: /skipped = 10 of steps = 10/ })
})

const length = 10
/** The mean loss of the last 100 of 500 trials of two manifolds, by 24 adaptive units. */
const learnedBy = (by: Parameters<typeof train>[0]): number => {
  const made = tasks.randman.on({ classes: 2, units: 12, steps: length })
  const net = network(alif({ threshold: 0.4, kappa: 0.8 }), { d: 24, n: made.n, m: made.m }, made.loss)
  const options = { optimiser: adam({ lr: 0.005 }), every: length, washout: length }
  let sum = 0
  for (const step of train(by, net as never, options)(net.init(1) as never, made.steps(rng(1)))) {
    if (step.step > 400 * length) sum += step.loss
    if (step.step === 500 * length) break
  }
  return sum / (100 * length)
}

/** The readout learns, and nothing else. */
const readoutAlone = rule({
  name: 'readout-alone',
  faces: 'past',
  init: () => null,
  step: (_, { immediate: { from } }) => [asCotangent(from, zeros([from.size])), null],
})

long('adaptive spiking units learn randman by BPTT, e-prop and OTTT, and not by their readout alone', t => {
  const chance = Math.log(2)
  const rules = { bptt: chunked({ k: length })(bptt), eprop: eprop(), ottt: factorised({ lambda: 0.95 }) }
  for (const [name, by] of Object.entries(rules)) {
    const loss = learnedBy(by as never)
    t.log(name, loss)
    t.true(loss < 0.65 * chance, `${name}: ${loss}`)
  }
  t.true(learnedBy(readoutAlone as never) > 0.8 * chance)
})
