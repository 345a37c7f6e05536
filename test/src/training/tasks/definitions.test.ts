/** Each task's targets, worked out again from its inputs alone, and its floors, reached by predictors that know only what they name. */
import test from 'ava'
import { determinant, Matrix, solve } from 'ml-matrix'
import { type Tensor, tensorOf } from '../../../../ad/tensor.ts'
import { item } from '../../../../ad/value.ts'
import { leaky } from '../../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../../nets/loss.ts'
import { type Network, network } from '../../../../nets/network.ts'
import { rng } from '../../../../nets/random.ts'
import { sequence } from '../../../../nets/sequence.ts'
import { predict } from '../../../../nets/train/predict.ts'
import { tasks } from '../../../../src/training/tasks/index.ts'
import { targetOf } from '../../../../src/training/tasks/mimic.ts'
import { randomState } from '../../../../src/training/tasks/numpy-random.ts'
import type { MadeUp } from '../../../../src/training/tasks/task.ts'
import { full } from '../../../effort.ts'

interface Step {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly counts: boolean
}

const stepsOf = ({ steps }: MadeUp, count: number, seed = 1): readonly Step[] => {
  const stream = steps(rng(seed))
  return Array.from({ length: count }, () => {
    const { x, target, weight } = stream.next().value
    return { x: [...(x as Tensor).data], y: [...(target as Tensor).data], counts: item(weight) === 1 }
  })
}

const hot = (row: readonly number[]): number => row.indexOf(1)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const near = (x: number, wanted: number, within: number): boolean => Math.abs(x - wanted) <= within

/** The mean squared error of a guess at the steps that count, and its standard error. */
const squares = (steps: readonly Step[], guess: (t: number) => readonly number[]): readonly [number, number] => {
  const all = steps.flatMap(({ y, counts }, t) =>
    counts ? [mean(y.map((v, i) => (v - (guess(t)[i] as number)) ** 2))] : [],
  )
  const middle = mean(all)
  return [middle, Math.sqrt(mean(all.map(v => (v - middle) ** 2)) / all.length)]
}

const floorOf = ({ floors }: MadeUp, name: string): number =>
  floors.find(floor => floor.name === name)?.value ?? Number.NaN

test('copy: what is wanted at the cues is what came before the blanks, in order', t => {
  const made = tasks.copy.on({ delay: 6, symbols: 4, length: 3 })
  const steps = stepsOf(made, 12 * 50)
  const seen = new Set<number>()
  for (let at = 0; at < steps.length; at += 12) {
    const trial = steps.slice(at, at + 12)
    const codes = trial.slice(0, 3).map(({ x }) => hot(x))
    for (const code of codes) seen.add(code)
    t.true(codes.every(code => code >= 0 && code < 4))
    t.deepEqual(
      trial.slice(3, 9).map(({ x }) => hot(x)),
      [4, 4, 4, 4, 4, 4],
    )
    t.deepEqual(
      trial.slice(9).map(({ x }) => hot(x)),
      [5, 5, 5],
    )
    t.deepEqual(
      trial.slice(9).map(({ y }) => hot(y)),
      codes,
    )
    t.deepEqual(
      trial.map(({ counts }) => counts),
      [...Array(9).fill(false), true, true, true],
    )
  }
  t.is(seen.size, 4)
  t.is(floorOf(made, 'no memory'), Math.log(4))
})

test('adding: the sum of the marked numbers, one in each half; its floors are variances of uniforms', t => {
  const made = tasks.adding.on({ length: 10 })
  const steps = stepsOf(made, 10 * 4000)
  const known: number[] = []
  for (let at = 0; at < steps.length; at += 10) {
    const trial = steps.slice(at, at + 10)
    const marked = trial.flatMap(({ x: [, mark] }, i) => (mark === 1 ? [i] : []))
    t.is(marked.length, 2)
    t.true((marked[0] as number) < 5 && (marked[1] as number) >= 5)
    const values = marked.map(i => trial[i]?.x[0] as number)
    t.true(
      near(
        trial[9]?.y[0] as number,
        values.reduce((a, b) => a + b),
        1e-15,
      ),
    )
    t.deepEqual(
      trial.map(({ counts }) => counts),
      [...Array(9).fill(false), true],
    )
    known.push(values[0] as number)
  }
  for (const [name, guess] of [
    ['no memory', () => [1]],
    ['only one of the two', (i: number) => [(known[Math.floor(i / 10)] as number) + 0.5]],
  ] as const) {
    const [error, standard] = squares(steps, guess)
    t.true(near(error, floorOf(made, name), 4 * standard), `${name}: ${error}`)
  }
})

