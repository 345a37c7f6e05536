/** The linear recurrent unit as published, beside a program of complex numbers with traces of its own. */

import { type Arbitrary, integer, record } from 'fast-check'
import { exp, log, mul, sub } from '../../ad/primitives/elementwise.ts'
import { eye, type Tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { lru, lruOrvieto } from '../../nets/cells/lru.ts'
import { halfSquaredError } from '../../nets/loss.ts'
import { type Example, example, network } from '../../nets/network.ts'
import { type Random, rng } from '../../nets/random.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { bptt } from '../../rules/bptt.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { snap } from '../../rules/snap.ts'
import { untyped } from '../arbitraries/sign-draws.ts'
import { type Equation, entries, equation, type Proposition } from '../proposition.ts'

type Complex = readonly [re: number, im: number]
const plus = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]]
const times = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
const real = (x: number): Complex => [x, 0]
const i: Complex = [0, 1]

interface Sizes {
  readonly seed: number
  readonly d: number
  readonly n: number
  readonly N: number
  readonly T: number
}
const sizes: Arbitrary<Sizes> = record({
  seed: integer({ min: 0, max: 2 ** 20 }),
  d: integer({ min: 1, max: 3 }),
  n: integer({ min: 1, max: 2 }),
  N: integer({ min: 1, max: 3 }),
  T: integer({ min: 1, max: 5 }),
})

const vector = (random: Random, n: number): Tensor => random.draw({ law: 'normal', shape: [n] })
const sequenceOf = (random: Random, { n, T }: Sizes): readonly Example[] =>
  Array.from({ length: T }, () => example(vector(random, n), vector(random, 1)))

/** A network of a drawn LRU, all of whose parameters are moved from where they begin, and a sequence for it. */
const drawn = (of: Sizes) => {
  const random = rng(of.seed)
  const net = network(lruOrvieto({ states: of.N }), { d: of.d, n: of.n, m: 1 }, halfSquaredError())
  const θ = net.init(of.seed)
  const γ_log = sub(θ.cell.γ_log, mul(0.1, vector(random, of.N)))
  return { net, θ: { ...θ, cell: { ...θ.cell, γ_log } }, sequence: sequenceOf(random, of) }
}

/** The traces of Zucchet et al. 2023 for γ learned independently of λ, in plain complex numbers; `gain` is what the trace of B gets of γ_log. */
const traced = (of: Sizes, gain: (γ_log: number) => number): readonly number[] => {
  const { net: _, θ, sequence } = drawn(of)
  const { d, n, N } = of
  const row = (x: Value): readonly number[] => [...(x as Tensor).data]
  const each = <T>(count: number, f: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => f(k))
  const p = Object.fromEntries(Object.entries(θ.cell).map(([name, x]) => [name, row(x)]))
  const at = (name: string, k: number): number => p[name]?.[k] as number
  const [w, b] = [row(θ.readout.W_out), row(θ.readout.b_out)]
  const complex = (name: string, k: number): Complex => [at(`${name}_re`, k), at(`${name}_im`, k)]
  const λ = each(N, j => {
    const [size, angle] = [Math.exp(-Math.exp(at('ν_log', j))), Math.exp(at('θ_log', j))]
    return [size * Math.cos(angle), size * Math.sin(angle)] as Complex
  })
  const γ = each(N, j => Math.exp(at('γ_log', j)))
  let s = each(N, () => real(0))
  let [eλ, eγ, eB] = [each(N, () => real(0)), each(N, () => real(0)), each(N * n, () => real(0))]
  const g = Object.fromEntries(Object.entries(p).map(([name, x]) => [name, x.map(() => 0)]))
  const charge = (name: string, k: number, x: number): void => {
    ;(g[name] as number[])[k] = (g[name]?.[k] as number) + x
  }
  for (const { x, target } of sequence) {
    const u = row(x)
    const Bu = each(N, j => u.reduce((sum, xk, k) => plus(sum, times(complex('B', j * n + k), real(xk))), real(0)))
    const before = s
    s = s.map((sj, j) => plus(times(λ[j] as Complex, sj), times(real(γ[j] as number), Bu[j] as Complex)))
    eλ = eλ.map((e, j) => plus(times(λ[j] as Complex, e), before[j] as Complex))
    eγ = eγ.map((e, j) => plus(times(λ[j] as Complex, e), Bu[j] as Complex))
    eB = eB.map((e, jk) => {
      const j = Math.floor(jk / n)
      return plus(times(λ[j] as Complex, e), real(gain(at('γ_log', j)) * (u[jk % n] as number)))
    })
    const h = each(d, a => {
      const through = s.reduce((sum, sj, j) => sum + times(complex('C', a * N + j), sj)[0], 0)
      return u.reduce((sum, xk, k) => sum + at('D', a * n + k) * xk, through)
    })
    const miss = h.reduce((sum, ha, a) => sum + (w[a] as number) * ha, b[0] as number) - (row(target)[0] as number)
    const q = each(d, a => miss * (w[a] as number))
    for (const [a, qa] of q.entries()) {
      for (const [j, [re, im]] of s.entries()) {
        charge('C_re', a * N + j, qa * re)
        charge('C_im', a * N + j, -qa * im)
      }
      for (const [k, xk] of u.entries()) charge('D', a * n + k, qa * xk)
    }
    for (let j = 0; j < N; j++) {
      const c = q.reduce((sum, qa, a) => plus(sum, times(real(qa), complex('C', a * N + j))), real(0))
      const byλ = times(times(c, eλ[j] as Complex), λ[j] as Complex)
      charge('ν_log', j, -Math.exp(at('ν_log', j)) * byλ[0])
      charge('θ_log', j, Math.exp(at('θ_log', j)) * times(i, byλ)[0])
      charge('γ_log', j, (γ[j] as number) * times(c, eγ[j] as Complex)[0])
      for (let k = 0; k < n; k++) {
        const byB = times(c, eB[j * n + k] as Complex)
        charge('B_re', j * n + k, byB[0])
        charge('B_im', j * n + k, times(i, byB)[0])
      }
    }
  }
  return Object.values(g).flat()
}

