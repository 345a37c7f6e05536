/** A text: each symbol predicted from those before it, in bits a character. */
import { chain, type Either, left, right } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { z } from 'zod'
import { DomainError, type JanusError } from '../../../ad/errors.ts'
import { mean } from '../../../ad/moments.ts'
import { scalar, type Tensor } from '../../../ad/tensor.ts'
import { crossEntropy } from '../../../nets/loss.ts'
import { enough, type Parts, partsOfList, refuse, type Source } from './file.ts'
import { hotVectors } from './hot.ts'
import type { Kind } from './kind.ts'
import { before, checkWindow, made, running, wordsOf } from './running.ts'

/** A text as codes into its symbols, which are sorted by code point over the whole text. */
export interface Text extends Parts<number> {
  readonly kind: 'text'
  readonly symbols: readonly string[]
}

/** What a model says of a text. */
export const textForm = z.strictObject({
  kind: z.literal('text'),
  symbols: z
    .array(z.string())
    .min(2)
    .refine(symbols => new Set(symbols).size === symbols.length, 'a symbol comes twice')
    .readonly(),
})

/** A file as a text. Left: fewer than 20 symbols, or one again and again. */
export const readText = (source: Source, content: string): Either<JanusError, Text> => {
  const chars = [...content]
  const symbols = [...new Set(chars)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0))
  const codes = new Map(symbols.map((symbol, code) => [symbol, code]))
  const coded = chars.map(char => codes.get(char) ?? 0)
  const given = `'${source.name}' repeats one symbol`
  return pipe(
    enough(source.name, chars.length, 'symbols'),
    chain(() =>
      symbols.length > 1
        ? right({ kind: 'text' as const, symbols, ...partsOfList(source, coded) })
        : refuse(given, 'at least 2 distinct symbols', 'Give a text with something to predict'),
    ),
  )
}

/** Symbols that a model was not trained on. */
export const unknown = (symbols: readonly string[]): Either<JanusError, never> =>
  left(
    new DomainError({
      who: 'model',
      given: `symbols that the model does not know: ${symbols.map(symbol => JSON.stringify(symbol)).join(' ')}`,
      wanted: 'only symbols of the text it was trained on',
      remedy: 'Leave them out, or train on a text that has them',
    }),
  )

/** Codes in the order of a model's symbols. Left: the symbols that the model does not know. */
const fitted = (data: Text, { symbols }: z.output<typeof textForm>): Either<JanusError, Text> => {
  const known = new Map(symbols.map((symbol, code) => [symbol, code]))
  const strange = data.symbols.filter(symbol => !known.has(symbol))
  if (strange.length > 0) return unknown(strange)
  const codes = data.symbols.map(symbol => known.get(symbol))
  const turned = (list: readonly number[]): readonly number[] => list.map(code => codes[code] as number)
  return right({ ...data, symbols, train: turned(data.train), held: turned(data.held) })
}

/** How many imagined occurrences of each context the bigram gives to the unigram. */
const weight = 5

const tally = (keys: readonly number[], size: number): Float64Array => {
  const counts = new Float64Array(size)
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

const pairTally = (codes: readonly number[], size: number): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>()
  for (const [i, code] of codes.slice(1).entries()) {
    const key = (codes[i] ?? 0) * size + code
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** P(b) = (n(b) + 1) / (N + V): N training characters, V symbols, so an unseen symbol still costs finite bits. */
const unigram = ({ symbols, train }: Text): ((b: number) => number) => {
  const counts = tally(train, symbols.length)
  return b => ((counts[b] ?? 0) + 1) / (train.length + symbols.length)
}

/** P(b|a) = (n(ab) + k P(b)) / (n(a) + k): n(a) counts a as a context in training, P is the unigram, k = 5. */
const bigram = (text: Text): ((b: number, a: number) => number) => {
  const [{ train }, size] = [text, text.symbols.length]
  const single = unigram(text)
  const contexts = tally(train.slice(0, -1), size)
  const pairs = pairTally(train, size)
  return (b, a) => ((pairs.get(a * size + b) ?? 0) + weight * single(b)) / ((contexts[a] ?? 0) + weight)
}

const bits = (text: Text, probability: (b: number, a: number) => number): number =>
  mean(text.held.map((b, i) => -Math.log2(probability(b, before(text, i, 1)))))

const unit = 'bits a character'

export const text: Kind<Text, z.output<typeof textForm>> = {
  phrase: 'a text',
  items: 'characters',
  defaults: { cell: 'leaky', hidden: 64, alpha: 1, window: 25, batch: 1, steps: 3000, lr: 0.005 },
  steps: null,
  symbolic: true,
  about: ({ symbols }) => ({ kind: 'text', symbols }),
  ends: ({ symbols: { length } }) => ({ n: length, m: length, loss: crossEntropy }),
  fitted,
  check: checkWindow,
  /** A symbol is wanted by its number, and input by it where it is embedded. */
  course: (data, pace) => {
    const { length } = data.symbols
    const numbers = data.symbols.map((_, code) => scalar(code))
    const input = pace.embed ? numbers : hotVectors(length)
    const ends = { input: (code: number) => input[code] as Tensor, wanted: (code: number) => numbers[code] as Tensor }
    return running(data, pace, ends, nats => nats / Math.LN2)
  },
  /** Symbols, all as likely. */
  drawn: ({ symbols }, random) => {
    const hot = hotVectors(symbols.length)
    return made(() => hot[Math.floor(symbols.length * random.uniform())] as Tensor)
  },
  oracles: ['ridge on a random network'],
  figure: () => ({ title: unit, unit, better: 'lower' }),
  /** Add-one unigram, and a bigram smoothed towards it by k = 5. */
  baselines: data => [
    { name: 'unigram', value: bits(data, unigram(data)), unit },
    { name: 'bigram', value: bits(data, bigram(data)), unit },
  ],
  words: (data, pace) => ({ ...wordsOf(data, pace, 'characters'), data: '' }),
}
