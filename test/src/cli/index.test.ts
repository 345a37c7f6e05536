import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { commands } from '../../../src/cli/index.ts'
import { graph } from '../../graph.ts'
import { built, janus, root } from '../../root.ts'

const names = commands.map(({ name }) => name).toSorted()
const help = (...words: readonly string[]): string =>
  execFileSync(process.execPath, [janus, ...words, '--help'], { encoding: 'utf8' })

test("README's table has every command of the registry, and no other", t => {
  const rows = readFileSync(`${root}README.md`, 'utf8').matchAll(/^\| `janus ([a-z]+)/gm)
  t.deepEqual([...rows].map(([, name]) => name).toSorted(), names)
})

test('help lists every command, and of each its options and examples, within 80 columns', t => {
  const all = help()
  for (const { name, options = {}, examples = [] } of commands) {
    t.regex(all, new RegExp(`^  ${name}\\b`, 'm'))
    const one = help(name)
    for (const [flags, option] of Object.entries(options)) {
      const shown = typeof option !== 'object' || !option.hidden
      t.is(new RegExp(`^  ${flags} +\\S`, 'm').test(one), shown, `${name} ${flags}`)
    }
    for (const example of examples) t.true(one.includes(`${example}\n`), example)
    for (const line of `${all}${one}`.split('\n')) t.true(line.length <= 80 || examples.includes(line), line)
  }
})

test('the registry loads no body of a command: nothing outside the command line', t => {
  const files = [...graph(`${built}src/cli/index.js`)]
  t.true(files.length > names.length)
  t.deepEqual(
    files.filter(file => !/\/src\/cli\/(index|command|shared|commands\/[a-z]+)\.js$/.test(file)),
    [],
  )
})
