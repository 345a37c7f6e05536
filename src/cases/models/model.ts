/** What a case's model is to the command: one record that says how it is read, made, named and asked. */
import { z } from 'zod'
import type { Engine } from '../../../ad/compiler/engine.ts'
import { stack } from '../../../ad/primitives/layout.ts'
import type { Tensor } from '../../../ad/tensor.ts'
import type { Value } from '../../../ad/value.ts'
import { answer, answers, array, arrays, type Shapes } from '../arrays.ts'
import type { Computed } from '../compare.ts'
import { type Args, type Dims, type RuleName, ruleForm } from '../schema.ts'
import { type Arrays, type Places, shapesOf, under } from './places.ts'

/** Sizes; `ds` are those of a stack's layers, from the input on, and d the last of them. */
export interface Sizes extends Dims {
  readonly ds: readonly number[]
}

const count = z.int().min(1)
const information = z.unknown().optional()

/** What files of the second version may have: what another program found, and what a rule of it was given. */
const second = ({ d, n, m, T }: Dims, all: Shapes) => ({
  foreign: z
    .strictObject({
      grads: answers(all),
      per_step_grads: z.array(answers(all)).optional(),
      traces: array(T, d, d, d + n + 1).optional(),
      A_final: array(d, Number.NaN).optional(),
      c_final: array(d).optional(),
      dtype: z.enum(['f64', 'f32', 'f16', 'bf16']).optional(),
      source: z.string().optional(),
    })
    .optional(),
  noise: array(T, d).optional(),
  signs: array(T, 2).optional(),
  feedback: array(d, m).optional(),
  theta_t: z.array(arrays(all)).optional(),
  synthesiser: z
    .strictObject({ A: array(d, d), c: array(d), lambda_: z.number(), gamma: z.number(), lr: z.number() })
    .optional(),
  dni: z.strictObject({ A: array(d, d + m + 1), lr: z.number() }).optional(),
})

/** The keys of the second version. */
export const secondKeys = ['foreign', 'noise', 'signs', 'feedback', 'theta_t', 'synthesiser', 'dni'] as const

/** What every file has, whatever its model. */
const common = (s: Dims, learned: Shapes, all: Shapes) => ({
  id: z.string().min(1),
  model: z.string(),
  schema: z.union([z.literal(1), z.literal(2)]),
  seed: z.number().optional(),
  output: z.enum(['identity', 'tanh', 'sigmoid', 'softmax']),
  loss: z.enum(['half_mse', 'sse', 'softmax_ce', 'rmse_seq']),
  loss_weights: array(s.T),
  inputs: array(s.T, s.n),
  targets: array(s.T, s.m),
  rules: z.array(ruleForm({ ...s, learned })).optional(),
  ...second(s, all),
  note: information,
  confirmation: information,
  numpy_confirmation: information,
  char_lm: information,
})

/** A case of any model, its arrays read. */
export type Given = Omit<z.output<z.ZodObject<ReturnType<typeof common>>>, 'sizes'> & {
  readonly sizes: Sizes
  readonly params: Arrays
  readonly expected?: { readonly [name: string]: unknown } | null
}

/** What every model finds of itself. */
export interface Solved {
  readonly loss: Value
  /** Null for a loss of the whole run, which has none at a timestep. */
  readonly losses: readonly Value[] | null
  /** What the readout saw. */
  readonly seen: readonly Value[]
  readonly outputs: readonly Value[]
  /** Exact gradients, those of the start among them, by the names of the file. */
  readonly grads: Arrays
}

/** Rules by name, from what a model has solved and the rule's arguments to what it finds; null where it does not apply. */
export type Answers<P> = { readonly [R in RuleName]?: (problem: P, args: Args<R>) => Computed | null }

type Own<K extends z.ZodRawShape> = z.output<z.ZodObject<K>>
/** A case whose own keys are those that a function of its sizes says. */
export type With<F extends (s: Sizes) => z.ZodRawShape> = Given & Own<ReturnType<F>>

