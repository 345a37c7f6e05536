import test from 'ava'
import { markOf, symbol } from '../../../ad/symbols/expression.ts'
import { symbolic } from '../../../ad/symbols/interpreter.ts'
import { type CellName, cells } from '../../../nets/cells/index.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { type AnyCell, stacked } from '../../../nets/cells/stacked.ts'
import { equationsOf, steppedOn } from '../../../nets/formulas/equations.ts'

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

/** Names in the order in which a step computes them; then the diagonal matrices that occur more than once, with their gate. */
const named: Readonly<Record<string, string>> = {
  leaky: 'u h D',
  membrane: 'v',
  lstm: 'o f i g c h D_o D_f D_i D_g D_fh D_ih D_gh',
  peephole: 'f i g c o h D_oh D_f D_i D_g D_fh D_ih D_gh',
  gru: 'z r n h D_z D_n D_r',
  'gru-pytorch': 'z r u n h D_z D_n D_r E_n',
  mgu: 'f n h D_f D_n E_f',
  lru: 're im D E Dre',
  'lru-orvieto': 're im E F Ere',
  elstm: 'f z c D_z D_f',
  'min-gru': 'z h D_z',
}
for (const [name, wanted] of Object.entries(named))
  test(`a step of ${name} has names for its drives, gates and states, and for what recurs in its Jacobian`, t => {
    const { definitions } = equationsOf(() => cells[name as CellName]({}) as unknown as AnyCell)
    t.is(definitions.map(one => `${markOf(one.name)?.base}${markOf(one.name)?.layer ?? ''}`).join(' '), wanted)
  })
