import { DomainError } from '../../ad/errors.ts'
import { matrix, plus } from '../../ad/linear/linear.ts'
import { type Cotangent, toValue, zeroCotangentIn } from '../../ad/linear/space.ts'
import { requireCount } from '../../ad/require.ts'
import type { Value } from '../../ad/value.ts'
import { folded, outputs, sumOf } from './fold.ts'
import { type AnyRule, type Facts, type Fold, lifted, type Rule, requireFacing, requireRule } from './rule.ts'
import { isSet, type Param, type State, type Timestep, withZeroError } from './timestep.ts'

/** How far and how often a future-facing rule looks back when it must learn as time goes on. */
export interface WindowOptions {
  /** A pass every so many steps, at least 1. */
  readonly every: number
  /** How many steps a pass reaches back, at least 1. */
  readonly reach: number
  /** Whether a pass stops at the end of the one before. */
  readonly clipped?: boolean
  /** All that a pass finds, or only the oldest timestep's share of every loss in the window (flushed at the end). */
  readonly emits?: 'all' | 'oldest'
  /** Every so many steps a pass as at the end of the run, so that windows and updates of the parameters keep step. */
  readonly flush?: number
  /**
   * A fold over each window, where windows lie end to end, whose outputs [S, P] add up to the influence M on the state at the
   * window's end. All before the next window is then one timestep, whose immediate map is that M.
   */
  readonly joint?: Fold<unknown, Timestep, Cotangent<Param>, 'future'>
  /** Where windows lie end to end: of every `nth` windows the last has so many steps in place of `every`. */
  readonly long?: { readonly steps: number; readonly nth: number }
  /** What is learned of one window for the next, where windows lie end to end. */
  readonly learner?: Learner
}

/**
 * What is learned at the end of every window: what it is at first; the memory that the pass back then begins with, in place of the
 * rule's own; and what it is after the pass, by the state that the window began from and the memory that the pass ended with.
 */
export interface Learner<L extends object = object, M = unknown> {
  init(first: Timestep): L
  turn(learned: L, last: Timestep): M
  next(learned: L, begun: State, memory: M): L
}

/** A pass over the timesteps from `first` on; the `counted` oldest have had their losses counted; the `attributed` oldest give their part of the gradient. */
export interface Pass {
  readonly first: number
  readonly counted: number
  readonly attributed: number
}

/** The timesteps within reach, how many of them are newer than the last pass, the number of the newest, and how many passes there were; beside them, what is learned of windows. */
export interface WindowMemory {
  readonly moments: readonly Timestep[]
  readonly sinceLastPass: number
  readonly at: number
  readonly turn: number
}

/** What is learned of windows, out of what is remembered. */
export const learnedIn = ({ moments, sinceLastPass, at, turn, ...learned }: WindowMemory): object => learned

/** A past-facing rule made of a future-facing one and its windows. */
export interface WindowedRule<M> extends Rule<WindowMemory, 'past'> {
  readonly windows: WindowOptions
  readonly inner: Rule<M, 'future'>
}

/** Makes a future-facing rule a past-facing one. */
export interface WindowTransform {
  <M>(rule: Rule<M, 'future'>): WindowedRule<M>
  <M>(rule: AnyRule<M, 'future'>): AnyRule<WindowMemory, 'past'>
}

/** A rule as one that looks back through windows; null where it is none. */
export const windowsOf = (rule: object): WindowedRule<unknown> | null =>
  'windows' in rule && 'inner' in rule ? (rule as WindowedRule<unknown>) : null

/** The windows as they are after so many passes. */
export const windowsAt = (windows: WindowOptions, turn: number): WindowOptions => {
  const { long } = windows
  return long && turn % long.nth === long.nth - 1 ? { ...windows, every: long.steps } : windows
}

const check = (windows: WindowOptions): void => {
  const { joint, clipped, every, reach, emits } = windows
  if (joint && !(clipped && reach >= every))
    throw new DomainError({
      who: 'windowed',
      given: 'a joint between windows that overlap or leave gaps',
      wanted: 'windows that lie end to end',
      remedy: 'Say { every: k, reach: k, clipped: true, joint }',
    })
  if (clipped && emits === 'oldest')
    throw new DomainError({
      who: 'windowed',
      given: "windows that end where others begin (clipped), of which only the oldest timestep's share is emitted",
      wanted: "emits: 'oldest' with windows that overlap",
      remedy: "Leave clipped out: { every: 1, reach: k, emits: 'oldest' }",
    })
  for (const name of ['every', 'reach', 'flush'] as const)
    if (windows[name] !== undefined)
      requireCount(
        'windowed',
        `${name} = ${windows[name]}`,
        windows[name],
        'A window of 1 is the error of the timestep alone',
      )
}

