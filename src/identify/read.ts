/** The file that is identified: a case in JSON, or arrays (.npz, .safetensors) whose names are its dotted paths. */
import { extname } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import { nested, type Tensor } from '../../ad/tensor.ts'
import { bytesOf, longestText } from '../bytes.ts'
import { parseJson } from '../json.ts'
import type { Arrays } from '../weights/dtype.ts'
import { readArrays, readMetadata } from '../weights/index.ts'

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

/** The names of a recurrent layer of PyTorch, and of its readout, by those of a case. */
const torch: Readonly<Record<string, string>> = {
  weight_hh_l0: 'W_rec',
  weight_ih_l0: 'W_in',
  weight: 'W_out',
  bias: 'b_out',
}

/** The two biases of PyTorch are one: of parameters their sum, of gradients either. */
const biases = (group: Json, isGradient: boolean): Json => {
  const { bias_ih_l0: own, bias_hh_l0: other, ...rest } = group as Readonly<Record<string, readonly number[]>>
  const [b, c] = [own ?? other, isGradient ? undefined : own && other]
  return b ? { ...rest, b_rec: c ? b.map((x, i) => x + (c[i] as number)) : b } : rest
}

/** A group of parameters or gradients with the names of a case; prefixes of modules are dropped. */
const renamed = (group: unknown, isGradient: boolean): unknown => {
  const flat = (tree: Json): Json =>
    Object.fromEntries(
      Object.entries(tree).flatMap(([name, x]) =>
        Array.isArray(x) || typeof x === 'number' ? [[torch[name] ?? name, x]] : Object.entries(flat(x as Json)),
      ),
    )
  return typeof group === 'object' && group !== null ? biases(flat(group as Json), isGradient) : group
}

const whole = (json: Json): Json => {
  const { params, foreign, theta_t: times, ...rest } = json
  const { grads, per_step_grads: steps, ...other } = (foreign ?? {}) as Json
  return {
    ...rest,
    params: renamed(params, false),
    foreign: {
      ...other,
      ...(grads !== undefined && { grads: renamed(grads, true) }),
      ...(steps !== undefined && { per_step_grads: (steps as unknown[]).map(one => renamed(one, true)) }),
    },
    ...(times !== undefined && { theta_t: (times as unknown[]).map(one => renamed(one, false)) }),
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
  return {
    ...{ schema: 2, id: path, loss_weights: Array.from({ length: T }, () => 1) },
    sizes: sizesOf({ inputs, targets, W_out: readoutOf(arrays) }),
    ...whole(json),
  }
}

const fromJson = (path: string): unknown => {
  const parsed = parseJson(bytesOf(path, longestText).toString('utf8'))
  if (isLeft(parsed)) return refuse(`'${path}': ${parsed.left}`, 'one JSON object', 'Repair the file')
  return parsed.right
}

/** The JSON of a case, from its file. Throws a DomainError for a file that is broken, and what reading arrays throws. */
export const readForeign = (path: string, words: Words = {}): unknown =>
  ['.npz', '.safetensors'].includes(extname(path).toLowerCase()) ? fromArrays(path, words) : fromJson(path)
