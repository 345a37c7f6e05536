/**
 * Runs the tests, a process for every core and one more, since some wait, and says little: a dot for every ten that pass, each failure
 * whole, and at the end what passed, what failed, what was skipped and how long it took. What the tests print themselves is kept back, and
 * shown only where a process itself breaks down. Words after the command are test files: `npm test -- dist/test/ad/value.test.js`;
 * with --full they try as hard as they can (effort.ts).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { waits } from './effort.ts'
import { built } from './root.ts'
import { modules, testFiles } from './workers.ts'

/** Most of what tests make is soon unused: there is room for it, cleared by one thread, since every core has a process of its own. */
const flags = ['--min-semi-space-size=64', '--max-semi-space-size=64', '--single-threaded-gc']

const ava = fileURLToPath(new URL('./cli.mjs', import.meta.resolve('ava')))

/** What has been met so far. */
const seen = { passed: 0, failed: 0, broke: 0, waiting: 0, skipped: [] as string[], logs: [] as string[], column: 0 }

const print = (text: string): void => {
  if (seen.column > 0) process.stdout.write('\n')
  seen.column = 0
  console.log(text)
}

const dot = (): void => {
  process.stdout.write('.')
  seen.column = (seen.column + 1) % 78
  if (seen.column === 0) process.stdout.write('\n')
}

/** Reads the TAP that ava writes of a module, and prints a failure when all of it has been read. */
const reader = (name: string) => {
  let [failed, failure] = [0, [] as string[]]
  const printFailure = (): void => {
    if (failure.length > 0) print(failure.join('\n'))
    failure = []
  }
  const read = (line: string): void => {
    const result = line.match(/^(not )?ok \d+ - (.*?)( # SKIP)?$/)
    if (!result) {
      if (failure.length > 0 && (line.startsWith('  ') || line.startsWith('#   '))) failure.push(line)
      else if (/^# {3}.*propositions/.test(line)) seen.logs.push(line.slice(4))
      return
    }
    printFailure()
    const [, bad, title, skip] = result
    if (skip && title?.endsWith(waits)) seen.waiting++
    else if (skip) seen.skipped.push(`${name} › ${title}`)
    else if (bad) {
      failed++
      seen.failed++
      failure.push(`\n✘ ${name} › ${title}`)
    } else if (++seen.passed % 10 === 0) dot()
  }
  return {
    read,
    /** How many have failed, once all is read. */
    ended: (): number => {
      printFailure()
      return failed
    },
  }
}

/** Runs the tests of a module in a process of its own, one after another. */
const runModule = async (module: string): Promise<void> => {
  const { read, ended } = reader(relative(built, module).replace(/^test\/|(\.test)?\.js$/g, ''))
  const words = [...flags, ava, '--no-worker-threads', '--serial', '--tap', module]
  const child = spawn(process.execPath, words, { stdio: ['inherit', 'pipe', 'pipe'] })
  const kept: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => kept.push(chunk))
  createInterface({ input: child.stdout }).on('line', read)
  const [code] = await once(child, 'close')
  if (ended() > 0 || code === 0) return
  seen.broke++
  print(`${module} ended with ${code}\n${Buffer.concat(kept)}`)
}

const since = performance.now()
const { values, positionals: asked } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
})
if (values.full) process.env.JANUS_EFFORT = 'full'
const waiting = (asked.length > 0 ? asked : modules()).values()
const work = async (): Promise<void> => {
  for (const module of waiting) await runModule(module)
}
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work))

print('')
for (const log of seen.logs) console.log(log)
for (const title of seen.skipped) console.log(`skipped: ${title}`)
if (seen.waiting > 0) console.log(`${seen.waiting} more tests, and all random cases: npm test -- --full`)
const files = asked.length > 0 ? asked : testFiles()
console.log(`${files.length} files in ${Math.round((performance.now() - since) / 1000)} s`)
console.log(`${seen.passed} tests passed`)
if (seen.failed > 0) console.log(`${seen.failed} tests failed`)
if (seen.failed + seen.broke > 0) process.exitCode = 1