test('delayed exclusive or: one of the two coins says nothing, both say all', t => {
  const made = tasks['delayed-xor'].on({ delay: 3 })
  const steps = stepsOf(made, 4000)
  for (const [i, { y }] of steps.entries())
    if (i >= 3) t.is(hot(y), (hot(steps[i]?.x ?? []) + hot(steps[i - 3]?.x ?? [])) % 2)
  for (const back of [0, 3])
    for (const coin of [0, 1]) {
      const some = steps.slice(3).filter((_, i) => hot(steps[i + 3 - back]?.x ?? []) === coin)
      t.true(near(mean(some.map(({ y }) => hot(y))), 0.5, 0.05))
    }
})

/** -log₂ of the probability that a predictor gives to what came next, on average, p by what it knows. */
const bitsOf = (steps: readonly Step[], context: (t: number) => string): number => {
  const counts = new Map<string, number[]>()
  for (const [i, { y }] of steps.entries()) {
    const row = counts.get(context(i)) ?? [0, 0, 0]
    row[hot(y)] = (row[hot(y)] as number) + 1
    counts.set(context(i), row)
  }
  return mean(
    steps.map(({ y }, i) => {
      const row = counts.get(context(i)) as number[]
      return -Math.log2((row[hot(y)] as number) / row.reduce((a, b) => a + b))
    }),
  )
}

test('aⁿbⁿ: as many of each, every n alike; predictors that know as much as the floors name reach them', t => {
  const made = tasks.anbn.on({})
  const steps = stepsOf(made, full ? 200_000 : 60_000)
  const text = steps.map(({ x }) => 'ab\n'[hot(x)]).join('')
  t.deepEqual(
    steps.slice(0, -1).map(({ y }) => hot(y)),
    steps.slice(1).map(({ x }) => hot(x)),
  )
  const strings = text.split('\n').slice(0, -3)
  for (let i = 0; i + 1 < strings.length; i += 2) t.is(strings[i]?.replaceAll('a', 'b'), strings[i + 1])
  const lengths = new Set(strings.map(({ length }) => length))
  t.deepEqual([lengths.size, Math.min(...lengths), Math.max(...lengths)], [32, 1, 32])
  t.true(near(floorOf(made, 'counting'), 5 / 35, 1e-15))
  let [run, before] = [0, 0]
  const counted = steps.map(({ x }, i) => {
    const letter = hot(x)
    if (letter === 2) before = i > 0 && hot(steps[i - 1]?.x ?? []) === 0 ? run : 0
    run = i > 0 && hot(steps[i - 1]?.x ?? []) === letter ? run + 1 : 1
    return letter === 1 ? `b${run}/${before}` : letter === 0 ? `a${run}` : `\n${before > 0}`
  })
  const contexts: readonly (readonly [string, (i: number) => string])[] = [
    ['frequencies', () => ''],
    ['only the last symbol', i => String(hot(steps[i]?.x ?? []))],
    ['counting', i => counted[i] as string],
  ]
  for (const [name, context] of contexts) {
    const found = bitsOf(steps, context)
    t.true(near(found, floorOf(made, name), 0.01), `${name}: ${found}, ${floorOf(made, name)}`)
  }
})

test('first symbol: named at the cue, whatever came between', t => {
  const steps = stepsOf(tasks['first-symbol'].on({ delay: 4, symbols: 3 }), 6 * 100)
  for (let at = 0; at < steps.length; at += 6) {
    const trial = steps.slice(at, at + 6)
    t.is(hot(trial[5]?.x ?? []), 3)
    t.is(hot(trial[5]?.y ?? []), hot(trial[0]?.x ?? []))
    t.deepEqual(
      trial.map(({ counts }) => counts),
      [false, false, false, false, false, true],
    )
  }
})

