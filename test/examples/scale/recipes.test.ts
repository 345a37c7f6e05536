import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'
import { recipes } from './sweep.ts'

const names = readdirSync(recipes, { recursive: true, encoding: 'utf8' }).filter(
  name => /\.(sh|js)$/.test(name) && !name.includes('node_modules'),
)

test('every recipe has at most 60 lines, and begins with what it does and how it is called', t => {
  t.true(names.length >= 5)
  for (const name of names) {
    const lines = readFileSync(recipes + name, 'utf8')
      .trimEnd()
      .split('\n')
    t.true(lines.length <= 60, name)
    t.regex(lines.join('\n'), /^(#!\/bin\/sh\n)?(#|\/\/) [A-Z][^\n]+\.\n(#|\/\/) {3}\S/, name)
  }
})

test('every recipe stands in the list', t => {
  const listed = readFileSync(`${recipes}README.md`, 'utf8')
  for (const name of names) t.true(listed.includes(`](${name})`), name)
})
