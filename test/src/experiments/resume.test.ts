import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { allCases, type Case, configOf, contents, cut, pairwise, ran, writeData } from './cuts.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-resume-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))
const data = join(base, 'data')
writeData(data)

/** A task has a long tail: one operation at a time takes seconds, and is tried in `npm run test:long`. */
const cases = pairwise(allCases.filter(({ engine, kind }) => engine !== 'eager' || kind !== 'task'))
const shares = 4
const titleOf = ({ rule, engine, optimiser, kind, manner }: Case): string =>
  `${rule} by ${engine} with ${optimiser} on ${kind}, cut by ${manner}`

for (let share = 0; share < shares; share++)
  test.serial(
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
