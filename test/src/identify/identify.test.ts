import test from 'ava'
import { type Identity, identify } from '../../../src/identify/index.ts'
import { caseOf, type Faults, forward, made, times } from './plain.ts'

const net = made(3, 2, 2, 5, 0.4)

/** The variants that a whole gradient is found to be, each reading as one text. */
const wholes = ({ whole }: Identity): readonly string[] =>
  (whole ?? []).map(({ ids, match }) => [...ids, match.words].filter(Boolean).join(' + '))

const named = (faults: Faults, more: object = {}): readonly string[] =>
  wholes(identify(caseOf(net, { grads: forward(net, faults).grads, dtype: 'f64' }, more)))

test('the gradient is the gradient, within rounding; a bare start and the blocks that are absent are said', t => {
  const found = identify(caseOf(net, { grads: forward(net).grads, dtype: 'f64' }))
  t.deepEqual(found.whole?.[0]?.ids, [])
  t.deepEqual(
    found.blocks.map(({ name, verdict }) => [name, verdict === 'same' || verdict === 'rounding' || verdict]),
    [
      ['W_rec', true],
      ['W_in', true],
      ['b_rec', true],
      ['h0', 'absent'],
      ['W_out', true],
      ['b_out', true],
    ],
  )
  t.deepEqual(found.missing, [])
})

const single: readonly (readonly [Faults, string])[] = [
  [{ jacobian: 'W f' }, "W diag f'"],
  [{ jacobian: 'transposed' }, 'Jacobian transposed'],
  [{ jacobian: 'old' }, 'old Jacobian'],
  [{ jacobian: 'new' }, 'next Jacobian'],
  [{ jacobian: 'none' }, 'one step deep'],
  [{ jacobian: 'own' }, 'own-unit Jacobian'],
  [{ jacobian: 'no leak' }, 'no leak'],
  [{ jacobian: 'no alpha' }, 'recurrence without α'],
  [{ immediate: 'f twice' }, "f' twice"],
  [{ immediate: 'input late' }, 'input late'],
  [{ immediate: 'all late' }, 'presynaptic late'],
  [{ immediate: 'post' }, 'rates new'],
  [{ late: 'update' }, 'error early'],
  [{ late: 'error' }, 'error late'],
  [{ signal: 'zero' }, 'no error'],
  [{ signal: 'whole' }, 'whole credit'],
  [{ k: 2 }, 'window of 2'],
  [{ k: 4 }, 'window of 4'],
  [{ chunk: 2 }, 'chunks of 2'],
  [{ chunk: 3 }, 'chunks of 3'],
  [{ chunk: 2, resetLate: true }, 'reset late, 2'],
  [{ snap1: true }, 'immediate pattern'],
]

for (const [faults, id] of single)
  test(`a planted fault is named: ${JSON.stringify(faults)} is ${id}`, t => {
    t.deepEqual(
      named(faults).filter(one => one === id),
      [id],
      named(faults).join(' | '),
    )
  })

const fed = { feedback: net.B }

test('two faults at once are named: RFLO, RFLO without α, e-prop that leaks the future, a sign', t => {
  const has = (found: readonly string[], id: string) => t.true(found.includes(id), `${id}: ${found.join(' | ')}`)
  has(named({ jacobian: 'own', feedback: 'random' }, fed), 'own-unit Jacobian + random feedback')
  has(named({ jacobian: 'own', immediate: 'no alpha' }), 'own-unit Jacobian + immediate without α')
  has(named({ jacobian: 'own', signal: 'whole' }), 'own-unit Jacobian + whole credit')
  has(named({ feedback: 'random' }, fed), 'random feedback')
  const { W_out, b_out, ...cell } = forward(net, { jacobian: 'own' }).grads
  const signs = identify(caseOf(net, { grads: { ...times(-1, cell), W_out, b_out }, dtype: 'f64' }))
  has(wholes(signs), 'own-unit Jacobian + with the opposite sign')
})

test('factors are named by what they may come from, block by block', t => {
  const { grads } = forward(net)
  const mean = identify(caseOf(net, { grads: times(1 / 5, grads), dtype: 'f64' }))
  t.regex(wholes(mean)[0] as string, /divided by T/)
  const twice = identify(caseOf(net, { grads: { ...grads, W_in: times(2, grads.W_in) }, dtype: 'f64' }))
  t.deepEqual(
    twice.blocks.filter(({ readings }) => readings[0]?.match.words?.startsWith('twice')).map(({ name }) => name),
    ['W_in'],
  )
  const odd = identify(caseOf(net, { grads: { ...grads, W_in: times(1.37, grads.W_in) }, dtype: 'f64' }))
  const block = odd.blocks.find(({ name }) => name === 'W_in')
  t.is(block?.verdict, 'unknown')
  t.true(Math.abs((block?.nearest?.match.factor as number) - 1.37) < 1e-9)
})