for (const [name, counted] of [
  ['rotation-memory', 12],
  ['rotation-recall', 5],
] as const)
  test(`${name}: one rotation turns every vector, lengths are kept, and 1/d is what no memory costs`, t => {
    const made =
      name === 'rotation-memory'
        ? tasks[name].on({ d: 3, length: 12 })
        : tasks[name].on({ d: 3, length: 12, recall: 5 })
    const steps = stepsOf(made, 12 * 200)
    const turned: (readonly [readonly number[], readonly number[]])[] = []
    for (let at = 0; at < steps.length; at += 12) {
      const trial = steps.slice(at, at + 12)
      const [v, go] = [trial[0]?.x.slice(0, 3) ?? [], trial[0]?.x[3]]
      t.is(go, 1)
      t.true(trial.slice(1).every(({ x }) => x.every(value => value === 0)))
      t.true(trial.every(({ y }) => near(Math.hypot(...y), 1, 1e-12)))
      t.deepEqual(
        trial.map(({ counts }) => counts),
        Array.from({ length: 12 }, (_, i) => i >= 12 - counted),
      )
      for (const [i, { y }] of trial.entries()) turned.push([i === 0 ? v : (trial[i - 1]?.y ?? []), y])
    }
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
    for (let i = 1; i < 200; i++) {
      const [[a, Ra], [b, Rb]] = [turned[i], turned[i - 1]] as [(typeof turned)[number], (typeof turned)[number]]
      t.true(near(dot(a, b), dot(Ra, Rb), 1e-12))
    }
    const starts = turned.filter((_, i) => i % 12 === 0)
    const rows = (k: 0 | 1, from: number, to: number): Matrix =>
      new Matrix(starts.slice(from, to).map(pair => [...pair[k]]))
    const R = solve(rows(0, 0, 3), rows(1, 0, 3))
    t.true(near(determinant(R), 1, 1e-9))
    for (const [i, row] of rows(0, 3, 50).mmul(R).to2DArray().entries())
      for (const [k, value] of row.entries()) t.true(near(value, starts[i + 3]?.[1][k] as number, 1e-9))
    const [error, standard] = squares(steps, () => [0, 0, 0])
    t.true(near(error, floorOf(made, 'no memory'), 4 * standard + 1e-12), `${error}`)
  })

test('flip-flop: the last pulse of each input; pulses come as often as asked, and the floors are reached', t => {
  const made = tasks['flip-flop'].on({ bits: 2, p: 0.1 })
  const steps = stepsOf(made, 20_000)
  const last: (number | undefined)[] = [undefined, undefined]
  for (const { x, y } of steps)
    for (const [i, pulse] of x.entries()) {
      if (pulse !== 0) last[i] = pulse
      if (last[i] !== undefined) t.is(y[i], last[i])
      if (last[i] === undefined) t.is(Math.abs(y[i] as number), 1)
    }
  const pulses = steps.flatMap(({ x }) => x)
  t.true(near(mean(pulses.map(Math.abs)), 0.1, 0.01) && near(mean(pulses), 0, 0.01))
  for (const [name, guess] of [
    ['no memory, no input', () => [0, 0]],
    ['no memory', (i: number) => steps[i]?.x ?? []],
  ] as const) {
    const [error, standard] = squares(steps, guess)
    t.true(near(error, floorOf(made, name), 4 * standard + 1e-12), `${name}: ${error}`)
  }
})

test('Mimic: the target is what our own leaky network gives, its matrix orthogonal, its inputs held', t => {
  const steps = stepsOf(tasks.mimic.on({ n: 3, d: 4, alpha: 0.5, hold: 2, network: 7 }), 40)
  const { W_rec, W_in, b_rec, W_out, b_out } = targetOf(3, 4, 0.5, 7)
  const net = network(leaky({ alpha: 0.5 }), { d: 4, n: 3, m: 4 }, halfSquaredError())
  const θ = {
    cell: { W_rec: tensorOf([4, 4], W_rec), W_in: tensorOf([4, 3], W_in), b_rec: tensorOf([4], b_rec) },
    start: {},
    readout: { W_out: tensorOf([4, 4], W_out), b_out: tensorOf([4], b_out) },
  }
  const data = sequence(
    steps.map(({ x }) => x),
    steps.map(({ y }) => y),
  )
  const given = predict(net as unknown as Network, { engine: 'eager' })(θ, data)
  for (const [i, value] of steps.flatMap(({ y }) => y).entries()) t.true(near(given.data[i] as number, value, 1e-12))
  const columns = [0, 1, 2, 3].map(j => [0, 1, 2, 3].map(i => W_rec[4 * i + j] as number))
  for (const [i, one] of columns.entries())
    for (const [j, other] of columns.entries())
      t.true(
        near(
          one.reduce((sum, x, k) => sum + x * (other[k] as number), 0),
          Number(i === j),
          1e-12,
        ),
      )
  t.true(steps.every(({ x }) => x.every(value => value === 0 || value === 1)))
  for (let i = 0; i < 40; i += 2) t.deepEqual(steps[i]?.x, steps[i + 1]?.x)
  t.true(new Set(steps.map(({ x }) => x.join())).size > 4)
})

