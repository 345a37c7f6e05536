import test from 'ava'
import { nested, type Tensor } from '../../../ad/tensor.ts'
import { isValue } from '../../../ad/value.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { lruOrvieto } from '../../../nets/cells/lru.ts'
import { lstm } from '../../../nets/cells/lstm.ts'
import { stacked } from '../../../nets/cells/stacked.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, type Network, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { gradient } from '../../../nets/train/gradient.ts'
import { bptt } from '../../../rules/bptt.ts'
import { identify } from '../../../src/identify/index.ts'
import { type Num, times } from './plain.ts'

const lists = (tree: object): Lists =>
  Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, isValue(x) ? nested(x as Tensor) : lists(x)]))

type Lists = { readonly [name: string]: Num | Lists }

/** A network of a cell as a case, and its gradient by name. */
const caseOf = (model: string, cell: Cell<never, never>, starts: Readonly<Record<string, string>>) => {
  const net = network(cell as never, { d: 2, n: 2, m: 1 }, halfSquaredError(), { start: 'learned' })
  const random = rng(3)
  const draw = (size: number) => random.draw({ law: 'normal', shape: [size] })
  const data = Array.from({ length: 4 }, () => example(draw(2), draw(1)))
  const θ = net.init(5)
  const named = (tree: object) => {
    const { cell: own, start, readout } = lists(tree) as { readonly [name: string]: { readonly [name: string]: Num } }
    const begin = Object.entries(starts).map(([name, of]) => [name, start?.[of]])
    return { ...own, ...Object.fromEntries(begin), ...readout } as Readonly<Record<string, Num>>
  }
  const file = {
    ...{ schema: 2, id: model, model, sizes: { d: 2, n: 2, m: 1, T: 4 }, output: 'identity', loss: 'half_mse' },
    loss_weights: [1, 1, 1, 1],
    inputs: data.map(({ x }) => nested(x as Tensor)),
    targets: data.map(({ target }) => nested(target as Tensor)),
    params: named(θ),
  }
  return { file, grads: named(gradient(bptt, net as never, { engine: 'eager' })(θ as never, data)) }
}

test('an LSTM whose gates are counted twice is named gate by gate', t => {
  const { file, grads } = caseOf('lstm', lstm() as never, { h0: 'h', c0: 'c' })
  const wrong = Object.fromEntries(
    Object.entries(grads).map(([name, g]) => [name, /_[hx]?[ifg]$/.test(name) ? times(2, g) : g]),
  )
  const { blocks } = identify({ ...file, foreign: { grads: wrong, dtype: 'f64' } })
  const twice = blocks.filter(({ readings }) => readings[0]?.match.words?.startsWith('twice')).map(({ name }) => name)
  t.deepEqual(twice.toSorted(), [...'fig'].flatMap(k => [`W_h${k}`, `W_x${k}`, `b_${k}`]).toSorted())
})

test('a trace that is exact for the top layer alone is named, and the top layer is the gradient', t => {
  const cell = stacked([leaky({ alpha: 0.5 }), leaky({ alpha: 0.5 })], [2, 2])
  const net = network(cell as never, { d: 2, n: 1, m: 1 }, halfSquaredError(), { start: 'learned' }) as Network
  const random = rng(4)
  const draw = (size: number) => random.draw({ law: 'normal', shape: [size] })
  const data = Array.from({ length: 3 }, () => example(draw(1), draw(1)))
  const θ = net.init(2)
  const layer = (tree: Lists, l: number): Record<string, Num> => {
    const own = tree[`layer${l}`] as Readonly<Record<string, Num>>
    return Object.fromEntries(Object.entries(own).map(([name, x]) => [name === 'h' ? `h0_${l}` : `${name}_${l}`, x]))
  }
  const named = (tree: object) => {
    const { cell: own, start, readout } = lists(tree) as Readonly<Record<string, Lists>>
    return Object.assign({}, ...[1, 2].flatMap(l => [layer(own as Lists, l), layer(start as Lists, l)]), readout)
  }
  const exact = named(gradient(bptt, net, { engine: 'eager' })(θ, data))
  const file = {
    ...{ schema: 2, id: 'stack', model: 'stack', alphas: [0.5, 0.5], activations: ['tanh', 'tanh'] },
    ...{ sizes: { ds: [2, 2], n: 1, m: 1, T: 3 }, output: 'identity', loss: 'half_mse', loss_weights: [1, 1, 1] },
    inputs: data.map(({ x }) => nested(x as Tensor)),
    targets: data.map(({ target }) => nested(target as Tensor)),
    params: named(θ),
  }
  // without the path between layers nothing reaches the lower one
  const lower = Object.fromEntries(
    Object.entries(exact).map(([name, g]) => [name, name.endsWith('_1') ? times(0, g) : g]),
  )
  const { whole, blocks } = identify({ ...file, foreign: { grads: lower, dtype: 'f64' } })
  t.true(
    whole?.some(({ ids }) => String(ids) === 'layers apart'),
    JSON.stringify(whole),
  )
  t.is(blocks.find(({ name }) => name === 'W_rec_2')?.verdict, 'rounding')
})

