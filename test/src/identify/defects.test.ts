import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Identity, identify } from '../../../src/identify/index.ts'
import { root } from '../../root.ts'
import { defects } from './defects.ts'
import { caseOf, forward, made, numbers, type Plain, times } from './plain.ts'

const net = made(3, 2, 2, 5, 0.4)
const full = made(3, 2, 2, 5, 1)
/** Weights small enough for credit that is defined by itself to converge. */
const small: Plain = { ...full, W_rec: times(0.4, full.W_rec) }

const wholes = ({ whole }: Identity): readonly string[] =>
  (whole ?? []).map(({ ids, match }) => [...ids, match.words].filter(Boolean).join(' + '))

const of = (on: Plain, grads: object, more: object = {}): readonly string[] =>
  wholes(identify(caseOf(on, { grads, dtype: 'f64' }, more)))

const planted: readonly (readonly [where: string, on: Plain, grads: object, is: string])[] = [
  ['002-1, one step of use', net, defects.firstStepAlone(net), 'first step alone'],
  ['002-2, the order of the product', net, defects.reversed(net), 'product reversed'],
  ['002-3, a power inside the product', full, defects.powersInside(full), 'powers inside'],
  ['002-4, a power taken out of it', full, defects.powersOutside(full), 'powers outside'],
  ['001-4, credit of itself', small, defects.creditOfItself(small), 'credit of itself'],
  ['claim 4, no flush', net, defects.withoutFlush(net, 3), 'no flush, 3'],
  ['claim 3, TBPTT(3, 3) of 5 steps', net, defects.passes(net, 3, 3), 'passes every 3 over 3'],
  ['TBPTT(2, 3)', net, defects.passes(net, 2, 3), 'passes every 2 over 3'],
  ['losses counted again', net, defects.lossesAgain(net, 2, 4), 'passes every 2 over 4, losses again'],
  ['the losses of every second step', net, defects.everyLoss(net, 2), 'every 2 losses'],
]

for (const [where, on, grads, is] of planted)
  test(`${where}: ${is}`, t => {
    const found = of(on, grads)
    t.true(found.includes(is), found.join(' | '))
  })

test('a number of its own is found, and said: a decay, a discount, an error that leaks', t => {
  const says = (grads: object): string =>
    identify(caseOf(net, { grads, dtype: 'f64' }))
      .whole?.map(one => one.says.join(', '))
      .join(' | ') ?? ''
  t.regex(says(defects.decayed(net, 0.83)), /each unit carries 0\.83 of itself/)
  t.regex(says(defects.discounted(net, 0.9)), /Jacobians times 0\.9:/)
  t.regex(says(defects.leaking(net, 0.5)), /0\.5 of the error of the step after/)
})

/** A ring: unit i hears unit i - 1 alone. */
const ring: Plain = {
  ...net,
  W_rec: net.W_rec.map((r, i) => r.map((w, j) => (j === (i + 2) % 3 ? w + 0.4 : 0))),
}

test('masks are named by their reach, and one of the exact influence is told from SnAp', t => {
  const masked = (faults: Parameters<typeof forward>[1]) => of(ring, forward(ring, faults).grads)
  t.true(masked({ snap1: true }).includes('immediate pattern'))
  t.true(masked({ snap: 2 }).includes('SnAp-2'), masked({ snap: 2 }).join())
  t.true(of(net, forward(net, { maskedLast: true }).grads).includes('mask at the end'))
})

test('a loss of the whole run: without the derivative of its root, or with a root a step', t => {
  const { loss_weights: _, ...file } = caseOf(net, {})
  const asked = (grads: object): readonly string[] =>
    wholes(
      identify({ ...file, loss_weights: net.inputs.map(() => 1), loss: 'rmse_seq', foreign: { grads, dtype: 'f64' } }),
    )
  const { grads } = forward(net)
  t.true(
    asked(times(2, grads)).some(one => one.startsWith('of the sum of squared errors')),
    asked(times(2, grads)).join(),
  )
  const { W_out, b_out, ...roots } = forward(net, { signal: 'roots' }).grads
  t.true(
    asked(roots).some(one => one.startsWith('roots of steps')),
    asked(roots).join(' | '),
  )
})

test('outputs without their function in the loss are named', t => {
  const grads = forward(net).grads
  const found = identify({ ...caseOf(net, { grads, dtype: 'f64' }), output: 'tanh' })
  t.true(wholes(found).includes('logits as outputs'), wholes(found).join())
})

interface Asked {
  readonly rule: string
  readonly args: Readonly<Record<string, unknown>>
  readonly expected: Readonly<Record<string, unknown>>
}

/** A case whose rules were computed by a program that shares nothing with this one, without them; and they. */
const computed = (...path: readonly string[]): readonly [file: object, rules: readonly Asked[]] => {
  const { rules, expected: _, ...file } = JSON.parse(readFileSync(join(root, ...path), 'utf8'))
  return [{ ...file, schema: 2 }, rules]
}

const judged = (file: object, { expected }: Asked, beside: object): readonly string[] => {
  const { grads, A_final, c_final } = expected
  const learned = A_final ? { A_final, ...(c_final ? { c_final } : {}) } : {}
  return wholes(identify({ ...file, foreign: { grads, ...learned, dtype: 'f64' }, ...beside }))
}

test('estimators of another program are named by the signs that the file gives', t => {
  const [file, rules] = computed('data', 'cases', 'leaky.json')
  const names: Readonly<Record<string, string>> = {
    'uoro true': 'UORO, drawn first',
    'kf_rtrl true': 'KF-RTRL',
    'kf_rtrl false': 'KF-RTRL, factors 1',
  }
  const found = rules.flatMap(one => {
    const is = names[`${one.rule} ${one.args.normalize}`]
    if (is === undefined) return []
    const { nu, signs } = one.args
    const all = judged(file, one, nu ? { noise: nu } : { signs })
    t.true(all.includes(is), `${is}: ${all.join(' | ')}`)
    return [is]
  })
  t.is(new Set(found).size, 3)
})

test('synthesisers of another program are named by what they began as and came to', t => {
  const [file, rules] = computed('test', 'cases', '21_leaky_bplambda_d3_T10.json')
  const found = rules.flatMap(one => {
    const { A, c, lambda_, gamma, lr, psi_theta, theta_mode } = one.args
    if (psi_theta === 'before') return []
    const is = one.rule === 'dni' ? 'DNI' : theta_mode === 'offline' ? 'BP(λ), offline' : 'BP(λ)'
    const beside = one.rule === 'dni' ? { dni: { A, lr } } : { synthesiser: { A, c, lambda_, gamma, lr } }
    const all = judged(file, one, beside)
    t.true(all.includes(is), `${is}: ${all.join(' | ')}`)
    return [is]
  })
  t.is(new Set(found).size, 3)
})

/** Random signs. */
const draws = (rows: number, width: number): number[][] => {
  const draw = numbers(99)
  return Array.from({ length: rows }, () => Array.from({ length: width }, () => Math.sign(draw()) || 1))
}

test('a batch that is summed in place of its mean is a whole factor', t => {
  const found = of(net, times(7, forward(net).grads))
  t.regex(found[0] as string, /^7 times as large: a batch of 7/)
})

test('signs of another rule are not taken for those of UORO: what is no estimate is not named', t => {
  const noise = draws(5, 3)
  const found = identify(caseOf(net, { grads: forward(net, { jacobian: 'W f' }).grads, dtype: 'f64' }, { noise }))
  t.deepEqual(wholes(found), ["W diag f'"])
})
