import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { call as inProcess } from '../../command.ts'
import { long } from '../../full-effort.ts'
import { graph } from '../../graph.ts'
import { built, janus } from '../../root.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-compare-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

writeFileSync(
  join(folder, 'mine.js'),
  `import { error, pull, rule } from 'janusgrad'
export const mine = rule({ name: 'mine', faces: 'past', init: () => null, step: (_, now) => [pull(now.immediate, error(now)), null] })
`,
)

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

const small = ['compare', '--task', 'add', '--hidden', '4', '--steps', '10', '--engine', 'compiled-wasm'] as const

/** In this process, where nothing but the words matters. */
const here = (...words: readonly string[]) => inProcess(...small, '--workers', '0', ...words)

/** In a process of its own, in the folder, with its run on another. */
const call = (...words: readonly string[]) =>
  new Promise<Said>(resolve =>
    execFile(process.execPath, [janus, 'compare', '--workers', '1', ...words], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  )

test('a rule of two lines is compared by one command, with table, figures and report', async t => {
  const series = ['--data', 'sunspots', '--window', '5', '--hidden', '4', '--steps', '10']
  const { code, out, err } = await call(...series, '--rule', 'bptt,./mine.js', '--seed', '0..1', '--out', 'one')
  t.is(code, 0, err)
  for (const line of out.split('\n')) t.true(line.length <= 80 || line.startsWith('Written'), line)
  for (const rule of ['bptt', './mine.js']) t.true(out.includes(`\n${rule} `))
  t.regex(out, /median +IQM \[95%\] +diverged +cosine/)
  t.regex(out, /− bptt \[95%\] +p +p Holm +d_z/)
  t.regex(out, /p < \.05 takes at least 6 seeds/)
  t.notRegex(out, /\d\*/)
  t.is(err.split('\n').filter(line => / seed \d: done, held out /.test(line)).length, 4)
  const [, report = ''] = /Written: (\S+report\.html)/.exec(out) ?? []
  const html = readFileSync(join(folder, report), 'utf8')
  t.true(html.includes('./mine.js') && html.includes('<svg '))
  t.deepEqual(
    readdirSync(join(folder, report, '..', 'data')).toSorted(),
    ['alignment', 'lag-errors', 'lags', 'learning-curve', 'learning-curve-operations', 'seeds', 'spectra', 'triangles']
      .map(name => `${name}.csv`)
      .toSorted(),
  )
})

test('the results as JSON have every run, and a rule that diverges is there', async t => {
  const words = [
    '--task',
    'mackey-glass',
    '--rule',
    'rtrl',
    '--seed',
    '1..2',
    'lr=0.03,1.7e308',
    '--json',
    '--quiet',
    '--no-report',
    '--out',
    join(folder, 'json'),
  ]
  const { code, out, err } = await here(...words)
  t.is(code, 0)
  t.is(err, '')
  const { groups, paired } = JSON.parse(out)
  t.deepEqual(
    groups.map(({ name, diverged, runs }: { name: string; diverged: number; runs: object[] }) => [
      name,
      diverged,
      runs.length,
    ]),
    [
      ['rtrl lr=0.03', 0, 2],
      ['rtrl lr=1.7e+308', 2, 2],
    ],
  )
  t.is(groups[1].median, null)
  t.deepEqual([paired.length, paired[0].p], [1, 0.5])
})

test('shadows and tuning are part of the command', async t => {
  const words = [
    '--rule',
    'rflo',
    '--seed',
    '1',
    '--shadow',
    'rtrl',
    '--tune',
    'lr=0.01,0.02',
    '--no-report',
    '--out',
    join(folder, 'more'),
  ]
  const { code, out, err } = await here(...words)
  t.is(code, 0, err)
  t.regex(out, /cos rtrl/)
  t.regex(
    out.replaceAll(/\s+/g, ' '),
    /tuned: lr of each rule by the median on seeds 2; 2 values × 1 seeds × 10 updates = 20 updates/,
  )
  t.regex(out, /^rflo: lr=0\.0[12], of 0\.01 \(/m)
})

for (const [words, wanted] of [
  [['--rule', 'rtrl,rflu', '--seed', '1'], /--rule rflu; wanted one of .*Did you mean `rflo`/],
  [['--rule', 'rtrl,rflo', '--against', 'rfl'], /--against rfl; wanted one of rtrl, rflo\. Did you mean `rflo`/],
  [['--rule', 'rtrl', '--workers', '-1'], /--workers -1; wanted a whole number from 0/],
  [['--rule', 'rtrl', '--tune', 'seed=1,2'], /--tune seed=1,2; wanted a setting that rules may have otherwise/],
  [['--rule', 'rtrl,rtrl'], /which are the same/],
  [['--rule', 'diagonal,rtrl'], /diagonal/],
] as const)
  test(`${words.join(' ')} is refused before anything is run`, async t => {
    const { code, out, err } = await here(...words, '--out', join(folder, 'refused'))
    t.is(code, 2, err)
    t.is(out, '')
    t.regex(err, wanted)
    t.notRegex(err, /\n {4}at /)
    t.false(existsSync(join(folder, 'refused')))
  })

const ended = (child: ChildProcess): Promise<number | null> => new Promise(resolve => child.once('exit', resolve))

long('Ctrl-C stops the runs after an update and says how to go on; the same command does', async t => {
  const out = join(folder, 'cut')
  const words = ['--steps', '1000', '--rule', 'rtrl', '--seed', '1..3', '--no-report', '--out', out]
  const child = spawn(process.execPath, [janus, ...small, '--workers', '2', ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr?.on('data', part => {
    err += part
  })
  const end = ended(child)
  const isRunning = (): boolean => existsSync(out) && readdirSync(out).some(id => existsSync(join(out, id, 'lock')))
  while (child.exitCode === null && !isRunning()) await setTimeout(10)
  child.kill('SIGINT')
  t.is(await end, 130)
  // two would be those that were running, had they come to their end
  t.regex(err, /stopped with [01] of 3 runs done \(SIGINT\); the same command goes on from there/)
  const again = await here(...words)
  t.is(again.code, 0, again.err)
})

test('a command that draws no figure loads nothing that draws', t => {
  for (const entry of ['cli/train', 'cli/start', 'cli/compare', 'comparison/worker', 'index']) {
    const files = [...graph(`${built}src/${entry}.js`)]
    t.true(files.length > 5, entry)
    t.deepEqual(
      files.filter(file => /^(vega|vega-lite|@resvg)/.test(file)),
      [],
    )
  }
})