/** A model with keys K of its own, that makes a P of a case. */
export interface Model<K extends z.ZodRawShape, P extends Solved> {
  /** What its files call their widths: d, or ds. */
  readonly widths: z.ZodRawShape
  readonly keys: (s: Sizes) => K
  readonly places: (s: Sizes) => Places
  /** The forms of its own answers. */
  readonly answers: (s: Sizes) => z.ZodRawShape
  readonly solve: (given: Given & Own<K>, places: Places, engine: Engine) => P
  /** Its own answers, beyond those of every model. */
  readonly report: (problem: P) => Computed
  readonly rules: Answers<P>
  /** What is wrong with a case that no schema of single keys can see. */
  readonly wrong?: (given: Given & Own<K>) => string | undefined
}

/** A case recomputed: every quantity it may expect, and what a rule finds, `asked` naming the gradients it wants. */
export interface Solution {
  readonly computed: Computed
  readonly answer: (rule: RuleName, args: unknown, names: readonly string[]) => Computed | null
}

/** A model whose own keys and problem are its own affair. */
export interface Known {
  readonly places: (s: Sizes) => Places
  readonly form: (s: Sizes) => z.ZodType<Given>
  readonly wrong: (given: Given) => string | undefined
  /** The run of a case with its exact gradients. */
  readonly solve: (given: Given, engine: Engine) => Solved
  readonly solution: (given: Given, engine: Engine) => Solution
}

const formOf = <K extends z.ZodRawShape, P extends Solved>(model: Model<K, P>, s: Sizes) => {
  const places = model.places(s)
  const shapes = shapesOf(places)
  const outputWidth = shapes.W_out?.[1] ?? Number.NaN
  const everyone = { loss: answer(), loss_t: answer(s.T), h: answer(s.T, outputWidth), y: answer(s.T, s.m) }
  return z.strictObject({
    ...common(s, shapesOf(under(places, 'start', false)), shapes),
    ...model.keys(s),
    sizes: z.strictObject({ ...model.widths, n: count, m: count, T: count }).transform(() => s),
    params: arrays(shapes),
    expected: z.strictObject({ ...everyone, grads: answers(shapes), ...model.answers(s) }).nullish(),
  })
}

/** Arrays over time, as one. */
export const over = (values: readonly Value[]): Tensor => stack(values) as Tensor

const shared = ({ loss, losses, seen, outputs, grads }: Solved): Computed => ({
  loss: loss as Tensor,
  loss_t: losses && over(losses),
  h: over(seen),
  y: over(outputs),
  grads,
})

/** Where a file asks for the gradient of a parameter that its rule leaves alone, it is the exact one. */
const completed = ({ grads }: Solved, found: Computed, names: readonly string[]): Computed => {
  const left = names.filter(name => !Object.hasOwn(found.grads ?? {}, name)).map(name => [name, grads[name] as Tensor])
  return left.length === 0 ? found : { ...found, grads: { ...Object.fromEntries(left), ...(found.grads as Arrays) } }
}

/** Closes a model over what is its own: its form reads the keys that its `solve` is given. */
export const known = <K extends z.ZodRawShape, P extends Solved>(model: Model<K, P>): Known => ({
  places: model.places,
  form: s => formOf(model, s) as unknown as z.ZodType<Given>,
  wrong: given => model.wrong?.(given as Given & Own<K>),
  solve: (given, engine) => model.solve(given as Given & Own<K>, model.places(given.sizes), engine),
  solution: (given, engine) => {
    const problem = model.solve(given as Given & Own<K>, model.places(given.sizes), engine)
    return {
      computed: { ...shared(problem), ...model.report(problem) },
      answer: (rule, args, names) => {
        const found = model.rules[rule]?.(problem, args as never) ?? null
        return found && completed(problem, found, names)
      },
    }
  },
})
