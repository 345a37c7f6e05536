import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { call } from '../../command.ts'

const base = mkdtempSync(join(tmpdir(), 'janusgrad-faults-'))
test.after.always(() => rmSync(base, { recursive: true, force: true }))

const own = (name: string): string => join(base, name)

const small = ['--data', 'sunspots', '--hidden', '2', '--window', '8', '--steps', '4', '--engine', 'compiled-js']

test('what cannot be is refused before anything is written, in a line that says what to do', async t => {
  writeFileSync(own('holes.csv'), `${[...'x'.repeat(30)].map((_, i) => (i === 7 ? 'NaN' : i)).join('\n')}\n`)
  writeFileSync(
    own('old.yaml'),
    'data: sunspots\nrule: rkfrtrl\nhidden: 2\nwindow: 8\nsteps: 3\nforget: 1\ncell: lstm\n',
  )
  writeFileSync(own('odd.yaml'), 'data: sunspots\nhiden: 4\nlr: -1\n')
  const out = own('never')
  const bad: readonly (readonly [readonly string[], RegExp])[] = [
    [['--data', own('holes.csv')], /holes\.csv.*NaN/],
    [['--task', 'copy(dely=3)'], /dely.*Did you mean `delay`/],
    [['--task', 'copy', 'task.dely=3'], /dely.*Did you mean `delay`/],
    [
      ['--config', own('odd.yaml')],
      /lr: -1; wanted a number above 0. Try lr: [\s\S]*the setting hiden; .*Did you mean `hidden`/,
    ],
    [['--config', own('none.yaml')], /none\.yaml' is not there/],
    [['--config', '/dev/zero'], /'\/dev\/zero' cannot be read \(a device, not a file\)/],
    [[...small, 'hidden'], /the word hidden; wanted setting=value/],
    [[...small, '--checkpoint-every', '-1'], /--checkpoint-every -1/],
  ]
  for (const [words, says] of bad) {
    const { code, err } = await call('train', ...words, '--out', out)
    t.is(code, 2, err)
    t.regex(err, says)
    t.notRegex(err, /\n\s+at /)
  }
  t.false(existsSync(out))
})

test('a config in the words of version 0.1.0 is read, and is the same experiment as in those of today', async t => {
  const words = ['--rule', 'reverse-kfrtrl', '--data', 'sunspots', '--hidden', '2', '--window', '8', '--steps', '3']
  writeFileSync(own('former.yaml'), 'data: sunspots\nrule: rkfrtrl\nhidden: 2\nwindow: 8\nsteps: 3\n')
  t.is((await call('train', ...words, '--out', own('today'))).code, 0)
  const { code, out, err } = await call('train', '--config', own('former.yaml'), '--out', own('today'))
  t.is(code, 0, err)
  t.regex(out, /It was finished before/)
  t.is(readdirSync(own('today')).length, 1)
})

test('where nothing can be written, a run says so and what to do', async t => {
  const { code, err } = await call('train', ...small, '--out', '/proc/janus')
  t.is(code, 2)
  t.regex(err, /the folder '\/proc\/janus\/?.*' cannot be made \(\w+\).*--out/)
})

test('what is half written is not believed: a result or an error that is cut off is none', async t => {
  t.is((await call('train', ...small, '--out', own('half'))).code, 0)
  const at = join(base, 'half', readdirSync(own('half'))[0] ?? '')
  const whole = readFileSync(join(at, 'result.json'), 'utf8')
  writeFileSync(join(at, 'result.json'), whole.slice(0, 20))
  writeFileSync(join(at, 'error.json'), '{')
  mkdirSync(join(at, 'unfinished'))
  const { code, err } = await call('train', ...small, '--out', own('half'))
  t.is(code, 0, err)
  t.is(readFileSync(join(at, 'result.json'), 'utf8'), whole)
})

test('--print-config prints what is read as itself, and --schema the schema', async t => {
  const { out } = await call('train', ...small, '--rule', 'uoro(rho0=0.5, normalize=false)', '--print-config')
  writeFileSync(own('printed.yaml'), out)
  t.is((await call('train', '--config', own('printed.yaml'), '--print-config')).out, out)
  t.is(JSON.parse((await call('train', '--schema')).out).additionalProperties, false)
})
