import test from 'ava'
import * as E from 'fp-ts/lib/Either.js'
import { leaky } from '../../../nets/cells/leaky.ts'
import { halfSquaredError } from '../../../nets/loss.ts'
import { type Network, network } from '../../../nets/network.ts'
import { sequence } from '../../../nets/sequence.ts'
import { cosineOf, cutInto, exactGradients, gradientsBy, matrixOf } from '../../../src/comparison/alignment.ts'
import { spectraOf } from '../../../src/comparison/diagnostics.ts'
import { namedRule } from '../../../src/rule-named.ts'
import type { TrainOptions } from '../../../src/training/options.ts'

const net = network(leaky({ alpha: 0.3 }), { d: 5, n: 1, m: 1 }, halfSquaredError()) as unknown as Network
const θ = net.init(2)
const wave = Array.from({ length: 65 }, (_, t) => Math.sin(t))
const parts = cutInto(
  sequence(
    wave,
    wave.map(x => x * x),
  ),
  { count: 20, length: 20 },
)

const options = (rule: string, window: number): TrainOptions => {
  const found = namedRule(rule)
  if (E.isLeft(found)) throw new Error(rule)
  return { choice: () => found.right, window, k: null, seed: 1 } as unknown as TrainOptions
}

test('stretches follow each other, as many as there are whole', t => {
  t.deepEqual(
    parts.map(({ length }) => length),
    [20, 20, 20],
  )
  t.deepEqual(cutInto(parts[0]!, { count: 20, length: 30 }), [parts[0]])
})

test('RTRL is aligned with the exact gradient; BPTT is where its window is the stretch, and less in shorter ones', t => {
  const exact = exactGradients(net)(θ, parts)
  const cosine = (rule: string, window: number): number =>
    cosineOf(gradientsBy(options(rule, window), net)(θ, parts), exact)
  t.true(Math.abs(cosine('rtrl', 1) - 1) < 1e-12)
  t.true(Math.abs(cosine('bptt', 20) - 1) < 1e-12)
  t.true(cosine('bptt', 2) < 0.999)
  t.true(cosine('rflo', 1) < 0.999)
})

test('a matrix of cosines is symmetric, with ones along its diagonal; without stretches there is no cosine', t => {
  const lists = ['rtrl', 'rflo'].map(rule => gradientsBy(options(rule, 1), net)(θ, parts))
  const [[a, b], [c, d]] = matrixOf(lists) as [[number, number], [number, number]]
  t.is(b, c)
  t.true(Math.abs(a - 1) < 1e-12 && Math.abs(d - 1) < 1e-12)
  t.is(cosineOf([], []), Number.NaN)
})

test('the eigenvalues of a linear leaky network without weights are 1 - α', t => {
  const still = {
    ...θ,
    cell: Object.fromEntries(
      Object.entries(θ.cell as object).map(([name, leaf]) => [name, { ...leaf, data: leaf.data.map(() => 0) }]),
    ),
  }
  const [before] = spectraOf(net, parts[0]!, [{ name: 'none', before: still as typeof θ, after: θ }])
  t.is(before?.eigenvalues.length, 5)
  for (const { re, im } of before?.eigenvalues ?? []) t.true(Math.abs(re - 0.7) < 1e-9 && im === 0)
})
