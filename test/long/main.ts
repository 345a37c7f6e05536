/** Runs the programs of this folder one after the other: `npm run test:long`. Each says what it found, and fails where it is not as it should be. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const programs = readdirSync(folder).filter(name => name.endsWith('.js') && name !== 'main.js')

let failed = 0
for (const name of programs) {
  console.log(name)
  if (spawnSync(process.execPath, [folder + name], { stdio: 'inherit' }).status !== 0) failed++
}
console.log(`${programs.length - failed} of ${programs.length} as they should be`)
process.exitCode = failed === 0 ? 0 : 1
