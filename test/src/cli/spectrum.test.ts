import test from 'ava'
import { isLeft } from 'fp-ts/lib/Either.js'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { JanusError, NonFiniteError } from '../../../ad/errors.ts'
import { toMatrix } from '../../../ad/linear/apply.ts'
import { nested, type Tensor, tensor, zeros } from '../../../ad/tensor.ts'
import type { Branch } from '../../../ad/tree.ts'
import type { Cell } from '../../../nets/cells/cell.ts'
import { type CellName, cells } from '../../../nets/cells/index.ts'
import { identity, spectralRadius, withInitialisers } from '../../../nets/cells/initialisers.ts'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { example, network } from '../../../nets/network.ts'
import { rng } from '../../../nets/random.ts'
import { byLag, spectrum } from '../../../nets/run/spectrum.ts'
import type { Run } from '../../../nets/run/timestep.ts'
import { unroll } from '../../../nets/run/unroll.ts'
import { spectrum as command, computed, drawn } from '../../../src/cli/spectrum.ts'
import { readOptions, type SpectrumOptions } from '../../../src/cli/spectrum-options.ts'
import { full } from '../../effort.ts'

const runOf = (cell: Cell<Branch, Branch>, d: number, T: number): Run => {
  const net = network(cell, { d, n: 1, m: 1 }, halfSquaredError())
  const inputs = rng(1, 1)
  const sequence = Array.from({ length: T }, () => example(inputs.draw({ law: 'normal', shape: [1] }), zeros([1])))
  return unroll(net)(net.init(1), sequence)
}
const matrices = (run: Run): readonly Matrix[] =>
  run.slice(1).map(now => new Matrix(nested(toMatrix(now.jacobian) as Tensor) as number[][]))
const svd = (M: Matrix): readonly number[] => new SingularValueDecomposition(M).diagonal
const names = full ? (Object.keys(cells) as CellName[]) : (['leaky', 'lstm', 'lru'] as const)
const linear = (W: number, T: number): Run =>
  runOf(withInitialisers(leaky({ f: u => u }), { W_rec: identity(W) }), 2, T)

test('the singular values of J_t … J_1 are those of a library, for every cell and every t', t => {
  for (const name of names) {
    const run = runOf(cells[name](), 4, 5)
    const { singular } = spectrum(run)
    let product: Matrix | undefined
    for (const [i, J] of matrices(run).entries()) {
      product = product ? J.mmul(product) : J
      const wanted = svd(product)
      const differences = singular[i]!.map((log, k) => Math.abs(Math.exp(log) - wanted[k]!))
      t.true(Math.max(...differences) < 1e-13 * wanted[0]!, `${name} at ${i + 1}`)
    }
  }
})

test('products that would underflow or overflow keep their logarithms', t => {
  for (const W of [0.001, 1000]) {
    const { singular, lyapunov } = spectrum(linear(W, 400))
    for (const log of singular.at(-1)!) t.true(Math.abs(log / (400 * Math.log(W)) - 1) < 1e-12)
    for (const log of lyapunov.at(-1)!) t.true(Math.abs(log / Math.log(W) - 1) < 1e-12)
  }
})

test('the Lyapunov exponents and the singular values add up to log |det| at every t', t => {
  for (const name of names) {
    const { singular, lyapunov } = spectrum(runOf(cells[name](), 3, 20))
    const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)
    for (const [i, logs] of singular.entries()) {
      const volume = sum(lyapunov[i]!) * (i + 1)
      t.true(Math.abs(sum(logs) - volume) < 1e-9 * Math.max(1, Math.abs(volume)), `${name} at ${i + 1}`)
    }
  }
})

test('a direction that is lost has the logarithm -∞, and nothing is NaN', t => {
  const { singular, lyapunov } = spectrum(linear(0, 3))
  t.deepEqual([...singular.flat(), ...lyapunov.flat()], Array(12).fill(Number.NEGATIVE_INFINITY))
})

test('the norm by lag is the mean over t of log |J_t … J_{t-l+1}|', t => {
  const run = runOf(cells.gru(), 3, 6)
  const Js = matrices(run)
  const wanted = [1, 2, 3].map(l => {
    const windows = Js.slice(l - 1).map((_, i) => Js.slice(i, i + l).reduce((after, J) => J.mmul(after)))
    return windows.reduce((sum, P) => sum + Math.log(svd(P)[0]!), 0) / windows.length
  })
  const found = byLag(run, 3)
  t.is(found.length, 3)
  t.true(found.every((x, i) => Math.abs(x - wanted[i]!) < 1e-12))
  t.is(byLag(run).length, 6)
})

