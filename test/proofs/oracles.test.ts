import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'
import { assert, property } from 'fast-check'
import { bigNetwork, describe, networks } from '../../proofs/arbitraries/networks.ts'
import { directional, finite, gradient, losses, states, triangle } from '../../proofs/oracles/complex.ts'
import { complexJacobian, formulas, symbolicJacobian } from '../../proofs/oracles/formulas.ts'
import type { PlainNetwork } from '../../proofs/plain-network.ts'
import { share } from '../effort.ts'

type Shape = readonly number[]
type Options = Record<string, unknown>
type Use = readonly [shapes: readonly Shape[], options?: Options]

const [scalar, two, three, square, wide, tall, cube] = [[], [2], [3], [2, 2], [2, 3], [3, 2], [2, 3, 2]] as const
const last = { axes: [-1] }
const pairs: readonly Use[] = [[[scalar, scalar]], [[three, three]], [[square, square]]]
const singles: readonly Use[] = [[[scalar]], [[three]], [[square]]]
const lastAxis: readonly Use[] = [
  [[three], last],
  [[wide], last],
]
const anyAxes: readonly Use[] = [...lastAxis, [[wide], { axes: [-2] }], [[cube], { axes: [-3, -1] }]]
const each = (names: readonly string[], uses: readonly Use[]) => Object.fromEntries(names.map(name => [name, uses]))
const every = (options: Options, ...shapes: (readonly Shape[])[]): readonly Use[] => shapes.map(list => [list, options])

const uses: Readonly<Record<string, readonly Use[]>> = {
  ...each(['add', 'sub', 'mul', 'div', 'pow'], pairs),
  ...each(['neg', 'exp', 'log', 'log1p', 'expm1', 'sqrt', 'tanh', 'sin', 'cos', 'sigmoid', 'softplus'], singles),
  ...each(['sum', 'mean'], anyAxes),
  ...each(['softmax', 'logSoftmax', 'logsumexp'], lastAxis),
  dot: every({}, [three, three]),
  matvec: every({}, [wide, three]),
  matmul: every({}, [wide, tall]),
  outer: every({}, [two, three]),
  spread: every({ shape: wide }, [three], [[2, 1]], [scalar], [wide]),
  reshape: every({ shape: tall }, [wide]),
  slice: [...every({ start: 1, end: 3, axis: -1 }, [[4]], [wide]), ...every({ start: 1, end: 3, axis: -2 }, [tall])],
  concat: [...every({ axis: -1 }, [two, [1], three], [square, [2, 1]]), ...every({ axis: -2 }, [[1, 2], square])],
  stack: [...every({ axis: -1 }, [two, two, two], [scalar, scalar]), ...every({ axis: -2 }, [two, two])],
  transpose: [...every({ axes: [1, 0] }, [wide]), ...every({ axes: [1, 2, 0] }, [cube])],
}

const total = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const largest = (xs: readonly number[]) => xs.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
const size = (shape: Shape) => shape.reduce((a, b) => a * b, 1)
const flatten = (xs: unknown): number[] => (Array.isArray(xs) ? xs.flatMap(flatten) : [Number(xs)])

/** max |a − b| / max(1, max |b|), NaN when the lengths differ. */
const gap = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length ? largest(a.map((x, i) => x - (b[i] ?? NaN))) / Math.max(1, largest(b)) : NaN
const values = (shapes: readonly Shape[], phase: number) =>
  shapes.map((shape, k) => Array.from({ length: size(shape) }, (_, i) => 1.1 + Math.sin(phase + 2 * i + 5 * k)))
const disagreements = (name: string, [shapes, options = {}]: Use) =>
  [0.3, 1.7, 4].map(phase => {
    const [symbolic, complex] = [symbolicJacobian, complexJacobian].map(jacobian => {
      const { value, jacobians } = jacobian(name, shapes, options, values(shapes, phase))
      return flatten([value, jacobians])
    })
    return gap(symbolic ?? [], complex ?? [NaN])
  })

test('every formula is exercised', t => {
  t.deepEqual(Object.keys(uses).sort(), Object.keys(formulas).sort())
})

for (const [name, list] of Object.entries(uses))
  test(`the symbolic and the complex Jacobian of ${name} agree`, t => {
    const worst = Math.max(...list.flatMap(use => disagreements(name, use)))
    t.true(worst < 1e-12, `${worst}`)
  })

