/** When a synthesiser is asked and when it is trained: rules that are each other if they agree on it, and are not if they do not. */

import { Matrix } from 'ml-matrix'
import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { plus } from '../../ad/linear/linear.ts'
import { asCotangent, spaceOf } from '../../ad/linear/space.ts'
import { tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import { error, type Run } from '../../nets/run/timestep.ts'
import { type BPLambdaMemory, bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { dni, dniFuture } from '../../rules/dni.ts'
import { nonlinear, stateAndTargetFeatures } from '../../rules/parts/synthesiser.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import {
  cellOnly,
  claim,
  type Guess,
  guesses,
  plain,
  refuted,
  trainedFrom,
  wholly,
} from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { course } from './bplambda.ts'

/** ψ and the cell's gradient after each timestep. */
const steps = <M extends { readonly ψ: Branch }>(
  rule: AnyRule<M, 'past'>,
  run: Run,
  made: Realised,
): readonly number[] =>
  [...scan(rule)(run)].slice(1).flatMap(([out, { ψ }]) => [...cellOnly(list(out), made), ...entries(ψ)])

/** The options of Marschall's DNI with a linear synthesiser, in plain numbers. */
export interface ByHand {
  readonly A: Matrix
  readonly lr: number
  readonly decay?: number
  /** What stands for J at each timestep; J itself by default. */
  readonly Js?: readonly Matrix[]
  readonly squash?: (guess: number) => number
  /** Updates between renewals of the A of the targets. */
  readonly refresh?: number
  /** What a prediction is of A a, entry by entry, and its slope. */
  readonly nonlinear?: readonly [f: (x: number) => number, slope: (x: number) => number]
}

const column = (xs: readonly number[]): Matrix => Matrix.columnVector([...xs])

/** Marschall's DNI with a linear synthesiser in plain numbers: Σ over time of the cell's gradient, then A as it ends. */
export const byHand = (run: Run, how: ByHand, made: Realised): readonly number[] => {
  const {
    lr,
    decay = 0,
    refresh = 1,
    squash = x => x,
    nonlinear: [f, slope] = [x => x, () => 1],
    Js = run.map(now => plain(toMatrix(now.jacobian))),
  } = how
  const inputs = run.map(now => column([...entries(now.after), ...entries(now.target), 1]))
  const errors = run.map(now => column(list(error(now))))
  const at = <A>(list: readonly A[], t: number): A => list[t] as A
  const each = (x: Matrix, g: (x: number) => number): Matrix => column(x.to1DArray().map(g))
  const drive = (A: Matrix, t: number): Matrix => A.mmul(at(inputs, t))
  const ask = (A: Matrix, t: number): Matrix => each(drive(A, t), f)
  const teach = (A: Matrix, t: number, target: Matrix): Matrix => {
    const miss = Matrix.mul(Matrix.sub(ask(A, t), target), each(drive(A, t), slope))
    return Matrix.sub(Matrix.mul(A, 1 - lr * decay), miss.mmul(at(inputs, t).transpose()).mul(lr))
  }
  let { A } = how
  let held = A
  const outs = run.slice(1).map((now, i) => {
    const bootstrapTarget = each(ask(held, i + 1), squash)
    const back = at(Js, i + 1)
      .transpose()
      .mmul(bootstrapTarget)
    if (i > 0) A = teach(A, i, Matrix.add(at(errors, i), back))
    if (i % refresh === 0) held = A
    return pull(now.immediate, asCotangent(spaceOf(now.after), tensor(ask(A, i + 1).to1DArray())))
  })
  A = teach(A, run.length - 1, at(errors, run.length - 1))
  return [...cellOnly(list(outs.reduce(plus)), made), ...A.to1DArray()]
}

/** A linear synthesiser of all that a state is worth, with the numbers of a case for its A [d, d + m + 1]. */
export const wideGuesser = (run: Run, { ψ }: Guess): Matrix => {
  const [d, width] = [spaceOf(run[0].after).size, spaceOf(stateAndTargetFeatures(run[0])).size]
  return new Matrix(
    Array.from({ length: d }, (_, i) => Array.from({ length: width }, (_, j) => ψ[(i * width + j) % 12] as number)),
  )
}

/** The sum of the cell's gradient, then ψ as it ends. */
export const sumAndEnd = <M>(
  rule: AnyRule<M, 'past'>,
  ψOf: (end: M) => Branch,
  run: Run,
  made: Realised,
): readonly number[] => [
  ...cellOnly(list(total(rule)(run)), made),
  ...entries(ψOf([...scan(rule)(run)].at(-1)?.[1] as M)),
]

/** When BP(0) and DNI are each other, and as published. */
export const conventions: readonly Proposition[] = [
  claim(
    'DNI of the total credit trains the last prediction by q₋ + g(a) J, then predicts, as Marschall et al. write it',
    (run, guess, made) => {
      const [A, lr] = [wideGuesser(run, guess), guess.lr]
      const rule = dni({ begin: { A: tensor(A.to2DArray()) }, lr })
      return [sumAndEnd(rule, ({ ψ }) => ψ, run, made), byHand(run, { A, lr }, made)]
    },
  ),
  claim(
    "DNI that renews the synthesiser of its targets every 2 or 3 updates, of A a or of tanh of it, and Marschall's program agree",
    (run, guess, made) => {
      const [A, lr] = [wideGuesser(run, guess), guess.lr]
      const begin = { A: tensor(A.to2DArray()) }
      const bend = [Math.tanh, (x: number) => 1 - Math.tanh(x) ** 2] as const
      const ends = ({ ψ }: { readonly ψ: Branch }) => ψ
      const ours = [2, 3].flatMap(refresh => [
        ...sumAndEnd(dni({ begin, lr, refresh }), ends, run, made),
        ...sumAndEnd(dni({ begin, lr, refresh, synthesiser: nonlinear() }), ends, run, made),
      ])
      const theirs = [2, 3].flatMap(refresh => [
        ...byHand(run, { A, lr, refresh }, made),
        ...byHand(run, { A, lr, refresh, nonlinear: bend }, made),
      ])
      return [ours, theirs]
    },
  ),
  claim(
    'BP(0) with γ = 1 that predicts before the update is DNI of the future with windows of 1, step by step',
    (run, guess, made) => {
      const options = { ...trainedFrom(guess, run), lr: guess.lr }
      return [
        steps(bplambda({ ...options, lambda: 0, predicts: 'before' }), run, made),
        steps(dniFuture({ ...options, every: 1 }), run, made),
      ]
    },
  ),
]

/** λ = 0 and γ = 1: an error is not traced back at all; windows of so many steps. */
const nextOnly = (every: number) => guesses().map(guess => ({ ...guess, lambda: 0, gamma: 1, every }))

/** What differs when a synthesiser is asked later, trained later, or asked less often. */
export const conventionsRefuted: readonly Proposition[] = [
  claim(
    'DNI whose targets are predicted by a synthesiser that is renewed every 2 updates is DNI',
    (run, guess, made) => {
      const [begin, lr] = [{ A: tensor(wideGuesser(run, guess).to2DArray()) }, guess.lr]
      const [every, one] = [2, 1].map(refresh => steps(dni({ begin, lr, refresh }), run, made))
      return [every as readonly number[], one as readonly number[]]
    },
    { ...refuted, between: ['renewed by 2', 'DNI'] },
  ),
  claim(
    'BP(1) computes the gradient of BPTT',
    (run, guess, made) => [
      cellOnly(list(total(bplambda({ ...trainedFrom(guess, run), lambda: 1, lr: guess.lr }))(run)), made),
      cellOnly(list(total(bptt)(run)), made),
    ],
    { ...refuted, forAll: wholly, between: ['BP(1)', 'BPTT'] },
  ),
  claim(
    'BP(0) with γ = 1 that predicts after the update, as printed, is DNI of the future with windows of 1',
    (run, guess, made) => {
      const options = { ...trainedFrom(guess, run), lr: guess.lr }
      return [
        steps(bplambda({ ...options, lambda: 0 }), run, made),
        steps(dniFuture({ ...options, every: 1 }), run, made),
      ]
    },
    { ...refuted, forAll: nextOnly(1), between: ['BP(0)', 'DNI'] },
  ),
  claim(
    'DNI of the future with windows of 2 is BP(0)',
    (run, guess, made) => {
      const options = { ...trainedFrom(guess, run), lr: guess.lr }
      const rules = [
        bplambda({ ...options, lambda: 0, predicts: 'before' }),
        dniFuture({ ...options, every: 2 }),
      ] as const
      const [a, b] = [total(rules[0])(run), total(rules[1])(run)]
      return [cellOnly(list(a), made), cellOnly(list(b), made)]
    },
    { ...refuted, forAll: nextOnly(2), between: ['BP(0)', 'windows of 2'] },
  ),
  claim(
    'a synthesiser learns the same at every step as at the end of the run',
    (run, guess) => {
      const { lambda, gamma, lr } = guess
      const options = { ...trainedFrom(guess, run), lambda, gamma, lr }
      const end = (mode: 'online' | 'offline') =>
        entries((course({ ...options, mode }, run).at(-1) as BPLambdaMemory<Branch>).ψ)
      return [end('online'), end('offline')]
    },
    { ...refuted, between: ['online', 'offline'] },
  ),
]
