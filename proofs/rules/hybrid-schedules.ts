/** Random schedules of predictions and of true credit, and what a hybrid does with them, computed the other way round and by hand. */

import { type Arbitrary, constantFrom, integer, tuple } from 'fast-check'
import { Matrix } from 'ml-matrix'
import { pull, toMatrix } from '../../ad/linear/apply.ts'
import { plus, zero } from '../../ad/linear/linear.ts'
import { asCotangent, type Cotangent, spaceOf } from '../../ad/linear/space.ts'
import { tensor } from '../../ad/tensor.ts'
import { folded } from '../../nets/run/fold.ts'
import { error, type Param, type Run, type Timestep } from '../../nets/run/timestep.ts'
import { rtrl } from '../../rules/rtrl.ts'
import { list, type Realised } from '../arbitraries/realise.ts'
import { claim, type Guess, guesses, plain, predictor, trainedFrom } from '../arbitraries/synthesisers.ts'
import { type Equation, entries, type Proposition } from '../proposition.ts'
import { distinctStates } from './exact-synthesiser.ts'

/** A prediction with a schedule of windows and a decay. */
export interface Scheduled extends Guess {
  readonly long: number
  readonly nth: number
  readonly cut: boolean
  readonly decay: number
}

/** Random schedules, of predictions like these. */
export const schedules = (base: Arbitrary<Guess> = guesses({ T: 5 })): Arbitrary<Scheduled> =>
  tuple(
    base,
    integer({ min: 1, max: 4 }),
    integer({ min: 1, max: 3 }),
    constantFrom(false, true),
    constantFrom(0.25, 0, 0.5, 1),
  ).map(([guess, long, nth, cut, decay]) => ({ ...guess, long, nth, cut, decay }))

/** A claim about random schedules. */
export const scheduled = (
  sentence: string,
  sides: (run: Run, guess: Scheduled, made: Realised) => readonly [readonly number[], readonly number[]],
  options: Partial<Equation<Scheduled>> = {},
): Proposition => claim<Scheduled>(sentence, sides, { forAll: schedules(), ...options })

/** Schedules on runs whose states a table can distinguish. */
export const right = { forAll: schedules(guesses({ T: 5 }, distinctStates)) }

/** The timesteps that windows end at, and whether they are long; the last one ends with the run. */
const endsOf = (
  run: Run,
  { every, long, nth }: Scheduled,
): readonly { readonly end: number; readonly isLong: boolean }[] => {
  const [last, ends] = [run.length - 1, [] as { end: number; isLong: boolean }[]]
  for (let number = 1, at = 0; at < last; number++) {
    const isLong = number % nth === 0
    at = Math.min(last, at + (isLong ? long : every))
    ends.push({ end: at, isLong })
  }
  return ends
}

/** Σ_t q_t M_t + Σ_e g(h_e) M_e: M the influence that forgets at each window's begin, e the ends that are predicted. */
export const pastFacing = (run: Run, guess: Scheduled): readonly number[] => {
  const ends = endsOf(run, guess)
  const begins = new Set(ends.map(({ end }) => end + 1))
  const severed = run.map((now, t) => (begins.has(t) ? { ...now, jacobian: zero(now.jacobian) } : now))
  const steps = [...folded(rtrl)(severed)]
  const ask = predictor(trainedFrom(guess, run))
  const promises = ends
    .filter(({ end, isLong }) => end < run.length - 1 && !(guess.cut && isLong))
    .map(({ end }) => pull((steps[end] as (typeof steps)[number])[1], ask((run[end] as Timestep).after)))
  return list([...steps.map(([out]) => out), ...promises].reduce((a, b) => plus(a, b)))
}

/** The hybrid with a linear synthesiser in plain numbers: Σ of the gradient, then A as it ends. */
export const windowByWindow = (run: Run, begin: Matrix, guess: Scheduled): readonly number[] => {
  const { lr, decay, cut } = guess
  const input = (t: number): Matrix => Matrix.columnVector([...entries((run[t] as Timestep).after), 1])
  const outs: Cotangent<Param>[] = []
  let [A, at] = [begin, 0]
  for (const { end, isLong } of endsOf(run, guess)) {
    const blind = end === run.length - 1 || (cut && isLong)
    let c = A.mmul(input(end)).mul(blind ? 0 : 1)
    for (const now of run.slice(at === 0 ? 0 : at + 1, end + 1).toReversed()) {
      const δ = Matrix.add(c, Matrix.columnVector([...list(error(now))]))
      outs.push(pull(now.immediate, asCotangent(spaceOf(now.after), tensor(δ.to1DArray()))))
      if (now !== run[0]) c = plain(toMatrix(now.jacobian)).transpose().mmul(δ)
    }
    const wrong = Matrix.sub(A.mmul(input(at)), c).mmul(input(at).transpose())
    A = Matrix.sub(A, Matrix.add(wrong, Matrix.mul(A, decay)).mul(lr))
    at = end
  }
  return [...list(outs.reduce(plus)), ...A.to1DArray()]
}
