import { type Cotangent, plus, silenceIn } from '../ad/space.ts'
import { scalar } from '../ad/tensor.ts'
import { backwards, type Rule } from './machine.ts'
import { isSet, type Moment, muted, type Param } from './moment.ts'
import { requireCount } from './whole.ts'

/** How far and how often a future-facing rule looks back when it must learn as time goes on. */
export interface Windows {
  /** A pass every so many steps, at least 1. */
  readonly every: number
  /** How many steps a pass reaches back, at least 1. */
  readonly reach: number
  /** Whether a pass stops at the end of the one before. */
  readonly clipped?: boolean
  /** All that a pass finds, or only the oldest moment's share of every loss in the window (flushed at the end). */
  readonly emits?: 'all' | 'oldest'
}

/** The moments within reach, and how many of them are newer than the last pass. */
export interface Window {
  readonly moments: readonly Moment[]
  readonly fresh: number
}

const check = (windows: Windows): void => {
  for (const name of ['every', 'reach'] as const)
    requireCount(
      'windowed',
      `${name} = ${windows[name]}`,
      windows[name],
      'A window of 1 is the error of the instant alone',
    )
}

/** Whether moment 0 is the first of these. */
const hasBegun = ([first]: readonly Moment[]): boolean => first !== undefined && isSet(first.begins)

/** The last `reach` moments; moment 0 is not counted and stays with moment 1. */
const recent = (moments: readonly Moment[], reach: number): readonly Moment[] => {
  const from = Math.max(0, moments.length - reach)
  return from === 1 && hasBegun(moments) ? moments : moments.slice(from)
}

/** What a rule says of each moment of a window, oldest first. */
const judge = <M>(rule: Rule<M, 'future' | 'any'>, moments: readonly Moment[]): readonly Cotangent<Param>[] =>
  [...backwards(rule)(moments)].toReversed()

const sum = (outs: readonly Cotangent<Param>[], now: Moment): Cotangent<Param> =>
  outs.reduce((total, out) => plus(total, out), silenceIn(now.immediate.from))

/** Every `every` steps, and at the end, all that the losses since the last pass find within reach. */
const passes = <M>({ every, reach, clipped }: Windows, rule: Rule<M, 'future' | 'any'>): Rule<Window, 'past'> => ({
  facing: 'past',
  init: () => ({ moments: [], fresh: 0 }),
  step: (window, now) => {
    const moments = recent([...window.moments, now], Math.max(reach, clipped ? every : 1))
    const fresh = isSet(now.begins) ? 0 : window.fresh + 1
    if (fresh < every && !isSet(now.ends)) return [silenceIn(now.immediate.from), { moments, fresh }]
    const seen = clipped ? recent(moments, Math.min(fresh, reach)) : recent(moments, reach)
    const old = seen.length - fresh
    const outs = judge(
      rule,
      seen.map((moment, i) => (i < old ? muted(moment) : moment)),
    )
    return [sum(outs, now), { moments, fresh: 0 }]
  },
})

/** At every step, once the window is full, the oldest moment's share of all its losses; at the end, everyone's. */
const oldest = <M>({ reach }: Windows, rule: Rule<M, 'future' | 'any'>): Rule<Window, 'past'> => ({
  facing: 'past',
  init: () => ({ moments: [], fresh: 0 }),
  step: (window, now) => {
    const moments = recent([...window.moments, now], reach)
    const begun = hasBegun(moments) ? 1 : 0
    const next = { moments, fresh: 0 }
    if (isSet(now.ends)) return [sum(judge(rule, moments), now), next]
    if (moments.length - begun < reach) return [silenceIn(now.immediate.from), next]
    return [sum(judge(rule, moments).slice(0, 1 + begun), now), next]
  },
})

/**
 * A future-facing rule run again and again over what is within reach: it becomes past-facing, and can learn online.
 * Each loss is injected once ('oldest': into every window it lies in). Williams & Peng 1990. Throws a DomainError for a window below 1.
 */
export const windowed =
  (windows: Windows) =>
  <M>(rule: Rule<M, 'future' | 'any'>): Rule<Window, 'past'> => {
    check(windows)
    return windows.emits === 'oldest' ? oldest(windows, rule) : passes(windows, rule)
  }

/**
 * The same rule, told every `every` steps that the run ends: it passes there and reaches back no further, so that its
 * windows and the updates of the parameters keep step.
 */
export const flushed =
  (every: number) =>
  <M>(rule: Rule<M, 'past'>): Rule<readonly [memory: M, step: number], 'past'> => ({
    facing: 'past',
    init: first => [rule.init(first), 0],
    step: ([memory, last], now) => {
      const step = isSet(now.begins) ? 0 : last + 1
      const ends = step > 0 && step % every === 0 ? scalar(1) : now.ends
      const [out, next] = rule.step(memory, { ...now, ends })
      return [out, [next, step]]
    },
  })
