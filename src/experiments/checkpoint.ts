/** Checkpoints: where a run stands, as a file that is whole or not there, with the one before it kept beside. */
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { z } from 'zod'
import { JanusError } from '../../ad/errors.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Theta } from '../../nets/network.ts'
import { resumed } from '../../nets/random.ts'
import type { TrainState } from '../../nets/train/online.ts'
import { parseJson } from '../json.ts'
import type { Standing } from '../training/experiment.ts'
import type { Position } from '../training/tasks/source.ts'
import { beside, onDisk, writeWhole } from '../training/whole-file.ts'
import { fromSafetensors, toSafetensors } from '../weights/safetensors.ts'
import { type Layout, packed, unpacked } from './packed.ts'

export const checkpointFile = 'checkpoint.safetensors'
export const previousFile = 'checkpoint.previous.safetensors'

const format = 1
const count = z.int().min(0)

/** Where a stream of made-up data is: of its random numbers, its state, and the steps taken of its latest draw. */
const streamForm = z.strictObject({ random: z.array(z.int()), state: z.json(), taken: count })

/** What a checkpoint says in words, beside its tensors. */
const form = z.strictObject({
  format: z.literal(format),
  id: z.string(),
  step: count,
  position: z.strictObject({ piece: count, step: count, washed: count.optional() }),
  streams: z.strictObject({ rule: z.array(z.int()), data: z.array(streamForm).optional() }),
  losses: z.strictObject({ weight: z.number() }),
  versions: z.strictObject({ janusgrad: z.string(), node: z.string() }),
  layout: z.record(
    z.string(),
    z.custom<Layout>(x => x !== undefined),
  ),
})
type Words = z.output<typeof form>

/** Which run a checkpoint is of, and what made it. */
export interface Maker {
  readonly id: string
  readonly versions: Words['versions']
}

type Parts = Readonly<Record<'theta' | 'optimiser' | 'rule' | 'state' | 'gradient', unknown>>

const partsOf = ({ θ, optimiser, run }: TrainState<Theta>): Parts => ({
  theta: θ,
  optimiser,
  rule: run?.carries.map(({ memory }) => memory),
  state: run?.carries.map(({ state }) => state),
  gradient: run?.gradient ?? null,
})

const metadata = 'janusgrad'

/** Streams of data as JSON has them; undefined where it has not all, so that their steps are drawn again. */
const writtenStreams = (streams: Standing['streams']): Words['streams']['data'] => {
  if (!streams) return undefined
  const written = JSON.parse(JSON.stringify(streams)) as unknown
  return isDeepStrictEqual(written, streams) ? (written as Words['streams']['data']) : undefined
}

/** A checkpoint as the bytes of a safetensors file. Throws a KindError for a memory that cannot be written down. */
export const checkpointBytes = ({ id, versions }: Maker, { update, piece, state, streams }: Standing): Uint8Array => {
  const found = Object.entries(partsOf(state)).map(([name, part]) => [name, packed(name, part)] as const)
  const { run } = state
  const data = writtenStreams(streams)
  const words: Words = {
    format,
    id,
    step: update,
    position: { piece, step: run?.count ?? 0, ...(run?.washed !== undefined && { washed: run.washed }) },
    streams: { rule: [...(run?.random.position() ?? [])], ...(data && { data }) },
    losses: { weight: run?.weight ?? 0 },
    versions,
    layout: Object.fromEntries(found.map(([name, { layout }]) => [name, layout])),
  }
  const tensors = Object.assign({}, ...found.map(([, one]) => one.tensors)) as Record<string, Tensor>
  const place = { who: 'checkpoint', file: checkpointFile } as const
  return toSafetensors(place, tensors, { dtype: 'f64', metadata: { [metadata]: JSON.stringify(words) } })
}

