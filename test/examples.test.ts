import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { width } from '../src/wrap.ts'
import { root } from './root.ts'

const folder = `${root}examples`
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const names = readdirSync(folder).filter(name => name.endsWith('.js'))

/** An example's code, and what the comment at its end says it prints. */
const partsOf = (name: string): readonly [code: string, expected: string] => {
  const [, code = '', expected = ''] = /^([\s\S]*?)\n\/\* prints\n([\s\S]*?)\n\*\/\n$/.exec(read(name)) ?? []
  return [code, expected]
}

const outputOf = async (name: string): Promise<string> => {
  const env = { ...process.env, NO_COLOR: '1' }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, name)], {
    encoding: 'utf8',
    env,
  })
  return `${stderr}${stdout}`.trimEnd()
}

for (const name of names)
  test.serial(`examples/${name} prints what its last comment says, line by line`, async t => {
    const [, expected] = partsOf(name)
    t.not(expected, '')
    t.deepEqual((await outputOf(name)).split('\n'), expected.split('\n'))
  })

for (const name of names)
  test(`examples/${name} begins with its idea, has at most 40 lines of code, and prints no more than 80 columns`, t => {
    const [code, expected] = partsOf(name)
    t.regex(code, /^\/\/ [A-Z].*\n(\/\/ .*\n){0,2}import /)
    t.true(code.trim().split('\n').length <= 40)
    for (const line of expected.split('\n')) t.true(width(line) <= 80, line)
  })

test('every example imports public names only', t => {
  for (const name of names) {
    const sources = [...read(name).matchAll(/ from '(.*)'/g)].map(([, source]) => source ?? '')
    t.true(sources.length > 0)
    for (const source of sources) t.regex(source, /^janusgrad(\/(ad|nets|rules|proofs|symbols))?$/, name)
  }
})

test('the list of examples has every one of them, and no other', t => {
  const listed = [...read('README.md').matchAll(/\]\(([\w-]+\.js)\)/g)].map(([, name]) => name ?? '')
  t.deepEqual(listed.toSorted(), names.toSorted())
})
