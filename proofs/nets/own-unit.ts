/** Own-unit recurrence, which passes through no weight: when SnAp-1 and a diagonal keep enough, and what e-prop follows. */

import { entries } from '../../ad/distance.ts'
import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { masked, plus, scale } from '../../ad/linear/linear.ts'
import { local, own } from '../../ad/linear/own.ts'
import { type Cotangent, times } from '../../ad/linear/space.ts'
import { mul } from '../../ad/primitives/elementwise.ts'
import { eye, full, scalar, tensorOf } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { withConnectivity } from '../../nets/cells/stacked.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan } from '../../nets/run/scan.ts'
import { error, type Param, type Run, type State, type Timestep } from '../../nets/run/timestep.ts'
import { diagonal } from '../../rules/diagonal.ts'
import { drtrl } from '../../rules/drtrl.ts'
import { eprop } from '../../rules/eprop.ts'
import type { Influence } from '../../rules/parts/influence.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import { rflo } from '../../rules/rflo.ts'
import { snap } from '../../rules/snap.ts'
import { type Pool, pools } from '../arbitraries/cells.ts'
import { exactly, type Sides, sumOf } from '../arbitraries/feedback.ts'
import { cellOf, each, onPools } from '../arbitraries/on-pools.ts'
import { list } from '../arbitraries/realise.ts'
import { untyped } from '../arbitraries/sign-draws.ts'
import type { Proposition } from '../proposition.ts'

const diagonalMasks = ({ d }: Pool, gates: string): { readonly [name: string]: Value } =>
  Object.fromEntries([...gates].map(k => [`W_h${k}`, eye(d)]))
const separateLstm = (pool: Pool) => withConnectivity(cellOf('lstm'), diagonalMasks(pool, 'fiog'))

/** Pools whose runs have errors worth charging for: three steps or more. */
const longer = pools({ minT: 3, T: 4 })

export const ownStates: readonly Proposition[] = [
  onPools(
    'SnAp-1 computes the gradient of an LSTM whose units are connected only to themselves, entry by entry',
    separateLstm,
    run => [sumOf(snap({ n: 1, mask: 'strict' }), { run }), exactly(run)],
    { verdict: 'refuted', forAll: longer, runs: 100, between: ['SnAp-1', 'gradient'] },
  ),
  onPools(
    'SnAp-1 by whole units computes the gradient of an LSTM whose units are connected only to themselves, and so does SnAp-2 entry by entry',
    separateLstm,
    run => [
      [...sumOf(snap({ n: 1, mask: 'unit' }), { run }), ...sumOf(snap({ n: 2, mask: 'strict' }), { run })],
      [...exactly(run), ...exactly(run)],
    ],
    { forAll: longer },
  ),
  onPools(
    'RTRL by the diagonal pattern computes the gradient of a linear recurrent unit',
    () => cellOf('lru'),
    run => [sumOf(diagonal, { run }), exactly(run)],
    { forAll: longer, runs: 30 },
  ),
  onPools(
    'RTRL by the diagonal pattern computes the gradient of the published LRU, which reads its state out through C',
    () => cellOf('lru-orvieto'),
    run => [sumOf(diagonal, { run }), exactly(run)],
    { forAll: longer, runs: 30 },
  ),
  onPools(
    'what is local of an immediate map scaled, or masked, is that of the map itself, scaled or masked',
    () => cellOf('gru'),
    run =>
      run.slice(1).reduce<readonly [readonly number[], readonly number[]]>(
        ([left, right], { immediate }) => {
          const { to, from } = immediate
          const mask = tensorOf(
            [to.size, from.size],
            Float64Array.from({ length: to.size * from.size }, (_, k) => k % 2),
          )
          const [plain, factor] = [toMatrix(local(immediate)), scalar(-0.5)]
          const changed = [local(scale(factor, immediate)), local(masked(mask, immediate))].flatMap(map =>
            entries(toMatrix(map)),
          )
          return [
            [...left, ...changed],
            [...right, ...[factor, mask].flatMap(by => entries(mul(by, plain)))],
          ]
        },
        [[], []],
      ),
    { forAll: longer },
  ),
  onPools(
    'e-prop is D-RTRL on the LSTM',
    () => cellOf('lstm'),
    run => [sumOf(eprop({ feedback: 'readout' }), { run }), sumOf(drtrl, { run })],
  ),
  onPools(
    'e-prop is D-RTRL on every cell',
    () => cellOf('gru'),
    run => [sumOf(eprop({ feedback: 'readout' }), { run }), sumOf(drtrl, { run })],
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['e-prop', 'D-RTRL'] },
  ),
  onPools(
    'e-prop gives the reset gate of a GRU a gradient of exactly 0 at every step, through the readout or a feedback, and so does RFLO',
    () => cellOf('gru'),
    (run, _, pool) => nothing(localRules(pool).flatMap(rule => ofReset(rule, run, pool))),
    { forAll: longer, runs: 30, within: 0 },
  ),
  onPools(
    'D-RTRL gives the reset gate of a GRU no gradient',
    () => cellOf('gru'),
    (run, _, pool) => nothing(ofReset(drtrl, run, pool)),
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['D-RTRL', 'nothing'] },
  ),
  onPools(
    "e-prop gives the reset gate of PyTorch's GRU no gradient, whose gate acts after the product",
    () => cellOf('gru-pytorch'),
    (run, _, pool) => nothing(ofReset(eprop({ feedback: 'readout' }), run, pool)),
    { verdict: 'refuted', runs: 100, forAll: longer, between: ['e-prop', 'nothing'] },
  ),
  ...each.map(name =>
    onPools(
      `∂L/∂θ of ${name} is Σ λ_t e_t, e-prop's factors: λ = q + the future through cross-unit recurrence, e through own-unit recurrence alone`,
      () => cellOf(name),
      run => [list(factorised(run)), exactly(run)],
      { forAll: longer, runs: 10 },
    ),
  ),
]

/** What a rule emits at every step for W_hr, W_xr and b_r, the first parameters of a GRU. */
const ofReset = (rule: AnyRule, run: Run, { d, n }: Pool): readonly number[] =>
  [...scan(rule)(run)].flatMap(([out]) => list(out).slice(0, d * (d + n + 1)))
const localRules = ({ d }: Pool): readonly AnyRule[] =>
  [eprop({ feedback: 'readout' }), eprop({ feedback: full([d, 1], 0.75) }), rflo()].map(untyped)
const nothing = (xs: readonly number[]): Sides => [xs, xs.map(() => 0)]

/** Σ_t λ_t e_t with λ_t = q_t + δ_{t+1} (J_{t+1} - own J_{t+1}) and e_t the influence through own-unit recurrence. */
const factorised = (run: Run): Cotangent<Param> => {
  const adjoints = deltas(run)
  const traces = [...scan(drtrl)(run)].map(([, memory]) => memory)
  const shares = run.map((now, t) => {
    const next = run[t + 1]
    const λ = next ? plus(error(now), crossUnit(next, adjoints[t + 1] as Cotangent<State>)) : error(now)
    return pull(traces[t] as Influence, λ)
  })
  return shares.reduce((a, b) => plus(a, b))
}

/** δ (J - own J). */
const crossUnit = ({ jacobian }: Timestep, δ: Cotangent<State>): Cotangent<State> =>
  plus(pull(jacobian, δ), times(-1, pull(own(jacobian), δ)))
