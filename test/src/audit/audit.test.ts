import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { DomainError, KindError, NameError } from '../../../ad/errors.ts'
import { times } from '../../../ad/linear/space.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { windowed } from '../../../nets/run/windows.ts'
import { bptt, type Entry, type RuleName, registry, ruleNames } from '../../../rules/index.ts'
import { familyText } from '../../../src/audit/family.ts'
import { reportOfAudit } from '../../../src/audit/html.ts'
import {
  type Audit,
  audit as alone,
  auditor,
  contradictions,
  type LineId,
  lineIds,
  lineOf,
} from '../../../src/audit/index.ts'
import { pageOf } from '../../../src/audit/page.ts'
import { call } from '../../command.ts'
import { full } from '../../effort.ts'
import { alwaysIf, long } from '../../full-effort.ts'
import { root } from '../../root.ts'

/** Without what is measured by a clock or needs a long run. */
const decisive = lineIds.filter(id => id === 'bias.cosine' || !/^(bias|learning|stability|curl|cost\.time)/.test(id))

const entryOf = (name: RuleName): Entry => registry[name] as Entry

/** All audits of this file have their networks in common. */
const audit = auditor()
const audits = new Map<RuleName, Audit>()

/** Exact, by a trace, by a pattern, and by draws. */
const always = ['rtrl', 'esdrtrl', 'snap', 'uoro']

for (const name of ruleNames)
  alwaysIf(always.includes(name))(`the facts of ${name} are those of its audit`, t => {
    const found = audit(entryOf(name), { lines: decisive })
    audits.set(name, found)
    t.deepEqual(
      contradictions(found).map(({ id, evidence }) => [id, evidence.contradicts]),
      [],
    )
    t.deepEqual(
      found.lines.filter(({ verdict }) => verdict === 'undecided').map(({ id }) => id),
      ({ 'three-factor': ['exactness.mean'], td: ['causality.delay'] } as Record<string, readonly string[]>)[name] ??
        [],
    )
  })

const value = (name: RuleName, id: LineId) => lineOf(audits.get(name) as Audit, id).value

long('what a synapse reads, by rule, is what the literature says', t => {
  const reads = (names: readonly RuleName[]) => [...new Set(names.map(name => value(name, 'locality')))]
  t.deepEqual(reads(['rflo', 'weight-perturbation', 'node-perturbation', 'three-factor']), ['three-factor'])
  t.deepEqual(reads(['eprop', 'drtrl', 'esdrtrl', 'kernl', 'snap', 'diagonal']), ['weight transport'])
  t.deepEqual(reads(['bptt', 'rtrl', 'tbptt', 'uoro', 'kfrtrl', 'ok', 'sketch', 'dni', 'bplambda']), ['non-local'])
})

test.serial('costs are counted to the operation: RTRL takes 2 d² |θ| for its product', t => {
  t.regex(String(value('rtrl', 'cost.operations')), /^2 d⁴ \+ 2 d³ n \+ /)
  t.is(value('rtrl', 'cost.memory'), 'd³ + d² n + d²')
  t.is(value('esdrtrl', 'cost.memory'), '2 d + n + 2')
})

test.serial('a page fits 80 columns, begins with a summary, and names every line that was decided', t => {
  const found = audit(entryOf('tbptt'), { lines: decisive, networks: full ? 4 : 2 })
  const page = pageOf(found)
  for (const line of page.split('\n')) t.true([...line].length <= 80, line)
  t.regex(
    page,
    /^Audit of tbptt on leaky networks\n[\s\S]*\nIn short {2}It is not the gradient, except in runs of one step\./,
  )
  t.regex(page, /blocks of 5/)
  t.notRegex(page, /NaN|undefined/)
})

long('the table of the family is that of docs/audit.md and fits 80 columns; its HTML is one file', t => {
  const all = [...audits.values()]
  t.is(all.length, ruleNames.length)
  for (const line of familyText(all).split('\n')) t.true([...line].length <= 80, line)
  const page = readFileSync(join(root, 'docs', 'audit.md'), 'utf8')
  t.true(page.includes(`$ janus audit --all\n${familyText(all)}\n`))
  t.regex(familyText(all), /\nrtrl +exact +all +non-local +2 d⁴ +d³/)
  const html = reportOfAudit(all[0] as Audit)
  t.regex(html, /^<!doctype html>[\s\S]*It computes the gradient\.[\s\S]*<\/html>\n$/)
  t.notRegex(html, /NaN|undefined|<script/)
})

test('a line is what the schema says, and nothing else', t => {
  const { lines, ...head } = audit(entryOf('rflo'), { lines: ['exactness', 'exactness.mean'], networks: 4 })
  t.deepEqual(Object.keys(head).toSorted(), ['cell', 'effort', 'rule', 'seed', 'sizes'])
  for (const line of lines) {
    const keys = ['claim', 'evidence', 'id', 'reason', 'unit', 'value', 'verdict']
    t.deepEqual(Object.keys(line).toSorted(), keys)
    t.is(line.evidence.command, 'janus audit rflo --cell leaky --seed 1')
  }
  t.is(lines[1]?.verdict, 'skipped')
})

const some = ['exactness', 'exact.diagonal', 'fingerprint.pairs', 'cost.memory', 'bias.cosine'] as const

