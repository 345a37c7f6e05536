import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { chooseRule } from '../../src/rule-choice.ts'
import { call } from '../command.ts'
import { full } from '../effort.ts'

const folder = mkdtempSync(join(tmpdir(), 'rule-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const refusal = async (path: string): Promise<string> => {
  const chosen = await chooseRule(path)
  return E.isLeft(chosen) ? (chosen.left[0]?.message ?? '') : 'taken'
}

test('a rule is read from a file, and its digest is that of its bytes', async t => {
  const file = join(folder, 'mine.js')
  writeFileSync(file, "import { rtrl } from 'janusgrad'\nexport const mine = rtrl\n")
  const chosen = await chooseRule(file)
  if (E.isLeft(chosen)) return t.fail(chosen.left[0]?.message)
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)
  t.is(chosen.right.digest, sum)
})

test('a device, a pipe, a folder and a path that leads nowhere are refused as rules, and none is read without end', async t => {
  const [link, pipe] = [join(folder, 'zero.js'), join(folder, 'pipe.js')]
  symlinkSync('/dev/zero', link)
  execFileSync('mkfifo', [pipe])
  for (const path of ['/dev/zero', link, pipe]) t.regex(await refusal(path), /a device or a pipe, not a file/, path)
  t.regex(await refusal(`${folder}/`), /a folder, not a file/)
  for (const path of [join(folder, 'none.js'), join(folder, 'mine.js', 'x.js')])
    t.regex(await refusal(path), /no such file/, path)
})

test('a misspelt rule or option is a problem of the command that was typed, as it was typed', async t => {
  const errors = async (...words: readonly string[]): Promise<string> => (await call(...words)).err
  t.regex(await errors('audit', 'rfol'), /^janus: audit: rule rfol; wanted .*Did you mean `rflo`\?$/m)
  t.regex(await errors('refute', 'rtrl', 'rfol'), /^janus: refute: rule rfol; /)
  t.regex(
    await errors('refute', 'rflo(feedbck=readout)', 'rtrl'),
    /^janus: refute: rule rflo\(.*Did you mean `feedback`/,
  )
  t.regex(await errors('cite', '--rule', 'rfol'), /^janus: cite: --rule rfol; /)
  t.regex(await errors('compare', '--task', 'add', '--rule', 'rtrl,rfol'), /^janus: compare: --rule rfol; /)
  t.regex(await errors('train', '--task', 'add', '--shadow', 'rfol'), /^janus: train: --shadow rfol; /)
})

test('the feedback of RFLO may be the true readout, and nothing else that is a word', async t => {
  const fewer = full ? [] : ['--networks', '2']
  const { code, out } = await call('refute', 'rflo(feedback=readout)', 'eprop(feedback=readout)', ...fewer)
  t.is(code, 0)
  t.regex(out, /they are the same program/)
  t.regex(
    (await call('refute', 'rflo(feedback=redout)', 'rtrl')).err,
    /wanted feedback matrix \[units, m\] or 'readout'/,
  )
})