test('a run without steps has no spectrum, and one that is not finite is refused', t => {
  t.deepEqual(spectrum(runOf(cells.leaky(), 2, 0)), { singular: [], lyapunov: [] })
  t.throws(() => spectrum(linear(Number.MAX_VALUE, 3).map(poisoned) as unknown as Run), { instanceOf: NonFiniteError })
})

const poisoned = (now: Run[0]): unknown => ({
  ...now,
  jacobian: {
    tag: 'Dense',
    from: now.jacobian.from,
    to: now.jacobian.to,
    matrix: tensor([
      [Number.NaN, 0],
      [0, 1],
    ]),
  },
})

const [d, T, lag] = [8, 60, 30]
const vanilla = withInitialisers(leaky(), { W_rec: spectralRadius(0.9) })
const kept = (cell: Cell<Branch, Branch>): number => byLag(runOf(cell, d, T), lag)[lag - 1]! / Math.LN10
const [gated, plain] = [kept(cells.lstm({ forgetBias: 3 })), kept(vanilla)]

test(`after ${lag} steps an LSTM with forget bias 3 keeps 10^${gated.toFixed(2)} of a gradient, a tanh network of radius 0.9 10^${plain.toFixed(2)}`, t => {
  t.true(gated > plain + 2, `LSTM 10^${gated}, tanh 10^${plain}`)
})

const page = (options: SpectrumOptions): string => {
  const settings = readOptions(options)
  return drawn(settings, computed(settings))
}

test('the page fits 80 columns for every cell, beginning and length', t => {
  const all: readonly SpectrumOptions[] = [
    ...names.map(cell => ({ cell, hidden: 3, steps: 12 })),
    ...['normal', 'orthogonal', 'identity', 'spectral'].map(initial => ({ initial, gain: 2, hidden: 4, steps: 40 })),
    { steps: 1, hidden: 1 },
    { steps: 200, hidden: 2, cell: 'lstm', forgetBias: 3 },
    { initial: 'identity', gain: 1e-300, hidden: 2, steps: 5 },
    { initial: 'identity', gain: 1e6, hidden: 2, steps: 9, alpha: 0.5, seed: 4294967295 },
  ]
  for (const options of all)
    for (const line of page(options).split('\n')) {
      t.true([...line].length <= 80, line)
      t.notRegex(line, /NaN|undefined|Infinity/)
    }
})

test('the page says what vanishes and what explodes', t => {
  t.regex(page({ initial: 'spectral', gain: 0.5 }), /here {6}by step 50 every direction has shrunk/)
  t.regex(page({ initial: 'spectral', gain: 3 }), /here {6}by step 50 some directions have grown/)
})

test('bad options are refused with a remedy and exit code 2', async t => {
  const wrong: readonly (readonly [SpectrumOptions, RegExp])[] = [
    [{ cell: 'lstn' }, /Did you mean `lstm`/],
    [{ initial: 'ortogonal' }, /Did you mean `orthogonal`/],
    [{ initial: 'x' }, /Try --initial normal/],
    [{ alpha: 0 }, /\(0, 1\]/],
    [{ alpha: 0.5, cell: 'gru' }, /only for leaky, membrane/],
    [{ forgetBias: 1 }, /only for lstm, peephole/],
    [{ cell: 'lru', gain: 1 }, /only for/],
    [{ cell: 'lru', initial: 'identity' }, /recurrent matrix/],
    [{ gain: 0 }, /above 0/],
    [{ hidden: 65 }, /1 to 64/],
    [{ steps: '' }, /1 to 200/],
    [{ seed: -1 }, /seed/],
  ]
  for (const [options, says] of wrong) {
    const error = t.throws(() => readOptions(options), { instanceOf: JanusError })
    t.regex(error?.message ?? '', says)
    t.not(error?.remedy, '')
    const result = await command(options)()
    t.is(isLeft(result) ? result.left.code : 0, 2)
  }
})

test('options come as text, and the defaults are an Elman network of 16 units', t => {
  const { hidden, steps, gain, cell } = readOptions({ hidden: '3', steps: '4', gain: '0.9', cell: 'gru' })
  t.deepEqual([hidden, steps, gain, cell], [3, 4, 0.9, 'gru'])
  const wanted = { cell: 'leaky', alpha: 1, hidden: 16, initial: 'normal', gain: 1, steps: 50, seed: 1 } as const
  t.deepEqual(readOptions({}), wanted)
})