/** The oldest of the k timesteps up to `now`; timestep 0 is not counted and stays with timestep 1. */
const oldestOf = (now: number, k: number): number => (now - k >= 1 ? now + 1 - k : 0)

/** How many timesteps may be within reach, timestep 0 not counted. */
export const horizon = ({ every, reach, clipped }: WindowOptions): number => Math.max(reach, clipped ? every : 1)

/** Whether passes come back to timesteps whose losses have been counted. */
export const replaysLosses = ({ reach, clipped, emits, flush }: WindowOptions): boolean =>
  !clipped && (emits !== 'oldest' || flush !== undefined) && reach > 1 && Number.isFinite(reach)

/** The oldest timestep that is kept; a joint is kept in the place of the timestep before its window. */
const oldestKept = (windows: WindowOptions, now: number, fresh: number): number =>
  windows.joint ? now - fresh : oldestOf(now, horizon(windows))

/** The newest timestep before this one that a flush ended at, whose losses have all been counted; -1 where there is none. */
const lastFlush = (now: number, flush: number | undefined): number => {
  const found = flush === undefined ? 0 : Math.floor((now - 1) / flush) * flush
  return found > 0 ? found : -1
}

/** How windows lie: end to end with a joint between them, end to end, or overlapping. */
type Layout = 'joined' | 'clipped' | 'overlapping'

const layoutOf = ({ joint, clipped }: WindowOptions): Layout => (joint ? 'joined' : clipped ? 'clipped' : 'overlapping')

/** The first timestep of a pass at `now`: the joint before the window, the oldest since the last pass, or the oldest within reach. */
const firstOf: { readonly [L in Layout]: (now: number, fresh: number, reach: number) => number } = {
  joined: (now, fresh) => now - fresh,
  clipped: (now, fresh, reach) => oldestOf(now, Math.min(fresh, reach)),
  overlapping: (now, _, reach) => oldestOf(now, reach),
}

/** Whether windows end at a timestep: at the end of the run, and at every flush. */
const isEnd = ({ flush }: WindowOptions, now: number, last: boolean): boolean =>
  last || (flush !== undefined && now > 0 && now % flush === 0)

/** A pass that emits all that it finds, as soon as `every` timesteps are new, and at an end. */
const wholePass = ({ every }: WindowOptions, first: number, now: number, fresh: number, ends: boolean): Pass | null => {
  const length = now + 1 - first
  return fresh < every && !ends ? null : { first, counted: Math.max(0, length - fresh), attributed: length }
}

/** A pass that emits the oldest timestep's share (timestep 0 goes with timestep 1) of a full window; at an end, all shares that are left. */
const oldestPass = ({ reach, flush }: WindowOptions, first: number, now: number, ends: boolean): Pass | null => {
  const [length, initial] = [now + 1 - first, first === 0 ? 1 : 0]
  const counted = Math.max(0, lastFlush(now, flush) + 1 - first)
  if (ends) return { first, counted, attributed: length }
  return length - initial < reach ? null : { first, counted, attributed: 1 + initial }
}

/** The pass due at a timestep, numbered from 0, `fresh` of them new since the last pass; null where none is due. */
export const passDue = (windows: WindowOptions, now: number, fresh: number, last: boolean): Pass | null => {
  const first = firstOf[layoutOf(windows)](now, fresh, windows.reach)
  const ends = isEnd(windows, now, last)
  return windows.emits === 'oldest'
    ? oldestPass(windows, first, now, ends)
    : wholePass(windows, first, now, fresh, ends)
}

/** What a rule emits over the timesteps of a pass, and its memories, the oldest first; the counted ones are without their losses. */
const passedOver = <M>(
  rule: Rule<M, 'future'>,
  moments: readonly Timestep[],
  { counted }: Pass,
): readonly (readonly [Cotangent<Param>, M])[] => {
  const timesteps = moments.map((now, i) => (i < counted ? withZeroError(now) : now))
  return [...folded(rule)(timesteps)].toReversed()
}

