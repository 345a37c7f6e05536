import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { call } from '../../command.ts'
import { root } from '../../root.ts'

const page = readFileSync(join(root, 'docs', 'audit.md'), 'utf8')

/** Commands of the page with what they print. */
const transcripts = [...page.matchAll(/^```text\n\$ janus (.*)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', printed = '']) => ({ words: command.split(' '), printed }),
)

/** Without the line that a clock decides. */
const steady = (text: string): string =>
  text.replace(/^ {2}(?:yes|no|\?) +Its measured time.*\n(?: {6}.*\n)+/m, '').trim()

test('the page has a transcript of one rule, and of all', t => {
  t.deepEqual(
    transcripts.map(({ words }) => words.includes('--all')),
    [false, true],
  )
})

for (const { words, printed } of transcripts)
  test.serial(`janus ${words.join(' ')} prints what docs/audit.md shows`, async t => {
    const { code, out } = await call(...words)
    t.is(code, 0)
    t.is(steady(out), steady(printed))
  })
