/** `janus generate`: text from a trained character model. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { compile } from '../../ad/compiler/compile.ts'
import { DomainError, type JanusError } from '../../ad/errors.ts'
import type { Tensor } from '../../ad/tensor.ts'
import { zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { visible } from '../../ad/visible.ts'
import { initialState, logits } from '../../nets/network.ts'
import { type Random, rng } from '../../nets/random.ts'
import { attempt, type Command, failureOf } from '../failure.ts'
import { type Given, numberWhere, type Range, ranges, reader, wholeUpTo } from '../options.ts'
import { kindOf } from '../training/data/index.ts'
import { unknown } from '../training/data/text.ts'
import { type Model, openModel } from '../training/model.ts'

/** How text is generated: how many symbols, at which temperature, after which prompt, and from which seed. */
export interface Speaking {
  readonly length: number
  /** Logits are divided by it, above 0; at 0 the likeliest symbol is chosen. */
  readonly temperature: number
  readonly prompt: readonly string[]
  readonly random: Random
}

/** What the command line gives. */
export interface RawSpeaking {
  readonly from: string
  readonly length?: string
  readonly temperature?: string
  readonly prompt?: string
  readonly seed?: string
}

/** A code drawn from softmax(v / temperature), the largest entry taken out first. */
export const drawn = (v: ArrayLike<number>, temperature: number, random: Random): number => {
  const all = Array.from(v)
  const top = all.reduce((best, x, i) => (x > (all[best] as number) ? i : best), 0)
  if (temperature === 0) return top
  const weights = all.map(x => Math.exp((x - (all[top] as number)) / temperature))
  const total = weights.reduce((a, b) => a + b, 0)
  let left = random.uniform() * total
  for (const [code, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return code
  }
  return top
}

const hot = (size: number, code: number): Tensor => {
  const x = zeros([size])
  x.data[code] = 1
  return x
}

/** The symbols that follow the prompt, one after the other: each output is the next input. */
export function* spoken({ net, θ, data }: Model, { length, temperature, prompt, random }: Speaking): Generator<string> {
  const symbols = data.kind === 'text' ? data.symbols : []
  const step = compile((state: Branch, x: Value) => {
    const next = net.cell.step(θ.cell, state, x)
    return { state: next, v: logits(net, θ, next, x) }
  })
  let state: Branch = initialState(net, θ.start)
  let v: Value = zeros([symbols.length])
  const hear = (code: number): void => {
    const now = step(state, hot(symbols.length, code))
    state = now.state
    v = now.v
  }
  const codes = new Map(symbols.map((symbol, code) => [symbol, code]))
  for (const symbol of prompt) hear(codes.get(symbol) as number)
  for (let i = 0; i < length; i++) {
    const code = drawn((v as Tensor).data, temperature, random)
    yield symbols[code] as string
    hear(code)
  }
}

const { number } = reader('generate')
/** One option, as a single error. */
const read = (name: string, given: Given, range: Range): E.Either<JanusError, number> =>
  E.mapLeft((problems: readonly JanusError[]) => problems[0] as JanusError)(number(name, given, range))

/** Begins with a line's end where the alphabet has one: what comes then is the beginning of a line. */
const promptOf = (model: Model, given: string | undefined): E.Either<JanusError, readonly string[]> => {
  if (model.data.kind !== 'text')
    return E.left(
      new DomainError({
        who: 'generate',
        given: `a model of ${kindOf(model.data).phrase}`,
        wanted: 'a model of a text',
        remedy: 'Train one with janus train --data constitution',
      }),
    )
  const { symbols } = model.data
  if (given === undefined || given === '') return E.right([symbols.includes('\n') ? '\n' : (symbols[0] as string)])
  const known = new Set(symbols)
  const strange = [...new Set(given)].filter(symbol => !known.has(symbol))
  return strange.length > 0 ? unknown(strange) : E.right([...given])
}

const speakingOf = (model: Model, raw: RawSpeaking): E.Either<JanusError, Speaking> =>
  pipe(
    E.Do,
    E.bind('length', () => read('length', raw.length ?? 400, wholeUpTo(0, 1e6, 400))),
    E.bind('temperature', () =>
      read(
        'temperature',
        raw.temperature ?? 1,
        numberWhere(x => x >= 0, 'of at least 0', 1),
      ),
    ),
    E.bind('seed', () => read('seed', raw.seed ?? 1, ranges.seed)),
    E.bind('prompt', () => promptOf(model, raw.prompt)),
    E.map(({ seed, ...rest }) => ({ ...rest, random: rng(seed, 2) })),
  )

/** `janus generate`: prints the prompt and what the model says after it. */
export const generate = (raw: RawSpeaking): Command =>
  pipe(
    openModel(raw.from),
    TE.chainEitherK(model =>
      pipe(
        speakingOf(model, raw),
        E.map(speaking => ({ model, speaking })),
      ),
    ),
    TE.mapLeft(failureOf),
    TE.flatMap(({ model, speaking }) =>
      attempt(() => {
        const shown = (said: string): string => (process.stdout.isTTY ? visible(said) : said)
        if (raw.prompt) process.stdout.write(shown(raw.prompt))
        for (const symbol of spoken(model, speaking)) process.stdout.write(shown(symbol))
        process.stdout.write('\n')
      }),
    ),
  )
