/** Case files: networks with data and, where given, what is expected of them. Read whole, or refused with every problem named. */
import * as E from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { nearest } from '../../ad/did-you-mean.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { shown } from './arrays.ts'
import { models } from './models/index.ts'
import { type Given, type Known, type Sizes, secondKeys } from './models/model.ts'
import { ruleNames } from './schema.ts'

/** A case that can be recomputed: what its file gives, and its model. */
export interface Case {
  readonly given: Given
  readonly model: Known
}

const count = z.int().min(1)
const head = z.looseObject({ model: z.enum(Object.keys(models)), sizes: z.unknown() })

const sizesOf = (sizes: unknown): Sizes => {
  const given = (typeof sizes === 'object' && sizes !== null ? sizes : {}) as {
    readonly [name in keyof Sizes]?: unknown
  }
  const size = (value: unknown): number => count.safeParse(value).data ?? Number.NaN
  const ds = Array.isArray(given.ds) ? given.ds.map(size) : []
  return {
    d: size(given.d ?? ds.at(-1)),
    n: size(given.n),
    m: size(given.m),
    T: size(given.T),
    ds,
  }
}

type Issue = z.core.$ZodRawIssue

const listed = (values: readonly unknown[]): string => values.map(String).join(', ')

/** The name that was meant, if one is near. */
const spelling = (given: string, known: readonly string[]): string => {
  const near = nearest(given.replaceAll('"', ''), known)
  return near === undefined ? 'Check the spelling' : `Did you mean ${near}?`
}

/** What was given, what was wanted, and what to do, for the problems that zod finds itself. */
const explain = (issue: Issue): string | undefined => {
  const given = shown(issue.input)
  if (issue.code === 'unrecognized_keys')
    return `unknown key ${listed(issue.keys)}; wanted only keys of the schema. Remove it, or move remarks to note`
  if (issue.code === 'invalid_union' && issue.discriminator === 'rule') {
    const rule = shown((issue.input as { readonly rule?: unknown } | undefined)?.rule)
    return `unknown rule ${rule}; wanted one of ${listed(ruleNames)}. ${spelling(rule, ruleNames)}`
  }
  if (issue.input === undefined) return 'missing; wanted a value. Add it'
  if (issue.code === 'invalid_value')
    return `${given}; wanted one of ${listed(issue.values)}. ${spelling(given, issue.values.map(String))}`
  if (issue.code === 'invalid_type') return `${given}; wanted a value of type ${issue.expected}. Replace it`
  if (issue.code === 'too_small')
    return `${sizeOf(issue)}; wanted ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}. Change it`
  if (issue.code === 'too_big')
    return `${sizeOf(issue)}; wanted ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}. Change it`
  return undefined
}

const sizeOf = ({ input }: Issue): string => (Array.isArray(input) ? `${input.length} entries` : shown(input))

const place = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, key) => (typeof key === 'number' ? `${at}[${key}]` : at ? `${at}.${String(key)}` : String(key)),
    '',
  )

const problems = ({ issues }: z.ZodError): string =>
  issues
    .map(({ path, message }) => `${place(path) || 'the file'}: ${message}${message.endsWith('?') ? '' : '.'}`)
    .join('\n')

/** What no schema of single keys can see. */
const jointly = ({ given, model }: Case): E.Either<string, Case> => {
  const args = (given.rules ?? []).map(rule => rule.args as { readonly feedback?: string; readonly B?: Tensor })
  const random = args.findIndex(({ feedback, B }) => feedback === 'random' && !B)
  if (random >= 0) return E.left(`rules[${random}].args.B: missing; wanted B [d, m] for random feedback. Add it.`)
  if (given.loss === 'rmse_seq' && !(given.loss_weights.data.reduce((a, b) => a + b, 0) > 0))
    return E.left('loss_weights: a sum not above 0; wanted above 0, as rmse_seq divides by it. Change a weight.')
  const later = given.schema === 1 && secondKeys.find(key => given[key] !== undefined)
  if (later) return E.left(`${later}: a key of the second version; wanted "schema": 2. Change schema.`)
  const { theta_t: times, sizes } = given
  if (times && times.length !== sizes.T)
    return E.left(`theta_t: ${times.length} entries; wanted ${sizes.T}, the parameters of each step. Match sizes.T.`)
  const wrong = model.wrong(given)
  return wrong === undefined ? E.right({ given, model }) : E.left(wrong)
}

/**
 * Reads a case from parsed JSON. Left names every problem, a line each: `path: given; wanted. remedy.`
 * Arrays must have the shapes that sizes say, and hold finite numbers; unknown keys are problems.
 */
export const readCase = (json: unknown): E.Either<string, Case> => {
  const start = head.safeParse(json, { error: explain })
  if (!start.success) return E.left(problems(start.error))
  const sizes = sizesOf(start.data.sizes)
  const model = models[start.data.model] as Known
  const whole = model.form(sizes).safeParse(json, { error: explain })
  return whole.success ? jointly({ given: whole.data, model }) : E.left(problems(whole.error))
}
