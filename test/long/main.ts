/** Runs the programs of this folder one after the other: `npm run test:long`, or a share of them, `npm run test:long -- --share 0.01 --seed 2`. Each says what it found, and fails where it is not as it should be. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const programs = readdirSync(folder).filter(name => name.endsWith('.js') && name !== 'main.js')

let failed = 0
for (const name of programs) {
  console.log(name)
  if (spawnSync(process.execPath, [folder + name, ...process.argv.slice(2)], { stdio: 'inherit' }).status !== 0)
    failed++
}
console.log(`${programs.length - failed} of ${programs.length} as they should be`)
process.exitCode = failed === 0 ? 0 : 1
