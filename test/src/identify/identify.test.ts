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
