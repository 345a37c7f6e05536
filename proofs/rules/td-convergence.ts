/** Whether a linear synthesiser that is trained the same run again and again settles. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { toMatrix } from '../../ad/linear/apply.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { stateFeatures } from '../../rules/parts/synthesiser.ts'
import { describe, networks } from '../arbitraries/networks.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { claim, plain, refuted } from '../arbitraries/synthesisers.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, type Proposition } from '../proposition.ts'
import { summed } from './bplambda.ts'

/**
 * What a pass over a run adds to a linear synthesiser's ψ at step size 1 is b + Mψ; M [|ψ|, |ψ|], read off the rule. Repeated
 * passes converge for small steps only if no eigenvalue of M has a positive real part.
 */
const iteration = (run: Run, lambda: number): Matrix => {
  const d = spaceOf(run[0].after).size
  const size = d * (d + 1)
  const at = (A: Float64Array): readonly number[] => list(summed({ begin: { A: tensor(A, [d, d + 1]) }, lambda }, run))
  const rest = at(new Float64Array(size))
  const column = (j: number): number[] =>
    at(Float64Array.from({ length: size }, (_, i) => (i === j ? 1 : 0))).map((x, i) => x - (rest[i] as number))
  return new Matrix(Array.from({ length: size }, (_, j) => column(j))).transpose()
}
const growth = (M: Matrix): number => Math.max(...new EigenvalueDecomposition(M).realEigenvalues)

const small = { d: 2, n: 1, m: 1, T: 4 }
/** The same network left alone: it stays at 0, where it may still stretch what is sent back. */
const quiet = (net: PlainNetwork): PlainNetwork => {
  const zero = (xs: readonly number[]): readonly number[] => xs.map(() => 0)
  const { b_rec, h0 } = net.params
  return { ...net, inputs: net.inputs.map(zero), params: { ...net.params, b_rec: zero(b_rec), h0: zero(h0) } }
}
/** The most that any step of a run stretches what is sent back. */
const stretch = (net: PlainNetwork): number =>
  Math.max(...realise(net).run.map(now => plain(toMatrix(now.jacobian)).norm()))

/** When repeated passes settle. */
export const convergence: readonly Proposition[] = [
  claim('with λ = γ = 1 what a pass adds to a linear synthesiser has a symmetric matrix, -Σ I ⊗ [h; 1][h; 1]ᵀ', run => {
    const d = spaceOf(run[0].after).size
    const gram = run.slice(0, -1).reduce(
      (sum, now) => {
        const a = Matrix.columnVector([...entries(stateFeatures(now.after))])
        return sum.sub(a.mmul(a.transpose()))
      },
      Matrix.zeros(d + 1, d + 1),
    )
    return [iteration(run, 1).to1DArray(), Matrix.eye(d).kroneckerProduct(gram).to1DArray()]
  }),
  {
    claim: 'with λ = γ = 1 a linear synthesiser converges when its steps are small enough',
    forAll: networks(small),
    residual: (net: PlainNetwork) => Math.max(0, growth(iteration(realise(net).run, 1))),
    // eigenvalues of a matrix that is singular where T ≤ d: rounding of its norm
    within: 1e-9,
    verdict: 'holds',
    show: describe,
    runs: 60,
  },
  {
    claim: 'with λ = 0 and γ = 1 a linear synthesiser converges, if no J stretches and its steps are small enough',
    forAll: networks(small).filter(net => stretch(net) <= 1),
    residual: (net: PlainNetwork) => Math.max(0, growth(iteration(realise(net).run, 0))),
    // as above
    within: 1e-9,
    verdict: 'holds',
    show: describe,
    runs: 60,
  },
]

/** A run left alone that λ = 0 makes ever larger. */
export const convergenceRefuted: readonly Proposition[] = [
  {
    claim: 'with λ = 0 and γ = 1 a linear synthesiser converges when its steps are small enough',
    forAll: networks({ ...small, minT: 3 }).map(quiet),
    residual: (net: PlainNetwork) => Math.max(0, growth(iteration(realise(net).run, 0))),
    within: 1e-3,
    ...refuted,
    show: (net: PlainNetwork) =>
      `${describe(net)}\nlargest real part of an eigenvalue: ${growth(iteration(realise(net).run, 0)).toPrecision(4)} with λ = 0, ${growth(iteration(realise(net).run, 1)).toPrecision(4)} with λ = 1`,
  },
]
