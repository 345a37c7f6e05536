/** Other products of Jacobians than J_t … J_{s+1}, and credit that is defined by itself. */
import { emitting, type LinearRun, type LinearStep } from '../linear-run.ts'
import { entrywise, identity, type Matrix, minus, power, product, type Row, row, solved, timesRow } from '../matrix.ts'
import { listedAlone, type Variant } from './variant.ts'

/** ∂s_t/∂s_s of some product, from the steps s + 1 … t. */
type Chain = (between: readonly LinearStep[], start: Matrix) => Matrix

const added = (a: Row, b: Row): Row => a.map((x, i) => x + (b[i] as number))

/** The sum over pairs of q_t, a product, and B_s. */
const byChain = (chain: Chain): LinearRun['carried'] => {
  const emitted = ({ steps, has }: LinearRun, t: number): Row => {
    const { q, J, B } = steps[t] as LinearStep
    return steps.slice(0, t + 1).reduce<Row>(
      (all, now, s) => {
        const row = timesRow(timesRow(q, chain(steps.slice(s + 1, t + 1), identity(J.length))), now.B)
        return added(
          all,
          row.map(x => has(t, s) * x),
        )
      },
      row(B[0]?.length ?? 0),
    )
  }
  return run => emitting(run.steps.map((_, t) => emitted(run, t)))
}

/** δ_t = q_t + δ_t J_{t+1}, in place of δ_{t+1} J_{t+1}. */
const ofItself: LinearRun['carried'] = ({ steps }) =>
  emitting(
    steps.map(({ q, B }, t) => {
      const J = steps[t + 1]?.J
      return timesRow(J ? solved(q, minus(identity(J.length), J)) : q, B)
    }),
  )

const carrying =
  (carried: LinearRun['carried']): Variant['change'] =>
  run => ({ ...run, carried })

/** A variant of leaky networks with α = 1, whose J is D W. */
const withoutLeak =
  (chain: (W: Matrix) => Chain): Variant['change'] =>
  (run, { leaky }) =>
    leaky?.α === 1 ? { ...run, carried: byChain(chain(leaky.W[0] as Matrix)) } : null

const D = ({ drive, J }: LinearStep): Matrix => drive?.post ?? entrywise(() => 0, J)

export const products = listedAlone('carried', {
  'product reversed': [
    'whose Jacobians are multiplied in the opposite order of time',
    carrying(byChain((between, start) => between.reduce((all, { J }) => product(all, J), start))),
  ],
  'powers inside': [
    "whose product of Jacobians has a power of W_rec in every factor: Π (diag f' W_rec^n) over n steps",
    withoutLeak(W => (between, start) => {
      const raised = power(W, between.length)
      return between.reduceRight((all, now) => product(all, product(D(now), raised)), start)
    }),
  ],
  'powers outside': [
    "whose product of Jacobians has its W_rec taken out of it: (Π diag f') W_rec^n over n steps",
    withoutLeak(
      W => (between, start) =>
        product(
          between.reduceRight((all, now) => product(all, D(now)), start),
          power(W, between.length),
        ),
    ),
  ],
  'credit of itself': [
    'whose credit δ_t = q_t + δ_t J_{t+1} is defined by itself, in place of δ_{t+1}',
    carrying(ofItself),
  ],
})
