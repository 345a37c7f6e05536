/** Predictions and the truth by turns: a schedule of windows, some of them long. */

import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { outputs } from '../../nets/run/fold.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { bptt } from '../../rules/bptt.ts'
import { dniFuture } from '../../rules/dni.ts'
import { hybrid } from '../../rules/hybrid.ts'
import { chunked } from '../../rules/tbptt.ts'
import { list } from '../arbitraries/realise.ts'
import { guesses, plain, refuted, trainedFrom } from '../arbitraries/synthesisers.ts'
import { entries, type Proposition } from '../proposition.ts'
import { exactSynthesiser } from './exact-synthesiser.ts'
import { pastFacing, right, scheduled, schedules, windowByWindow } from './hybrid-schedules.ts'

/** What a rule says at each timestep, and its ψ after it. */
const course = <M extends { readonly ψ: Branch }>(rule: AnyRule<M, 'past'>, run: Run): readonly number[] =>
  [...scan(rule)(run)].flatMap(([out, { ψ }]) => [...list(out), ...entries(ψ)])

/** Runs of several windows of each kind. */
const longer = { forAll: schedules(guesses({ minT: 5, T: 9 })) }

/** ψ at the end of a run. */
export const taughtBy = <M extends { readonly ψ: Branch }>(rule: AnyRule<M, 'past'>, run: Run): readonly number[] => {
  const [, { ψ }] = [...scan(rule)(run)].at(-1) as readonly [unknown, M]
  return entries(ψ)
}

/** What a schedule changes, and what it does not. */
export const schedule: readonly Proposition[] = [
  scheduled(
    'a hybrid whose every window is long is DNI of the future with long windows, step by step',
    (run, guess) => {
      const { lr, decay, every, long } = guess
      const options = { ...trainedFrom(guess, run), lr, decay }
      return [
        course(hybrid({ ...options, every, long, nth: 1 }), run),
        course(dniFuture({ ...options, every: long }), run),
      ]
    },
  ),
  scheduled('a hybrid without long windows is DNI of the future, step by step', (run, guess) => {
    const { lr, decay, every, long, cut } = guess
    const options = { ...trainedFrom(guess, run), lr, decay, every }
    return [
      course(hybrid({ ...options, long, cut, nth: Number.POSITIVE_INFINITY }), run),
      course(dniFuture(options), run),
    ]
  }),
  scheduled('a hybrid whose every window is long and cut is chunked BPTT, whatever is predicted', (run, guess) => {
    const { lr, every, long } = guess
    const rule = hybrid({ ...trainedFrom(guess, run), lr, every, long, nth: 1, cut: true })
    return [
      [...outputs(scan(rule)(run))].flatMap(list),
      [...outputs(scan(chunked({ k: long })(bptt))(run))].flatMap(list),
    ]
  }),
  scheduled('a hybrid whose first window holds the run is BPTT, whatever is predicted', (run, guess) => {
    const { lr, every, cut } = guess
    const rule = hybrid({ ...trainedFrom(guess, run), lr, every, cut, long: run.length, nth: 1 })
    return [list(total(rule)(run)), list(total(bptt)(run))]
  }),
  scheduled(
    'a hybrid whose predictions are right is BPTT for any schedule, and learns nothing more',
    (run, { lr, every, long, nth }) => {
      const options = exactSynthesiser(run)
      const rule = hybrid({ ...options, lr, every, long, nth })
      return [
        [...list(total(rule)(run)), ...taughtBy(rule, run)],
        [...list(total(bptt)(run)), ...entries(options.begin)],
      ]
    },
    right,
  ),
  scheduled(
    'a hybrid without updates is Σ q_t M_t + Σ g(h_e) M_e, where the influence M is 0 at the beginning of each window',
    (run, guess) => {
      const { every, long, nth, cut } = guess
      const rule = hybrid({ ...trainedFrom(guess, run), lr: 0, every, long, nth, cut })
      return [list(total(rule)(run)), pastFacing(run, guess)]
    },
    longer,
  ),
  scheduled(
    'a hybrid with a linear synthesiser trains, decays and emits window by window as written out',
    (run, guess) => {
      const { every, long, nth, cut, lr, decay } = guess
      const linear = trainedFrom({ ...guess, kind: 'linear' }, run)
      const rule = hybrid({ ...linear, lr, decay, every, long, nth, cut })
      const A = plain(linear.begin.A as Tensor)
      return [[...list(total(rule)(run)), ...taughtBy(rule, run)], windowByWindow(run, A, guess)]
    },
    longer,
  ),
]

/** What is readily believed of hybrids. */
export const hybridRefuted: readonly Proposition[] = [
  scheduled(
    'a hybrid whose long windows are cut is BPTT where its predictions are right',
    (run, { lr, every, long, nth }) => {
      const rule = hybrid({ ...exactSynthesiser(run), lr, every, long, nth, cut: true })
      return [list(total(rule)(run)), list(total(bptt)(run))]
    },
    { ...right, ...refuted, between: ['hybrid, cut', 'BPTT'] },
  ),
  scheduled(
    'a hybrid with every second window long computes the gradient of BPTT',
    (run, guess) => {
      const { lr, every, long } = guess
      const rule = hybrid({ ...trainedFrom(guess, run), lr, every, long, nth: 2 })
      return [list(total(rule)(run)), list(total(bptt)(run))]
    },
    { ...refuted, between: ['hybrid', 'BPTT'] },
  ),
]
