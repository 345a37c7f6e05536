/** This project's engines: the leaky network by BPTT, RTRL and FP-BPTT, and a GRU written as any user writes one. */

import { compile } from '../ad/compiler/compile.ts'
import type { Engine } from '../ad/compiler/engine.ts'
import { entries } from '../ad/distance.ts'
import { matmul, matvec } from '../ad/primitives/contraction.ts'
import { add, mul, sigmoid, sub, tanh } from '../ad/primitives/elementwise.ts'
import { full, type Tensor, tensorOf, zeros } from '../ad/tensor.ts'
import { type Branch, rebuild } from '../ad/tree.ts'
import type { Value } from '../ad/value.ts'
import { type Cell, cell } from '../nets/cells/cell.ts'
import { gruPytorch } from '../nets/cells/gru.ts'
import { leaky } from '../nets/cells/leaky.ts'
import { lstm } from '../nets/cells/lstm.ts'
import { halfSquaredError, type PerStep } from '../nets/loss.ts'
import { type Example, example, type Network, network, type Theta } from '../nets/network.ts'
import { type Random, rng } from '../nets/random.ts'
import type { AnyRule } from '../nets/run/rule.ts'
import type { Sequences } from '../nets/train/data.ts'
import { gradient } from '../nets/train/gradient.ts'
import { train } from '../nets/train/online.ts'
import { sgd } from '../nets/train/optimisers.ts'
import { bptt } from '../rules/bptt.ts'
import { fpbptt } from '../rules/fpbptt.ts'
import { rflo } from '../rules/rflo.ts'
import { rtrl } from '../rules/rtrl.ts'
import { sketch } from '../rules/sketch.ts'
import { snap } from '../rules/snap.ts'
import { uoro } from '../rules/uoro.ts'
import type { Prepare, Running } from './engine.ts'
import { alpha, type Given, isOnline, onlineRate, partsOf, shapesOf, type Work } from './problem.ts'
import { engineBy } from './session.ts'

/** Gated recurrent unit (Cho et al. 2014), as a user of the library writes it. */
const gru = cell(
  {
    params: {
      ...{ W_z: ['d', 'd'], V_z: ['d', 'n'], b_z: ['d'] },
      ...{ W_r: ['d', 'd'], V_r: ['d', 'n'], b_r: ['d'] },
      ...{ W_h: ['d', 'd'], V_h: ['d', 'n'], b_h: ['d'] },
    },
    state: { h: ['d'] },
  },
  (θ, { h }, x) => {
    const z = sigmoid(add(add(matvec(θ.W_z, h), matvec(θ.V_z, x)), θ.b_z))
    const r = sigmoid(add(add(matvec(θ.W_r, h), matvec(θ.V_r, x)), θ.b_r))
    const c = tanh(add(add(matvec(θ.W_h, mul(r, h)), matvec(θ.V_h, x)), θ.b_h))
    return { h: add(mul(sub(1, z), h), mul(z, c)) }
  },
)

const vector = (values: readonly number[]): Value => tensorOf([values.length], Float64Array.from(values))

const leakyCell = leaky({ alpha }) as unknown as Cell<Branch, Branch>

/** The cells of works, and of all others the leaky one. */
const cellOf = (work: Work): Cell<Branch, Branch> => {
  const others = { gru, 'gru-pytorch': gruPytorch(), lstm: lstm() } as Readonly<Record<string, unknown>>
  return (others[work] ?? leakyCell) as Cell<Branch, Branch>
}

const networkOf = ({ work, d, n, m }: Given): Network<Branch, Branch, PerStep> =>
  network(cellOf(work), { d, n, m }, halfSquaredError())

/** The flat parameters as the library's. */
const thetaOf = (given: Given): Theta => {
  const shapes = shapesOf(given)
  const leaves = partsOf(given, given.theta).map((part, i) => tensorOf(shapes[i]!, Float64Array.from(part)))
  const [W_out, b_out] = leaves.slice(-2) as [Value, Value]
  const own = networkOf(given).init(1).cell
  return { cell: rebuild(own, leaves.slice(0, -2)), start: {}, readout: { W_out, b_out } }
}

/** The data as sequences; one sequence is itself. */
const dataOf = ({ T, B, n, m, xs, targets }: Given): Sequences => {
  const exampleAt = (at: number): Example =>
    example(vector(xs.slice(at * n, (at + 1) * n)), vector(targets.slice(at * m, (at + 1) * m)))
  const sequences = Array.from({ length: B }, (_, b) => Array.from({ length: T }, (_, t) => exampleAt(b * T + t)))
  return sequences.length === 1 ? sequences[0]! : sequences
}

const gradients = (engine: Engine, given: Given, workers: number | undefined): Running => {
  const [θ, data] = [thetaOf(given), dataOf(given)]
  const { d, m, work } = given
  const net = networkOf(given) as unknown as Network
  const rules: Readonly<Record<string, AnyRule>> = {
    ...{ rtrl, fpbptt: fpbptt({ k: d }) },
    ...{ rflo: rflo({ feedback: full([d, m], 0.5) }), snap: snap({ n: 1 }) },
    sketch: sketch({ rank: 4 }),
  }
  const by = gradient(rules[work] ?? bptt, net, { engine, ...(workers !== undefined && { workers }) })
  const place = zeros([given.theta.length])
  return { call: () => by(θ, data, { into: place }), result: () => place.data }
}

/** θ after a step of learning at each example, an update with every one. */
const online = (engine: Engine, given: Given): Running => {
  const [θ, data] = [thetaOf(given), dataOf(given)]
  const { d, m, work, signs } = given
  const rules: Readonly<Record<string, AnyRule<unknown, 'past'>>> = {
    'online-rflo': rflo({ feedback: full([d, m], 0.5) }),
    'online-snap': snap({ n: 1 }),
    'online-uoro': uoro(),
    'online-rtrl': rtrl,
  }
  const net = networkOf(given)
  const rows = { next: 0 }
  const draw: Random['draw'] = ({ shape }) => {
    const from = rows.next++ * d
    return tensorOf(shape, Float64Array.from(signs.slice(from, from + d)))
  }
  const noise: Random = { ...rng(0), draw, copy: () => rng(0) }
  const learn = train(rules[work] as AnyRule<unknown, 'past'>, net, {
    optimiser: sgd({ lr: onlineRate }),
    engine,
    noise,
  })
  let last: Theta | undefined
  const call = (): void => {
    rows.next = 0
    for (const step of learn(θ, data)) if (step.step === given.T) last = step.θ
  }
  return { call, result: () => entries(last ?? {}) }
}

const product = (engine: Engine, { work, d, theta, xs }: Given): Running => {
  const f = work === 'matvec' ? matvec : matmul
  const run = engine.name === 'eager' ? f : compile((a: Value, b: Value) => f(a, b), engine)
  const a = tensorOf([d, d], Float64Array.from(theta))
  const x = tensorOf(work === 'matvec' ? [d] : [d, d], Float64Array.from(xs))
  let out: ArrayLike<number> = []
  const call = (): void => {
    out = (run(a, x) as Tensor).data
  }
  return { call, result: () => out }
}

/** The works in one of this project's engines, shared out over workers where so many are named. */
export const ours =
  (name: string, workers?: number): Prepare =>
  async given => {
    const engine = await engineBy(name, given.dtype)
    if ('absent' in engine) return engine
    if (isOnline(given.work)) return online(engine, given)
    return given.work === 'matvec' || given.work === 'gemm' ? product(engine, given) : gradients(engine, given, workers)
  }