test("numpy's RandomState(1): its doubles and its normals", t => {
  const normals = randomState(1)
  const first = Array.from({ length: 3 }, () => normals.normal())
  for (const [i, wanted] of [1.6243453636632417, -0.6117564136500754, -0.5281717522634557].entries())
    t.true(near(first[i] as number, wanted, 1e-15))
  const { uniform } = randomState(1)
  t.deepEqual([uniform(), uniform()], [0.417022004702574, 0.7203244934421581])
})

test("NEST's sines: the inputs and the target that numpy draws", t => {
  const steps = stepsOf(tasks['nest-sines'].on(), 2000)
  const on = (i: number): readonly number[] => (steps[i]?.x ?? []).flatMap((value, k) => (value === 1 ? [k] : []))
  t.deepEqual([on(0), on(1), on(999)], [[], [20, 64, 93], [26, 55, 62, 70, 90, 96]])
  t.is(
    steps.slice(0, 1000).reduce((sum, { x }) => sum + x.reduce((a, b) => a + b), 0),
    5053,
  )
  const published = { 1: 0.01104992767651868, 2: 0.02239865427830511, 100: 0.9382227426836328, 499: 0.8397045979641631 }
  for (const [i, wanted] of Object.entries(published)) t.true(near(steps[Number(i)]?.y[0] as number, wanted, 1e-12))
  t.deepEqual(steps.slice(0, 1000), steps.slice(1000))
})

test("Murray's sines: three, over and over, of mean square 21/32", t => {
  const steps = stepsOf(tasks['murray-sines'].on(), 200)
  for (const [i, { x, y }] of steps.entries()) {
    const φ = (2 * Math.PI * (i + 1)) / 100
    t.true(near(y[0] as number, Math.sin(φ) + 0.5 * Math.sin(2 * φ) + 0.25 * Math.sin(4 * φ), 1e-12))
    t.deepEqual(x, [0])
  }
  t.true(near(mean(steps.map(({ y: [v = 0] }) => v * v)), 21 / 32, 1e-12))
  const pulsed = stepsOf(tasks['murray-sines'].on({ input: 'onset', period: 4 }), 8)
  t.deepEqual(
    pulsed.map(({ x: [v] }) => v),
    [1, 0, 0, 0, 1, 0, 0, 0],
  )
  const both = stepsOf(tasks['murray-sines'].on({ ends: 'both' }), 100)
  t.true(near(both[0]?.y[0] as number, 0, 1e-12) && near(both[99]?.y[0] as number, 0, 1e-12))
  t.true(near(mean(both.map(({ y: [v = 0] }) => v * v)), (21 / 32) * 0.99, 1e-12))
})

test('Add: each coin held as long as asked, its floors as without', t => {
  const made = tasks.add.on({ near: 2, far: 4, hold: 2 })
  const steps = stepsOf(made, 400)
  for (let i = 8; i < 400; i++) {
    const coin = (back: number): number => steps[i - back]?.x[0] as number
    t.is(steps[i]?.y[0], 0.5 + 0.5 * coin(4) - 0.25 * coin(8))
    if (i % 2 === 1) t.deepEqual(steps[i], steps[i - 1])
  }
  t.deepEqual(made.floors, tasks.add.on().floors)
  t.throws(() => tasks.add.on({ near: 9 }), { message: /near = 9, far = 9; wanted near below far/ })
  t.throws(() => tasks.anbn.on({ least: 9, most: 3 }), { message: /least = 9, most = 3/ })
  t.throws(() => tasks['rotation-recall'].on({ recall: 65 }), { message: /recall = 65, length = 64/ })
})

/** Σ_k γ^k r_{t+1+k} of what is there, each sum on its own. */
const returnAt = (rewards: readonly number[], t: number, gamma: number): number =>
  rewards.slice(t + 1).reduce((sum, r, k) => sum + gamma ** k * r, 0)