const byRule = (of: Sizes, rule: AnyRule): readonly number[] => {
  const { net, θ, sequence } = drawn(of)
  return entries(gradient(rule, net, { engine: 'eager' })(θ, sequence).cell)
}

const onSizes = (claim: string, sides: Equation<Sizes>['sides'], more: Partial<Equation<Sizes>> = {}): Proposition =>
  equation<Sizes>({
    claim,
    forAll: sizes,
    sides,
    describe: of => JSON.stringify(of),
    within: 1e-10,
    verdict: 'holds',
    runs: 20,
    ...more,
  })

/** Where the variant is the published unit: the same λ, γ = √(1 - |λ|²), C = 1 and D = 0. */
const reduced = (of: Sizes) => {
  const [variant, random] = [network(lru(), { d: of.d, n: of.n, m: 1 }, halfSquaredError()), rng(of.seed)]
  const θ = variant.init(of.seed)
  const { ν, φ, B_re, B_im } = θ.cell
  const γ_log = mul(0.5, log(sub(1, exp(mul(-2, exp(ν))))))
  const C = { C_re: eye(of.d), C_im: zeros([of.d, of.d]), D: zeros([of.d, of.n]) }
  const published = network(lruOrvieto(), { d: of.d, n: of.n, m: 1 }, halfSquaredError())
  const sequence = sequenceOf(random, of)
  const other = { ...published.init(1), cell: { ν_log: ν, θ_log: log(φ), γ_log, B_re, B_im, ...C }, readout: θ.readout }
  return [unroll(variant)(θ, sequence), unroll(published)(other, sequence)].map(run =>
    run
      .slice(1)
      .flatMap(({ prediction, after }) => [...entries(prediction), ...entries([after.re, after.im] as Value[])]),
  ) as [number[], number[]]
}

export const lruClaims: readonly Proposition[] = [
  onSizes('the gradient of the published LRU, by BPTT and by RTRL, is that of traces in plain complex numbers', of => {
    const plain = traced(of, Math.exp)
    return [
      [...byRule(of, untyped(bptt)), ...byRule(of, untyped(rtrl))],
      [...plain, ...plain],
    ]
  }),
  onSizes(
    'the trace of B in the published LRU gets γ_log x, as it is printed',
    of => [byRule(of, untyped(rtrl)), traced(of, x => x)],
    { verdict: 'refuted', runs: 60, within: 1e-6, between: ['gradient', 'as printed'] },
  ),
  onSizes('SnAp-1 computes the gradient of the published LRU, whose units meet in the output alone', of => [
    byRule(of, untyped(snap())),
    byRule(of, untyped(rtrl)),
  ]),
  onSizes('the published LRU with C = 1, D = 0 and γ = √(1 - |λ|²) is the variant lru, state by state', reduced),
]
