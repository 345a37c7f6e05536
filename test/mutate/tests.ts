/** The second net: the ava tests that reach a mutant, for what no proposition finds. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.ts'
import { testFiles } from '../workers.ts'
import { copy, surveyEach } from './copy.ts'
import { allowed, type Effort } from './trial.ts'

/** A test file without a mutant: whether it passes, how long it takes, which mutants it reaches. */
export interface TestFile {
  readonly file: string
  readonly passed: boolean
  readonly ms: number
  readonly reached: readonly number[]
}

/** The folders whose tests are asked; the storeys of proofs are decided already. */
const isAsked = (file: string): boolean => /^(ad|nets|rules|proofs)\//.test(file) && !file.startsWith('proofs/storeys/')

const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs')

/** Whether a test file of the copy passes with a mutant on, in so many seconds. */
const passes = async (file: string, mutant: number, seconds: number, hits?: string): Promise<boolean> => {
  const words = ['--fail-fast', '--no-worker-threads', '--timeout', '10m', join('dist/test', file)]
  // a continuous build writes no snapshots
  const env = {
    ...process.env,
    CI: '1',
    JANUS_EFFORT: 'full',
    JANUS_MUTANT: String(mutant),
    ...(hits && { JANUS_HITS: hits }),
  }
  // in a group of its own, so that a worker that hangs ends with its parent
  const child = spawn(process.execPath, [ava, ...words], { cwd: copy, env, stdio: 'ignore', detached: true })
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), seconds * 1000)
  const [code] = await once(child, 'exit')
  clearTimeout(timer)
  return code === 0
}

/** A test file without a mutant. */
const surveyed = async (file: string): Promise<TestFile> => {
  const hits = join(copy, `hits-${file.replaceAll('/', '-')}`)
  rmSync(hits, { force: true })
  const start = performance.now()
  const passed = await passes(file, 0, 600, hits)
  const ms = performance.now() - start
  const reached = existsSync(hits) ? readFileSync(hits, 'utf8').trim().split(/\s+/).map(Number) : []
  rmSync(hits, { force: true })
  return { file, passed, ms, reached: [...new Set(reached)] }
}

/** The test files without a mutant, so many at once. */
export const surveyTests = (jobs: number): Promise<readonly TestFile[]> =>
  surveyEach(testFiles().filter(isAsked), jobs, surveyed)

/** How near a test file is to a source: how many folders and names of their paths agree. */
const nearness = (file: string, source: string): number => {
  const [a, b] = [file.replace(/\.test\.js$/, ''), source.replace(/\.ts$/, '')].map(path => path.split('/'))
  const parting = a?.findIndex((name, i) => name !== b?.[i]) ?? 0
  return parting === -1 ? Number.POSITIVE_INFINITY : parting
}

/** The test file that finds a mutant of a source, of so many that are nearest to it; null where none does. */
export const testThatFinds = async (
  mutant: number,
  source: string,
  files: readonly TestFile[],
  effort: Effort,
  nearest: number,
): Promise<string | null> => {
  const order = files
    .filter(({ passed, reached }) => passed && reached.includes(mutant))
    .sort((a, b) => nearness(b.file, source) - nearness(a.file, source) || a.ms - b.ms)
    .slice(0, nearest)
  for (const { file, ms } of order) if (!(await passes(file, mutant, allowed(ms, effort) + 5))) return file
  return null
}
