/** Other learning signals than q = ∂L_t/∂s_t. */
import { credits, type LinearStep } from '../linear-run.ts'
import { type Matrix, type Row, row, timesRow, transposed } from '../matrix.ts'
import { type Context, each, listed, type Table, type Variant, where } from './variant.ts'

const always = (of: (now: LinearStep, t: number, all: readonly LinearStep[]) => Row): Variant['change'] =>
  each((...at) => ({ q: of(...at) }))

const none = ({ q }: LinearStep): Row => row(q.length)
const square = (M: Matrix | null): Matrix | null => (M && M.length === M[0]?.length ? M : null)

/** ε [m] fed back through a matrix [m, d], pulled from what the readout sees to the state. */
const back = (ε: Row, through: Matrix, { output }: LinearStep): Row => timesRow(timesRow(ε, through), output)

const fedBack = (find: (context: Context) => Matrix | null): Variant['change'] =>
  where(find, through => now => ({ q: back(now.ε, through, now) }))

/** Another error of the output: the readout's gradient is made of it too. */
const erring = (find: (context: Context) => readonly Row[] | null): Variant['change'] =>
  where(
    context => {
      const errors = find(context)
      return errors && { errors, readout: context.readout }
    },
    ({ errors, readout }) =>
      (now, t) => {
        const ε = errors[t - 1] as Row
        return { ε, q: back(ε, readout, now) }
      },
  )

/** The losses of every k-th step alone. */
const everyLoss = (k: number): Table => ({
  [`every ${k} losses`]: [
    `of the loss of every step that ${k} divides alone`,
    run =>
      run.steps.length - 1 > k
        ? each((now, t) => (t % k === 0 ? {} : { q: none(now), ε: row(now.ε.length) }))(run)
        : null,
  ],
})

export const signals = listed('signal', {
  'random feedback': [
    'whose error comes back through the feedback of the file in place of the readout',
    fedBack(({ F }) => F && transposed(F)),
    'feedback',
  ],
  'feedback transposed': [
    'whose error comes back through W_out itself in place of its transpose',
    fedBack(({ readout }) => {
      const W = square(readout)
      return W && transposed(W)
    }),
  ],
  'random feedback transposed': [
    'whose error comes back through the transpose of the feedback of the file',
    fedBack(({ F }) => square(F)),
    'feedback',
  ],
  'whole credit': [
    'with the credit of all later losses at every step of the trace: the future leaks in, and is counted once a step',
    run => {
      const δ = credits(run)
      return each((_, t) => ({ q: δ[t] as Row }))(run)
    },
  ],
  'error early': [
    'one step late: the error of a step meets the memory of the step before',
    always((now, t, all) => all[t + 1]?.q ?? none(now)),
  ],
  'error late': [
    'with the error of the step before',
    always((now, t, all) => (t > 1 ? (all[t - 1] as LinearStep).q : none(now))),
  ],
  'no error': ['with a learning signal that is always 0', always(none)],
  ...everyLoss(2),
  ...everyLoss(3),
  ...everyLoss(4),
  'last loss alone': ['of the last loss alone', always((now, t, all) => (t === all.length - 1 ? now.q : none(now)))],
  'elementwise output': [
    'with each output differentiated by its own logit alone, which a softmax is not',
    erring(({ elementwise }) => elementwise),
  ],
  'logits as outputs': [
    'with the logits in the place of the outputs: g is left out of the loss',
    erring(({ logits }) => logits),
  ],
  'roots of steps': [
    'of the root mean square of each step, summed, in place of that of the run',
    erring(({ roots }) => roots),
  ],
  'no output derivative': ['without the derivative of the output function', erring(({ underived }) => underived)],
})
