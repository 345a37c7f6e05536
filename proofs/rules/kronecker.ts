/** What factors are: one Kronecker product, of equal lengths, one sign a step; and when they are exact. */
import { integer, record } from 'fast-check'
import { toMatrix } from '../../ad/linear/apply.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { outer } from '../../ad/primitives/contraction.ts'
import { add, mul, sigmoid, tanh } from '../../ad/primitives/elementwise.ts'
import { reshape, slice } from '../../ad/primitives/layout.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { isValue } from '../../ad/value.ts'
import { affine } from '../../nets/cells/affine.ts'
import { lstm } from '../../nets/cells/lstm.ts'
import type { Network } from '../../nets/network.ts'
import type { Draws } from '../../nets/random.ts'
import { fromUnitGradient, kronecker } from '../../nets/run/kronecker.ts'
import { withNoise } from '../../nets/run/noise.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import type { Timestep } from '../../nets/run/timestep.ts'
import { kfrtrl } from '../../rules/kfrtrl.ts'
import { ok } from '../../rules/ok.ts'
import { reverseKfrtrl } from '../../rules/reverse-kfrtrl.ts'
import { uoro } from '../../rules/uoro.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import {
  allSingly,
  cellOf,
  exact,
  few,
  mean,
  means,
  oneDraw,
  oneOf,
  onFew,
  unrolled,
  untyped,
} from '../arbitraries/sign-draws.ts'
import { entries, equation, type Proposition } from '../proposition.ts'

/** KF-RTRL with the signs of a draw, and with one sign a step made of them, the other being 1. */
export const bothSigns = (made: Realised, draw: number, one: (c1: number, c2: number, before: number) => number) => {
  const drawn = oneOf(untyped(kfrtrl()), made, draw)
  const at = (i: number): number => drawn.data[i] ?? 1
  const single = drawn.data.map((_, i) => (i % 2 === 0 ? one(at(i), at(i + 1), at(i - 1)) : 1))
  const gradientWith = (noise: Tensor) => list(total(kfrtrl())(withNoise(made.run, noise)))
  return [gradientWith(drawn), gradientWith(tensorOf(drawn.shape, single))] as const
}

/** ‖·‖ of both factors of a memory. */
const lengths = (memory: object): readonly number[] =>
  Object.values(memory)
    .filter(isValue)
    .map(factor => Math.hypot(...entries(factor as Tensor)))

/** The factors' lengths where only what is new is there, after step 1, and where only what is carried is, after step 2. */
export const balanced = (made: Realised, draw: number): readonly (readonly number[])[] =>
  [uoro(), kfrtrl(), reverseKfrtrl()].flatMap(({ draws, ...rest }) => {
    const rule = { ...rest, draws: draws as Draws }
    const drawn = oneOf(untyped(rule), made, draw)
    const width = drawn.shape[1] as number
    const after = rule.draws.shape[0] === 2 ? [1, 0] : Array<number>(width).fill(0)
    const still = drawn.data.map((sign, i) => (i < width ? sign : (after[i % width] as number)))
    const memories = [
      ...scan(rule as unknown as AnyRule<object, 'past'>)(withNoise(made.run, tensorOf(drawn.shape, still))),
    ]
    return memories.slice(1, 3).map(([, memory]) => lengths(memory))
  })

/** A cell of two leaves whose parameters are declared in another order than its step reads them. */
const odd = affine(
  { params: { V: ['d', 'n'], b: ['d'], W: ['d', 'd'] }, state: { c: ['d'], h: ['d'] } },
  (s, x) => ({ V: x, b: 1, W: s.h }),
  (s, u) => ({ c: add(mul(0.5, s.c), tanh(u)), h: mul(tanh(s.c), sigmoid(u)) }),
)

/** B by pulls of its rows, beside D ⊗ z put where the parameters are. */
const factored = (now: Timestep): readonly [readonly number[], readonly number[]] => {
  const made = kronecker('proof', now)
  const D = toMatrix(made.post)
  const rows = [...Array(now.immediate.to.size).keys()]
  const row = (k: number) => reshape(slice(D, k, k + 1), [made.post.from.size])
  return [entries(toMatrix(now.immediate)), rows.flatMap(k => list(fromUnitGradient(now, outer(row(k), made.pre))))]
}

export const kept: readonly Proposition[] = [
  equation<{ readonly seed: number; readonly d: number }>({
    claim: 'the mean of UORO over all signs is RTRL for an LSTM too, whose state is h and c',
    forAll: record({ seed: integer({ min: 0, max: 99 }), d: integer({ min: 1, max: 2 }) }),
    sides: ({ seed, d }) => {
      const made = unrolled(lstm() as unknown as Network['cell'], seed, d, d === 1 ? 4 : 2)
      return means([untyped(uoro())], made)
    },
    within: 1e-10,
    verdict: 'holds',
    runs: 5,
  }),
  onFew(
    'OK of a rank of at least T is RTRL, whatever the signs',
    (made, { r, draw }) => {
      const rank = made.sequence.length + r - 1
      return [cellOf(made, oneDraw(untyped(ok({ rank })), made, draw)), exact(made)]
    },
    { runs: 30 },
  ),
  onFew(
    'KF-RTRL is exact for one step, whatever the signs',
    (made, { draw }) => [cellOf(made, oneDraw(untyped(kfrtrl()), made, draw)), exact(made)],
    { forAll: few({ T: 1 }) },
  ),
  onFew(
    'KF-RTRL needs one sign at each step: with c₂ = 1, and for c₁ the product of both signs and of c₂ at the step before, its gradient is the same',
    (made, { draw }) => bothSigns(made, draw, (c1, c2, before) => c1 * c2 * before),
  ),
  onFew('balanced factors are as long as each other, both what is new and what is carried on', (made, { draw }) => {
    const pairs = balanced(made, draw).filter(pair => pair.every(length => length > 0))
    return [pairs.map(([a]) => a as number), pairs.map(([, b]) => b as number)]
  }),
  onFew('B of the leaky network is one Kronecker product, D ⊗ z, at every step', ({ run }) => {
    const sides = run.slice(1).map(factored)
    return [sides.flatMap(([left]) => left), sides.flatMap(([, right]) => right)]
  }),
  equation<number>({
    claim:
      "B of an affine cell of one's own is one Kronecker product, whatever its state and the order of its parameters, and the mean of KF-RTRL, its reverse, and OK is RTRL",
    forAll: integer({ min: 0, max: 99 }),
    sides: seed => {
      const made = unrolled(odd as unknown as Network['cell'], seed, 2, 2)
      const [left, right] = factored(made.run[2] as Timestep)
      const truth = exact(made)
      const meanGradients = [kfrtrl(), reverseKfrtrl(), ok({ rank: 1 })].flatMap(rule =>
        mean(allSingly(untyped(rule), made)),
      )
      return [
        [...left, ...meanGradients],
        [...right, ...truth, ...truth, ...truth],
      ]
    },
    within: 1e-10,
    verdict: 'holds',
    runs: 5,
  }),
  onFew('rules that draw charge a learned start nothing', (made, { draw }) => {
    const starts = [uoro(), kfrtrl(), reverseKfrtrl(), ok({ rank: 1 })].flatMap(rule =>
      oneDraw(untyped(rule), made, draw).slice(spaceOf(made.θ.cell).size),
    )
    return [starts, starts.map(() => 0)]
  }),
]
