import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { cells } from '../../../nets/cells/index.ts'
import { bptt, drtrl, eprop, rtrl, snap, tbptt, uoro } from '../../../rules/index.ts'
import { readCase } from '../../../src/cases/case.ts'
import { check } from '../../../src/cli/check.ts'
import { refuteCommand } from '../../../src/cli/refute.ts'
import { refute } from '../../../src/refute/index.ts'
import { pageOf } from '../../../src/refute/page.ts'
import { smallestSupport } from '../../../src/refute/smallest-support.ts'
import { long } from '../../full-effort.ts'
import { root } from '../../root.ts'

const leaky = cells.leaky({ alpha: 0.5 })

test('a support is the smallest: what every answer needs, and the fewest of the rest', t => {
  const differs = ([a, b, c, d]: readonly number[]) => a !== 0 && (b !== 0 || (c !== 0 && d !== 0))
  const { numbers, proven } = smallestSupport([2, 0.75, 1.5, 0.25, 1], differs, 1)
  t.deepEqual(numbers, [1, 1, 0, 0, 0])
  t.true(proven)
})

long('SnAp-1 and the gradient part on two units, two steps and three numbers', t => {
  const { counterexample, tried } = refute(snap(), bptt, { cell: leaky })
  if (!counterexample) return t.fail('no counterexample')
  const { units, steps, numbers, parting, first, second, names } = counterexample
  t.deepEqual([units, steps, numbers.filter(({ value }) => value !== 0).length], [2, 2, 3])
  t.deepEqual('s' in parting && [parting.t, parting.s], [2, 1])
  t.is(
    tried.slice(0, -1).reduce((sum, { networks }) => sum + networks, 0),
    72,
  )
  // by hand: α W_out tanh'(u) at 2, times α tanh'(1) W_rec at 1 from the unit that is heard
  const h1 = 0.5 * Math.tanh(1)
  const h2 = 0.5 * h1 + 0.5 * Math.tanh(1)
  const wanted = h2 * 0.5 * (1 - Math.tanh(1) ** 2) * 0.5
  const at = names.indexOf('b_rec[1]')
  t.true(Math.abs((second[at] as number) - wanted) < 1e-12, `${second[at]} and ${wanted}`)
  t.is(first[at], 0)
})

test('the same seed finds the same network, and its zeros may be anything', t => {
  const [one, again] = [refute(tbptt({ k: 2 }), bptt, { cell: leaky }), refute(tbptt({ k: 2 }), bptt, { cell: leaky })]
  t.is(pageOf('a', 'b', one), pageOf('a', 'b', again))
  t.is(one.counterexample?.steps, 3)
  t.true(one.counterexample?.numbers.every(({ value, may }) => value !== 0 || may === 'anything'))
})

test('where none is found it says what was tried, and whether both are one program', t => {
  const small = { cell: leaky, units: 2, steps: 2, networks: 3 }
  const two = refute(bptt, rtrl, small)
  t.is(two.counterexample, null)
  t.deepEqual(
    two.tried.map(({ units, steps, networks }) => [units, steps, networks]),
    [
      [1, 1, 3],
      [1, 2, 3],
      [2, 1, 3],
      [2, 2, 3],
    ],
  )
  t.false(two.sameProgram)
  t.true(refute(drtrl, eprop({ feedback: 'readout' }), small).sameProgram)
  t.regex(pageOf('bptt', 'rtrl', two), /12 networks: 3 of\s+each size from 1 to 2 units and 1 to 2 steps/)
})

test('a rule that draws is said to be seen in one draw', t => {
  const found = refute(uoro(), bptt, { cell: leaky })
  t.deepEqual(found.counterexample?.draws, ['uoro'])
  t.regex(pageOf('uoro', 'gradient', found), /uoro draws/)
})

test('refuses what is no rule, a count below 1, and more than two rules', async t => {
  t.throws(() => refute({} as never, bptt, { cell: leaky }), { message: /refute: .*wanted a rule/ })
  t.throws(() => refute(bptt, rtrl, { cell: leaky, networks: 0 }), { message: /networks = 0/ })
  const end = await refuteCommand(['bptt', 'rtrl', 'snap'], {})()
  t.true(isLeft(end) && /3 rules; wanted two rules/.test(end.left.message))
})

test.serial('what is written replays it: the script prints both gradients, and check accepts the case', async t => {
  const folder = mkdtempSync(join(root, 'refuted-'))
  const { log } = console
  const lines: string[] = []
  console.log = (text: string) => void lines.push(text)
  try {
    t.true(isRight(await refuteCommand(['rflo', 'gradient'], { out: folder })()))
    const printed = execFileSync(process.execPath, [join(folder, 'replay.mjs')], { encoding: 'utf8' })
    t.regex(printed, /rflo W_rec 0 W_in 0 b_rec -0\.0672/)
    t.regex(printed, /gradient W_rec 0 W_in 0 b_rec 0/)
    const json = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'))
    t.true(isRight(readCase(json)))
    t.is(json.foreign.grads.b_rec[0].toPrecision(3), '-0.0672')
    t.true(isRight(await check([join(folder, 'case.json')], {})()))
  } finally {
    console.log = log
    rmSync(folder, { recursive: true, force: true })
  }
})
