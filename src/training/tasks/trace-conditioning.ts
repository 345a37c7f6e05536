/** Trace conditioning: a stimulus announces another that comes after a gap; its discounted return is predicted. Rafiee et al. 2023. */
import { DomainError } from '../../../ad/errors.ts'
import type { Random } from '../../../nets/random.ts'
import { meanSquare } from './measure.ts'
import { whole } from './option.ts'
import { gamma, type Trial, withReturns } from './returns.ts'
import { task } from './task.ts'

const [announced, rewarded, distracted] = [4, 2, 4] as const

const options = {
  shortest: whole(7, 'steps from the conditioned stimulus to the unconditioned one, at least', announced, 1000),
  longest: whole(13, 'the same, at most', announced, 1000),
  restLeast: whole(80, 'steps from there to the next trial, at least', rewarded, 1000),
  restMost: whole(120, 'the same, at most', rewarded, 1000),
  distractors: whole(10, 'stimuli that mean nothing, the i-th begun with probability 1/(10 i)', 0, 10),
  gamma,
}

const between = (random: Random, least: number, most: number): number =>
  least + Math.floor((most - least + 1) * random.uniform())

/** Whether a stimulus that means nothing is on at each step: begun by chance where it is off, on for four steps. */
const distraction = (random: Random, i: number, length: number): readonly number[] => {
  let left = 0
  return Array.from({ length }, () => {
    if (left === 0 && random.uniform() < 1 / (10 * (i + 1))) left = distracted + 1
    left = Math.max(0, left - 1)
    return +(left > 0)
  })
}

const requireOrder = (names: string, least: number, most: number): void => {
  if (least <= most) return
  throw new DomainError({
    who: 'trace-conditioning',
    given: `${names} of at least ${least} and at most ${most} steps`,
    wanted: 'the least first',
    remedy: 'The benchmark has 7 to 13 and 80 to 120',
  })
}

/** The first two moments of a random number. */
interface Moments {
  readonly mean: number
  readonly square: number
}

const momentsOf = (xs: readonly number[]): Moments => ({
  mean: xs.reduce((sum, x) => sum + x, 0) / xs.length,
  square: xs.reduce((sum, x) => sum + x * x, 0) / xs.length,
})

/** a + X Y of independent X and Y. */
const combined = (a: number, x: Moments, y: Moments): Moments => ({
  mean: a + x.mean * y.mean,
  square: a * a + 2 * a * x.mean * y.mean + x.square * y.square,
})

const wholes = (least: number, most: number): readonly number[] =>
  Array.from({ length: most - least + 1 }, (_, i) => least + i)

/** The return of the last step of a trial: Z = γ^gap (1 + γ + γ^rest Z'), Z' that of the next and alike. */
const returnOfLast = (gap: Moments, rest: Moments, γ: number): Moments => {
  const mean = (gap.mean * (1 + γ)) / (1 - gap.mean * rest.mean)
  const inner = (1 + γ) ** 2 + 2 * (1 + γ) * rest.mean * mean
  return { mean, square: (gap.square * inner) / (1 - gap.square * rest.square) }
}

/** Each kind of step of a trial: how often there is one, and its return given all that has been; first those before the reward, then from it on. */
const kindsOf = (gaps: readonly number[], rests: readonly number[], γ: number) => {
  const powers = (xs: readonly number[], less: number): Moments => momentsOf(xs.map(x => γ ** (x - less)))
  const last = returnOfLast(powers(gaps, 0), powers(rests, 0), γ)
  const onceRewarded = combined(1 + γ, powers(rests, 0), last)
  const kinds = (all: readonly number[], returnAt: (left: readonly number[], t: number) => Moments) =>
    Array.from({ length: all.at(-1) as number }, (_, t) => {
      const left = all.filter(x => x > t)
      return { often: left.length / all.length, ...returnAt(left, t) }
    })
  return [
    ...kinds(gaps, (left, t) => combined(0, powers(left, t + 1), onceRewarded)),
    ...kinds(rests, (left, t) => combined(+(t < rewarded - 1), powers(left, t + 1), last)),
  ]
}

/** The least mean squared error of a constant, and of a predictor that knows all that has been. */
const floorsOf = (gaps: readonly number[], rests: readonly number[], γ: number) => {
  const kinds = kindsOf(gaps, rests, γ)
  const over = (of: (kind: (typeof kinds)[number]) => number): number =>
    kinds.reduce((sum, kind) => sum + kind.often * of(kind), 0) / kinds.reduce((sum, { often }) => sum + often, 0)
  return [
    { name: 'a constant', value: over(({ square }) => square) - over(({ mean }) => mean) ** 2 },
    { name: 'all that has been', value: over(({ mean, square }) => square - mean ** 2) },
  ]
}

export const traceConditioning = task(
  {
    name: 'trace-conditioning',
    asks: 'The reward 2 steps, some steps after a stimulus of 4; distractors. Target the discounted return of the reward, input 0.',
    options,
    papers: [
      {
        authors: 'Rafiee et al.',
        year: 2023,
        title: 'From eye-blinks to state construction: diagnostic benchmarks for online representation learning',
        id: 'arXiv:2011.04590',
      },
      {
        authors: 'Elelimy et al.',
        year: 2024,
        title: 'Real-time recurrent learning using trace units in reinforcement learning',
        id: 'arXiv:2409.01449',
      },
    ],
  },
  ({ shortest, longest, restLeast, restMost, distractors, gamma: discount }) => {
    requireOrder('gaps', shortest, longest)
    requireOrder('rests', restLeast, restMost)
    const floors = floorsOf(wholes(shortest, longest), wholes(restLeast, restMost), discount)
    const trial = (random: Random): Trial => {
      const gap = between(random, shortest, longest)
      const length = gap + between(random, restLeast, restMost)
      const others = Array.from({ length: distractors }, (_, i) => distraction(random, i, length))
      const on = (t: number, from: number, steps: number): number => +(t >= from && t < from + steps)
      return Array.from({ length }, (_, t) => [
        on(t, gap, rewarded),
        on(t, 0, announced),
        ...others.map(other => other[t] as number),
      ])
    }
    return { n: 2 + distractors, m: 1, ...meanSquare(1), horizon: longest, floors, ...withReturns(trial, discount) }
  },
)
