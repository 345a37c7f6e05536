import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { propositions } from '../../proofs/index.ts'
import { factsOf, registry, ruleNames } from '../../rules/index.ts'
import { root } from '../root.ts'
import { between } from './markdown.ts'
import { optionsTable, rulesTable } from './rules-table.ts'

const read = (name: string): string => readFileSync(join(root, 'docs', 'rules', `${name}.md`), 'utf8')
const names = readdirSync(join(root, 'docs', 'rules')).map(name => name.replace(/\.md$/, ''))

test('every rule of the registry has a page, and nothing else has', t => {
  t.deepEqual(names.toSorted(), ['README', ...ruleNames].toSorted())
})

test('the pages link to pages that exist', t => {
  for (const name of names)
    for (const [link, to = ''] of read(name).matchAll(/\]\(([\w-]+)\.md\)/g)) t.true(names.includes(to), name + link)
  for (const name of ruleNames) t.true(read('README').includes(`](${name}.md)`))
})

test('the tables of docs/rules/README.md are those of the registry', t => {
  t.is(between(read('README'), 'rules'), rulesTable())
  t.is(between(read('README'), 'options'), optionsTable())
})

const verdicts = new Map(
  Object.values(propositions)
    .flat()
    .map(({ claim, verdict }) => [claim, verdict]),
)

/** The parts of a page, in order. */
const parts = ['Faces', 'Keeps and drops.', 'Exact.', 'Not for', 'Cost a step.', 'Paper']

for (const name of ruleNames) {
  const text = read(name)
  test(`docs/rules/${name}.md has every part, an example, and each paper with its identifier`, t => {
    t.true(text.startsWith(`# ${name}: `))
    const at = parts.map(part => text.indexOf(`\n**${part}`))
    t.true(at.every(position => position > 0))
    t.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
    )
    t.is([...text.matchAll(/^```ts$/gm)].length, 1)
    for (const { title, year, id } of factsOf(registry[name]).papers)
      for (const part of [title, String(year), id]) t.true(text.includes(part), part)
  })

  test(`docs/rules/${name}.md quotes propositions as they are decided`, t => {
    const quoted = [...text.matchAll(/^- (holds|refuted): `janus prove "(.*)"`$/gm)]
    t.true(quoted.length > 0)
    for (const [, verdict, claim = ''] of quoted) t.is(verdicts.get(claim), verdict as 'holds', claim)
  })
}
