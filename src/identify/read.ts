/** The file that is identified: a case in JSON, or arrays (.npz, .safetensors) whose names are its dotted paths. */
import { extname } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { nested, type Tensor } from '../../ad/tensor.ts'
import { bytesOf, longestText } from '../bytes.ts'
import { parseJson } from '../json.ts'
import type { Arrays } from '../weights/dtype.ts'
import { readArrays, readMetadata } from '../weights/index.ts'
import { isTorch, named, starts, widths } from './torch-names.ts'

/** What a file of arrays cannot say: words of a case, given beside it. */
export type Words = Readonly<Record<string, string | number>>

type Json = { [key: string]: unknown }

const refuse = (given: string, wanted: string, remedy: string): never => {
  throw new DomainError({ who: 'identify', given, wanted, remedy })
}

/** A value put at a dotted path; whole numbers in the path are entries of a list. */
const placed = (into: Json, path: readonly string[], value: unknown): void => {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    into[key] = value
    return
  }
  into[key] ??= /^\d+$/.test(rest[0] as string) ? [] : {}
  placed(into[key] as Json, rest, value)
}

/** What another program found, its gradients by the names of a case. */
const foreignIn = (model: string, foreign: Json): Json => {
  const { grads, per_step_grads: steps, ...other } = foreign
  return {
    ...other,
    ...(grads !== undefined && { grads: named(model, grads, true) }),
    ...(steps !== undefined && { per_step_grads: (steps as unknown[]).map(one => named(model, one, true)) }),
  }
}

/** Sizes and parameters of PyTorch's modules: a start that they leave out is 0, and a stack has the widths of its layers. */
const modulesIn = (model: string, sizes: Json, params: unknown): Json => {
  const own = named(model, params, false)
  if (!isTorch(params)) return { sizes, params: own }
  const [{ d, ...rest }, ds] = [sizes, widths(params)]
  return {
    sizes: { ...rest, ...(model === 'stack' ? { ds } : { d: d ?? ds[0] }) },
    params: { ...starts(model, ds), ...(own as Json) },
  }
}

/** A case whose parameters and gradients may have PyTorch's names, in those of a case. */
const whole = ({ params, foreign, theta_t: times, sizes, ...rest }: Json): Json => {
  const model = String(rest.model)
  return {
    ...rest,
    ...modulesIn(model, (sizes ?? {}) as Json, params),
    foreign: foreignIn(model, (foreign ?? {}) as Json),
    ...(times !== undefined && { theta_t: (times as unknown[]).map(one => named(model, one, false)) }),
  }
}

/** Sizes by the shapes of the data. */
const sizesOf = ({ inputs, targets, W_out }: Readonly<Record<string, Tensor | undefined>>): object => {
  const [T, n] = inputs?.shape ?? []
  return { d: W_out?.shape[1], n, m: targets?.shape[1], T }
}

const readoutOf = (arrays: Arrays): Tensor | undefined =>
  Object.entries(arrays).find(([name]) => /^params\.(.*\.)?(W_out|weight)$/.test(name))?.[1]

const fromArrays = (path: string, words: Words): Json => {
  const arrays = readArrays(path)
  const json: Json = {}
  const metadata = extname(path).toLowerCase() === '.safetensors' ? readMetadata(path) : {}
  const numbers = Object.entries(metadata).map(([key, text]) => [key, /^-?[\d.]+$/.test(text) ? Number(text) : text])
  for (const [key, x] of [...numbers, ...Object.entries(words)]) placed(json, String(key).split('.'), x)
  for (const [name, x] of Object.entries(arrays)) placed(json, name.split('.'), nested(x))
  const { inputs, targets } = arrays
  const T = inputs?.shape[0] ?? 0
  const sizes = sizesOf({ inputs, targets, W_out: readoutOf(arrays) })
  return { ...{ schema: 2, id: path, loss_weights: Array.from({ length: T }, () => 1) }, ...whole({ sizes, ...json }) }
}

const textOf = (path: string): string => {
  try {
    return bytesOf(path, longestText).toString('utf8')
  } catch (cause) {
    const code = String((cause as { readonly code?: unknown }).code)
    return refuse(
      `'${path}': ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}`,
      'a case of docs/cases.md: a file of JSON, .npz or .safetensors',
      'Check the path',
    )
  }
}

const fromJson = (path: string): unknown => {
  const parsed = parseJson(textOf(path))
  if (isLeft(parsed)) return refuse(`'${path}': ${parsed.left}`, 'one JSON object', 'Repair the file')
  const { right } = parsed
  return isTorch((right as Json | null)?.params) ? whole(right as Json) : right
}

/** The JSON of a case, from its file. Throws a DomainError for a file that is broken, and what reading arrays throws. */
export const readForeign = (path: string, words: Words = {}): unknown =>
  ['.npz', '.safetensors'].includes(extname(path).toLowerCase()) ? fromArrays(path, words) : fromJson(path)