/** All timesteps up to the newest as one: timestep 0 with the influence [S, P] on the state the next window begins with. It holds numbers alone. */
export const joinedAs = (first: Timestep, influence: Value): Timestep => {
  const { replay: _, layer: __, ...numbers } = first
  const { from, to } = first.immediate
  return { ...numbers, immediate: matrix(from, to, influence) }
}

const joined = (joint: NonNullable<WindowOptions['joint']>, moments: readonly Timestep[]): Timestep =>
  joinedAs(moments[0] as Timestep, toValue(sumOf(outputs(folded(joint)(moments)))))

/**
 * A future-facing rule run again and again over what is within reach: it becomes past-facing, and can learn online.
 * Each loss is injected once ('oldest': into every window it lies in). Williams & Peng 1990. Throws a DomainError for a window
 * below 1.
 */
export const windowed = (windows: WindowOptions, facts?: Partial<Facts>): WindowTransform => {
  check(windows)
  const transform = <M>(rule: AnyRule<M, 'future'>): AnyRule<WindowMemory, 'past'> => {
    requireRule('windowed', rule)
    requireFacing('windowed', rule, 'future')
    const known = { ...rule, ...facts, faces: 'past' } as const
    return lifted(
      rule,
      known,
      inner => ({ ...known, ...overWindows(windows, inner) }) as unknown as Rule<WindowMemory, 'past'>,
    )
  }
  return transform as WindowTransform
}

/** What is kept after a pass: where windows lie end to end nothing, or the joint. */
const keptAfter = ({ joint, clipped }: WindowOptions, moments: readonly Timestep[]): readonly Timestep[] => {
  if (joint) return [joined(joint, moments)]
  return clipped ? [] : moments
}

/** A rule whose passes begin with what is learned. */
const begunBy = <M>(rule: Rule<M, 'future'>, { learner }: WindowOptions, learned: object): Rule<M, 'future'> =>
  learner ? { ...rule, init: last => learner.turn(learned, last) as M } : rule

/** What is learned of a pass from timestep `first` on, which may be timestep 0: the window began from the state after that. */
const learnedOf = (
  { learner }: WindowOptions,
  learned: object,
  passed: readonly (readonly [unknown, unknown])[],
  moments: readonly Timestep[],
  first: number,
): object => {
  if (!learner) return {}
  const oldest = first === 0 ? 1 : 0
  const begun = (moments[oldest] as Timestep).before
  return learner.next(learned, begun, (passed[oldest] as readonly [unknown, unknown])[1])
}

/** The fold of a rule over windows. */
export const overWindows = <M>(windows: WindowOptions, inner: Rule<M, 'future'>): Omit<WindowedRule<M>, 'name'> => {
  const { learner } = windows
  return {
    faces: 'past',
    ...(inner.draws && { draws: inner.draws }),
    windows,
    inner,
    init: first => ({ moments: [], sinceLastPass: 0, at: -1, turn: 0, ...learner?.init(first) }),
    step: (window, now) => {
      const [at, fresh] = [window.at + 1, isSet(now.isStart) ? 0 : window.sinceLastPass + 1]
      const from = oldestKept(windows, at, fresh)
      const moments = [...window.moments, now].slice(-(at + 1 - from))
      const pass = passDue(windowsAt(windows, window.turn), at, fresh, isSet(now.isLast))
      if (!pass) return [zeroCotangentIn(now.immediate.from), { ...window, moments, sinceLastPass: fresh, at }]
      const own = moments.slice(pass.first - at - 1)
      const learned = learnedIn(window)
      const passed = passedOver(begunBy(inner, windows, learned), own, pass)
      const outs = passed.slice(0, pass.attributed).map(([out]) => out)
      const next = { moments: keptAfter(windows, moments), sinceLastPass: 0, at, turn: window.turn + 1 }
      return [
        outs.reduce((total, out) => plus(total, out)),
        { ...next, ...learnedOf(windows, learned, passed, own, pass.first) },
      ]
    },
  }
}

/** The same rule with a pass every `every` steps too, so that its windows and the updates of the parameters keep step; a rule without windows, or with windows that it learns of, as it is. */
export const alignedTo =
  (every: number) =>
  <M>(rule: AnyRule<M, 'past'>): AnyRule<M, 'past'> =>
    lifted<M, 'past', M, 'past'>(rule, rule, found => {
      const windowedRule = windowsOf(found)
      if (!windowedRule || windowedRule.windows.learner) return found
      return {
        ...found,
        ...overWindows({ ...windowedRule.windows, flush: every }, windowedRule.inner),
      } as unknown as Rule<M, 'past'>
    })
