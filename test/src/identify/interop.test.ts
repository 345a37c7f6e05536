import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tensor } from '../../../ad/tensor.ts'
import { identify } from '../../../src/identify/index.ts'
import { pageOf } from '../../../src/identify/page.ts'
import { readForeign } from '../../../src/identify/read.ts'
import { writeArrays } from '../../../src/weights/index.ts'
import { call } from '../../command.ts'
import { root } from '../../root.ts'
import { caseOf, forward, made } from './plain.ts'

const folder = mkdtempSync(join(tmpdir(), 'janusgrad-identify-'))
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

/** The exporters of docs/interop.md, by the module that they need. */
const exporter = (module: string): string => {
  const blocks = readFileSync(join(root, 'docs', 'interop.md'), 'utf8').matchAll(/```python\n([^`]*)```/g)
  return [...blocks].map(([, code]) => code as string).find(code => code.includes(`import ${module}`)) ?? ''
}

const python = (code: string) => {
  const program = process.env.PYTHON
  if (program === undefined) return null
  return spawnSync(program, ['-c', code], { cwd: folder, encoding: 'utf8' })
}

/** Whether the interpreter that PYTHON names has a module; says why where it has not. */
const has = (t: ExecutionContext, module: string): boolean => {
  const found = python(`import ${module}`)
  if (found?.status === 0) return true
  t.log(found ? `skipped: the interpreter that PYTHON names has no ${module}` : 'skipped: PYTHON names no interpreter')
  t.pass()
  return false
}

for (const [module, file, wanted] of [
  ['numpy', 'gradient.npz', /one step deep/],
  ['torch', 'gradient.json', /within rounding/],
] as const)
  test(`what the exporter for ${module} writes is identified`, async t => {
    t.true(exporter(module).split('\n').length <= 26, 'an exporter is about twenty lines')
    if (!has(t, module)) return
    const ran = python(exporter(module))
    t.is(ran?.status, 0, ran?.stderr)
    const flags = file.endsWith('.npz')
      ? [
          '--model',
          'leaky',
          '--alpha',
          '1',
          '--activation',
          'tanh',
          '--output',
          'identity',
          '--loss',
          'half_mse',
          '--dtype',
          'f64',
        ]
      : []
    const { code, out, err } = await call('identify', join(folder, file), ...flags)
    t.is(code, 0, `${out}${err}`)
    t.regex(out, wanted)
  })

/** Modules of PyTorch with the model that each is, and how they are run over the inputs x. */
const modules: readonly (readonly [module: string, model: string, run: string])[] = [
  ['RNN(2, 3', '"leaky", "alpha": 1, "activation": "tanh"', 'rnn(x)'],
  ['RNN(2, 3, num_layers=2', '"stack", "alphas": [1, 1], "activations": ["tanh", "tanh"]', 'rnn(x)'],
  ['LSTM(2, 3', '"lstm"', 'rnn(x)'],
  ['GRU(2, 3', '"gru_pytorch"', 'rnn(x)'],
  [
    'RNNCell(2, 3',
    '"leaky", "alpha": 1, "activation": "tanh"',
    'run(lambda h, x_t: rnn(x_t, h), torch.zeros(3).double()), 0',
  ],
  ['GRUCell(2, 3', '"gru_pytorch"', 'run(lambda h, x_t: rnn(x_t, h), torch.zeros(3).double()), 0'],
  ['LSTMCell(2, 3', '"lstm"', 'run(lambda s, x_t: rnn(x_t, s), (torch.zeros(3).double(),) * 2), 0'],
]

const stepping = `
def run(step, state):
    states = []
    for x_t in x:
        state = step(state, x_t)
        states.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(states)