/** Writes a checkpoint into a folder, whole; the one there becomes the previous one. Throws a RunError. */
export const writeCheckpoint = (folder: string, bytes: Uint8Array): void => {
  const path = join(folder, checkpointFile)
  writeWhole(beside(path), bytes)
  onDisk(path, () => {
    if (existsSync(path)) renameSync(path, join(folder, previousFile))
    renameSync(beside(path), path)
  })
}

type Read = E.Either<string, { readonly words: Words; readonly tensors: Readonly<Record<string, Tensor>> }>

const wordsOf = (text: string): E.Either<string, Words> =>
  pipe(
    parseJson(text),
    E.chain(found => {
      const { format: given } = (found ?? {}) as { readonly format?: unknown }
      if (given !== format) return E.left(`is of format ${String(given)}, not ${format}`)
      const read = form.safeParse(found)
      const [issue] = read.error?.issues ?? []
      return read.success ? E.right(read.data) : E.left(`says ${issue?.path.join('.')}: ${issue?.message}`)
    }),
  )

/** What a file holds. Left: why it is no checkpoint, as `is cut off` to be said of the file. */
const contents = (path: string): Read => {
  try {
    const { tensors, metadata: notes } = fromSafetensors({ who: 'checkpoint', file: path }, readFileSync(path))
    return pipe(
      wordsOf(notes[metadata] ?? 'null'),
      E.map(words => ({
        words,
        tensors: Object.fromEntries([...tensors].map(([name, read]) => [name, E.getOrElseW(raise)(read())])),
      })),
    )
  } catch (thrown) {
    return E.left(
      thrown instanceof JanusError ? `is not whole (${thrown.given})` : `cannot be read (${String(thrown)})`,
    )
  }
}

const raise = (error: JanusError): never => {
  throw error
}

const standingOf = ({ words, tensors }: { words: Words; tensors: Readonly<Record<string, Tensor>> }): Standing => {
  const part = <A>(name: keyof Parts): A => unpacked(name, { layout: words.layout[name] ?? null, tensors }) as A
  const [θ, optimiser, gradient] = [part<Theta>('theta'), part('optimiser'), part('gradient')]
  const [memories, states] = [part<readonly unknown[]>('rule'), part<readonly unknown[]>('state')]
  const run = {
    carries: memories.map((memory, i) => ({ memory, state: states[i] })),
    gradient,
    weight: words.losses.weight,
    count: words.position.step,
    ...(words.position.washed !== undefined && { washed: words.position.washed }),
    random: resumed(words.streams.rule),
  }
  const state = { θ, ...(optimiser !== undefined && { optimiser }), run } as TrainState<Theta>
  const { data } = words.streams
  return { update: words.step, piece: words.position.piece, state, ...(data && { streams: data as Position[] }) }
}

/** A checkpoint that serves, or why it does not. */
const usable = (folder: string, file: string, id: string, recorded: number): E.Either<string, Standing> =>
  pipe(
    contents(join(folder, file)),
    E.filterOrElse(
      ({ words }) => words.id === id,
      ({ words }) => `is of another run, ${words.id}`,
    ),
    E.filterOrElse(
      ({ words }) => words.step <= recorded,
      ({ words }) => `is of update ${words.step}, and metrics.jsonl ends at ${recorded}`,
    ),
    E.chain(found =>
      E.tryCatch(
        () => standingOf(found),
        thrown => `is not whole (${String((thrown as Error).message)})`,
      ),
    ),
  )

/** Where a run resumes: the newest checkpoint that serves, null where none does; and what is wrong with the others. */
export interface Found {
  readonly standing: Standing | null
  readonly refused: readonly string[]
}

/** Looks for a checkpoint of a run whose metrics reach so many updates. */
export const findCheckpoint = (folder: string, id: string, recorded: number): Found => {
  const refused: string[] = []
  for (const file of [checkpointFile, previousFile].filter(name => existsSync(join(folder, name)))) {
    const found = usable(folder, file, id, recorded)
    if (E.isRight(found)) return { standing: found.right, refused }
    refused.push(`${file} ${found.left}`)
  }
  return { standing: null, refused }
}
