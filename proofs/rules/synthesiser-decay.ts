/** Synthesisers with weight decay: what they are trained towards, and where they settle. */

import { inverse, Matrix } from 'ml-matrix'
import { zeroCotangent } from '../../ad/linear/space.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { dni, dniFuture } from '../../rules/dni.ts'
import { stateFeatures } from '../../rules/parts/synthesiser.ts'
import { list } from '../arbitraries/realise.ts'
import { refuted, trainedFrom } from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { exactSynthesiser, futures } from './exact-synthesiser.ts'
import { taughtBy } from './hybrid.ts'
import { right, scheduled, schedules } from './hybrid-schedules.ts'
import { byHand, sumAndEnd, wideGuesser } from './synthesiser-learning.ts'

/** (Σ c aᵀ) (Σ a aᵀ + n decay I)⁻¹ of n updates. */
const ridge = (inputs: readonly Matrix[], targets: readonly Matrix[], decay: number): Matrix => {
  const sum = (of: (i: number) => Matrix): Matrix => inputs.map((_, i) => of(i)).reduce((a, b) => Matrix.add(a, b))
  const at = (i: number): Matrix => (inputs[i] as Matrix).transpose()
  const moment = sum(i => (inputs[i] as Matrix).mmul(at(i)))
  const held = Matrix.eye(moment.rows).mul(inputs.length * decay)
  return sum(i => (targets[i] as Matrix).mmul(at(i))).mmul(inverse(Matrix.add(moment, held)))
}

/** The ridge solution of the first so many states' futures; after the last state nothing comes. */
const ridgeOf = (run: Run, count: number, decay: number): Matrix => {
  const worth = [...futures(run), zeroCotangent(run[0].after)]
  const column = (xs: readonly number[]): Matrix => Matrix.columnVector([...xs])
  return ridge(
    run.slice(0, count).map(now => column(entries(stateFeatures(now.after)))),
    worth.slice(0, count).map(c => column(list(c))),
    decay,
  )
}

const beginOf = (A: Matrix) => ({ begin: { A: tensor(A.to2DArray()) } })
const someDecay = { forAll: schedules().map(guess => ({ ...guess, decay: Math.max(guess.decay, 0.25) })) }

/** What decay does to what is learned. */
export const decay: readonly Proposition[] = [
  scheduled(
    'a linear synthesiser of the total credit decays at every update, and only there, as written out',
    (run, guess, made) => {
      const [A, { lr, decay }] = [wideGuesser(run, guess), guess]
      return [
        sumAndEnd(dni({ ...beginOf(A), lr, decay }), ({ ψ }) => ψ, run, made),
        byHand(run, { A, lr, decay }, made),
      ]
    },
  ),
  scheduled(
    'with decay, BP(1) trained offline rests at the ridge solution of its targets',
    (run, { lr, decay }) => {
      const A = ridgeOf(run, run.length - 1, decay)
      return [taughtBy(bplambda({ ...beginOf(A), lambda: 1, mode: 'offline', lr, decay }), run), A.to1DArray()]
    },
    someDecay,
  ),
  scheduled(
    'with decay and a target of 0 for the last prediction, BP(1) rests at the ridge solution of one target more',
    (run, { lr, decay }) => {
      const A = ridgeOf(run, run.length, decay)
      const whole = { lambda: 1, mode: 'offline', terminalZero: false, terminalUpdate: true } as const
      return [taughtBy(bplambda({ ...beginOf(A), ...whole, lr, decay }), run), A.to1DArray()]
    },
    someDecay,
  ),
  scheduled(
    'with decay, DNI of the future whose window holds the run rests at the ridge solution of its one target',
    (run, { lr, decay }) => {
      const A = ridgeOf(run, 1, decay)
      return [taughtBy(dniFuture({ ...beginOf(A), every: run.length, lr, decay }), run), A.to1DArray()]
    },
    someDecay,
  ),
  scheduled(
    'online BP(0) that predicts before the update is DNI of the future with windows of 1, decay and all',
    (run, guess) => {
      const { lr, decay } = guess
      const options = { ...trainedFrom(guess, run), lr, decay }
      return [
        taughtBy(bplambda({ ...options, lambda: 0, predicts: 'before' }), run),
        taughtBy(dniFuture({ ...options, every: 1 }), run),
      ]
    },
  ),
]

/** What is readily believed of decay. */
export const decayRefuted: readonly Proposition[] = [
  scheduled(
    'a synthesiser with decay whose predictions are right learns nothing more',
    (run, { lr, decay, every }) => {
      const options = exactSynthesiser(run)
      return [taughtBy(dniFuture({ ...options, every, lr, decay }), run), entries(options.begin)]
    },
    { ...right, ...refuted, between: ['trained', 'right'] },
  ),
]