test('the layout formulas name the entries that numpy would take', t => {
  const take = (name: string, options: Options, ...shapes: Shape[]) => formulas[name]?.(shapes, options).join(' ')
  t.is(take('transpose', { axes: [1, 0] }, wide), 'a0 a3 a1 a4 a2 a5')
  t.is(take('transpose', { axes: [1, 2, 0] }, cube), 'a0 a6 a1 a7 a2 a8 a3 a9 a4 a10 a5 a11')
  t.is(take('spread', { shape: wide }, [2, 1]), 'a0 a0 a0 a1 a1 a1')
  t.is(take('spread', { shape: wide }, three), 'a0 a1 a2 a0 a1 a2')
  t.is(take('slice', { start: 1, end: 3, axis: -2 }, tall), 'a2 a3 a4 a5')
  t.is(take('concat', { axis: -1 }, square, [2, 1]), 'a0 a1 b0 a2 a3 b1')
  t.is(take('stack', { axis: -1 }, two, two), 'a0 b0 a1 b1')
  t.is(take('stack', { axis: -2 }, two, two), 'a0 a1 b0 b1')
  t.is(take('sum', { axes: [-2] }, square), 'a0 + a2 a1 + a3')
  t.is(take('matvec', {}, wide, three), 'a0 * b0 + a1 * b1 + a2 * b2 a3 * b0 + a4 * b1 + a5 * b2')
})

const unit = (length: number, i: number) => Array.from({ length }, (_, j) => (i === j ? 1 : 0))
const wave = (xs: readonly number[]) => xs.map((_, i) => Math.sin(1 + i))
const recurrent = ({ params: p }: PlainNetwork) => p.h0.length * (p.h0.length + (p.W_in[0]?.length ?? 0) + 1)
const small = (nets: ReturnType<typeof networks>, error: (net: PlainNetwork) => number, tolerance: number) => {
  const check = (net: PlainNetwork) => {
    const found = error(net)
    if (!(found <= tolerance)) throw new Error(`${found} > ${tolerance} at ${describe(net)}`)
  }
  assert(property(nets, check), { numRuns: share(200) })
}

test('the triangle summed over both times is the recurrent part of the gradient', t => {
  const error = (net: PlainNetwork) => {
    const cells = triangle(net).flat()
    const sums = (cells[0] ?? []).map((_, i) => total(cells.map(cell => cell[i] ?? NaN)))
    return gap(sums, gradient(net).slice(0, recurrent(net)))
  }
  t.notThrows(() => small(networks(), error, 1e-12))
})

test('a loss does not depend on later parameters', t => {
  const above = (net: PlainNetwork) => triangle(net).flatMap((row, i) => flatten(row.slice(i + 1)))
  t.notThrows(() => small(networks({ losses: ['half_mse', 'sse', 'softmax_ce'] }), net => largest(above(net)), 0))
})

test('the gradient by complex step agrees with central differences', t => {
  const gentle = networks({ d: 2, T: 3, activations: ['tanh', 'sigmoid', 'relu', 'softplus'] })
  const error = (net: PlainNetwork) => {
    const exact = gradient(net)
    return gap(
      exact.map((_, i) => finite(net, unit(exact.length, i))),
      exact,
    )
  }
  t.notThrows(() => small(gentle, error, 1e-6))
})

test('the derivative along a direction is the gradient times that direction', t => {
  const error = (net: PlainNetwork) => {
    const exact = gradient(net)
    const terms = wave(exact).map((r, i) => r * (exact[i] ?? NaN))
    return Math.abs(directional(net, wave(exact)) - total(terms)) / Math.max(1, largest(terms))
  }
  t.notThrows(() => small(networks(), error, 1e-12))
})

test('a large network depends on its seed only', t => {
  t.deepEqual(bigNetwork(3, 4, 2, 2, 5), bigNetwork(3, 4, 2, 2, 5))
  t.notDeepEqual(bigNetwork(3, 4, 2, 2, 5), bigNetwork(4, 4, 2, 2, 5))
})

test('a description has lines of at most 80 columns', t => {
  const width = (net: PlainNetwork) =>
    largest(
      describe(net)
        .split('\n')
        .map(line => line.length),
    )
  t.notThrows(() => small(networks(), width, 80))
  t.true(width(bigNetwork(1, 24, 3, 2, 40)) <= 80)
})

interface Case extends PlainNetwork {
  readonly loss_weights: readonly number[]
  readonly expected: { loss: number; loss_t: number[] | null; h: number[][]; grads: Record<string, unknown> }
}
const keys = ['W_rec', 'W_in', 'b_rec', 'h0', 'W_out', 'b_out']
for (const name of ['02_leaky_d1_T5', '04_leaky_d3_relu', '06_leaky_d5_rmse', '29_charlm_hello_d3']) {
  const file = `../shared/cases/${name}.json`
  const run = existsSync(file) ? test : test.skip
  run(`the public case ${name} has the gradient of the complex step`, t => {
    const data = JSON.parse(readFileSync(file, 'utf8')) as Case
    const { loss_weights: weights, expected } = data
    const net = { ...data, weights }
    const exact = gradient(net)
    let start = 0
    for (const wanted of keys.map(key => flatten(expected.grads[key]))) {
      t.true(gap(exact.slice(start, start + wanted.length), wanted) < 1e-9)
      start += wanted.length
    }
    t.is(start, exact.length)
    t.true(gap(flatten(states(net)), flatten(expected.h)) < 1e-12)
    t.true(gap(losses(net), expected.loss_t ?? [expected.loss]) < 1e-12)
  })
}
