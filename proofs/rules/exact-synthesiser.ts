/** Predictions that are right: BPTT, for any window, step size and λ, and nothing more to learn. */

import { Matrix } from 'ml-matrix'
import { pull } from '../../ad/linear/apply.ts'
import { type Cotangent, toValue } from '../../ad/linear/space.ts'
import { dot } from '../../ad/primitives/contraction.ts'
import { add, exp, mul, sub } from '../../ad/primitives/elementwise.ts'
import { type Tensor, tensor, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { scan, total } from '../../nets/run/scan.ts'
import type { Run, State, Timestep } from '../../nets/run/timestep.ts'
import { bplambda } from '../../rules/bplambda.ts'
import { bptt } from '../../rules/bptt.ts'
import { dni, dniFuture } from '../../rules/dni.ts'
import { type Synthesiser, stateAndTargetFeatures, stateFeatures } from '../../rules/parts/synthesiser.ts'
import { deltas } from '../../rules/readings/adjoints.ts'
import { sliding } from '../../rules/tbptt.ts'
import { list, realise } from '../arbitraries/realise.ts'
import { cellOnly, claim, type Guess, guesses, plain } from '../arbitraries/synthesisers.ts'
import type { PlainNetwork } from '../plain-network.ts'
import { entries, type Proposition } from '../proposition.ts'

/** So steep that a prediction for one known input has nothing of any other. */
const steep = 1e9

/** A synthesiser that is a table: ψ has a row for each known input; for others it predicts 0. */
const table = (known: readonly Value[]): Synthesiser => ({
  params: ({ outputs }) => Object.fromEntries(known.map((_, i) => [`row${i}`, zeros([outputs])])),
  predict: (ψ, input) =>
    known
      .map((one, i) => {
        const far = sub(input, one)
        return mul(exp(mul(-steep, dot(far, far))), ψ[`row${i}`] as Value)
      })
      .reduce((a, b) => add(a, b)),
})

/** Whether a table can distinguish the states of a run: none comes twice. */
export const distinctStates = (net: PlainNetwork): boolean => {
  const states = realise(net).run.map(now => entries(now.after))
  const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - (b[i] as number)))
  return states.every((a, i) => states.every((b, j) => i === j || distance(a, b) > 1e-3))
}
const known = { forAll: guesses({}, distinctStates) }

/** A table of inputs with the exact predictions. */
export const perfect = <A>(inputs: readonly Value[], answers: readonly Cotangent<A>[]) => ({
  synthesiser: table(inputs),
  begin: Object.fromEntries(answers.map((answer, i) => [`row${i}`, toValue(answer)])) as Branch,
})

/** ∂L_{>t}/∂h_t for t = 0 … T - 1: what BPTT sends back to a state. */
export const futures = (run: Run): readonly Cotangent<State>[] =>
  deltas(run)
    .slice(1)
    .map((δ, t) => pull((run[t + 1] as Timestep).jacobian, δ))

/** The synthesiser whose predictions are exact for every state of a run. */
export const exactSynthesiser = (run: Run) =>
  perfect(
    run.slice(0, -1).map(now => stateFeatures(now.after)),
    futures(run),
  )

/** What a rule says in all of the parameters of the state, with the ψ it ends with. */
const learned = <M extends { readonly ψ: Branch }>(rule: AnyRule<M, 'past'>, run: Run): readonly number[] => {
  const end = [...scan(rule)(run)].at(-1)?.[1] as M
  return [...list(total(rule)(run)), ...entries(end.ψ)]
}
const bpttWith = (run: Run, ψ: Branch): readonly number[] => [...list(total(bptt)(run)), ...entries(ψ)]

/** Nothing recurs, and outputs are the logits. */
const memoryless = (guess: Guess): Guess => {
  const { net } = guess
  const W_rec = net.params.W_rec.map(row => row.map(() => 0))
  return {
    ...guess,
    net: { ...net, output: 'identity', weights: net.weights.map(() => 1), params: { ...net.params, W_rec } },
  }
}

/** Right predictions, and none. */
export const exactness: readonly Proposition[] = [
  claim(
    'DNI whose predictions of the total credit are right is BPTT at any step size, and learns nothing more',
    (run, { lr }, made) => {
      const exact = perfect(run.slice(1).map(stateAndTargetFeatures), deltas(run).slice(1))
      const rule = dni({ ...exact, lr })
      const end = [...scan(rule)(run)].at(-1)?.[1].ψ as Branch
      return [
        [...cellOnly(list(total(rule)(run)), made), ...entries(end)],
        [...cellOnly(list(total(bptt)(run)), made), ...entries(exact.begin)],
      ]
    },
    known,
  ),
  claim(
    'DNI whose predictions of the future are right is BPTT for any window and step size, and learns nothing more',
    (run, { lr, every }) => {
      const exact = exactSynthesiser(run)
      return [learned(dniFuture({ ...exact, lr, every }), run), bpttWith(run, exact.begin)]
    },
    known,
  ),
  claim(
    'BP(λ) whose predictions are right is BPTT for any λ and step size, and learns nothing more',
    (run, { lr, lambda }) => {
      const exact = exactSynthesiser(run)
      return [learned(bplambda({ ...exact, lr, lambda }), run), bpttWith(run, exact.begin)]
    },
    known,
  ),
  claim(
    'where nothing recurs, the synthesiser A = [W_outᵀW_out, -W_outᵀ, W_outᵀb_out] of half the squared error is right, and DNI is BPTT',
    (run, { lr }, made) => {
      const { W_out, b_out } = made.θ.readout as { readonly W_out: Tensor; readonly b_out: Tensor }
      const [W, b] = [plain(W_out), Matrix.columnVector([...b_out.data])]
      const columns = [W.transpose().mmul(W), W.transpose().mul(-1), W.transpose().mmul(b)].map(M => M.to2DArray())
      const A = tensor((columns[0] as number[][]).map((_, i) => columns.flatMap(M => M[i] as number[])))
      const rule = dni({ begin: { A }, lr })
      return [cellOnly(list(total(rule)(run)), made), cellOnly(list(total(bptt)(run)), made)]
    },
    { forAll: guesses({ losses: ['half_mse'], alphas: [1] }).map(memoryless) },
  ),
  claim(
    'with predictions of 0 and no updates, BP(λ) is the sliding window of 1 for every λ',
    (run, { lambda, gamma }, made) => [
      cellOnly(list(total(bplambda({ lr: 0, lambda, gamma }))(run)), made),
      cellOnly(list(total(sliding({ k: 1 })(bptt))(run)), made),
    ],
  ),
]
