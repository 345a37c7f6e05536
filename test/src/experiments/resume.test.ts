import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { findCheckpoint } from '../../../src/experiments/checkpoint.ts'
import { preparedWith, sourcesOf } from '../../../src/experiments/prepared.ts'
import { setupFor } from '../../../src/experiments/run.ts'
import { updates } from '../../../src/training/experiment.ts'
import { alwaysIf, long } from '../../full-effort.ts'
import { allCases, type Case, configOf, contents, cut, pairwise, ran, writeData } from './cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-resume-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))
const data = join(base, 'data')
writeData(data)

/** A task has a long tail: one operation at a time takes seconds, and is tried in `npm run test:long`. */
const cases = pairwise(allCases.filter(({ engine, kind }) => engine !== 'eager' || kind !== 'task'))
/** A task of its own that counts its draws. */
const counted = `
globalThis.drawsCounted = 0
export const counting = ({ task, measure, example }) =>
  task({ name: 'counting', asks: 'the bit before', options: {}, papers: [] }, () => ({
    n: 1, m: 2, ...measure.nats, horizon: 1, floors: [],
    begin: random => random.uniform() < 0.5,
    next: (before, random) => {
      globalThis.drawsCounted++
      const bit = random.uniform() < 0.5
      return [[example([+bit], [+before, +!before])], bit]
    },
  }))
`

for (const batch of [1, 3])
  long(`a run that is resumed draws none of the steps before its checkpoint again: ${batch} at once`, async t => {
    const task = join(base, `counting-${batch}.js`)
    writeFileSync(task, counted)
    const config = { task, batch, rule: 'rflo', hidden: 3, every: 2, steps: 24, engine: 'compiled-js' } as const
    const [whole, out] = [join(base, `drawn-${batch}`), join(base, `jumped-${batch}`)]
    const { folder, id } = await ran(config, { out: whole })
    await cut(config, out, 20, 'signal')
    const { standing } = findCheckpoint(join(out, id), id, 20)
    const sources = await sourcesOf(config)()
    const ready = E.isRight(sources) ? await preparedWith(config, sources.right)() : sources
    if (E.isLeft(ready)) return t.fail(ready.left.message)
    const setup = setupFor(ready.right)
    const count = globalThis as unknown as { drawsCounted: number }
    count.drawsCounted = 0
    const [first] = updates(setup, ready.right.options, { from: standing })
    t.is(first?.metric.step, 21)
    t.true(count.drawsCounted > 0 && count.drawsCounted <= 5 * batch, String(count.drawsCounted))
    t.deepEqual(contents((await ran(config, { out })).folder), contents(folder))
  })

const shares = 16
const titleOf = ({ rule, engine, optimiser, kind, manner }: Case): string =>
  `${rule} by ${engine} with ${optimiser} on ${kind}, cut by ${manner}`

for (let share = 0; share < shares; share++)
  alwaysIf(share === 0)(
    `a run that is cut and resumed is the run that was not cut, byte for byte: ${share + 1} of ${shares}`,
    async t => {
      for (const [i, one] of cases.entries()) {
        if (i % shares !== share) continue
        const [config, whole, parts] = [configOf(data, one), join(base, `whole-${i}`), join(base, `cut-${i}`)]
        const { folder, id } = await ran(config, { out: whole })
        await cut(config, parts, 2 + (i % 8), one.manner)
        const last = await ran(config, { out: parts })
        t.is(last.id, id)
        t.deepEqual(contents(last.folder), contents(folder), titleOf(one))
        t.is(last.resumedAt > 0, one.manner !== 'late death', titleOf(one))
      }
    },
  )
