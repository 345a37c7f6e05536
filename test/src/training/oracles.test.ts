import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { example } from '../../../nets/network.ts'
import { baselines } from '../../../src/training/baselines.ts'
import { type Data, readData } from '../../../src/training/data/read.ts'
import { made } from '../../../src/training/data/task.ts'
import { oracles } from '../../../src/training/oracles.ts'
import { namedTask } from '../../../src/training/tasks/choice.ts'
import { meanSquare } from '../../../src/training/tasks/measure.ts'
import { trials } from '../../../src/training/tasks/source.ts'
import { task } from '../../../src/training/tasks/task.ts'
import { some } from '../../effort.ts'

const sound = <A>(result: E.Either<unknown, A>): A => {
  if (E.isRight(result)) return result.right
  throw new Error(JSON.stringify(result.left))
}

const beside = { hidden: 16, seed: 1 }
const dataOf = (name: string): Data => sound(readData(name))
const taskOf = (name: string): Data => made(sound(namedTask(name)))
const figureIn = (rows: ReturnType<typeof oracles>, name: string): number =>
  rows.find(row => row.name.startsWith(name))?.value ?? Number.NaN
const figureOf = (data: Data, name: string, how = beside): number => figureIn(oracles(data, how), name)
/** The figures of the constant and of the readout of a task, fit once for both. */
const bothOf = (name: string): readonly [constant: number, ridge: number] => {
  const rows = oracles(taskOf(name), beside)
  return [figureIn(rows, 'best'), figureIn(rows, 'ridge')]
}

test('the best constant of a series is the mean of its training part, judged by its error on the tail', t => {
  const data = dataOf('sunspots') as Extract<Data, { kind: 'series' }>
  const values = [...data.train.slice(1)].map(Number)
  const mean = values.reduce((a, b) => a + b) / values.length
  const held = [...data.held].map(Number)
  const rmse = Math.sqrt(held.reduce((sum, v) => sum + (v - mean) ** 2, 0) / held.length)
  t.true(Math.abs(figureOf(data, 'best constant') / rmse - 1) < 1e-9)
})

test('the best constant of classes is near the floor of no memory', t => {
  for (const [name, floor] of [
    ['add', 0.6616],
    ['delayed-xor', Math.LN2],
    ['copy(delay=3, symbols=4)', Math.log(4)],
    ['anbn', 1.259],
  ] as const) {
    const value = figureOf(taskOf(name), 'best constant', { ...beside, hidden: 1 })
    t.true(value > floor - 0.02 && value < floor + 0.03, `${name}: ${value}`)
  }
})

test('a ridge readout of a random network is better than any constant where its memory reaches, on every kind of data', t => {
  for (const name of some(['mackey-glass', 'add(near=1, far=2)', 'flip-flop(p=0.5)'])) {
    const [constant, ridge] = bothOf(name)
    t.true(ridge < 0.9 * constant, `${name}: ${ridge} ${constant}`)
  }
  t.true(figureOf(dataOf('digits'), 'ridge') > 40)
  t.true(figureOf(dataOf('sunspots'), 'ridge') < 25)
  const again = [1, 1, 2].map(seed => figureOf(taskOf('add'), 'ridge', { hidden: 2, seed }))
  t.is(again[0], again[1])
  t.not(again[0], again[2])
})

test('what is far from linear memory leaves the readout no better than a constant, and never much worse', t => {
  const [constant, ridge] = bothOf('delayed-xor(delay=30)')
  t.true(ridge > constant - 0.01 && ridge < constant + 0.02, `${ridge} ${constant}`)
})

/** The target is the input times a number: in a random network of small drives that is linear. */
const scaled = task({ name: 'scaled', asks: 'x, and 3 x + 1', options: {}, papers: [] }, () => ({
  n: 1,
  m: 1,
  ...meanSquare(1),
  horizon: 1,
  ...trials(random => {
    const x = random.uniform()
    return [example(x, 3 * x + 1)]
  }),
}))

test('a linear map is read out nearly exactly, offset and all', t => {
  const data = made({ name: './scaled.js', task: scaled, options: {}, made: scaled.on(), digest: 'of a file' })
  t.true(figureOf(data, 'ridge') < 0.01 * figureOf(data, 'best'), `${figureOf(data, 'ridge')}`)
})

test('oracles stand beside a run, and persistence where the input is the series', t => {
  const names = (data: Data): readonly string[] => baselines(data, { hidden: 2, seed: 1 }).map(({ name }) => name)
  t.deepEqual(names(taskOf('henon')), ['persistence', 'the equation', 'best constant', 'ridge on a random network'])
  t.deepEqual(names(dataOf('sunspots')), ['persistence', 'AR(2)', 'best constant', 'ridge on a random network'])
  t.deepEqual(names(dataOf('digits')), ['majority class', 'nearest class mean', 'ridge on a random network'])
  t.deepEqual(baselines(taskOf('henon')).length, 2)
})
