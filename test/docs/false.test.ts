import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { find } from '../../proofs/index.ts'
import { root } from '../root.ts'

const page = readFileSync(join(root, 'docs', 'false.md'), 'utf8')
const listed = [...page.matchAll(/^- refuted: "([^"]+)"/gm)].map(([, claim = '']) => claim)
const refuted = new Set(find().flatMap(([, { claim, verdict }]) => (verdict === 'refuted' ? [claim] : [])))

test('what docs/false.md calls false is a proposition that is refuted', t => {
  t.true(listed.length > 20)
  t.deepEqual(
    listed.filter(claim => !refuted.has(claim)),
    [],
  )
})

test('docs/false.md has all but at most three claims of the storey of refutations', t => {
  const storey = find({ pattern: 'refutations ' }).filter(([name]) => name === 'refutations')
  const left = storey.map(([, { claim }]) => claim).filter(claim => !listed.includes(claim))
  t.true(left.length <= 3, left.join('\n'))
})
