/** A Jacobian that is learned from the states alone: what it comes to know, and what a rule that sees it computes. */

import { EigenvalueDecomposition, Matrix, pseudoInverse } from 'ml-matrix'
import { tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { folded, outputs, sumOf } from '../../nets/run/fold.ts'
import type { Fold } from '../../nets/run/rule.ts'
import { total } from '../../nets/run/scan.ts'
import type { Run, Timestep } from '../../nets/run/timestep.ts'
import { dni } from '../../rules/dni.ts'
import { dniB, withLearnedJacobian } from '../../rules/dni-b.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { cellOnly, claim, type Guess, guesses, plain, refuted } from '../arbitraries/synthesisers.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, type Proposition } from '../proposition.ts'
import { byHand, sumAndEnd, wideGuesser } from './synthesiser-learning.ts'

const rows = (M: Matrix): Value => tensor(M.to2DArray())
const columns = (run: readonly Timestep[]): readonly Matrix[] =>
  run.map(now => Matrix.columnVector([...entries(now.after)]))

/** Ĵ to begin with: numbers of a case that its synthesiser has no use for. */
const beginning = (run: Run, { ψ }: Guess): Matrix => {
  const d = entries(run[0].after).length
  return new Matrix(
    Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => ψ[11 - i * d - j] as number)),
  )
}

/** J of a network with f the identity, of its numbers alone: (1 - α) I + α W_rec. */
const arrowOf = ({ alpha, params }: PlainNetwork): Matrix => {
  const W = new Matrix(params.W_rec.map(row => [...row]))
  return Matrix.add(Matrix.eye(W.rows).mul(1 - alpha), W.mul(alpha))
}

/** Ĵ after each timestep, in plain numbers: nothing at timestep 0, then Ĵ + lr (h - Ĵ h₋) h₋ᵀ. */
const learnedByHand = (run: Run, begin: Matrix, lr: number): readonly Matrix[] => {
  const states = columns(run)
  const Js = [begin]
  for (const [t, after] of states.slice(1).entries()) {
    const [J, before] = [Js[t] as Matrix, states[t] as Matrix]
    const wrong = Matrix.sub(after, J.mmul(before)).mmul(before.transpose())
    Js.push(Matrix.add(J, wrong.mul(lr)))
  }
  return Js
}

const nobody: Fold<null, Timestep, null, 'past'> = {
  faces: 'past',
  init: () => null,
  step: () => [null, null],
}
/** Ĵ after each timestep of so many passes over a run, as the rule learns it. */
const learned = (run: Run, begin: Matrix, lr: number, passes = 1): readonly Matrix[] =>
  [
    ...folded(withLearnedJacobian({ begin: rows(begin), lr })(nobody))(
      Array.from({ length: passes }, () => run).flat(),
    ),
  ].map(([, { J }]) => plain(J))

const linear = guesses({ activations: ['identity'] })
/** The same network without inputs and biases: h = J h₋. */
const withoutInputs = ({ net, ...guess }: Guess): Guess => {
  const zero = (xs: readonly number[]): readonly number[] => xs.map(() => 0)
  const params = { ...net.params, b_rec: zero(net.params.b_rec) }
  return { ...guess, net: { ...net, params, inputs: net.inputs.map(zero) } }
}
const lengths = (run: Run): readonly number[] => columns(run.slice(0, -1)).map(h => h.norm() ** 2)
const largest = (run: Run): number => Math.max(...lengths(run)) || 1

/** Σ h₋ h₋ᵀ over a run. */
const visited = (run: Run): Matrix =>
  columns(run.slice(0, -1))
    .map(h => h.mmul(h.transpose()))
    .reduce((a, b) => Matrix.add(a, b))

/** Whether every direction is visited well or not at all, so that a few hundred passes are enough. */
const wellVisited = ({ net }: Guess): boolean => {
  const { run } = realise(net)
  const powers = new EigenvalueDecomposition(visited(run)).realEigenvalues.map(x => x / largest(run))
  return powers.every(x => x < 1e-12 || x > 0.25) && powers.some(x => x > 0.25)
}

