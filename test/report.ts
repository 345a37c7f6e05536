/**
 * Runs the tests and says little: a dot for every ten that pass, each failure whole, and at the end what passed, what failed, what
 * was skipped and how long it took. What the tests print themselves is kept back, and shown only where the run itself breaks down.
 * Words after the command go to ava: `npm test -- dist/test/ad/value.test.js`.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { modules, testFiles } from './workers.ts'

const ava = fileURLToPath(new URL('./cli.mjs', import.meta.resolve('ava')))

/** What has been met so far, and the lines of the failure that is being read. */
const seen = {
  passed: 0,
  failed: 0,
  skipped: [] as string[],
  logs: [] as string[],
  failure: false,
  column: 0,
}

const line = (text: string): void => {
  if (seen.column > 0) process.stdout.write('\n')
  seen.column = 0
  console.log(text)
}

const dot = (): void => {
  process.stdout.write('.')
  seen.column = (seen.column + 1) % 78
  if (seen.column === 0) process.stdout.write('\n')
}

/** One line of the TAP that ava writes. */
const read = (text: string): void => {
  const result = text.match(/^(not )?ok \d+ - (.*?)( # SKIP)?$/)
  if (!result) {
    if (seen.failure && (text.startsWith('  ') || text.startsWith('#   '))) console.log(text)
    else if (/^# {3}.*propositions/.test(text)) seen.logs.push(text.slice(4))
    return
  }
  const [, bad, title = '', skip] = result
  seen.failure = bad !== undefined
  if (skip) seen.skipped.push(title)
  else if (bad) {
    seen.failed++
    line(`\n✘ ${title}`)
  } else if (++seen.passed % 10 === 0) dot()
}

const since = performance.now()
const asked = process.argv.slice(2)
const files = asked.length > 0 ? asked : modules()
const child = spawn(process.execPath, [ava, '--tap', ...files], { stdio: ['inherit', 'pipe', 'pipe'] })
const kept: Buffer[] = []
child.stderr.on('data', (chunk: Buffer) => kept.push(chunk))
createInterface({ input: child.stdout }).on('line', read)
child.on('close', code => {
  const broke = code !== 0 && seen.failed === 0
  if (broke) line(Buffer.concat(kept).toString())
  line('')
  for (const log of seen.logs) console.log(log)
  for (const title of seen.skipped) console.log(`skipped: ${title}`)
  console.log(
    `${asked.length > 0 ? asked.length : testFiles().length} files in ${Math.round((performance.now() - since) / 1000)} s`,
  )
  console.log(`${seen.passed} tests passed`)
  if (seen.failed > 0) console.log(`${seen.failed} tests failed`)
  process.exitCode = code ?? 1
})
