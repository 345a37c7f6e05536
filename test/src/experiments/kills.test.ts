import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { rng } from '../../../nets/random.ts'
import { long } from '../../full-effort.ts'
import { killed, leftAlone } from './kills.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-kills-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))

for (const rule of ['uoro', 'bptt'])
  long(`${rule} killed twice comes to what it comes to when it is left alone`, async t => {
    const whole = await leftAlone(rule, join(base, `${rule}-whole`))
    const how = { kills: 2, within: 100, random: rng(1) }
    const found = await killed(rule, join(base, `${rule}-killed`), how)
    t.true(found.killed > 0)
    t.deepEqual(found.files, whole)
  })
