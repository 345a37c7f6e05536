import test from 'ava'
import { cost } from '../../../ad/modes/cost.ts'
import { matvec } from '../../../ad/primitives/contraction.ts'
import { tanh } from '../../../ad/primitives/elementwise.ts'
import { reshape } from '../../../ad/primitives/layout.ts'

test('a program of no steps does no arithmetic and writes no bytes', t => {
  t.deepEqual(
    cost(xs => xs, [[3]]),
    { operations: 0, bytes: 0, largest: 3 },
  )
  t.is(cost(xs => xs, [[0]]).largest, 0)
})

test('eight bytes are written for a number; a layout does no arithmetic', t => {
  t.deepEqual(
    cost(([x]) => [reshape(tanh(x!), [3, 1])], [[3]]),
    { operations: 3, bytes: 48, largest: 3 },
  )
  t.deepEqual(
    cost(([W, x]) => [matvec(W!, x!)], [[4, 3], [3]]),
    { operations: 24, bytes: 32, largest: 12 },
  )
})
