/** The rules a case may ask for: their arguments, and what may be expected of them. */
import { z } from 'zod'
import type { Shape } from '../../ad/tensor.ts'
import { answer, answers, array, type Shapes } from './arrays.ts'

/** Sizes of a case; NaN where the file does not say, and then any size fits. */
export interface Dims {
  readonly d: number
  readonly n: number
  readonly m: number
  readonly T: number
}

/** What the rules of a model see of it: its sizes, and the parameters that a rule's gradient may hold. */
export interface Frame extends Dims {
  readonly learned: Shapes
}

const count = z.int().min(1)
const number = z.number()
const rate = z.number().min(0)
const feedback = z.enum(['symmetric', 'random'])

const synthesiser = ({ d }: Dims) => ({ A: array(d, d), c: array(d), lambda_: number, gamma: number })

/** Arguments of each rule, by its name. */
export const argsOf = (frame: Frame) => {
  const { d, m, T } = frame
  const known = z.string().refine(name => Object.hasOwn(frame.learned, name), {
    error: ({ input }) =>
      `${JSON.stringify(input)}; wanted one of ${Object.keys(frame.learned)}. Starts are never in it`,
  })
  const params = z.array(known).min(1)
  const broadcast = { feedback, B: array(d, m).optional() }
  return {
    tbptt_sliding: { k: count },
    tbptt_chunked: { k: count },
    tbptt_k1k2: { k1: count, k2: count },
    rflo: { B: array(d, m) },
    eprop_rate: broadcast,
    eprop_membrane: broadcast,
    snap: { n: count, unit_mask: array(d, d) },
    dni: { A: array(d, d + m + 1), lr: rate, terminal: z.boolean() },
    bp_lambda: {
      ...synthesiser(frame),
      lr: rate,
      theta_mode: z.enum(['online', 'offline']),
      psi_theta: z.enum(['after', 'before']),
      psi_gamma: number,
      terminal_zero: z.boolean(),
      terminal_update: z.boolean(),
    },
    uoro: { nu: array(T, d), normalize: z.boolean(), rho0: number.optional(), rho1: number.optional() },
    kf_rtrl: { signs: array(T, 2), normalize: z.boolean() },
    uoro_mean_over_all_signs: { normalize: z.boolean() },
    kf_rtrl_mean_over_all_signs: { normalize: z.boolean() },
    clip_global_norm: { max_norm: z.number().positive(), params },
    clip_value: { limit: z.number().positive(), params },
    online_rtrl: { lr: rate },
    online_rflo: { lr: rate, B: array(d, m) },
    online_snap1: { lr: rate },
    online_bp_lambda: { lr: rate, ...synthesiser(frame), synth_lr: rate },
  }
}

type Forms = ReturnType<typeof argsOf>
export type RuleName = keyof Forms
/** The arguments of a rule as they are read. */
export type Args<R extends RuleName> = z.output<z.ZodObject<Forms[R]>>

const learning = ({ d, T, learned }: Frame) => ({
  params_final: answers(learned),
  loss_t: answer(T),
  h_T: answer(d),
})

/** What a rule finds beside gradients. */
const findings = ({ d, n, m, T }: Dims): { readonly [R in RuleName]?: Shapes } => {
  const z = d + n + 1
  const critic: Shapes = { A_final: [d, d], c_final: [d] }
  const course: Shapes = { td: [Number.NaN, d], credit: [T, d], sum_update: [d, d + 1], trace_T: [d, d, d + 1] }
  return {
    rflo: { trace_T: [d, z] },
    eprop_rate: { trace_T: [d, z] },
    eprop_membrane: { eligibility_vector_T: [z] },
    snap: { P_T: [d, d, z] },
    dni: { A_final: [d, d + m + 1], credit: [T, d], sg_targets: [T, d] },
    bp_lambda: { ...critic, ...course },
    uoro: { s_tilde_T: [d], theta_tilde_T: [d, z] },
    kf_rtrl: { u_T: [z], A_T: [d, d] },
    clip_global_norm: { norm: [] },
    online_bp_lambda: critic,
  }
}

/** Whether there is an array among answers. */
const isSaid = (answers: unknown): boolean => Object.values(answers ?? {}).some(found => found !== null)

/** What may be expected of a rule, its gradients, or the parameters it comes to, always. */
const expectedOf = (rule: RuleName, frame: Frame) => {
  const own = Object.entries<Shape>(findings(frame)[rule] ?? {}).map(([name, shape]) => [name, answer(...shape)])
  const common = rule.startsWith('online_') ? learning(frame) : { grads: answers(frame.learned) }
  const main = Object.keys(common)[0] as string
  return z
    .strictObject({ ...common, ...Object.fromEntries(own) })
    .refine(found => isSaid((found as { readonly [name: string]: unknown })[main]), {
      path: [main],
      error: `nothing is expected; wanted an array by name. Add one, or leave expected out`,
    })
    .nullish()
}

/** Remarks are allowed beside a rule and its arguments, and ignored. */
const note = z.unknown().optional()

const formOf = (rule: RuleName, args: z.ZodRawShape, frame: Frame) =>
  z.strictObject({
    rule: z.literal(rule),
    args: z.strictObject({ ...args, note }),
    expected: expectedOf(rule, frame),
    note,
  })

/** A rule with its arguments, read by the form that its name picks. */
export const ruleForm = (frame: Frame) => {
  const forms = Object.entries(argsOf(frame)).map(([name, args]) => formOf(name as RuleName, args, frame))
  return z.discriminatedUnion('rule', forms as [(typeof forms)[number], ...typeof forms])
}

/** The rules' names, for messages. */
export const ruleNames: readonly string[] = Object.keys(argsOf({ d: 1, n: 1, m: 1, T: 1, learned: {} }))
