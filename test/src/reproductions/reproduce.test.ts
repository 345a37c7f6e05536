import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { type Asked, reproduce } from '../../../src/cli/reproduce.ts'
import { fitting, minutesIn } from '../../../src/reproductions/budget.ts'
import { claimed, near, ordered, within } from '../../../src/reproductions/held.ts'
import { reproductions } from '../../../src/reproductions/index.ts'
import { firstLoss, held, lastLosses, medianOf } from '../../../src/reproductions/readings.ts'
import type { Figure, Reproduction } from '../../../src/reproductions/reproduction.ts'
import { sketchedRuns } from '../../../src/reproductions/sketched-runs.ts'
import { countOf, minutesLeft, standsIn } from '../../../src/reproductions/stand.ts'
import { tasks } from '../../../src/training/tasks/index.ts'
import { captured } from '../../captured.ts'
import { some } from '../../effort.ts'
import { root } from '../../root.ts'

const folder = mkdtempSync(join(tmpdir(), 'reproductions-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const settings = { task: 'add', rule: 'rflo', hidden: 3, engine: 'compiled-wasm', steps: 12 }

/** Two runs of three units, four minutes long as it says. */
const tiny = (figures: readonly Figure[], seed: string | number = '0,1'): Reproduction => ({
  name: 'tiny',
  title: 'A made-up one',
  paper: tasks.add.papers[0] as Reproduction['paper'],
  protocol: 'None.',
  minutes: 4,
  sweeps: () => ({ all: { settings: { ...settings, seed } } }),
  figures,
})

const loss = medianOf('all', { rule: 'rflo' }, held)
const right = within('held out', 'some', [0.1, 10], loss)
const wrong = within('held out too', 'less', [0, 0.01], loss)

const asking = async (out: string, one: Reproduction, asked: Asked = {}) => {
  const given = { out: join(folder, out), workers: 0, quiet: true, ...asked }
  const { stdout, result: value } = await captured(async () => reproduce(undefined, given, [one])())
  return { stdout, code: E.isLeft(value) ? value.left.code : 0, message: E.isLeft(value) ? value.left.message : '' }
}

const standing = async (out: string, one: Reproduction) =>
  E.getOrElseW(failure => {
    throw new Error(JSON.stringify(failure))
  })(await standsIn(one, join(folder, out))())

test('times are read as seconds, minutes or hours', t => {
  t.deepEqual(
    ['90s', '15m', '2h', 15].map(text => E.toUnion(minutesIn(text) as E.Either<never, number>)),
    [1.5, 15, 120, 15],
  )
  for (const text of ['', '-1m', '5 days', 'm']) t.true(E.isLeft(minutesIn(text)), text)
})

test('a budget is spent in order, and passes over what is too long', t => {
  t.deepEqual(
    fitting([5, 20, 9, 2], minutes => minutes, 15),
    [5, 9],
  )
  t.deepEqual(
    fitting([5, 20], minutes => minutes, 0),
    [],
  )
})

test('ours is held to a range, a share and an order, and fails them', async t => {
  const matches = async (figure: Figure) => (await figure.found({})).matches
  t.true(await matches(within('', '', [1, 2], () => 2)))
  for (const other of [2.001, 0.999, Number.NaN, Number.POSITIVE_INFINITY])
    t.false(await matches(within('', '', [1, 2], () => other)), String(other))
  t.true(await matches(near('', 100, 0.01, () => 100.9)))
  t.false(await matches(near('', 100, 0.01, () => 101.1)))
  t.true(await matches(ordered('', { a: () => 1, b: () => 2 })))
  t.false(await matches(ordered('', { a: () => 2, b: () => 1 })))
  t.false(await matches(ordered('', { a: () => 1, b: () => Number.NaN })))
})

test('a proposition is decided anew, and one that is not there does not match', async t => {
  t.true((await claimed('SnAp-1 is RFLO with the transposed readout').found({})).matches)
  t.false((await claimed('no such claim').found({})).matches)
})

test.serial('what is over the budget is listed with its minutes and not run', async t => {
  const { stdout, code } = await asking('listed', tiny([wrong]), { budget: '3m' })
  t.is(code, 0)
  t.regex(stdout, /not run: 4\.0 min of CPU, 0 of 2 runs done/)
  t.false(existsSync(join(folder, 'listed')))
})

test.serial('what fits is run, once; a half that is done costs half', async t => {
  const one = tiny([right])
  await asking('kept', tiny([right], '0'))
  const before = await standing('kept', one)
  t.deepEqual([countOf(before), minutesLeft(before)], [{ over: 1, runs: 2 }, 2])
  const { stdout, code } = await asking('kept', one, { budget: '2m' })
  t.is(code, 0)
  t.regex(stdout, /1 of 1 figures match\./)
  const { swept } = await standing('kept', one)
  const files = swept.flatMap(({ standings }) =>
    standings.map(({ run }) => join(folder, 'kept', run.id, 'timing.jsonl')),
  )
  const written = files.map(path => readFileSync(path, 'utf8'))
  t.is((await asking('kept', one, { budget: '0m' })).stdout, stdout)
  t.deepEqual(
    files.map(path => readFileSync(path, 'utf8')),
    written,
  )
})

test.serial('a figure that is not what was published is said, with exit code 1, and written', async t => {
  const page = join(folder, 'page.md')
  const { stdout, code, message } = await asking('kept', tiny([right, wrong]), { json: true, write: page })
  t.is(code, 1)
  t.regex(message, /tiny: held out too/)
  t.deepEqual(
    JSON.parse(stdout).rows.map((row: { readonly matches: boolean }) => row.matches),
    [true, false],
  )
  const text = readFileSync(page, 'utf8')
  t.regex(text, /1 of 2 figures match\. Not: tiny \(held out too\)\./)
  t.regex(text, /\| held out too +\| less +\|.*\| NO +\|/)
})

test.serial('figures are those of the files of the runs', async t => {
  const { swept } = await standing('kept', tiny([]))
  const [run] = swept[0]?.standings ?? []
  if (!run) return t.fail()
  const own = { ...run, folder: join(folder, 'kept', run.run.id) }
  const lines = readFileSync(join(own.folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const losses = lines.slice(1).map(line => line.train as number)
  t.is(losses.length, 12)
  t.is(firstLoss(own), losses[0] as number)
  t.true(Math.abs(lastLosses(2)(own) - ((losses[10] as number) + (losses[11] as number)) / 2) < 1e-12)
  t.is(held(own), lines.at(-1).held)
})

test('a published program begins with weights U(-1/8, 1/8): the model of a sweep has them, and another at each seed', t => {
  const models = join(folder, 'models')
  const [first, second] = [0, 1].map(seed => {
    const { from } = sketchedRuns(models, 'henon')(seed)
    return JSON.parse(readFileSync(from, 'utf8')).parameters as { readonly name: string; readonly values: unknown[] }[]
  })
  const numbers = (name: string): number[] => [first?.find(one => one.name === name)?.values].flat(3) as number[]
  const W = numbers('cell.W_rec')
  t.is(W.length, 64 * 64)
  t.true(W.every(x => Math.abs(x) <= 1 / 8))
  const square = W.reduce((sum, x) => sum + x * x, 0) / W.length
  t.true(Math.abs(square * 192 - 1) < 0.1) // the variance of U(-1/8, 1/8) is 1/192
  t.true(numbers('cell.b_rec').every(x => x === 0))
  t.true(numbers('readout.b_out').every(x => x !== 0))
  t.notDeepEqual(first, second)
})

test('a name that is none is refused', async t => {
  const refused = await reproduce('rflo-periodc', { quiet: true })()
  t.true(E.isLeft(refused) && refused.left.code === 2 && refused.left.message.includes('rflo-periodic'))
})

test('every reproduction has a name of its own, minutes, configs that can be, and its place in the page', async t => {
  t.is(new Set(reproductions.map(({ name }) => name)).size, reproductions.length)
  const page = readFileSync(join(root, 'docs', 'reproductions.md'), 'utf8')
  for (const one of reproductions) {
    t.true(one.minutes > 0 && one.figures.length > 0, one.name)
    t.true(page.includes(`\`janus reproduce ${one.name}\``), one.name)
  }
  for (const one of some(reproductions)) t.true(E.isRight(await standsIn(one, join(folder, 'none'))()), one.name)
})