/** What is learned, and what it is worth. */
export const learnedArrow: readonly Proposition[] = [
  claim('DNI(b) learns Ĵ, then trains the last prediction by q₋ + tanh(g(a)) Ĵ, as written out', (run, guess, made) => {
    const [A, begin, { lr, lambda }] = [wideGuesser(run, guess), beginning(run, guess), guess]
    const rule = dniB({ begin: { A: rows(A) }, lr, model: { lr: lambda, begin: rows(begin) } })
    const Js = learnedByHand(run, begin, lambda)
    return [
      [
        ...sumAndEnd(rule, ({ inner }) => inner.ψ, run, made),
        ...(learned(run, begin, lambda).at(-1) as Matrix).to1DArray(),
      ],
      [...byHand(run, { A, lr, Js, squash: Math.tanh }, made), ...(Js.at(-1) as Matrix).to1DArray()],
    ]
  }),
  claim(
    'on a linear network DNI(b) that is given J, learns no other and squashes nothing is DNI of the total credit',
    (run, guess, made) => {
      const options = { begin: { A: rows(wideGuesser(run, guess)) }, lr: guess.lr }
      const model = { begin: rows(arrowOf(guess.net)), lr: 0 }
      return [
        sumAndEnd(dniB({ ...options, model, squash: g => g }), ({ inner }) => inner.ψ, run, made),
        sumAndEnd(dni(options), ({ ψ }): Branch => ψ, run, made),
      ]
    },
    { forAll: linear },
  ),
  claim(
    'on a linear network RTRL that is given J and learns no other is RTRL, for a learned linear map serves any rule',
    (run, { net }) => [
      list(sumOf(outputs(folded(withLearnedJacobian({ begin: rows(arrowOf(net)), lr: 0 })(rtrl))(run)))),
      list(total(rtrl)(run)),
    ],
    { forAll: linear },
  ),
  claim(
    'where h = J h₋, no step takes Ĵ further from J while lr ‖h₋‖² is at most 2',
    (run, guess) => {
      const [J, lr] = [arrowOf(guess.net), (2 * guess.lambda) / largest(run)]
      const far = learned(run, beginning(run, guess), lr).map(one => Matrix.sub(one, J).norm())
      const grown = far.slice(1).map((now, t) => Math.max(0, now - (far[t] as number)))
      return [grown, grown.map(() => 0)]
    },
    { forAll: linear.map(withoutInputs) },
  ),
  claim(
    'where h = J h₋, Ĵ becomes J in the directions that are visited, and stays what it was in the others',
    (run, guess) => {
      const [J, begin] = [arrowOf(guess.net), beginning(run, guess)]
      const P = pseudoInverse(visited(run)).mmul(visited(run))
      const limit = Matrix.add(begin, Matrix.sub(J, begin).mmul(P))
      return [(learned(run, begin, 1 / largest(run), 300).at(-1) as Matrix).to1DArray(), limit.to1DArray()]
    },
    { forAll: linear.map(withoutInputs).filter(wellVisited), within: 1e-9 },
  ),
]

/** What is readily believed of a learned linear map. */
export const learnedArrowRefuted: readonly Proposition[] = [
  claim(
    'DNI(b) computes what DNI computes',
    (run, guess, made) => {
      const options = { begin: { A: rows(wideGuesser(run, guess)) }, lr: guess.lr }
      return [
        cellOnly(list(total(dniB({ ...options, model: { lr: 0.125 } }))(run)), made),
        cellOnly(list(total(dni(options))(run)), made),
      ]
    },
    { ...refuted, between: ['DNI(b)', 'DNI'] },
  ),
  claim(
    'a matrix that predicts the state from the one before is J, whatever the inputs',
    (run, guess) => {
      const J = arrowOf(guess.net)
      return [(learned(run, J, 0.125).at(-1) as Matrix).to1DArray(), J.to1DArray()]
    },
    { ...refuted, forAll: linear, between: ['prediction', 'J'] },
  ),
]
