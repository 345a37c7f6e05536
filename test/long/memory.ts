/**
 * The memory of a process that learns online, as `janus train --task add --rule rtrl` does: its second half takes no more than its
 * first. A million updates, about ten minutes; of a share fewer, at least 20,000.
 */
import { isLeft } from 'fp-ts/lib/Either.js'
import { engineOf } from '../../ad/compiler/engine.ts'
import { askedData } from '../../src/training/data/asked.ts'
import { setupOf, trainRun } from '../../src/training/experiment.ts'
import { readOptions } from '../../src/training/options.ts'
import { shareOf } from '../share.ts'

const steps = Math.max(20_000, shareOf(1_000_000))
/** Bytes by which the collector's own moods move the most that is taken. */
const noise = 24 * 2 ** 20
const samples = 400

const data = askedData({ task: 'add' })
const options = readOptions({ rule: 'rtrl', steps }, 'task')
if (isLeft(data) || isLeft(options)) throw new Error('the task is not understood')

const taken: number[] = []
const setup = setupOf(data.right, options.right, engineOf({ name: 'compiled-wasm', dtype: 'f64' }))
trainRun(setup, options.right, ({ step }) => {
  if (step % Math.ceil(steps / samples) === 0) taken.push(process.memoryUsage.rss())
})

// what is compiled and grown in the first tenth is no leak
const [begun, middle] = [Math.floor(taken.length / 10), Math.floor(taken.length / 2)]
const [first, second] = [taken.slice(begun, middle), taken.slice(middle)].map(part => Math.max(...part)) as [
  number,
  number,
]
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
console.log(`${steps} updates: at most ${megabytes(first)} in the first half, ${megabytes(second)} in the second`)
process.exitCode = second - first <= noise ? 0 : 1
