/** The second net: the ava tests of ad/, nets/ and rules/, for what no proposition finds. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../root.ts'
import { copy } from './copy.ts'

const files = ['ad', 'nets', 'rules', 'proofs/ad'].map(folder => `dist/test/${folder}/**/*.test.js`)
const longest = 300_000

/** Whether the tests pass in the copy with a mutant on; 0 is none. */
export const passesTests = (mutant: number): boolean => {
  const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs')
  const { status } = spawnSync(process.execPath, [ava, '--fail-fast', '--concurrency', '2', ...files], {
    cwd: copy,
    // a continuous build writes no snapshots
    env: { ...process.env, CI: '1', JANUS_MUTANT: String(mutant) },
    stdio: 'ignore',
    timeout: longest,
  })
  return status === 0
}
