import { execFileSync } from 'node:child_process'
import test from 'ava'
import { factsOf, registry, ruleNames } from '../../../rules/registry.ts'
import { janus } from '../../root.ts'

const rules = (...args: readonly string[]): readonly string[] =>
  execFileSync(process.execPath, [janus, 'rules', ...args], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')

test('janus rules fits a terminal of eighty columns, its columns in line', t => {
  const lines = rules()
  for (const line of lines) t.true([...line].length <= 80, `${[...line].length}: ${line}`)
  const [head = ''] = lines
  for (const name of ruleNames) {
    const row = lines.find(line => line.startsWith(`  ${name} `)) ?? ''
    const { faces, both, keeps, structure, exactness, cost } = factsOf(registry[name])
    const cells = { faces: both ? 'both' : faces, keeps, as: structure, is: exactness, 'a step': cost.time }
    for (const [title, cell] of Object.entries(cells)) {
      const at = head.indexOf(` ${title}`) + 1
      t.is(row.slice(at, at + cell.length), cell, `${name}: ${title}`)
      t.is(row[at - 1], ' ', `${name}: ${title}`)
    }
  }
})

test('every rule stands once, under what it changes', t => {
  const lines = rules()
  const table = lines.slice(
    0,
    lines.findIndex(line => line.startsWith('faces ')),
  )
  for (const name of ruleNames) t.is(table.filter(line => line.startsWith(`  ${name} `)).length, 1)
  const under = (title: string, name: string) =>
    table.lastIndexOf(
      title,
      table.findIndex(line => line.startsWith(`  ${name} `)),
    )
  t.true(under('less of the influence is remembered', 'sketch') > under('a linear map is replaced', 'sketch'))
})

test('janus rules --json says the structure of what is kept, a line a rule', t => {
  const records = rules('--json').map(line => JSON.parse(line))
  t.deepEqual(
    records.map(({ name }) => name),
    ruleNames,
  )
  const structures = Object.fromEntries(records.map(({ name, structure }) => [name, structure]))
  t.deepEqual(
    ['rtrl', 'snap', 'rflo', 'uoro', 'kfrtrl', 'ok', 'sketch', 'bptt'].map(name => structures[name]),
    ['dense', 'sparse', 'own units', 'rank one', 'Kronecker', 'k Kronecker', 'own + rank k', 'none'],
  )
})
