import { type Arbitrary, check, property, sample } from 'fast-check'
import { describe, hasMethod } from '../ad/describe.ts'
import { DomainError, KindError } from '../ad/errors.ts'
import { requireCount, requireList, requireRecord } from '../ad/require.ts'
import type { Tensor } from '../ad/tensor.ts'
import { leavesOf, type Tree } from '../ad/tree.ts'

/** A claim as data: a full sentence, what it ranges over, and how far from true it is. */
export interface Proposition<A = unknown> {
  /** A full sentence, true or false as printed. */
  readonly claim: string
  /** Random things that shrink to legible ones. */
  readonly forAll: Arbitrary<A>
  /** Distance from true, relative to max(1, largest). NaN never passes. */
  residual(a: A): number
  /** 1e-9 or tighter for identities; looser only where the reason stands beside it. */
  readonly within: number
  readonly verdict: 'holds' | 'refuted'
  /** A counterexample in words and numbers. */
  show?(a: A): string
  /** How many random cases are tried by default; 100 where it is left out. A refuted claim is never tried less. */
  readonly runs?: number
  /** Small counterexamples of a refuted claim that chance finds too seldom: decided first. */
  readonly known?: readonly A[]
}

/** What became of a proposition. */
export interface Decision {
  readonly claim: string
  readonly verdict: 'holds' | 'refuted'
  readonly passed: boolean
  /** Largest residual met; for a refuted claim, the residual of its counterexample. */
  readonly worst: number
  readonly runs: number
  /** How many were asked for. */
  readonly tries: number
  readonly seed: number
  readonly counterexample?: string
  readonly error?: string
  /** Where among all cases of the seed the shrunk counterexample stands, as fast-check counts them. */
  readonly path?: string
  /** How many counterexamples of earlier runs were decided first. */
  readonly replayed?: number
}

/** Where a counterexample stands: what decides it again. */
export type Place = Required<Pick<Decision, 'seed' | 'path'>>

/** Distance between two lists of numbers, relative to max(1, largest); infinite where their lengths differ. Throws a KindError for what is no list. */
export const gap = (left: readonly number[], right: readonly number[]): number => {
  for (const side of [left, right])
    requireList('gap', side, 'two lists of numbers', 'entries(tree) are the numbers of a tree of tensors')
  if (left.length !== right.length) return Number.POSITIVE_INFINITY
  let far = 0
  let large = 1
  left.forEach((x, i) => {
    far = keepNaN(far, Math.abs(x - (right[i] ?? Number.NaN)))
    large = Math.max(large, Math.abs(x), Math.abs(right[i] ?? 0))
  })
  return far / large
}

const keepNaN = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b))

/** The numbers of a tree of tensors, flat. */
export const entries = (tree: Tree): readonly number[] => leavesOf(tree).flatMap(leaf => [...(leaf as Tensor).data])

/** Two sides that a claim says are equal. */
export interface Equation<A> extends Omit<Proposition<A>, 'residual' | 'show'> {
  sides(a: A): readonly [left: readonly number[], right: readonly number[]]
  describe?(a: A): string
  /** What the two sides are, in a word or two each. */
  readonly between?: readonly [left: string, right: string]
}

const few = 6

/** The numbers around the place where two sides part most. */
const partingOf = (left: readonly number[], right: readonly number[]): readonly [string, string] => {
  const gaps = left.map((x, i) => Math.abs(x - (right[i] ?? Number.NaN)))
  const widest = gaps.findIndex(g => Number.isNaN(g) || g === Math.max(...gaps))
  const from = Math.max(0, Math.min(widest - 2, left.length - few))
  const show = (xs: readonly number[]): string => {
    const part = xs.slice(from, from + few).map(x => String(Number(x.toPrecision(4))))
    return `[${from > 0 ? '…, ' : ''}${part.join(', ')}${xs.length > from + few ? ', …' : ''}]`
  }
  return [show(left), show(right)]
}

/** A proposition that two sides are equal; its counterexample shows both. */
export const equation = <A>({
  sides,
  describe,
  between = ['left', 'right'],
  ...rest
}: Equation<A>): Proposition<A> => ({
  ...rest,
  residual: a => gap(...sides(a)),
  show: a => {
    const [left, right] = partingOf(...sides(a))
    const wide = Math.max(...between.map(name => name.length))
    const names = between.map(name => name.padEnd(wide))
    return `${describe ? describe(a) : JSON.stringify(a)}\n${names[0]} ${left}\n${names[1]} ${right}`
  },
})

/** How hard to try: random cases per proposition and the seed they come from. */
export interface Effort {
  readonly runs?: number
  readonly seed?: number
  /** Whether a counterexample that was found is made small to be read; true by default. What is decided is the same. */
  readonly shrink?: boolean
  /** Counterexamples of earlier runs: decided first where a claim holds. */
  readonly replay?: readonly Place[]
  /** Given the thing itself that a counterexample in words is of. */
  onCounterexample?(found: unknown): void
}

