import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { cellNames } from '../../../nets/cells/index.ts'
import { call, type Outcome } from '../../command.ts'
import { full } from '../../effort.ts'
import { janus } from '../../root.ts'

const folder = mkdtempSync(join(tmpdir(), 'janus-'))
test.after.always(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const out = join(folder, 'runs')
const train = (...args: readonly string[]) => call('train', '--out', out, ...args)

const wrong: Readonly<Record<string, readonly [() => Promise<Outcome>, RegExp]>> = {
  'a misspelt command': [() => call('prov'), /prove/],
  'a misspelt option': [() => train('--data', 'sunspots', '--hiden', '3'), /--hidden/],
  'a misspelt rule': [() => train('--data', 'sunspots', '--rule', 'bbtt'), /bptt/],
  'no data': [() => train(), /--data/],
  'a misspelt data set': [() => train('--data', 'sunspot'), /sunspots/],
  'a missing file': [() => train('--data', join(folder, 'nowhere.txt')), /nowhere/],
  'an empty file': [() => train('--data', file('empty.txt', '')), /empty/],
  'a binary file': [() => train('--data', file('binary.txt', new Uint8Array([65, 0, 200, 1]))), /binary|UTF-8|NUL/],
  'alpha out of range': [() => train('--data', 'sunspots', '--alpha', '1.5'), /\(0, 1\]/],
  'no units': [() => train('--data', 'sunspots', '--hidden', '0'), /hidden/],
  'k = 0': [() => train('--data', 'sunspots', '--rule', 'tbptt', '--k', '0'), /k/],
  'a seed that is no number': [() => train('--data', 'sunspots', '--seed', 'x'), /seed/],
  'half a run': [() => call('prove', '--runs', '0.5'), /--runs/],
  'a claim nobody made': [() => call('prove', 'no such claim'), /no such claim/],
  'a triangle of no steps': [() => call('triangle', '--steps', '0'), /steps/],
  'a case that is not there': [() => call('check', join(folder, 'none.json')), /none/],
  'a folder in place of a foreign gradient': [() => call('identify', folder), /cannot be read \(EISDIR\)/],
  'a foreign gradient that is not there': [() => call('identify', join(folder, 'none.json')), /is not there/],
  'a case that is no JSON': [() => call('check', file('bad.json', '{')), /JSON/],
}

for (const [what, [make, says]] of Object.entries(wrong))
  test(`${what} is wrong usage: exit 2, one clear message, nothing written`, async t => {
    const { code, err } = await make()
    t.is(code, 2)
    t.regex(err, says)
    t.true(err.trim().split('\n').length <= 6, err)
    t.notRegex(err, /\n\s+at /)
    t.false(existsSync(out))
  })

test('prove decides what a pattern finds, as lines or as JSON', async t => {
  const plain = await call('prove', 'nesting', '--runs', '5', '--seed', '3')
  t.is(plain.code, 0)
  t.regex(plain.out, /9 decided as claimed, 0 not \(seed 3\)/)
  const json = await call('prove', 'one-step truncation computes the gradient', '--json')
  const decision = JSON.parse(json.out)
  t.is(decision.verdict, 'refuted')
  t.true(decision.passed && decision.worst > 0)
})

test('the REPL evaluates an expression', async t => {
  const { code, out: printed } = await call('repl', '-e', 'grad(x => mul(x, x))(tensor(3))')
  t.is(code, 0)
  t.is(printed, '6\n')
})

test('the command in a process of its own exits with the code, and prints the same', async t => {
  const processOf = (...args: readonly string[]): Promise<Outcome> =>
    new Promise(resolve => {
      const done = (error: { code?: unknown } | null, out: string, err: string): void =>
        resolve({ code: error ? Number(error.code) : 0, out, err })
      execFile(process.execPath, [janus, ...args], { env: { ...process.env, NO_COLOR: '1' } }, done)
    })
  for (const words of [...(full ? [['rules']] : []), ['--version'], ['prov'], ['check', join(folder, 'none.json')]])
    t.deepEqual(await processOf(...words), await call(...words), words.join(' '))
})

test('a reader that leaves early hides no exit code, and is no failure', async t => {
  const closedPipe = (...args: readonly string[]): Promise<number | null> =>
    new Promise(resolve => {
      const child = spawn(process.execPath, [janus, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      child.stdout.destroy()
      child.on('exit', resolve)
    })
  if (full) t.is(await closedPipe('check', file('lacking.json', '{}')), 2)
  t.is(await closedPipe('check', '--json', file('lacking-too.json', '{}')), 2)
  t.is(await closedPipe('rules'), 0)
})

test('help has examples', async t => {
  const { code, out: printed } = await call('train', '--help')
  t.is(code, 0)
  t.regex(printed, /janus train --data sunspots/)
})

test('help names every cell of the registry', async t => {
  for (const command of ['train', 'spectrum']) {
    const { out: printed } = await call(command, '--help')
    for (const name of cellNames) t.regex(printed.replaceAll(/\s+/g, ' '), new RegExp(`\\b${name}\\b`), command)
  }
})

test('the words of 0.1.0 are read, and those of today are written', async t => {
  const { code, out: printed } = await call(
    'train',
    '--out',
    join(folder, 'former'),
    '--data',
    file('letters.txt', 'abcab'.repeat(20)),
    '--cell',
    'peephole',
    '--forget',
    '2',
    '--steps',
    '1',
  )
  t.is(code, 0)
  t.regex(printed, /forget bias 2/)
  const spectrum = await call('spectrum', '--cell', 'minimal', '--hidden', '2', '--steps', '2')
  t.regex(spectrum.out, /mgu/)
})
