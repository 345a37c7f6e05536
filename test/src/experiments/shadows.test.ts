/** Rules beside the one that trains a run: what is written of them, and that the run is what it is without them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { toMatrix } from '../../../ad/linear/apply.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { sequence } from '../../../nets/sequence.ts'
import type { AtLag } from '../../../rules/readings/alignment-by-lag.ts'
import { shadowTable } from '../../../src/display/shadow-table.ts'
import { eigenvaluesOf } from '../../../src/experiments/probes.ts'
import { type Outcome, type Running, runExperiment } from '../../../src/experiments/run.ts'
import { shadowNotes } from '../../../src/experiments/shadow-notes.ts'
import { readShadows, type ShadowPlan } from '../../../src/experiments/shadows.ts'
import type { Config } from '../../../src/training/settings.ts'
import { long } from '../../full-effort.ts'

const out = mkdtempSync(join(tmpdir(), 'janusgrad-shadows-'))
test.after.always(() => rmSync(out, { recursive: true, force: true }))

/** Data whose held-out part is short: it is gone through at each look of each run. */
const config: Config = { data: 'sunspots', rule: 'uoro', hidden: 3, steps: 12, window: 2, engine: 'eager' }

const planned = async (t: ExecutionContext, given: string, every = 1): Promise<ShadowPlan> => {
  const choices = await readShadows(given)
  if (E.isLeft(choices)) return t.fail(String(choices.left)) as never
  return { choices: choices.right, every }
}

const run = async (
  t: ExecutionContext,
  how: Omit<Running, 'out'> & { readonly place: string },
  more: Config = {},
): Promise<Outcome> => {
  const { data, ...rest } = config
  const outcome = await runExperiment(
    { ...rest, ...(more.task ? {} : { data }), ...more },
    { ...how, out: join(out, how.place) },
  )()
  if (E.isLeft(outcome)) return t.fail(outcome.left.message) as never
  return outcome.right
}

