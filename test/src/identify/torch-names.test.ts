import test from 'ava'
import { DomainError } from '../../../ad/errors.ts'
import { nested, type Tensor } from '../../../ad/tensor.ts'
import { gruPytorch } from '../../../nets/cells/gru.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { network } from '../../../nets/network.ts'
import { isTorch, named, starts } from '../../../src/identify/torch-names.ts'
import { toTorch } from '../../../src/weights/index.ts'

const lists = (tree: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, nested(x as Tensor)]))

for (const [model, cell, own] of [
  ['lstm', 'lstm', lstm()],
  ['gru_pytorch', 'gruPytorch', gruPytorch()],
] as const)
  test(`what toTorch writes of a ${model} is read back by the names of a case, of a module and of a cell`, t => {
    const θ = network(own as never, { d: 2, n: 3, m: 1 }, halfSquaredError()).init(1).cell as never
    const written = lists(toTorch(cell, θ))
    t.true(isTorch(written))
    t.deepEqual(named(model, { rnn: written }, false), lists(θ))
    const asCell = Object.fromEntries(Object.entries(written).map(([name, x]) => [name.replace('_l0', ''), x]))
    t.deepEqual(named(model, asCell, false), lists(θ))
  })

test('the two biases of a gate have the same gradient, and either is it; a gate that has both keeps both', t => {
  const twice = { 'rnn.bias_ih_l0': [1, 2, 3, 4], 'rnn.bias_hh_l0': [1, 2, 3, 4] }
  t.deepEqual(named('lstm', twice, true), { b_i: [1], b_f: [2], b_g: [3], b_o: [4] })
  t.deepEqual(named('leaky', { bias_hh: [5, 6] }, true), { b_rec: [5, 6] })
  const gru = { bias_ih_l0: [1, 2, 3], bias_hh_l0: [1, 2, 9] }
  t.deepEqual(named('gru_pytorch', gru, true), { b_r: [1], b_z: [2], b_n: [3], b_hn: [9] })
  t.deepEqual(named('gru_pytorch', gru, false), { b_r: [2], b_z: [4], b_n: [3], b_hn: [9] })
})

test('a readout is a Linear, starts are 0, and rows that are no gates are refused', t => {
  t.deepEqual(named('leaky', { 'readout.weight': [[1]], 'readout.bias': [2] }, false), { W_out: [[1]], b_out: [2] })
  t.deepEqual(starts('lstm', [2]), { h0: [0, 0], c0: [0, 0] })
  t.deepEqual(starts('stack', [1, 2]), { h0_1: [0], h0_2: [0, 0] })
  t.throws(() => named('lstm', { weight_hh_l0: [[1], [2], [3]] }, false), {
    instanceOf: DomainError,
    message: /weight_hh.*3 rows; wanted 4 gates of d rows\. Match model/,
  })
})
