/** Runs that are cut and resumed, beside those that are not: what they have in common for the suite and for `npm run test:long`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { rng } from '../../../nets/random.ts'
import { type Entry, factsOf, registry, ruleNames } from '../../../rules/registry.ts'
import { files } from '../../../src/experiments/files.ts'
import { type Outcome, type Running, runExperiment } from '../../../src/experiments/run.ts'
import type { Config } from '../../../src/training/settings.ts'

/** What of a run must be the same whether it was cut or not. */
export const compared = [
  files.config,
  files.machine,
  files.metrics,
  files.model,
  files.checkpoint,
  files.result,
] as const

/** Small data of every kind, that a run of a few updates goes through more than once. */
const made = {
  'series.csv': () => [...'x'.repeat(40)].map((_, t) => Math.sin(t) + t / 40).join('\n'),
  'vectors.csv': () => ['a,b', ...[...'x'.repeat(40)].map((_, t) => `${Math.sin(t)},${Math.cos(2 * t)}`)].join('\n'),
  'letters.txt': () => 'abcab'.repeat(12),
  'images.csv': () => {
    const random = rng(1)
    const whole = (top: number): number => Math.floor(top * random.uniform())
    return [...'x'.repeat(30)]
      .map(() =>
        [...'x'.repeat(64)]
          .map(() => whole(17))
          .concat(whole(10))
          .join(),
      )
      .join('\n')
  },
} as const

/** Writes the data into a folder. */
export const writeData = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(made)) writeFileSync(join(folder, name), `${content()}\n`)
}

/** Every kind of data, alone and in batches, as settings. */
const kinds = (folder: string): Readonly<Record<string, Config>> => ({
  series: { data: join(folder, 'series.csv'), window: 4 },
  vectors: { data: join(folder, 'vectors.csv'), column: 'a,b', window: 4, batch: 3 },
  text: { data: join(folder, 'letters.txt'), window: 4 },
  images: { data: join(folder, 'images.csv'), batch: 4 },
  task: { task: 'add', window: 3, batch: 2 },
})

const optimisers: Readonly<Record<string, Config>> = {
  sgd: { optimiser: 'sgd', lr: 0.01 },
  momentum: { optimiser: 'sgd', lr: 0.01, momentum: 0.9 },
  adam: { optimiser: 'adam', lr: 0.01 },
  clipped: { optimiser: 'adam', lr: 0.01, clip: 0.5 },
}

const engines: Readonly<Record<string, Config>> = {
  eager: { engine: 'eager' },
  'compiled-js': { engine: 'compiled-js' },
  'compiled-wasm': { engine: 'compiled-wasm' },
  'compiled-wasm f32': { engine: 'compiled-wasm', dtype: 'f32' },
}

/** How a run is cut after some update: by a signal, with a checkpoint; by a death, soon after one or long after one. */
export const manners = ['signal', 'death', 'late death'] as const

/** A run to be cut: a rule by its name, and the words for the rest. */
export interface Case {
  readonly rule: string
  readonly engine: string
  readonly optimiser: string
  readonly kind: string
  readonly manner: (typeof manners)[number]
}

const isEager = (rule: string): boolean => factsOf(registry[rule as keyof typeof registry] as Entry).eager === true

/** All there are. */
export const allCases: readonly Case[] = ruleNames.flatMap(rule =>
  Object.keys(engines)
    .filter(engine => engine === 'eager' || !isEager(rule))
    .flatMap(engine =>
      Object.keys(optimisers).flatMap(optimiser =>
        Object.keys(kinds('')).flatMap(kind => manners.map(manner => ({ rule, engine, optimiser, kind, manner }))),
      ),
    ),
)

const pairsOf = (one: Case): readonly string[] => {
  const words = Object.entries(one).map(([name, word]) => `${name} ${word}`)
  return words.flatMap((a, i) => words.slice(i + 1).map(b => `${a}, ${b}`))
}

/** Whether the suite wants a pair: of a rule with an engine only those with the two that differ most, with the rest none. */
const isWanted = (pair: string): boolean => !pair.startsWith('rule ') || /, engine (eager|compiled-wasm)$/.test(pair)

/**
 * Cases such that every rule goes with the engine that compiles and with the one that does not, and of the other words every two
 * that go together do so in one of them. Greedy: each has the most pairs not seen yet.
 */
export const pairwise = (cases: readonly Case[]): readonly Case[] => {
  const all = cases.map(one => ({ one, pairs: pairsOf(one).filter(isWanted) }))
  const wanted = new Set(all.flatMap(({ pairs }) => pairs))
  const chosen: Case[] = []
  while (wanted.size > 0) {
    const counts = all.map(({ pairs }) => pairs.filter(pair => wanted.has(pair)).length)
    const { one, pairs } = all[counts.indexOf(Math.max(...counts))]!
    chosen.push(one)
    for (const pair of pairs) wanted.delete(pair)
  }
  return chosen
}

/** The config of a case. */
export const configOf = (folder: string, { rule, engine, optimiser, kind }: Case): Config => ({
  ...kinds(folder)[kind],
  ...engines[engine],
  ...optimisers[optimiser],
  rule,
  cell: rule === 'diagonal' ? 'lru' : 'leaky',
  hidden: 3,
  steps: 10,
})

/** A run that must succeed. */
export const ran = async (config: Config, how: Running): Promise<Outcome> => {
  const outcome = await runExperiment(config, how)()
  if (E.isLeft(outcome)) throw new Error(outcome.left.message)
  return outcome.right
}

/** Starts a run and cuts it after some update; its checkpoints are after every update where it dies, else the one of its end. */
export const cut = async (
  config: Config,
  out: string,
  after: number,
  manner: Case['manner'],
  checkpointEvery = manner === 'death' ? 0 : 1e6,
): Promise<void> => {
  const controller = new AbortController()
  const onProgress = ({ step }: { readonly step: number }): void => {
    if (step < after) return
    if (manner !== 'signal') throw new Error('cut')
    controller.abort()
  }
  const outcome = await runExperiment(config, { out, onProgress, signal: controller.signal, checkpointEvery })()
  if (E.isLeft(outcome) !== (manner !== 'signal')) throw new Error(`${manner}: ${JSON.stringify(outcome)}`)
}

/** The files of a run, as they are on the disk. */
export const contents = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(compared.map(name => [name, readFileSync(join(folder, name), 'latin1')]))
