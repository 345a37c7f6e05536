import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { integer } from 'fast-check'
import { toValue } from '../../../ad/linear/space.ts'
import { mul } from '../../../ad/primitives/elementwise.ts'
import { cell } from '../../../nets/cells/cell.ts'
import { rule } from '../../../nets/run/rule.ts'
import { type Effort, equation, networks, type Proposition, prove, realise } from '../../../proofs/index.ts'
import { decide } from '../../../proofs/proposition.ts'
import { bptt } from '../../../rules/index.ts'
import { check } from '../../../src/cli/check.ts'
import { caseOfPlain, keep, keepCase, placesOf } from '../../../src/cli/kept.ts'
import { call } from '../../command.ts'
import { full } from '../../effort.ts'
import { long } from '../../full-effort.ts'
import { root } from '../../root.ts'

const folder = mkdtempSync(join(root, 'kept-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

const janus = (...words: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'bin', 'janus'), ...words], { cwd: folder, encoding: 'utf8' })

/** As often as they say by the full effort, else once. */
const tried: Effort = full ? {} : { runs: 1 }

const below = (most: number): Proposition =>
  equation<number>({
    claim: 'no number reaches its bound',
    forAll: integer({ min: 0, max: 1000 }),
    sides: x => [[x < most ? 0 : 1], [0]],
    within: 0,
    verdict: 'holds',
  }) as Proposition

test('a place that leads nowhere, as the arbitrary has changed since, is passed over', t => {
  const claim = equation<number>({
    claim: 'a number is itself',
    forAll: integer({ min: 0, max: 3 }),
    sides: n => [[n], [n]],
    within: 0,
    verdict: 'holds',
  })
  const { passed, replayed } = decide(claim, { replay: [{ seed: 1, path: '7:9:9:9:9:9' }] })
  t.true(passed)
  t.is(replayed, 1)
})

test('a counterexample that is kept is decided first, and only once where it refutes again', t => {
  const first = decide(below(700), { seed: 3 })
  t.false(first.passed)
  const kept = join(folder, 'one')
  const file = keep({ storey: 'own', ...first }, kept)
  t.truthy(file)
  const replay = placesOf(first.claim, kept)
  t.deepEqual(replay, [{ seed: 3, path: first.path as string }])
  const again = decide(below(700), { seed: 8, replay })
  t.deepEqual(
    [again.passed, again.seed, again.path, again.counterexample],
    [false, 3, first.path, first.counterexample],
  )
  t.is(again.replayed, 1)
  const mended = decide(below(2000), { seed: 8, replay })
  t.deepEqual([mended.passed, mended.seed, mended.replayed, mended.runs], [true, 8, 1, 100])
  keep({ storey: 'own', ...again }, kept)
  t.is(JSON.parse(readFileSync(file as string, 'utf8')).counterexamples.length, 1)
  writeFileSync(file as string, '{')
  t.throws(() => placesOf(first.claim, kept), { message: /not as it was written.*Remove it/ })
})

test('what a claim of leaky networks is refuted by is a case that check accepts, its gradient by complex step', async t => {
  let found: unknown
  const effort: Effort = {
    onCounterexample: one => {
      found = one
    },
  }
  const wrong = equation({
    claim: 'a network has no error',
    forAll: networks({ losses: ['half_mse'] }),
    sides: net => [
      [...realise(net).run.flatMap(now => [...(toValue(now.logitError) as { data: Float64Array }).data])],
      [],
    ],
    within: 1e-9,
    verdict: 'holds',
  })
  const decision = decide(wrong, effort)
  t.false(decision.passed)
  const file = keep({ storey: 'own', ...decision }, join(folder, 'two')) as string
  const path = keepCase(file, found, wrong.claim) as string
  t.true(existsSync(path))
  const { log } = console
  const lines: string[] = []
  console.log = (text: string) => void lines.push(text)
  const end = await check([path], {})()
  console.log = log
  t.is(end._tag, 'Right', lines.join('\n'))
  t.regex(lines.join('\n'), /OK/)
  t.is(caseOfPlain({ x: 1 }, 'other'), undefined)
})

test('a rule of your own is held to what every rule must do, and to the gradient where it says it is exact', t => {
  const { init, step, ...facts } = bptt
  const mine = rule({ ...facts, name: 'mine', init, step } as never)
  const all = [...prove({ rules: [mine as never], ...tried })]
  t.is(all.length, 18)
  t.deepEqual(
    all.filter(({ passed }) => !passed).map(({ claim, error }) => [claim, error]),
    [],
  )
  const half = {
    ...bptt,
    name: 'half',
    step: (c: never, now: never) => [mul(0.5, toValue(bptt.step(c, now)[0])), bptt.step(c, now)[1]],
  }
  const failed = [...prove({ rules: [half as never], ...tried })].filter(({ passed }) => !passed)
  t.deepEqual(
    failed.map(({ claim }) => claim),
    ['leaky', 'gru', 'lstm'].map(on => `half, on ${on}: it computes the gradient`),
  )
})

test('a cell of your own is held to the theorem; one whose step keeps count outside is found', t => {
  const layout = { params: { w: ['d'] }, state: { h: ['d'] } } as const
  const good = cell(layout, (θ, { h }) => ({ h: mul(θ.w, h) }))
  const all = [...prove({ cells: [good as never], ...tried })]
  t.is(all.length, 11)
  t.deepEqual(
    all.filter(({ passed }) => !passed).map(({ claim, error }) => [claim, error]),
    [],
  )
  let count = 0
  const bad = cell(layout, (θ, { h }) => ({ h: mul(mul(θ.w, h), ++count) }))
  t.true([...prove({ cells: [bad as never] })].some(({ passed }) => !passed))
})

long('claims of a file are decided in place of ours', async t => {
  const path = join(folder, 'claims.js')
  writeFileSync(
    path,
    `import { equation, networks, realise } from 'janusgrad/proofs'
export const claims = [
  equation({ claim: 'a network has as many timesteps as inputs', forAll: networks(), sides: net => [[realise(net).run.length - 1], [net.inputs.length]], within: 0, verdict: 'holds' }),
  equation({ claim: 'a network has one unit', forAll: networks(), sides: net => [[net.params.h0.length], [1]], within: 0, verdict: 'holds' }),
]
`,
  )
  const { status, stdout } = janus('prove', '--file', path, '--runs', '20')
  t.is(status, 1)
  t.regex(stdout, /holds .*timesteps/)
  t.regex(stdout, /FAILED .*one unit/)
  t.regex(stdout, /kept: .*counterexamples/)
  t.regex(stdout, /case: janus check/)
  t.is(readdirSync(join(folder, '.janus', 'counterexamples')).length, 2)
  t.regex(janus('prove', '--file', path, '--runs', '1').stdout, /decided first: 1 kept/)
  const none = await call('prove', '--file', join(folder, 'none.js'))
  t.is(none.code, 2)
  t.regex(none.err, /no such file/)
})
