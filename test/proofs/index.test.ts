import test from 'ava'
import { mul, stopGradient, tanh, unary } from '../../ad/primitives/elementwise.ts'
import { table } from '../../ad/primitives/table.ts'
import type { Value } from '../../ad/value.ts'
import { decide, find, propositions, prove } from '../../proofs/index.ts'
import { groups, seed } from './storeys/groups.ts'

const tripled = (s: Value, x: Value): Value => mul(s, mul(3, mul(x, x)))

test('how many propositions were decided is printed', t => {
  t.log(`${find().length} propositions, seed ${seed}`)
  t.true(find().length > 300)
})

test('every storey is decided once', t => {
  t.deepEqual(Object.values(groups).flat().toSorted(), Object.keys(propositions).toSorted())
})

test('claims are different sentences', t => {
  const claims = find().map(([storey, { claim }]) => `${storey} ${claim}`)
  t.is(new Set(claims).size, claims.length)
})

test('every primitive has an oracle and an adjointness proof', t => {
  for (const { name, smooth } of Object.values(table)) {
    if (smooth !== 'surrogate')
      for (const order of ['push', 'the second derivatives'])
        t.true(find({ pattern: `oracles ${order} of ${name} at` }).length > 0, `${order} of ${name}`)
    t.true(find({ pattern: `push and pull of ${name} at` }).length > 0, name)
  }
})

test('a primitive of your own is proved like ours: a right one holds', t => {
  const cube = unary('cube', x => x ** 3, {
    push: [(s, [x]) => tripled(s, x)],
    pull: [(c, [x]) => tripled(c, x)],
  })
  const decisions = [...prove({ primitives: [cube] })]
  t.true(decisions.length > 5)
  t.deepEqual(
    decisions.filter(d => !d.passed),
    [],
  )
})

test('a primitive of your own is proved like ours: the oracles find a wrong one, adjointness a lopsided one', t => {
  const wrong = unary('wrong', Math.tanh, { push: [s => s], pull: [c => c] })
  const lopsided = unary('lopsided', x => x, { push: [s => s], pull: [c => tanh(c)] })
  const failed = (primitive: typeof wrong) =>
    [...prove({ primitives: [primitive] })].filter(d => !d.passed).map(d => d.storey)
  t.deepEqual(new Set(failed(wrong)), new Set(['oracles']))
  t.deepEqual(new Set(failed(lopsided)), new Set(['adjointness']))
})

test('a primitive of your own whose slope is frozen has no second derivative, and is found', t => {
  const slope = (s: Value, x: Value): Value => mul(s, stopGradient(mul(2, x)))
  const right = unary('square', x => x * x, {
    push: [(s, [x]) => mul(s, mul(2, x))],
    pull: [(c, [x]) => mul(c, mul(2, x))],
  })
  const pushes = unary('pushes', x => x * x, { push: [(s, [x]) => slope(s, x)], pull: [(c, [x]) => mul(c, mul(2, x))] })
  const pulls = unary('pulls', x => x * x, { push: [(s, [x]) => mul(s, mul(2, x))], pull: [(c, [x]) => slope(c, x)] })
  const failed = (primitive: typeof right) => [...prove({ primitives: [primitive] })].filter(d => !d.passed)
  t.deepEqual(failed(right), [])
  for (const frozen of [pushes, pulls]) {
    t.true(failed(frozen).length > 0)
    for (const { claim } of failed(frozen)) t.regex(claim, /^the second derivatives of /)
  }
})

test('a surrogate need not be the derivative of its value, but must be adjoint', t => {
  const spike = unary('spike', x => (x > 0 ? 1 : 0), { push: [s => s], pull: [c => c], smooth: 'surrogate' })
  const storeys = new Set([...prove({ primitives: [spike] })].map(d => d.storey))
  t.deepEqual(storeys, new Set(['adjointness', 'compiler']))
  t.true([...prove({ primitives: [spike] })].every(d => d.passed))
})

test('a proposition whose residual is NaN does not hold', t => {
  const [, any] = find()[0]!
  t.false(decide({ ...any, residual: () => Number.NaN, verdict: 'holds' }).passed)
})

test('a claim to be refuted fails when no counterexample is found, or when the case itself throws', t => {
  const [, any] = find()[0]!
  t.false(decide({ ...any, residual: () => 0, verdict: 'refuted' }).passed)
  const thrown = decide({
    ...any,
    residual: () => {
      throw new Error('broken')
    },
    verdict: 'refuted',
  })
  t.false(thrown.passed)
  t.regex(thrown.error ?? '', /broken/)
})

test('whether a counterexample is made small decides nothing', t => {
  const [[, claim]] = find({ pattern: 'one draw of KF-RTRL is the gradient' }) as [ReturnType<typeof find>[number]]
  t.is(claim.verdict, 'refuted')
  for (const shrink of [true, false]) {
    t.true(decide(claim, { shrink }).passed)
    t.truthy(decide(claim, { shrink }).counterexample)
    t.false(decide({ ...claim, residual: () => 0 }, { shrink }).passed)
    t.false(decide({ ...claim, verdict: 'holds' }, { shrink }).passed)
  }
})

test('a refuted claim is tried as often as it asks for, and a known counterexample is decided first', t => {
  const [[, rare]] = find({ pattern: 'is a descent direction' }) as [ReturnType<typeof find>[number]]
  const decision = decide(rare, { runs: 1, seed: 3 })
  t.true(decision.passed)
  t.is(decision.runs, 1)
  const { known: _, ...unknown } = rare
  t.is(decide({ ...unknown, residual: () => 0 }, { runs: 1 }).tries, rare.runs ?? 100)
})
