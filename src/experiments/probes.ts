/** What a run with shadows is looked at by now and then, on the first steps of its data at its parameters: spectra, and credit by lag. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { JanusError } from '../../ad/errors.ts'
import { toMatrix } from '../../ad/linear/apply.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Network, Theta } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { spectrum } from '../../nets/run/spectrum.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { unroll } from '../../nets/run/unroll.ts'
import { type AtLag, alignmentByLag } from '../../rules/readings/alignment-by-lag.ts'
import { doubleSum } from '../../rules/readings/double-sum.ts'
import { fromStepOne, type Pairs, triangleBy } from '../../rules/readings/triangle-by.ts'
import { firstSteps } from '../training/data/first.ts'
import type { Setup } from '../training/experiment.ts'

/** Which looks are taken besides the spectrum of J_t … J_1. */
export interface Probes {
  /** Error by lag of every rule: its own triangle beside the double sum. */
  readonly lags?: boolean | undefined
  /** Eigenvalues of the Jacobian of one step. */
  readonly eigenvalues?: boolean | undefined
}

/** A complex number. */
export interface Eigenvalue {
  readonly re: number
  readonly im: number
}

/** The eigenvalues of the Jacobian ∂s/∂s₋ of the last step of a run, the largest first. */
export const eigenvaluesOf = (run: Run): readonly Eigenvalue[] => {
  const jacobian = toMatrix((run.at(-1) as Run[number]).jacobian) as Tensor
  const size = jacobian.shape[0] as number
  const found = new EigenvalueDecomposition(Matrix.from1DArray(size, size, [...jacobian.data]))
  return found.realEigenvalues
    .map((re, i) => ({ re, im: found.imaginaryEigenvalues[i] ?? 0 }))
    .toSorted((a, b) => Math.hypot(b.re, b.im) - Math.hypot(a.re, a.im))
}

/** Steps that are looked at, and the most numbers of state and parameters for it: triangles take T² gradients. */
export const most = { steps: 20, state: 128, parameters: 20_000 } as const

/** Whether a network is small enough for triangles. */
export const isSmall = ({ net, θ }: Setup): boolean =>
  spaceOf(θ).size <= most.parameters && spaceOf(net.cell.zeroState(net.sizes)).size <= most.state

/** A rule by lag, or why it has no triangle. */
const lagsOf = (
  rule: AnyRule,
  run: Run,
  exact: Pairs,
  seed: number,
): { lags: readonly AtLag[] } | { without: string } => {
  try {
    return { lags: alignmentByLag(fromStepOne(triangleBy(rule, { seed })(run)), exact) }
  } catch (thrown) {
    if (!(thrown instanceof JanusError)) throw thrown
    return { without: thrown.given }
  }
}

/** A line a rule: how its credit is aligned with the exact one at each lag t - s, from 0. */
const byLagOf = (rules: Readonly<Record<string, AnyRule>>, run: Run, seed: number): readonly object[] => {
  const exact = fromStepOne(doubleSum(run))
  return Object.entries(rules).map(([name, rule]) => ({ rule: name, ...lagsOf(rule, run, exact, seed) }))
}

/** Looks at parameters: no lines where the network is too large. */
export const probing = (
  { net, course, θ: θ0 }: Setup,
  rules: Readonly<Record<string, AnyRule>>,
  seed: number,
  { lags = false, eigenvalues = false }: Probes,
): ((θ: Theta) => readonly object[]) => {
  const plain = net as unknown as Network
  if (spaceOf(net.cell.zeroState(net.sizes)).size > most.state) return () => []
  const sequence = firstSteps('train', plain, course, most.steps)
  const triangles = lags && isSmall({ net, course, θ: θ0 } as Setup)
  return θ => {
    const run = unroll(plain)(θ, sequence)
    const { singular, lyapunov } = spectrum(run)
    return [
      { spectrum: { T: sequence.length, singular: singular.at(-1), lyapunov: lyapunov.at(-1) } },
      ...(eigenvalues ? [{ eigenvalues: eigenvaluesOf(run).map(({ re, im }) => [re, im]) }] : []),
      ...(triangles ? byLagOf(rules, run, seed) : []),
    ]
  }
}
