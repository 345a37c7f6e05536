import { rmSync } from 'node:fs'
import test from 'ava'
import { besideSerial, ended, killing, lacking, recipes, swept } from './sweep.ts'

const reason = lacking('parallel')
const title = 'GNU parallel begins again a run whose process is killed, and comes to the same bytes as serial'

if (reason) test.skip(`${title} (${reason})`, () => {})
else
  test(title, async t => {
    t.timeout(600_000, 'a machine with much to do')
    const folder = swept('parallel', 4)
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const recipe = ended(folder, ['sh', `${recipes}parallel.sh`, 'sweep.yaml'])
    const killed = await Promise.race([killing(folder, 1), recipe.then(() => [])])
    const { code, out, err } = await recipe
    t.is(code, 0, err)
    t.is(killed.length, 1)
    t.regex(out, /All 4 runs are done\./)
    const { runs, serial } = await besideSerial(folder)
    t.is(Object.keys(runs).length, 4)
    t.deepEqual(runs, serial)
  })
