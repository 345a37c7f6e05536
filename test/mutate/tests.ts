/** The second net: the ava tests of ad/, nets/ and rules/, for what no proposition finds. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../root.ts'
import { copy } from './copy.ts'

const storeys = ['ad', 'nets', 'rules']
const longest = 300_000

/** Whether the tests that mirror a file's storey pass in the copy with a mutant on. */
export const passesTests = (mutant: number, file: string): boolean => passes(mutant, [file.split('/')[0] ?? ''])

/** Whether all of them pass without a mutant. */
export const passUnmutated = (): boolean => passes(0, storeys)

const passes = (mutant: number, folders: readonly string[]): boolean => {
  const files = folders.map(folder => `dist/test/${folder}/**/*.test.js`)
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
