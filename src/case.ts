/** Case files: networks with data and, where given, what is expected of them. Read whole, or refused with every problem named. */
import * as E from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { answer, answers, array, arrays, type Shapes, shown } from './arrays.ts'
import { type Dims, ruleForm, ruleNames } from './forms.ts'

const count = z.int().min(1)
const rate = z.number().gt(0).max(1)
const activation = z.enum(['tanh', 'sigmoid', 'relu', 'softplus', 'identity'])
const information = z.unknown().optional()

/** Sizes, those of a stack's layers last to first where it has layers. */
interface Sizes extends Dims {
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

/** A model as a file describes it: parameters of its cell and of its start, and keys of its own. */
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
      keys: unit,
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
  } satisfies Record<string, { readonly cell: Shapes; readonly start: Shapes }>
}

type Other = keyof ReturnType<typeof others>
export type ModelName = 'leaky' | Other

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

const leakyForm = (s: Dims) => {
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

const otherForm = (model: Other, s: Sizes) => {
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

/** A case of the leaky network, its arrays read. */
export type LeakyCase = z.output<ReturnType<typeof leakyForm>>
export type Case = LeakyCase | z.output<ReturnType<typeof otherForm>>

const unknownSizes: Sizes = { d: Number.NaN, n: Number.NaN, m: Number.NaN, T: Number.NaN, ds: [] }
const models: readonly string[] = ['leaky', ...Object.keys(others(unknownSizes))]
const head = z.looseObject({ model: z.enum(models), sizes: z.unknown() })

const sizesOf = (sizes: unknown): Sizes => {
  const given = (typeof sizes === 'object' && sizes !== null ? sizes : {}) as { readonly [name: string]: unknown }
  const size = (value: unknown): number => count.safeParse(value).data ?? Number.NaN
  const ds = Array.isArray(given['ds']) ? given['ds'].map(size) : []
  return {
    d: size(given['d'] ?? ds.at(-1)),
    n: size(given['n']),
    m: size(given['m']),
    T: size(given['T']),
    ds,
  }
}

type Issue = z.core.$ZodRawIssue

const listed = (values: readonly unknown[]): string => values.map(String).join(', ')

/** What was given, what was wanted, and what to do, for the problems that zod finds itself. */
const explain = (issue: Issue): string | undefined => {
  const given = shown(issue.input)
  if (issue.code === 'unrecognized_keys')
    return `unknown key ${listed(issue.keys)}; wanted only keys of the schema. Remove it, or move remarks to note`
  if (issue.code === 'invalid_union' && issue.discriminator === 'rule') {
    const rule = shown((issue.input as { readonly rule?: unknown } | undefined)?.rule)
    return `unknown rule ${rule}; wanted one of ${listed(ruleNames)}. Check the spelling`
  }
  if (issue.input === undefined) return 'missing; wanted a value. Add it'
  if (issue.code === 'invalid_value') return `${given}; wanted one of ${listed(issue.values)}. Check the spelling`
  if (issue.code === 'invalid_type') return `${given}; wanted a value of type ${issue.expected}. Replace it`
  if (issue.code === 'too_small')
    return `${sizeOf(issue)}; wanted ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}. Change it`
  if (issue.code === 'too_big')
    return `${sizeOf(issue)}; wanted ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}. Change it`
  return undefined
}

const sizeOf = ({ input }: Issue): string => (Array.isArray(input) ? `${input.length} entries` : shown(input))

const place = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : at ? `${at}.${String(key)}` : String(key)), '')

const problems = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${place(path) || 'the file'}: ${message}.`).join('\n')

/** What no schema of single keys can see. */
const jointly = (given: Case): E.Either<string, Case> => {
  const random = (given.rules ?? []).findIndex(({ args }) => args['feedback'] === 'random' && !args['B'])
  if (random >= 0) return E.left(`rules[${random}].args.B: missing; wanted B [d, m] for random feedback. Add it.`)
  if (given.loss === 'rmse_seq' && !(given.loss_weights.data.reduce((a, b) => a + b, 0) > 0))
    return E.left('loss_weights: a sum not above 0; wanted above 0, as rmse_seq divides by it. Change a weight.')
  const [times, found] = given.model === 'leaky' ? [given.per_step_t, given.expected?.per_step_grads] : []
  if (found && found.length !== times?.length)
    return E.left(
      `expected.per_step_grads: ${found.length} entries; wanted ${times?.length ?? 0}, one for each of per_step_t. Match them.`,
    )
  return E.right(given)
}

/**
 * Reads a case from parsed JSON. Left names every problem, a line each: `path: given; wanted. remedy.`
 * Arrays must have the shapes that sizes say, and hold finite numbers; unknown keys are problems.
 */
export const readCase = (json: unknown): E.Either<string, Case> => {
  const start = head.safeParse(json, { error: explain })
  if (!start.success) return E.left(problems(start.error))
  const sizes = sizesOf(start.data.sizes)
  const model = start.data.model as ModelName
  const form: z.ZodType<Case> = model === 'leaky' ? leakyForm(sizes) : otherForm(model, sizes)
  const whole = form.safeParse(json, { error: explain })
  return whole.success ? jointly(whole.data) : E.left(problems(whole.error))
}
