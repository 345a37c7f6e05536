import test from 'ava'
import { symbol } from '../../../ad/symbols/expression.ts'
import { symbolic } from '../../../ad/symbols/interpreter.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { type AnyCell, stacked } from '../../../nets/cells/stacked.ts'
import { steppedOn } from '../../../nets/formulas/equations.ts'

const namesIn = (cell: unknown) => {
  const { params, states } = steppedOn(symbolic(), cell as AnyCell)
  return { params: params.map(({ name }) => name), states: states.map(({ name }) => name) }
}

test('a symbol has the name of its leaf, with the number of its layer where there are several', t => {
  const grades = [
    ['W_rec', 'matrix'],
    ['W_in', 'matrix'],
    ['b_rec', 'column'],
  ] as const
  t.deepEqual(namesIn(leaky()), {
    params: grades.map(([base, grade]) => symbol({ base, grade })),
    states: [symbol({ base: 'h', grade: 'column', time: 0 })],
  })
  const layers = ['1', '2']
  t.deepEqual(namesIn(stacked([leaky(), leaky()])), {
    params: layers.flatMap(layer => grades.map(([base, grade]) => symbol({ base, grade, layer }))),
    states: layers.map(layer => symbol({ base: 'h', grade: 'column', time: 0, layer })),
  })
  const inner = namesIn(stacked([leaky(), stacked([leaky(), leaky()])])).states
  t.deepEqual(
    inner,
    ['1', '2.1', '2.2'].map(layer => symbol({ base: 'h', grade: 'column', time: 0, layer })),
  )
})
