import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { propositions } from '../../proofs/index.ts'
import { root } from '../root.ts'

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')
const examplesOf = (text: string): readonly string[] =>
  [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')

/** What the comments `// → …` promise; a line inside a loop prints once a turn. */
const promised = (code: string): readonly string[] => [...code.matchAll(/\/\/ → (.*)/g)].map(([, value]) => value ?? '')

const outputOf = async (code: string): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(root, 'dist', 'example-'))
  try {
    writeFileSync(join(folder, 'example.mjs'), code)
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'example.mjs')], { encoding: 'utf8' })
    return stdout.trim().split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const readme = examplesOf(read('README.md'))
const names = readdirSync(join(root, 'docs', 'rules')).filter(name => name.endsWith('.md') && name !== 'README.md')
const pages = names.map(name => ({ name, text: read('docs', 'rules', name) }))

test('the README has examples', t => {
  t.true(readme.length >= 4)
})

const examples: readonly (readonly [title: string, code: string])[] = [
  ...readme.map((code, i) => [`example ${i + 1} of the README`, code] as const),
  ...examplesOf(read('docs', 'symbols.md')).map((code, i) => [`example ${i + 1} of docs/symbols.md`, code] as const),
  ...pages.flatMap(({ name, text }) =>
    examplesOf(text).map((code, i) => [`example ${i + 1} of docs/rules/${name}`, code] as const),
  ),
]

for (const [title, code] of examples)
  test(`${title} prints what it says`, async t => {
    const printed = await outputOf(code)
    t.true(promised(code).length > 0)
    t.deepEqual([...new Set(printed)], [...new Set(promised(code))])
  })

const verdicts = new Map(
  Object.values(propositions)
    .flat()
    .map(({ claim, verdict }) => [claim, verdict]),
)

for (const { name, text } of pages)
  test(`docs/rules/${name} has an example and quotes propositions as they are decided`, t => {
    t.is(examplesOf(text).length, 1)
    const quoted = [...text.matchAll(/^- (holds|refuted): `janus prove "(.*)"`$/gm)]
    t.true(quoted.length > 0)
    for (const [, verdict, claim] of quoted) t.is(verdicts.get(claim ?? ''), verdict as 'holds', claim)
  })

test('the index of the rules links to every page, and to no other', t => {
  const linked = [...read('docs', 'rules', 'README.md').matchAll(/\]\((\w+\.md)\)/g)].map(([, name]) => name ?? '')
  t.deepEqual(linked.toSorted(), names.toSorted())
})
