/** Every rule by every engine with every optimiser on every kind of data, cut in every way, and two hundred kills of real processes: hours. Prints what differs. Of a share, as many cases and kills drawn by its seed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { rng } from '../../nets/random.ts'
import { type Entry, factsOf, registry, ruleNames } from '../../rules/registry.ts'
import { shareOf, shareSeed } from '../share.ts'
import { allCases, type Case, configOf, contents, cut, ran, writeData } from '../src/experiments/cuts.ts'
import { killed, leftAlone } from '../src/experiments/kills.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-resume-'))
const data = join(base, 'data')
writeData(data)

let failed = 0
const differ = (what: string): void => {
  failed += 1
  console.log(`not the same: ${what}`)
}

/** A run that is cut twice beside one that is not. */
const isSame = async (one: Case, at: string): Promise<boolean> => {
  const config = configOf(data, one)
  const whole = await ran(config, { out: join(at, 'whole') })
  for (const after of [2, 6]) await cut(config, join(at, 'cut'), after, one.manner)
  const last = await ran(config, { out: join(at, 'cut') })
  return isDeepStrictEqual(contents(last.folder), contents(whole.folder))
}

const random = rng(shareSeed)
/** The cases of the share, drawn without putting back. */
const cases = allCases
  .map(one => ({ one, at: random.uniform() }))
  .toSorted((a, b) => a.at - b.at)
  .slice(0, shareOf(allCases.length))
  .map(({ one }) => one)

for (const [i, one] of cases.entries()) {
  const at = join(base, 'case')
  try {
    if (!(await isSame(one, at))) differ(JSON.stringify(one))
  } catch (thrown) {
    differ(`${JSON.stringify(one)}, which failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
  rmSync(at, { recursive: true, force: true })
  if (i % 100 === 99) console.log(`${i + 1} of ${cases.length} cases`)
}

const rules = ruleNames.filter(name => name !== 'diagonal' && !factsOf(registry[name] as Entry).eager)
const kills = Math.ceil(shareOf(200) / rules.length)
let count = 0
for (const rule of rules.slice(0, shareOf(200))) {
  const whole = await leftAlone(rule, join(base, `${rule}-whole`))
  const found = await killed(rule, join(base, `${rule}-killed`), { kills, within: 250, random })
  count += found.killed
  if (!isDeepStrictEqual(found.files, whole)) differ(`${rule} after ${found.killed} kills`)
}
console.log(`${cases.length} cases and ${count} kills, ${failed} not the same`)
rmSync(base, { recursive: true, force: true })
process.exitCode = failed === 0 ? 0 : 1
