/** The models a case may describe: the shapes of their parameters, their own keys, and what may be expected of them. */
import { z } from 'zod'
import { answer, answers, array, arrays, type Shapes } from './arrays.ts'
import { type Dims, ruleForm } from './forms.ts'

const count = z.int().min(1)
const rate = z.number().gt(0).max(1)
const activation = z.enum(['tanh', 'sigmoid', 'relu', 'softplus', 'identity'])
const information = z.unknown().optional()

/** Sizes; `ds` are those of a stack's layers, from the input on. */
export interface Sizes extends Dims {
  readonly ds: readonly number[]
}

const gates = (names: string, { d, n }: Dims): Shapes =>
  Object.fromEntries(
    [...names].flatMap(k => [
      [`W_h${k}`, [d, d]],
      [`W_x${k}`, [d, n]],
      [`b_${k}`, [d]],
    ]),
  )

const leakyShapes = ({ d, n }: Dims) => ({ W_rec: [d, d], W_in: [d, n], b_rec: [d] }) as const

const layers = ({ ds, n }: Sizes, f: (l: number, d: number, below: number) => Shapes): Shapes =>
  Object.assign({}, ...ds.map((d, l) => f(l + 1, d, ds[l - 1] ?? n)))

const directions = ({ d, n }: Dims): Shapes =>
  Object.fromEntries(
    ['f', 'b'].flatMap(k => [
      [`U_${k}`, [d, n]],
      [`V_${k}`, [d, d]],
      [`b_${k}`, [d]],
    ]),
  )

const unit = { alpha: rate, activation }
const fixed = { activation: activation.optional() }
const width = { d: count }

const layered = ({ ds }: Sizes) => ({
  alphas: z.array(rate).length(ds.length),
  activations: z.array(activation).length(ds.length),
})
const stackDelta = ({ ds }: Sizes) =>
  z.array(z.tuple(ds.map(d => array(d)) as [ReturnType<typeof array>, ...ReturnType<typeof array>[]])).nullish()

/** The models but the leaky one: what they learn, how they start, and the keys and answers of their own. */
const others = (s: Sizes) => {
  const { d, T } = s
  const delta = { delta: answer(T, d) }
  return {
    leaky_membrane: {
      cell: leakyShapes(s),
      start: { v0: [d] },
      keys: { alpha: rate, ...fixed },
      sizes: width,
      answers: { v: answer(T, d), learning_signal_exact: answer(T, d), ...delta },
    },
    stack: {
      cell: layers(s, (l, u, x) => ({ [`W_rec_${l}`]: [u, u], [`W_in_${l}`]: [u, x], [`b_rec_${l}`]: [u] })),
      start: layers(s, (l, u) => ({ [`h0_${l}`]: [u] })),
      keys: layered(s),
      sizes: { ds: z.array(count).min(1) },
      answers: { delta: stackDelta(s) },
    },
    lstm: { cell: gates('fiog', s), start: { h0: [d], c0: [d] }, keys: fixed, sizes: width, answers: delta },
    gru_standard: { cell: gates('rzn', s), start: { h0: [d] }, keys: fixed, sizes: width, answers: delta },
    gru_pytorch: {
      cell: { ...gates('rzn', s), b_hn: [d] },
      start: { h0: [d] },
      keys: fixed,
      sizes: width,
      answers: delta,
    },
    birnn: { cell: directions(s), start: { h0_f: [d], hT_b: [d] }, keys: fixed, sizes: width, answers: {} },
  }
}

/** Models that can be read but not yet recomputed. */
export type Other = keyof ReturnType<typeof others>

/** What every file has, whatever its model; `seen` is the width of what the readout sees. */
const common = (s: Dims, learned: Shapes) => ({
  id: z.string().min(1),
  schema: z.literal(1),
  seed: z.number().optional(),
  output: z.enum(['identity', 'tanh', 'sigmoid', 'softmax']),
  loss: z.enum(['half_mse', 'sse', 'softmax_ce', 'rmse_seq']),
  loss_weights: array(s.T),
  inputs: array(s.T, s.n),
  targets: array(s.T, s.m),
  rules: z.array(ruleForm({ ...s, learned })).optional(),
  note: information,
  confirmation: information,
  numpy_confirmation: information,
  char_lm: information,
})

const seenAnswers = ({ T, m }: Dims, seen: number) => ({
  loss: answer(),
  loss_t: answer(T),
  h: answer(T, seen),
  y: answer(T, m),
})

const readout = ({ m }: Dims, seen: number) => ({ W_out: [m, seen], b_out: [m] }) as const

/** The schema of a leaky case of these sizes. */
export const leakyForm = (s: Dims) => {
  const { d, n, T } = s
  const learned = { ...leakyShapes(s), ...readout(s, d) }
  const shapes = { ...learned, h0: [d] } as const
  return z.strictObject({
    ...common(s, learned),
    ...unit,
    model: z.literal('leaky'),
    sizes: z.strictObject({ d: count, n: count, m: count, T: count }),
    params: arrays(shapes),
    per_step_t: z.array(Number.isNaN(T) ? count : count.max(T)).optional(),
    expected: z
      .strictObject({
        ...seenAnswers(s, d),
        grads: answers(shapes),
        delta: answer(T, d),
        per_step_grads: z.array(answers(leakyShapes(s))).nullish(),
        P_T: answer(d, d, d + n + 1),
        jac_product_singular_values: answer(d),
      })
      .nullish(),
  })
}

/** The schema of a case of any other model. */
export const otherForm = (model: Other, s: Sizes) => {
  const form = others(s)[model]
  const seen = model === 'birnn' ? 2 * s.d : s.d
  const learned = { ...form.cell, ...readout(s, seen) } as Shapes
  const shapes = { ...learned, ...form.start } as Shapes
  return z.strictObject({
    ...common(s, learned),
    ...form.keys,
    model: z.literal(model),
    sizes: z.strictObject({ ...form.sizes, n: count, m: count, T: count }),
    params: arrays(shapes),
    expected: z.strictObject({ ...seenAnswers(s, seen), grads: answers(shapes), ...form.answers }).nullish(),
  })
}

const unknown = Number.NaN
/** The models' names, for messages. */
export const models: readonly string[] = [
  'leaky',
  ...Object.keys(others({ d: unknown, n: unknown, m: unknown, T: unknown, ds: [] })),
]
