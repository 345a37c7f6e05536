import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { identify } from '../../../src/identify/index.ts'
import { root } from '../../root.ts'
import { chargedToB, lruCase, γ_log } from './plain-lru.ts'
import { fileOf, trackRecord } from './track-record.ts'

const wanted: Readonly<Record<keyof typeof trackRecord, string>> = {
  'w-diag-f': "W diag f'",
  'one-step-late': 'presynaptic late',
  'tbptt-1': 'one step deep',
  'eprop-is-rflo': 'own-unit Jacobian + random feedback',
  'no-signal': 'no error',
  'gamma-log': '',
}
const page = readFileSync(join(root, 'docs', 'track-record.md'), 'utf8')

for (const [name, made] of Object.entries(trackRecord))
  test(`the case ${name} of the track record is what its page says`, t => {
    const stored = JSON.parse(readFileSync(fileOf(name), 'utf8'))
    t.deepEqual(stored, JSON.parse(JSON.stringify(made)))
    const { whole } = identify(stored)
    if (name === 'gamma-log') t.is(whole?.[0]?.match.words, 'with γ_log in place of exp γ_log')
    t.true(
      whole?.map(({ ids }) => ids.join(' + ')).includes(wanted[name as keyof typeof wanted]),
      JSON.stringify(whole),
    )
    t.true(page.includes(`${name}.json`))
  })

test('with exp γ_log the plain linear recurrent unit has the gradient', t => {
  const { whole } = identify(lruCase(chargedToB(Math.exp(γ_log)), 'right'))
  t.deepEqual([whole?.[0]?.ids, whole?.[0]?.match.words], [[], ''])
})