test('trace conditioning: the reward after the announced gap, rests as long as asked, the target its return', t => {
  const [gamma, options] = [0.8, { shortest: 5, longest: 7, restLeast: 10, restMost: 12, distractors: 3 }]
  const steps = stepsOf(tasks['trace-conditioning'].on({ ...options, gamma }), 6000)
  const [rewards, announced] = [0, 1].map(i => steps.map(({ x }) => x[i] as number)) as [number[], number[]]
  const onsets = (signal: readonly number[]) => signal.flatMap((x, at) => (x === 1 && signal[at - 1] !== 1 ? [at] : []))
  const [us, cs] = [onsets(rewards), onsets(announced)]
  const gaps = us.map((at, i) => at - (cs[i] as number))
  const rests = us.slice(0, -1).map((at, i) => (cs[i + 1] as number) - at)
  t.deepEqual([...new Set(gaps)].toSorted(), [5, 6, 7])
  t.deepEqual([...new Set(rests)].toSorted(), [10, 11, 12])
  t.is(rewards.filter(x => x === 1).length, 2 * us.length)
  t.is(announced.slice(0, cs.at(-1)).filter(x => x === 1).length, 4 * (cs.length - 1))
  for (let at = 0; at < 200; at++)
    t.true(near(returnAt(rewards, at, gamma), steps[at]?.y[0] as number, 1e-12), `step ${at}`)
  const begun = [2, 3, 4].map(i => onsets(steps.map(({ x }) => x[i] as number)).length)
  begun.forEach((count, i) => {
    t.true(near(count / steps.length, 1 / (10 * (i + 1) + 4), 0.02), `${count}`)
  })
})

test('trace conditioning: a constant and the mean return after each history reach the floors', t => {
  const made = tasks['trace-conditioning'].on({ shortest: 4, longest: 6, restLeast: 5, restMost: 9, distractors: 0 })
  const steps = stepsOf(made, full ? 60_000 : 20_000)
  const values = steps.map(({ y }) => y[0] as number)
  const middle = mean(values)
  const [constant, error] = squares(steps, () => [middle])
  t.true(near(constant, floorOf(made, 'a constant'), 4 * error))
  const histories = steps.map(() => '')
  let [announced, rewarded] = [-1, -1]
  steps.forEach(({ x: [us, cs] }, at) => {
    if (cs === 1 && steps[at - 1]?.x[1] !== 1) [announced, rewarded] = [at, -1]
    if (us === 1 && steps[at - 1]?.x[0] !== 1) rewarded = at
    histories[at] = rewarded < 0 ? `announced ${at - announced}` : `rewarded ${at - rewarded}`
  })
  const groups = new Map<string, number[]>()
  histories.forEach((history, at) => {
    const list = groups.get(history)
    if (list) list.push(at)
    else groups.set(history, [at])
  })
  const known = new Map([...groups].map(([history, list]) => [history, mean(list.map(at => values[at] as number))]))
  const [least, other] = squares(steps, at => [known.get(histories[at] as string) as number])
  t.true(near(least, floorOf(made, 'all that has been'), 4 * other + 1e-3 * least))
  t.true(least < constant / 3)
})

test('memory chain: the context comes back as the reward; predictors that know as much as the floors name reach them', t => {
  const [length, gamma] = [3, 0.9]
  const made = tasks['memory-chain'].on({ length, gamma })
  const steps = stepsOf(made, 5 * 4000)
  const rewards = steps.map(({ x }) => x[0] as number)
  for (let at = 0; at < 100; at++) t.true(near(returnAt(rewards, at, gamma), steps[at]?.y[0] as number, 1e-12))
  const contextOf = (at: number): number => steps[at - (at % 5)]?.x[1] as number
  const told = (at: number): number => (at % 5 === 4 ? 0 : gamma ** (length - (at % 5)) * contextOf(at))
  const [known, error] = squares(steps, at => [told(at)])
  const [unknown, other] = squares(steps, at => [at % 5 === 0 ? told(at) : 0])
  t.true(near(known, floorOf(made, 'the context'), 4 * error))
  t.true(near(unknown, floorOf(made, 'no memory'), 4 * other))
  t.true(floorOf(made, 'no memory') > 1.5 * floorOf(made, 'the context'))
})
