import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../../command.ts'
import { long } from '../../full-effort.ts'
import { root } from '../../root.ts'

const page = readFileSync(join(root, 'docs', 'audit.md'), 'utf8')

/** A command of the page with what it prints. */
const [, command = '', printed = ''] = /^```text\n\$ janus (audit eprop)\n([\s\S]*?)^```$/m.exec(page) ?? []

/** Without the line that a clock decides. */
const steady = (text: string): string =>
  text.replace(/^ {2}(?:yes|no|\?) +Its measured time.*\n(?: {6}.*\n)+/m, '').trim()

long('janus audit prints what docs/audit.md shows', async t => {
  const { code, out } = await call(...command.split(' '))
  t.is(code, 0)
  t.is(steady(out), steady(printed))
})
