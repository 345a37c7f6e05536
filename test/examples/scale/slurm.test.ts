import test from 'ava'
import { onSlurm, withoutSlurm } from './slurm.ts'

const reason = withoutSlurm()
const title =
  'an array job of Slurm with two tasks killed is complete after one janus missing, the same bytes as serial'

if (reason) test.skip(`${title} (${reason})`, () => {})
else
  test(title, async t => {
    t.timeout(600_000, 'a machine with much to do')
    const { code, text, submitted, killed, files } = await onSlurm(6, 2)
    t.is(code, 0, text)
    t.is(killed, 2)
    t.is(submitted, 2, text)
    t.regex(text, /4 of 6 runs are done; 2 missing\./)
    t.regex(text, /All 6 runs are done\./)
    t.is(Object.keys(files.runs).length, 6)
    t.deepEqual(files.runs, files.serial)
  })
