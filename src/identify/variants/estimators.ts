/** Estimators of the influence by random signs, which the file gives: UORO and KF-RTRL, as published and as programs have them. */
import { emitting, type LinearRun, type LinearStep } from '../linear-run.ts'
import { type Matrix, norm, outer, plus, product, type Row, row, scaled, timesColumn, timesRow } from '../matrix.ts'
import { fromUnits } from './immediate.ts'
import { listed, type Variant } from './variant.ts'

const added = (a: Row, b: Row): Row => a.map((x, i) => x + (b[i] as number))
const times = (k: number, xs: Row): Row => xs.map(x => k * x)
const inner = (a: Row, b: Row): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)

/** √(a/b), 1 where either is 0. */
const balance = (a: number, b: number): number => (a > 0 && b > 0 ? Math.sqrt(a / b) : 1)

interface RankOne {
  readonly s: Row
  readonly θ: Row
}

/** ρ₀ and ρ₁ of ‖θ̃₋‖, J s̃₋, ν and ν B. */
type Scales = (θ: Row, Js: Row, ν: Row, νB: Row) => readonly [ρ0: number, ρ1: number]

const balanced: Scales = (θ, Js, ν, νB) => [balance(norm(θ), norm(Js)), balance(norm(νB), norm(ν))]
const fromUpdated = (of: Scales): Scales => {
  return (θ, Js, ν, νB) => {
    const [, ρ1] = of(θ, Js, ν, νB)
    return [balance(norm(θ), norm(added(Js, times(ρ1, ν)))), ρ1]
  }
}
const ones: Scales = () => [1, 1]

/** θ̃ and s̃ after a draw. */
const drawn = ({ s, θ }: RankOne, { J, B }: LinearStep, ν: Row, scales: Scales): RankOne => {
  const [Js, νB] = [timesColumn(J, s), timesRow(ν, B)]
  const [ρ0, ρ1] = scales(θ, Js, ν, νB)
  return { s: added(times(ρ0, Js), times(ρ1, ν)), θ: added(times(1 / ρ0, θ), times(1 / ρ1, νB)) }
}

/** (q s̃) θ̃ after the draw, or q B + (q J s̃₋) θ̃₋ before it. */
type Emits = (before: RankOne, after: RankOne, now: LinearStep) => Row
const afterDraw: Emits = (_, { s, θ }, { q }) => times(inner(q, s), θ)
const beforeDraw: Emits = ({ s, θ }, _, { q, J, B }) => added(timesRow(q, B), times(inner(q, timesColumn(J, s)), θ))

const uoro =
  (scales: Scales, emits: Emits): Variant['change'] =>
  (run, { noise }) =>
    noise && {
      ...run,
      carried: ({ steps }: LinearRun) => {
        const [first, ...rest] = steps as readonly [LinearStep, ...LinearStep[]]
        let now: RankOne = { s: row(first.q.length), θ: row(first.B[0]?.length ?? 0) }
        const emitted = rest.map((step, t) => {
          const before = now
          now = drawn(before, step, noise[t] as Row, scales)
          return emits(before, now, step)
        })
        return emitting([row(first.B[0]?.length ?? 0), ...emitted])
      },
    }

/** A [d, S] and u [p]: u = c₁ p₁ u₋ + c₂ p₂ z, A = (c₁/p₁) J A₋ + (c₂/p₂) D, emits (A q) ⊗ u. */
const kfrtrl =
  (isBalanced: boolean): Variant['change'] =>
  (run, { signs }) =>
    signs && run.steps[1]?.drive
      ? {
          ...run,
          carried: ({ steps }: LinearRun) => {
            const [first, ...rest] = steps as readonly [LinearStep, ...LinearStep[]]
            let A: Matrix = (first.drive?.post ?? []).map(r => r.map(() => 0))
            let u: Row = row(first.drive?.pre.length ?? 0)
            const emitted = rest.map((now, t) => {
              const { pre, post } = now.drive as NonNullable<LinearStep['drive']>
              const [c1, c2] = signs[t] as readonly [number, number]
              const JA = product(now.J, A)
              const [p1, p2] = isBalanced
                ? [balance(norm(JA.flat()), norm(u)), balance(norm(post.flat()), norm(pre))]
                : [1, 1]
              u = added(times(c1 * p1, u), times(c2 * p2, pre))
              A = plus(scaled(c1 / p1, JA), scaled(c2 / p2, post))
              return fromUnits(now, outer(timesRow(now.q, A), u))
            })
            return emitting([row(first.B[0]?.length ?? 0), ...emitted])
          },
        }
      : null

const updatedSays =
  'by UORO with the noise of the file, its ρ₀ computed from the vector that has the noise in it already'

export const estimators = listed('carried', {
  UORO: ['by UORO with the noise of the file', uoro(balanced, beforeDraw), 'noise'],
  'UORO, drawn first': [
    'by UORO with the noise of the file, which draws before it emits',
    uoro(balanced, afterDraw),
    'noise',
  ],
  'UORO, factors 1': [
    'by UORO with the noise of the file, its factors all 1, which draws before it emits',
    uoro(ones, afterDraw),
    'noise',
  ],
  'UORO, ρ of the updated vector': [updatedSays, uoro(fromUpdated(balanced), afterDraw), 'noise'],
  'UORO, ρ of the updated vector, ρ₁ = 1': [`${updatedSays}, ρ₁ = 1`, uoro(fromUpdated(ones), afterDraw), 'noise'],
  'KF-RTRL': ['by KF-RTRL with the signs of the file', kfrtrl(true), 'signs'],
  'KF-RTRL, factors 1': ['by KF-RTRL with the signs of the file, its factors all 1', kfrtrl(false), 'signs'],
})