/** Refuses efforts that would decide nothing, or never end. Throws a DomainError. */
const requireEffort = (who: string, effort: Effort): void => {
  requireRecord(who, effort, 'how hard to try', 'Write { runs: 100, seed: 1 }')
  const { runs = 1, seed = 1, replay = [] } = effort
  requireList(who, replay, 'a list of places to replay', 'Give the seed and path of earlier decisions')
  requireCount(who, `runs = ${runs}`, runs, 'Leave it out for as many as the proposition wants')
  if (!Number.isInteger(seed))
    throw new DomainError({ who, given: `seed = ${describe(seed)}`, wanted: 'a whole number', remedy: 'Try seed: 1' })
}

/** Refuses what is no proposition. Throws a KindError. */
export const requireProposition = (who: string, given: unknown): void => {
  const { claim, residual, forAll } = (given ?? {}) as { readonly [name: string]: unknown }
  if (typeof claim === 'string' && typeof residual === 'function' && hasMethod(forAll, 'generate')) return
  throw new KindError({
    who,
    given: describe(given),
    wanted: 'a proposition: a claim, what it ranges over, and how far from true it is',
    remedy: "equation({ claim: '…', forAll: networks(), sides: net => […], within: 1e-9, verdict: 'holds' })",
  })
}

/** A counterexample must be found at any effort: a refuted claim is tried at least as often as by default. */
const triesOf = (
  { verdict, runs: own = 100 }: Pick<Proposition, 'verdict' | 'runs'>,
  { runs = own }: Effort,
): number => (verdict === 'refuted' ? Math.max(runs, own) : runs)

/**
 * Decides one proposition. A refuted claim passes when a counterexample is found, and shows it shrunk. Throws a KindError for what is no
 * proposition, a DomainError for an effort that would try nothing.
 */
export const decide = <A>(proposition: Proposition<A>, effort: Effort = {}): Decision => {
  requireProposition('decide', proposition)
  requireEffort('decide', effort)
  const { claim, forAll, within, verdict, known = [] } = proposition
  const { replay = [], shrink = true, onCounterexample } = effort
  const runs = triesOf(proposition, effort)
  let worst = 0
  let thrown: unknown
  const holds = (a: A): boolean => {
    try {
      const residual = proposition.residual(a)
      worst = keepNaN(worst, residual)
      return residual <= within
    } catch (error) {
      thrown = error
      return false
    }
  }
  const again = verdict === 'holds' ? replay : []
  const how = { numRuns: runs, endOnFailure: !shrink, examples: known.map(a => [a] as [A]) }
  const { outcome, seed, replayed } = firstFailing(again, effort.seed ?? 1, place =>
    check(property(forAll, holds), { ...how, ...place }),
  )
  const found = outcome.counterexample?.[0]
  const path = outcome.counterexamplePath
  if (found !== undefined) onCounterexample?.(found)
  const base = {
    ...{ claim, verdict, runs: outcome.numRuns, tries: runs, seed },
    ...(path !== null && { path }),
    ...(again.length > 0 && { replayed }),
  }
  if (thrown) return { ...base, passed: false, worst: Number.NaN, error: String(thrown) }
  if (found === undefined) return { ...base, passed: verdict === 'holds', worst }
  return { ...base, passed: verdict === 'refuted', worst: proposition.residual(found), ...shown(proposition, found) }
}

/** A check at a place; null where the place leads nowhere, as what is drawn for the claim has changed since. */
const checkedAt = <O>(
  place: Place,
  checked: (place: Partial<Place> & { readonly endOnFailure?: boolean }) => O,
): O | null => {
  try {
    return checked({ ...place, endOnFailure: true })
  } catch {
    return null
  }
}

/** The first of some places at which a check fails, or the check of a seed. */
const firstFailing = <O extends { readonly failed: boolean }>(
  places: readonly Place[],
  seed: number,
  checked: (place: Partial<Place> & { readonly endOnFailure?: boolean }) => O,
): { readonly outcome: O; readonly seed: number; readonly replayed: number } => {
  for (const [i, place] of places.entries()) {
    const outcome = checkedAt(place, checked)
    if (outcome?.failed) return { outcome, seed: place.seed, replayed: i + 1 }
  }
  return { outcome: checked({ seed }), seed, replayed: places.length }
}

const shown = <A>({ show }: Proposition<A>, found: A | undefined): { counterexample?: string } =>
  found === undefined ? {} : { counterexample: show ? show(found) : JSON.stringify(found) }

/** The smallest thing found of which a test is true, how many were tried, and the seed they came from. */
export interface Smallest<A> {
  readonly found: A | null
  readonly tried: number
}

/** Searches random things for one of which a test is true, and shrinks it: a counterexample in few units, few steps and zeros. A test that throws is not true. */
export const smallest = <A>(
  forAll: Arbitrary<A>,
  test: (a: A) => boolean,
  { runs = 100, seed = 1 }: Effort = {},
): Smallest<A> => {
  const passes = (a: A): boolean => {
    try {
      return !test(a)
    } catch {
      return true
    }
  }
  const outcome = check(property(forAll, passes), { numRuns: runs, seed })
  return { found: outcome.counterexample?.[0] ?? null, tried: outcome.numRuns }
}

/** Random things of a kind, by a seed. */
export const sampled = <A>(forAll: Arbitrary<A>, { runs = 10, seed = 1 }: Effort = {}): readonly A[] =>
  sample(forAll, { numRuns: runs, seed })
