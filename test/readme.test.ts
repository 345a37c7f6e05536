import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')

/** What the comments `// → …` promise; a line inside a loop prints once a turn. */
const promised = (code: string): readonly string[] => [...code.matchAll(/\/\/ → (.*)/g)].map(([, value]) => value ?? '')

const outputOf = (code: string): readonly string[] => {
  const folder = mkdtempSync(join(root, 'dist', 'example-'))
  try {
    writeFileSync(join(folder, 'example.mjs'), code)
    return execFileSync(process.execPath, [join(folder, 'example.mjs')], { encoding: 'utf8' })
      .trim()
      .split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the README has examples', t => {
  t.true(examples.length >= 4)
})

for (const [i, code] of examples.entries())
  test(`example ${i + 1} of the README prints what it says`, t => {
    const printed = outputOf(code)
    t.true(promised(code).length > 0)
    t.deepEqual([...new Set(printed)], [...new Set(promised(code))])
  })