`

test('every recurrent module and cell of PyTorch gives the gradient under its own names; a gate counted twice is seen', async t => {
  if (!has(t, 'torch')) return
  const own = exporter('torch')
  for (const [module, model, run] of modules) {
    const code = own
      .replace('RNN(2, 3', module)
      .replace('"leaky", "alpha": 1, "activation": "tanh"', model)
      .replace('states, _ = rnn(x)', `${stepping}states, _ = ${run}`)
    const ran = python(code)
    t.is(ran?.status, 0, `${module}: ${ran?.stderr}`)
    const found = identify(readForeign(join(folder, 'gradient.json')))
    t.deepEqual(found.whole?.[0]?.ids, [], `${module}: ${pageOf(found)}`)
    t.is(found.whole?.[0]?.match.words, '')
    t.true(found.blocks.every(({ verdict }) => ['same', 'rounding', 'absent'].includes(verdict)))
  }
  const twice = own
    .replace('RNN(2, 3', 'LSTM(2, 3')
    .replace('"leaky", "alpha": 1, "activation": "tanh"', '"lstm"')
    .replace('loss.backward()', 'loss.backward()\nrnn.weight_hh_l0.grad[:3] *= 2')
  t.is(python(twice)?.status, 0)
  const { blocks } = identify(readForeign(join(folder, 'gradient.json')))
  t.deepEqual(
    blocks.filter(({ verdict }) => verdict === 'variant').map(({ name }) => name),
    ['W_hi'],
  )
})

test('arrays under dotted paths are a case, PyTorch names understood, and what they cannot say is asked for', async t => {
  const net = made(2, 1, 1, 3, 1)
  const { grads } = forward(net, { jacobian: 'W f' })
  const file = join(folder, 'case.npz')
  const { W_rec, W_in, b_rec, W_out, b_out } = net
  writeArrays(file, {
    inputs: tensor(net.inputs),
    targets: tensor(net.targets),
    'params.rnn.weight_hh_l0': tensor(W_rec),
    'params.rnn.weight_ih_l0': tensor(W_in),
    'params.rnn.bias_ih_l0': tensor(b_rec.map(x => x - 1)),
    'params.rnn.bias_hh_l0': tensor(b_rec.map(() => 1)),
    'params.readout.weight': tensor(W_out),
    'params.readout.bias': tensor(b_out),
    'params.h0': tensor(net.h0),
    'foreign.grads.rnn.weight_hh_l0': tensor(grads.W_rec as number[][]),
    'foreign.grads.rnn.bias_hh_l0': tensor(grads.b_rec as number[]),
  })
  const words = {
    model: 'leaky',
    alpha: 1,
    activation: 'tanh',
    output: 'identity',
    loss: 'half_mse',
    'foreign.dtype': 'f64',
  }
  const found = identify(readForeign(file, words))
  t.deepEqual(
    found.whole?.map(({ ids }) => ids),
    [["W diag f'"]],
  )
  t.regex(pageOf(found), /W diag f' in the Jacobian where diag f' W belongs/)
  const without = await call('identify', file)
  t.is(without.code, 2)
  t.regex(without.err, /model: missing|model/)
})

test('a page says what it is, block by block, and fails where a block is nothing that was tried', async t => {
  const net = made(2, 1, 1, 3, 0.5)
  const right = join(folder, 'right.json')
  writeFileSync(right, JSON.stringify(caseOf(net, { grads: forward(net).grads, dtype: 'f64', source: 'mine' })))
  const good = await call('identify', right)
  t.is(good.code, 0, good.err)
  t.regex(good.out, /^mine is the gradient\./)
  t.regex(good.out, /W_rec .*within rounding/)
  const wrong = join(folder, 'wrong.json')
  writeFileSync(
    wrong,
    JSON.stringify(
      caseOf(net, {
        grads: {
          W_rec: [
            [1, 2],
            [3, 5],
          ],
        },
        dtype: 'f64',
      }),
    ),
  )
  const bad = await call('identify', wrong)
  t.is(bad.code, 1)
  t.regex(bad.out, /none of what was tried; nearest is/)
  t.regex(bad.out, /What the file lacks:/)
  t.regex((await call('identify', join(folder, 'none.json'))).err, /none\.json/)
})
