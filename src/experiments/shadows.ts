/** Rules beside the one that trains a run: how they are written, what is written of them, and what they come to. */
import * as E from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import type { Network } from '../../nets/network.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { type Shadows, shadowsOf } from '../../nets/train/shadows.ts'
import { type Similarity, similarity } from '../../nets/train/similarity.ts'
import type { Checked } from '../options.ts'
import { chooseRule, requireServes, trainedRule } from '../rule-choice.ts'
import { callOf, type RuleChoice } from '../rule-named.ts'
import { ruleFor, type Setup, type Update } from '../training/experiment.ts'
import type { TrainOptions } from '../training/options.ts'
import { valuesOf } from './grammar.ts'
import { type Probes, probing } from './probes.ts'

/** A rule given as a shadow, and after how many updates it may begin. */
export interface ShadowChoice {
  readonly name: string
  readonly choice: RuleChoice
  readonly from: number
}

/** The shadows of a run. */
export interface ShadowPlan extends Probes {
  readonly choices: readonly ShadowChoice[]
  /** A line in so many updates. */
  readonly every: number
}

const refuse = (given: string, wanted: string, remedy: string): E.Either<readonly DomainError[], never> =>
  E.left([new DomainError({ who: 'train', given, wanted, remedy })])

const chosen = async (given: string): Promise<Checked<ShadowChoice>> => {
  const [, word = given, from = '0'] = /^(.*?)(?:@(.*))?$/s.exec(given) ?? []
  if (!/^\d{1,9}$/.test(from)) return refuse(`--shadow ${given}`, 'a rule, or rule@update', `Try --shadow ${word}@1000`)
  const choice = await chooseRule(word, { option: '--shadow' })
  return E.Functor.map(choice, (found): ShadowChoice => ({ name: callOf(found), choice: found, from: Number(from) }))
}

/** Reads `rtrl,uoro(order=marschall)@1000,./mine.js`. Left: a rule that is not known, a beginning that is no number, or one rule twice. */
export const readShadows = async (given: string): Promise<Checked<readonly ShadowChoice[]>> => {
  const words = valuesOf('--shadow', given)
  if (E.isLeft(words)) return words
  const found = await Promise.all(words.right.map(chosen))
  return E.Monad.chain(E.sequenceArray(found), list => {
    const twice = list.find(({ name }, i) => list.findIndex(other => other.name === name) < i)
    return twice ? refuse(`--shadow ${given}`, `${twice.name} once`, 'Leave one of the two out') : E.right(list)
  })
}

/** The rule of a shadow as it would train: in windows of an update where it faces the future. */
const ruleOf = ({ choice }: ShadowChoice, { window }: TrainOptions): AnyRule<unknown, 'past'> => {
  const { count } = choice.facts
  const k = count ? Number(choice.options[count.option] ?? count.begins(window)) : null
  return trainedRule(choice, { window, k })
}

/** Refuses shadows that do not serve the network. Throws the rule's own error. */
export const requireShadows = ({ net }: Setup, options: TrainOptions, plan: ShadowPlan | undefined): void => {
  for (const shadow of plan?.choices ?? []) requireServes(ruleOf(shadow, options), net as unknown as Network)
}

/** One line of shadows.jsonl: a shadow's gradient beside the one that moved θ; of all parameters also what it remembers, in bytes. */
export type ShadowLine = Similarity & { readonly step: number; readonly rule: string; readonly bytes?: number }

/** What a step with shadows says, a line for each shadow and group of parameters. */
export const shadowLines = ({
  metric,
  gradient,
  shadows,
}: Pick<Update, 'metric' | 'gradient' | 'shadows'>): readonly ShadowLine[] =>
  Object.entries(shadows).flatMap(([rule, shadow]) => {
    if (!shadow.gradient) return []
    return similarity(shadow.gradient, gradient).map(like => ({
      step: metric.step,
      rule,
      ...like,
      ...(like.group === 'all' && { bytes: shadow.bytes() }),
    }))
  })

/** A shadow's group over a run: mean and last cosine, mean ratio of norms and share of signs. */
export interface ShadowSummary {
  readonly rule: string
  readonly group: string
  readonly updates: number
  readonly cosine: number
  readonly last: number
  readonly ratio: number
  readonly signs: number
  readonly bytes: number | null
}

interface Sums {
  updates: number
  cosine: number
  last: number
  ratio: number
  signs: number
  bytes: number | null
}

/** Adds up lines; a line without a cosine, one side being 0, is left out of the means. */
const adding = () => {
  const known = new Map<string, { readonly rule: string; readonly group: string; readonly sums: Sums }>()
  return {
    add: ({ rule, group, cosine, ratio, signs, bytes }: ShadowLine): void => {
      const key = JSON.stringify([rule, group])
      const made = known.get(key) ?? {
        rule,
        group,
        sums: { updates: 0, cosine: 0, last: Number.NaN, ratio: 0, signs: 0, bytes: null },
      }
      known.set(key, made)
      if (bytes !== undefined) made.sums.bytes = bytes
      if (Number.isNaN(cosine)) return
      const { sums } = made
      sums.updates++
      sums.cosine += cosine
      sums.last = cosine
      sums.ratio += ratio
      sums.signs += signs
    },
    summary: (): readonly ShadowSummary[] =>
      [...known.values()].map(({ rule, group, sums: { updates, cosine, last, ratio, signs, bytes } }) => ({
        rule,
        group,
        updates,
        cosine: cosine / updates,
        last,
        ratio: ratio / updates,
        signs: signs / updates,
        bytes,
      })),
  }
}

/** What a shadow comes to for which no sequence has started. */
const idleRow = {
  group: 'all',
  updates: 0,
  cosine: Number.NaN,
  last: Number.NaN,
  ratio: Number.NaN,
  signs: Number.NaN,
  bytes: null,
}

/** What follows the shadows of a run: lines as it goes, spectra and credit by lag at each look, the summary at its end. */
export const watching = (
  plan: ShadowPlan | undefined,
  setup: Setup,
  options: TrainOptions,
  done: number,
  write: (lines: readonly object[]) => void,
): { readonly shadows?: Shadows; see(update: Update): void; summary(): readonly ShadowSummary[] } => {
  if (!plan) return { see: () => {}, summary: () => [] }
  const { choices, every } = plan
  const begin = (from: number): number => Math.max(0, from - done) * options.every
  const shadows = Object.fromEntries(
    choices.map(one => [one.name, { rule: ruleOf(one, options), from: begin(one.from) }]),
  )
  shadowsOf(shadows)
  const rules = Object.fromEntries(choices.map(one => [one.name, ruleOf(one, options)]))
  const trained = callOf(options.choice())
  const look = probing(setup, { [trained]: ruleFor(options), ...rules }, options.seed, plan)
  const sums = adding()
  return {
    shadows,
    see: update => {
      const { step, held } = update.metric
      const lines = step % every === 0 ? shadowLines(update) : []
      for (const line of lines) sums.add(line)
      const seen = held === undefined ? [] : look(update.θ)
      const all = [...lines, ...seen.map(line => ({ step, ...line }))]
      if (all.length > 0) write(all)
    },
    summary: () => {
      const found = sums.summary()
      const idle = choices.filter(({ name }) => found.every(({ rule }) => rule !== name))
      return [...found, ...idle.map(({ name }) => ({ ...idleRow, rule: name }))]
    },
  }
}
