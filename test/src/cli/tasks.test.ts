import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { taskNames, tasks } from '../../../src/training/tasks/index.ts'
import { call } from '../../command.ts'
import { built } from '../../root.ts'

/** In dist/, so that `janusgrad` is the package itself. */
const folder = mkdtempSync(join(built, 'tasks-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const run = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await call(...args)
  if (code !== 0) throw new Error(`${code} ${err}`)
  return out
}
const refused = async (...args: readonly string[]): Promise<string> => {
  const { code, err } = await call(...args)
  return `${code} ${err}`
}

/** A task of a user's own: the input again, or so many times as much. */
const own = join(folder, 'echo.js')
writeFileSync(
  own,
  `export default janus => janus.task(
  {
    name: 'echo',
    asks: 'A sign, and the same sign times gain.',
    options: { gain: janus.option.real(1, 'how many times', 0, 10) },
    papers: [{ authors: 'Ours & Theirs', year: 2026, title: 'Echoes', id: 'Journal of Echoes 1' }],
  },
  ({ gain }) => ({
    n: 1,
    m: 1,
    ...janus.measure.meanSquare(1),
    horizon: 1,
    ...janus.trials(random => { const x = random.sign(); return [janus.example(x, gain * x)] }),
  }),
)
`,
)

/** A file that exports something else. */
const empty = join(folder, 'empty.js')
writeFileSync(empty, 'export const number = 1\n')

test('janus tasks has every task with its floor and its paper, within 80 columns; its options too', async t => {
  const lines = (await run('tasks')).split('\n')
  for (const line of lines) t.true([...line].length <= 80, line)
  for (const name of taskNames) {
    const row = lines.findIndex(line => line.startsWith(`${name} `))
    const floor = tasks[name].on().floors.at(-1)?.value ?? Number.NaN
    t.true(lines[row]?.includes(` ${floor.toFixed(4)} `), name)
    t.true(lines[row]?.includes(String(tasks[name].papers[0]?.year)), name)
    const below = lines.slice(row + 1, row + 7).join(' ')
    for (const option of Object.keys(tasks[name].options)) t.true(below.includes(` ${option} `), `${name} ${option}`)
  }
})

test('janus tasks --json: a line a task, its floors and options', async t => {
  const said = (await run('tasks', '--json', '--task', own))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.deepEqual(
    said.map(({ name }) => name),
    [...taskNames, own],
  )
  t.deepEqual(
    said.find(({ name }) => name === 'anbn').floors.map((floor: { name: string }) => floor.name),
    ['frequencies', 'only the last symbol', 'counting'],
  )
  t.deepEqual(said.at(-1).options, { gain: { range: '[0, 10]', default: '1', means: 'how many times' } })
})

test("a task of a user's own is trained on with its options, and its model is trained further", async t => {
  const out = join(folder, 'runs')
  const short = ['--steps', '20', '--hidden', '4', '--out', out]
  t.regex(await run('train', '--task', `${own}(gain=2)`, ...short), /ridge on a random network/)
  const [key = ''] = readdirSync(out)
  const model = join(out, key, 'model.json')
  const { task, options, file } = JSON.parse(readFileSync(model, 'utf8')).data
  t.deepEqual([task, options], [own, { gain: 2 }])
  t.regex(file, /^[0-9a-f]{12}$/)
  t.regex(await run('triangle', '--from', model, '--steps', '3'), /residuals/)
  t.regex(await run('triangle', '--from', model, '--task', own, '--steps', '3'), /residuals/)
  t.regex(await refused('train', '--task', 'copy', '--from', model, ...short), /^2 .*the task copy of 10 inputs/)
})

test('what cannot be asked for of a task is refused, every problem on a line', async t => {
  const bad: readonly (readonly [readonly string[], RegExp])[] = [
    [['copy(dela=0)'], /an option of copy: .*Did you mean `delay`/],
    [['copy(symbols=x)'], /wanted symbols whole number from 2 to 1000\. The default is 8/],
    [['add(near=9)'], /near = 9, far = 9; wanted near below far/],
    [[`${own}(gian=1)`], /Did you mean `gain`/],
    [['./nowhere.js'], /'\.\/nowhere\.js': no such file.*janus tasks/],
    [[empty], /exports number; wanted one task, or one function janus => task/],
  ]
  for (const [[task = ''], says] of bad)
    t.regex(await refused('train', '--task', task), new RegExp(`^2 [\\s\\S]*${says.source}`))
  const many = (await refused('train', '--task', 'copy(dela=0, symbols=1, length=0)')).trim().split('\n')
  t.is(many.length, 3)
})

test('janus cite prints every paper once, as BibTeX', async t => {
  const text = await run('cite', '--rule', 'uoro,rtrl,rflo', '--task', `anbn,murray-sines,lorenz,copy(delay=2),${own}`)
  const entries = text.trimEnd().split('\n\n')
  t.deepEqual(
    entries.map(entry => /^@(\w+)\{(\w+),/.exec(entry)?.slice(1).join(' ')),
    [
      'misc tallec2017unbiased',
      'article williams1989learning',
      'article murray2019local',
      'article gers2001lstm',
      'article lorenz1963deterministic',
      'misc sketched2026low',
      'misc graves2014neural',
      'article ours2026echoes',
    ],
  )
  t.is(
    entries[0],
    '@misc{tallec2017unbiased,\n  author = {Tallec and Ollivier},\n  title = {Unbiased online recurrent optimization},\n  year = {2017},\n  eprint = {1702.05043},\n  archivePrefix = {arXiv},\n}',
  )
  t.regex(entries[3] ?? '', /title = \{\{LSTM\} recurrent networks/)
  const wrong = await refused('cite', '--rule', 'uro', '--task', 'ad')
  t.regex(wrong, /^2 [\s\S]*Did you mean `uoro`[\s\S]*Did you mean `add`/)
  t.regex(await refused('cite'), /^2 .*neither --rule nor --task/)
})
