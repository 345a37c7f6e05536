/** Counterexamples that one keeps: `.janus/counterexamples` has a file for each proposition that was not as claimed, decided first from then on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { z } from 'zod'
import { DomainError } from '../../ad/errors.ts'
import type { Judged, Place } from '../../proofs/index.ts'
import { gradient, losses } from '../../proofs/oracles/complex.ts'
import type { PlainNetwork } from '../../proofs/plain-network.ts'
import { shortDigest } from '../digest.ts'
import { parseJson } from '../json.ts'

/** Where they are kept. */
export const keptIn = (folder = process.cwd()): string => join(folder, '.janus', 'counterexamples')

const form = z.strictObject({
  claim: z.string(),
  storey: z.string(),
  counterexamples: z.array(z.strictObject({ seed: z.int(), path: z.string(), words: z.string() })),
})
type Kept = z.infer<typeof form>

/** Counterexamples of one proposition at most, the newest. */
const most = 10

const fileOf = (folder: string, claim: string): string => join(folder, `${shortDigest(Buffer.from(claim))}.json`)

const read = (file: string): Kept | undefined => {
  if (!existsSync(file)) return undefined
  const parsed = parseJson(readFileSync(file, 'utf8'))
  const found = form.safeParse(isLeft(parsed) ? undefined : parsed.right)
  if (found.success) return found.data
  throw new DomainError({
    who: 'prove',
    given: `'${file}', which is not as it was written`,
    wanted: 'the counterexamples of a proposition',
    remedy: 'Remove it',
  })
}

/** The places of the counterexamples that are kept of a claim. Throws a DomainError for a file that is broken. */
export const placesOf = (claim: string, folder = keptIn()): readonly Place[] =>
  (read(fileOf(folder, claim))?.counterexamples ?? []).map(({ seed, path }) => ({ seed, path }))

/** Keeps what refuted a claim that should hold; the file, or nothing where there is no counterexample. */
export const keep = (
  { claim, storey, seed, path, counterexample, error, verdict }: Judged,
  folder = keptIn(),
): string | undefined => {
  if (path === undefined || verdict !== 'holds') return undefined
  const file = fileOf(folder, claim)
  const before = (read(file)?.counterexamples ?? []).filter(one => one.seed !== seed || one.path !== path)
  const counterexamples = [...before, { seed, path, words: counterexample ?? error ?? '' }].slice(-most)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${JSON.stringify({ claim, storey, counterexamples }, null, 2)}\n`)
  return file
}

const isPlain = (found: unknown): found is PlainNetwork => {
  const { params, inputs, weights, alpha } = (found ?? {}) as Partial<PlainNetwork>
  return Array.isArray(params?.W_rec) && Array.isArray(inputs) && Array.isArray(weights) && typeof alpha === 'number'
}

const rows = (numbers: readonly number[], width: number): readonly (readonly number[])[] =>
  Array.from({ length: numbers.length / width }, (_, i) => numbers.slice(i * width, (i + 1) * width))

/** The gradient by complex step, by name. */
const gradsOf = (net: PlainNetwork): object => {
  const { h0, b_out } = net.params
  const [d, n, m] = [h0.length, net.inputs[0]?.length ?? 0, b_out.length]
  let at = 0
  const all = gradient(net)
  const take = (count: number): readonly number[] => {
    at += count
    return all.slice(at - count, at)
  }
  const [W_rec, W_in, b_rec, start, W_out] = [take(d * d), take(d * n), take(d), take(d), take(m * d)]
  return { W_rec: rows(W_rec, d), W_in: rows(W_in, n), b_rec, h0: start, W_out: rows(W_out, d), b_out: take(m) }
}

/** A counterexample that is a leaky network as a case for `janus check`: its loss and gradient are those of complex step, which shares nothing with the rules. */
export const caseOfPlain = (found: unknown, claim: string): object | undefined => {
  if (!isPlain(found)) return undefined
  const { weights, params, inputs, targets, ...rest } = found
  const [d, n, m, T] = [params.h0.length, inputs[0]?.length ?? 0, params.b_out.length, inputs.length]
  const expected = { ...(found.loss !== 'rmse_seq' && { loss_t: losses(found) }), grads: gradsOf(found) }
  const { alpha, activation, output, loss } = rest
  return {
    ...{ schema: 1, id: claim, model: 'leaky', alpha, activation, sizes: { d, n, m, T }, output, loss },
    ...{ loss_weights: weights, inputs, targets, params, expected, note: claim },
  }
}

/** Writes the case of a counterexample beside the file that keeps it. */
export const keepCase = (file: string, found: unknown, claim: string): string | undefined => {
  const made = caseOfPlain(found, claim)
  if (!made) return undefined
  const path = file.replace(/\.json$/, '.case.json')
  writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`)
  return path
}