type Line = { readonly step: number; readonly rule?: string; readonly group?: string; readonly [name: string]: unknown }
const linesOf = ({ folder }: Outcome): readonly Line[] =>
  readFileSync(join(folder, 'shadows.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line)

long('a run with shadows has the files of one without, byte for byte, and the same id', async t => {
  const shadows = await planned(t, 'rtrl,uoro(order=marschall)@3,bptt')
  for (const more of [{}, { task: 'add', engine: 'compiled-wasm' } as const]) {
    const alone = await run(t, { place: 'alone' }, more)
    const beside = await run(t, { place: 'beside', shadows }, more)
    t.is(beside.id, alone.id)
    for (const file of ['config.json', 'metrics.jsonl', 'model.json', 'result.json'])
      t.is(readFileSync(join(beside.folder, file), 'utf8'), readFileSync(join(alone.folder, file), 'utf8'), file)
  }
})

test('there is a line for each update, shadow and group of parameters, and the spectrum at each look', async t => {
  const done = await run(t, { place: 'lines', shadows: await planned(t, 'rtrl,rflo', 3) })
  const lines = linesOf(done)
  const of = (rule: string) => lines.filter(line => line.rule === rule && line.group === 'all')
  t.deepEqual(
    of('rtrl').map(({ step }) => step),
    [3, 6, 9, 12],
  )
  const groups = lines.filter(({ rule, step }) => rule === 'rflo' && step === 3).map(({ group }) => group)
  t.deepEqual(groups, ['all', 'cell.W_rec', 'cell.W_in', 'cell.b_rec', 'readout.W_out', 'readout.b_out'])
  const readout = lines.filter(({ rule, group }) => rule === 'rtrl' && group === 'readout.W_out')
  for (const { cosine, ratio, signs } of readout) {
    t.true(Math.abs((cosine as number) - 1) < 1e-12 && Math.abs((ratio as number) - 1) < 1e-12)
    t.is(signs, 1)
  }
  t.true(lines.some(line => 'spectrum' in line))
  t.true(of('rtrl').every(({ bytes }) => (bytes as number) > 0))
  const page = shadowTable(done.shadows)
  t.regex(page, /\nrtrl, 4 updates\n {2}all +-?\d\.\d{3}/)
  for (const line of page.split('\n')) t.true([...line].length <= 80, line)
})

test('error by lag and eigenvalues are written at each look where they are asked for', async t => {
  const plain = linesOf(await run(t, { place: 'plain', shadows: await planned(t, 'rtrl,rflo') }))
  t.false(plain.some(line => 'lags' in line || 'eigenvalues' in line))
  const shadows = { ...(await planned(t, 'rtrl,rflo')), lags: true, eigenvalues: true }
  const done = await run(t, { place: 'lags', shadows }, { rule: 'snap' })
  const [lines, looks] = [linesOf(done), done.looks.filter(({ step }) => step > 0).map(({ step }) => step)]
  const errors = (name: string) =>
    lines.flatMap(({ rule, lags }) => (rule === name && lags ? [(lags as AtLag[]).map(({ error }) => error)] : []))
  t.is(errors('rtrl').length, looks.length)
  t.true(errors('rtrl').every(list => list.length === 20 && list.every(error => error < 1e-9)))
  t.is(errors('snap').length, looks.length)
  for (const list of errors('snap')) t.true((list[0] as number) < 1e-9 && (list[3] as number) > 1e-3, String(list))
  const eigenvalues = lines.flatMap(line => ('eigenvalues' in line ? [line.eigenvalues as [number, number][]] : []))
  t.is(eigenvalues.length, looks.length)
  for (const list of eigenvalues) {
    const sizes = list.map(([re, im]) => Math.hypot(re, im))
    t.is(sizes.length, 3)
    t.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    )
  }
  const notes = shadowNotes(done.folder)
  t.is(notes?.rules.rflo?.lags?.step, 12)
  t.deepEqual(notes?.eigenvalues?.all, eigenvalues.at(-1))
})

test('the eigenvalues of one step are those of its Jacobian', t => {
  const net = network(leaky(), { d: 4, n: 1, m: 1 }, halfSquaredError())
  const past = unroll(net)(net.init(3), sequence([[0.3], [0.1], [-0.4]], [[0], [1], [0]]))
  const [J, found] = [toMatrix(past.at(-1)?.jacobian as never) as Tensor, eigenvaluesOf(past)]
  const at = (matrix: Tensor, i: number, j: number): number => matrix.data[i * 4 + j] as number
  const trace = [0, 1, 2, 3].reduce((sum, i) => sum + at(J, i, i), 0)
  const ofSquare = [0, 1, 2, 3].flatMap(i => [0, 1, 2, 3].map(j => at(J, i, j) * at(J, j, i))).reduce((a, b) => a + b)
  const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-12
  t.true(
    close(
      found.reduce((sum, { re }) => sum + re, 0),
      trace,
    ),
  )
  t.true(
    close(
      found.reduce((sum, { re, im }) => sum + re * re - im * im, 0),
      ofSquare,
    ),
  )
})

test('a run that was stopped goes on with shadows, no update written twice', async t => {
  const shadows = await planned(t, 'rtrl')
  const stop = new AbortController()
  const onProgress = ({ step }: { readonly step: number }): void => {
    if (step === 5) stop.abort()
  }
  const cut = await run(t, { place: 'cut', shadows, signal: stop.signal, onProgress, checkpointEvery: 0 })
  t.is(cut.state, 'interrupted')
  const whole = await run(t, { place: 'cut', shadows, checkpointEvery: 0 })
  const steps = linesOf(whole).flatMap(({ step, group }) => (group === 'all' ? [step] : []))
  t.deepEqual(steps, [...new Set(steps)])
  t.true(steps.includes(5))
  const alone = await run(t, { place: 'alone-again' })
  t.is(readFileSync(join(whole.folder, 'model.json'), 'utf8'), readFileSync(join(alone.folder, 'model.json'), 'utf8'))
})

test('a run with washouts that was cut after any update is the uninterrupted one, byte for byte', async t => {
  const more = { washout: 5, window: 2 }
  const whole = await run(t, { place: 'washed' }, more)
  const plain = await run(t, { place: 'unwashed' }, { window: 2 })
  t.not(whole.id, plain.id)
  for (const at of [2, 3, 4]) {
    const stop = new AbortController()
    const onProgress = ({ step }: { readonly step: number }): void => {
      if (step === at) stop.abort()
    }
    const place = `washed-${at}`
    t.is((await run(t, { place, signal: stop.signal, onProgress, checkpointEvery: 0 }, more)).state, 'interrupted')
    const rest = await run(t, { place, checkpointEvery: 0 }, more)
    for (const file of ['metrics.jsonl', 'model.json'])
      t.is(
        readFileSync(join(rest.folder, file), 'utf8'),
        readFileSync(join(whole.folder, file), 'utf8'),
        `${file}, ${at}`,
      )
  }
})

test('a shadow that begins later begins with a washout, and says where none came', async t => {
  const shadows = await planned(t, 'rtrl@4')
  const washed = await run(t, { place: 'late', shadows }, { washout: 6 })
  t.deepEqual(
    [...new Set(linesOf(washed).flatMap(({ step, group }) => (group === 'all' ? [step] : [])))],
    [7, 8, 9, 10, 11, 12],
  )
  t.regex(shadowTable((await run(t, { place: 'never', shadows })).shadows), /\nrtrl has not started: /)
})

test('what cannot be a shadow is refused with a remedy', async t => {
  const wrong = {
    rtlr: /Did you mean `rtrl`/,
    'rtrl@soon': /a rule, or rule@update.*Try --shadow rtrl@1000/,
    'rtrl,rtrl': /rtrl once/,
    'rtrl,': /a value on both sides of a comma/,
  }
  for (const [given, words] of Object.entries(wrong)) {
    const read = await readShadows(given)
    t.true(E.isLeft(read))
    if (E.isLeft(read)) t.regex(read.left.map(({ message }) => message).join('\n'), words, given)
  }
})