test('a rule that is audited among others is found what it is found alone', t => {
  const [among, options] = [auditor(), { lines: some, networks: 2 }]
  for (const name of full ? (['rtrl', 'eprop', 'uoro'] as const) : (['uoro'] as const))
    t.deepEqual(among(entryOf(name), options), alone(entryOf(name), options))
  const cell = { cell: 'gru', lines: ['exactness'], networks: 2 } as const
  t.deepEqual(among(registry.rtrl, cell), alone(registry.rtrl, cell))
})

test('rounding is told from a wrong formula, however small the formula’s error', t => {
  const verdictOf = (by: number) => {
    const { step, ...rest } = registry.rtrl
    const off: typeof registry.rtrl = {
      ...rest,
      name: 'off',
      step: (memory, now) => {
        const [out, next] = step(memory, now)
        return [times(1 + by, out), next]
      },
    }
    return audit(off, { lines: ['exactness'], networks: 8 }).lines[0]?.verdict
  }
  t.is(verdictOf(0), 'rounding')
  t.is(verdictOf(1e-6), 'different')
  t.is(verdictOf(1e-11), 'different')
  t.is(audit(entryOf('bptt'), { lines: ['exactness'], networks: 8 }).lines[0]?.verdict, 'same')
})

test('networks without a gradient are no comparison', t => {
  const flat = cell({ params: { W: ['d', 'd'] }, state: { h: ['d'] } }, (_, { h }) => ({ h }))
  const { lines } = audit(entryOf('rtrl'), {
    cell: flat as never,
    lines: ['vacuous.gradient', 'exactness'],
    networks: 4,
  })
  t.deepEqual(
    lines.map(({ verdict }) => verdict),
    ['refuted', 'undecided'],
  )
})

test('what is no rule, no cell or no name is refused with a remedy', t => {
  t.throws(() => audit({} as never), { instanceOf: KindError })
  t.throws(() => audit(entryOf('rtrl'), { cell: 'leakey' as never }), { instanceOf: NameError, message: /leaky/ })
  t.throws(() => audit(entryOf('rtrl'), { as: 'rtrll' as never }), { instanceOf: NameError, message: /rtrl/ })
  t.throws(() => audit(entryOf('rtrl'), { networks: 0 }), { instanceOf: DomainError })
  t.throws(() => audit(entryOf('diagonal'), { cell: 'leaky' }), {
    instanceOf: KindError,
    message: /depend on each other/,
  })
})

test.serial(
  'the command prints JSON, refuses what it cannot audit, and fails where facts are contradicted',
  async t => {
    const { code, out } = await call('audit', 'eprop', '--networks', '2', '--json')
    const found: Audit = JSON.parse(out)
    t.is(code, 0)
    t.deepEqual(
      found.lines.map(({ id }) => id),
      [...lineIds],
    )
    t.regex((await call('audit')).err, /no rule/)
    t.regex((await call('audit', 'rfol')).err, /Did you mean/)
    const wrong = await call('audit', 'rflo', '--as', 'eprop', '--networks', '2')
    t.is(wrong.code, 1)
    t.regex(wrong.out, /THIS CONTRADICTS WHAT ITS FACTS SAY/)
  },
)

test.serial('a rule in a file is named by what its gradient is, and told that it states nothing of itself', async t => {
  const file = join(mkdtempSync(join(tmpdir(), 'janusgrad-audit-')), 'mine.js')
  writeFileSync(
    file,
    `import { rtrl, rule, transpose } from 'janusgrad'
import { matrix, toMatrix } from 'janusgrad/ad'
const mixed = ({ from, to }, J) => matrix(from, to, transpose(J))
export const mine = rule({
  name: 'mine',
  faces: 'past',
  init: rtrl.init,
  step: (M, now) => rtrl.step(M, { ...now, jacobian: mixed(now.jacobian, toMatrix(now.jacobian)) }),
})
`,
  )
  const { code, out } = await call('audit', file, '--networks', full ? '4' : '2')
  t.is(code, 0)
  const words = out.replaceAll(/\s+/g, ' ')
  t.regex(words, /A network of 2 units and 2 steps shows it\./)
  t.regex(words, /its gradient is the gradient with the Jacobian transposed\./)
  t.regex(words, /It says nothing of itself that could be contradicted/)
  t.regex(words, /at b_rec\[1\] the rule gives .* and should give 0/)
  for (const line of out.split('\n')) t.true([...line].length <= 80 || line.includes(file), line)
})

test('a rule written anew is the rule that it is sold as, to the bit', t => {
  const anew = windowed({ every: 5, reach: 5, clipped: true }, { name: 'anew' })(bptt)
  const [line] = audit(anew, { as: 'tbptt', lines: ['reference'], networks: 4 }).lines
  t.is(line?.verdict, 'same')
  t.is(line?.evidence.contradicts, undefined)
})

test('the gradient has no curl, and a loop shows that e-prop has one', t => {
  const of = (name: RuleName) => audit(entryOf(name), { lines: ['curl'], deep: true }).lines[0]
  t.is(of('rtrl')?.verdict, 'holds')
  t.is(of('tbptt')?.verdict, 'refuted')
  t.regex(of('eprop')?.reason ?? '', /going round a square of side 0\.1 in the plane of .*, not 0$/)
})

long('RTRL learns delayed-xor, which a readout alone does not', t => {
  const [line] = audit(entryOf('rtrl'), { lines: ['learning.delayed-xor'], learn: true }).lines
  t.is(line?.verdict, 'holds')
  t.true((line?.value as number) < 0.3)
})

test('what RTRL carries stays bounded where the network forgets', t => {
  t.is(audit(entryOf('rtrl'), { lines: ['stability.memory'] }).lines[0]?.verdict, 'holds')
})