test('γ in place of exp γ in the trace of a linear recurrent unit is a factor of each unit, and is named', t => {
  const { file, grads } = caseOf('lru', lruOrvieto() as never, { re0: 're', im0: 'im' })
  const γ = file.params.γ_log as readonly number[]
  const by = (rows: number[][]) => rows.map((row, i) => row.map(x => (x * (γ[i] as number)) / Math.exp(γ[i] as number)))
  const wrong = { ...grads, B_re: by(grads.B_re as number[][]), B_im: by(grads.B_im as number[][]) }
  const { blocks } = identify({ ...file, foreign: { grads: wrong, dtype: 'f64' } })
  const found = blocks.filter(({ readings }) => readings[0]?.match.words === 'with γ_log in place of exp γ_log')
  t.deepEqual(
    found.map(({ name }) => name),
    ['B_re', 'B_im'],
  )
})

/** One unit, in plain loops: softmax outputs of two logits with half the squared error, or parameters that change. */
const scalar = { w: 0.8, v: 0.6, b: 0.1, h0: 0.3, x: [0.5, -0.3, 0.7], out: [0.9, -0.7], shift: [0.2, -0.1] }

const file = (more: object) => ({
  ...{ schema: 2, id: 'one unit', model: 'leaky', alpha: 1, activation: 'tanh', sizes: { d: 1, n: 1, m: 2, T: 3 } },
  ...{ output: 'identity', loss: 'half_mse', loss_weights: [1, 1, 1], inputs: scalar.x.map(x => [x]) },
  targets: [
    [0.1, 0.9],
    [0.8, 0.2],
    [0.4, 0.6],
  ],
  params: {
    ...{ W_rec: [[scalar.w]], W_in: [[scalar.v]], b_rec: [scalar.b], h0: [scalar.h0] },
    ...{ W_out: scalar.out.map(w => [w]), b_out: scalar.shift },
  },
  ...more,
})

/** dL/dw, dL/dv, dL/db by forward mode; the weight of each step, the weight that the trace uses, and the derivative of the output. */
const unit = (
  ws: readonly number[],
  traced: readonly number[],
  errors: (logits: number[], target: number[]) => number[],
) => {
  const { targets } = file({})
  let [h, P, g] = [scalar.h0, [0, 0, 0], [0, 0, 0]]
  scalar.x.forEach((x, t) => {
    const before = h
    h = Math.tanh((ws[t] as number) * h + scalar.v * x + scalar.b)
    P = [before, x, 1].map((z, j) => (1 - h * h) * (z + (traced[t] as number) * (P[j] as number)))
    const logits = scalar.out.map((w, k) => w * h + (scalar.shift[k] as number))
    const q = errors(logits, targets[t] as number[]).reduce((sum, ε, k) => sum + ε * (scalar.out[k] as number), 0)
    g = g.map((one, j) => one + q * (P[j] as number))
  })
  return { W_rec: [[g[0]]], W_in: [[g[1]]], b_rec: [g[2]] }
}

test('a softmax that is differentiated output by output is named', t => {
  const elementwise = (logits: number[], target: number[]): number[] => {
    const all = logits.map(Math.exp)
    const y = all.map(e => e / all.reduce((a, b) => a + b))
    return y.map((p, k) => (p - (target[k] as number)) * p * (1 - p))
  }
  const ws = [scalar.w, scalar.w, scalar.w]
  const found = identify(file({ output: 'softmax', foreign: { grads: unit(ws, ws, elementwise), dtype: 'f64' } }))
  t.true(
    found.whole?.some(({ ids }) => String(ids) === 'elementwise output'),
    JSON.stringify(found.whole),
  )
})

test('a trace with the parameters of the step before is named where the file has those of every step', t => {
  const plain = (logits: number[], target: number[]) => logits.map((v, k) => v - (target[k] as number))
  const ws = [0.8, 0.5, 1.1]
  const { params } = file({})
  const times = ws.map(w => ({ ...params, W_rec: [[w]] }))
  const grads = unit(ws, [0.8, 0.8, 0.5], plain)
  const found = identify(file({ theta_t: times, foreign: { grads, dtype: 'f64' } }))
  t.true(
    found.whole?.some(({ ids }) => String(ids) === 'stale W_rec'),
    JSON.stringify(found),
  )
  const right = identify(file({ theta_t: times, foreign: { grads: unit(ws, ws, plain), dtype: 'f64' } }))
  t.deepEqual(right.whole?.[0]?.ids, [])
  const without = identify(file({ foreign: { grads, dtype: 'f64' } }))
  t.true(
    without.missing.some(one => one.startsWith('theta_t')),
    JSON.stringify(without.blocks),
  )
})