test('a gradient of random feedback is not guessed where the file lacks it: it is named', t => {
  const found = identify(
    caseOf(net, { grads: forward(net, { jacobian: 'own', feedback: 'random' }).grads, dtype: 'f64' }),
  )
  t.is(found.whole, null)
  t.is(found.blocks[0]?.verdict, 'unknown')
  t.true(found.missing.some(one => one.startsWith('feedback [d, m]')))
  t.true(found.missing.some(one => one.startsWith('noise [T, d]')))
})

test('rounding is told from a fault by the dtype; without it a small gap is undecided', t => {
  const single = <A>(x: A): A => {
    if (typeof x === 'number') return Math.fround(x) as A
    if (Array.isArray(x)) return x.map(e => single(e)) as A
    return Object.fromEntries(Object.entries(x as object).map(([name, e]) => [name, single(e)])) as A
  }
  const grads = single(forward(net).grads)
  const verdicts = (foreign: object) =>
    new Set(
      identify(caseOf(net, foreign))
        .blocks.filter(({ name }) => name !== 'h0')
        .map(({ verdict }) => verdict),
    )
  t.deepEqual(verdicts({ grads, dtype: 'f32' }), new Set(['rounding']))
  t.deepEqual(verdicts({ grads, dtype: 'f64' }), new Set(['unknown']))
  t.deepEqual(verdicts({ grads }), new Set(['undecided']))
  t.true(identify(caseOf(net, { grads })).missing.some(one => one.startsWith('foreign.dtype')))
})

test('gradients of single steps say which way their sum faces; traces which Jacobian they carry', t => {
  const { perStep, traces, grads } = forward(net)
  const past = identify(caseOf(net, { per_step_grads: perStep, traces, dtype: 'f64' }))
  t.regex((past.perStep as { says: string }).says, /past-facing, as RTRL emits it\)$/)
  t.is((past.traces as { says: string }).says, 'the influence')
  const late = [times(0, perStep[0]), ...perStep.slice(0, -1)]
  t.regex(
    (identify(caseOf(net, { per_step_grads: late, dtype: 'f64' })).perStep as { says: string }).says,
    /one step late/,
  )
  const wrong = forward(net, { jacobian: 'W f' })
  t.deepEqual(
    (
      identify(caseOf(net, { grads: wrong.grads, traces: wrong.traces, dtype: 'f64' })).traces as unknown as {
        ids: string[]
      }
    ).ids,
    ["W diag f'"],
  )
  const none = identify(caseOf(net, { grads, per_step_grads: perStep.map((one, i) => times(i, one)), dtype: 'f64' }))
  t.is(none.perStep, 'unknown')
})

test('a readout that learns nothing is named, and a case whose gradient is 0, or that has no foreign one, is refused', t => {
  const { grads } = forward(net)
  const found = identify(
    caseOf(net, { grads: { ...grads, W_out: times(0, grads.W_out), b_out: times(0, grads.b_out) }, dtype: 'f64' }),
  )
  t.deepEqual(wholes(found), ['no readout'])
  const silent = { ...net, W_out: times(0, net.W_out), b_out: [0, 0], targets: times(0, net.targets) }
  t.throws(() => identify(caseOf(silent, { grads, dtype: 'f64' })), { message: /gradient is 0/ })
  const { foreign: _, ...bare } = caseOf(net, {})
  t.throws(() => identify(bare), { message: /without foreign/ })
  t.throws(() => identify({ ...bare, schema: 1, noise: [] }), { message: /cannot be used/ })
})

test('what a case cannot tell apart from the gradient is said: one unit has no Jacobian to be transposed', t => {
  const short = made(1, 1, 1, 3, 1)
  const found = identify(caseOf(short, { grads: forward(short).grads, dtype: 'f64' }))
  t.deepEqual(found.whole?.[0]?.ids, [])
  t.true(
    ['Jacobian transposed', 'diagonal Jacobian'].every(id => found.alike.includes(id)),
    found.alike.join(),
  )
  t.false(found.alike.includes('one step deep'))
})
