import { requireCount } from '../ad/require.ts'
import type { Branch } from '../ad/tree.ts'
import type { Rule } from '../nets/run/scan.ts'
import { type Ahead, type FutureCreditOptions, scheduled } from './dni.ts'
import { requireRates } from './parts/synthesiser.ts'

export interface HybridGuessing<P extends Branch> extends FutureCreditOptions<P> {
  /** Steps in a long window, at least 1. */
  readonly long: number
  /** Of every so many windows the last is long: 1 for all of them, Infinity for none. */
  readonly nth: number
  /** Whether a long window ends in nothing, not in a guess: then no guess is in what it says and teaches. False where nothing is said. */
  readonly cut?: boolean
}

const requireNth = (nth: number): void => {
  if (nth !== Number.POSITIVE_INFINITY)
    requireCount('hybrid', `nth = ${nth}`, nth, '1 makes every window long, Infinity none')
}

/**
 * Guesses and true credit by turns: `dni.future` with windows of `every` steps, but the last of every `nth` has `long` steps, in
 * which credit is BPTT's own. nth = Infinity is `dni.future`; nth = 1 is `dni.future` of long windows, and BPTT where one holds
 * the run. Each loss is charged once. The truth of a long window is that of its own losses: what comes after it is
 * guessed like any future, or dropped if `cut`, and then nth = 1 is `chunked(long)`. Its begin is taught by what it sends back.
 *
 * Throws a DomainError for a window below 1, an nth below 1, a step size or a decay below 0.
 */
export const hybrid = <P extends Branch>(options: HybridGuessing<P>): Rule<Ahead<P>, 'past'> => {
  const { every, long, nth, cut = false } = options
  requireRates('hybrid', options)
  requireCount('hybrid', `every = ${every}`, every, 'A window of 1 guesses after every step')
  requireCount('hybrid', `long = ${long}`, long, 'Try several times `every`')
  requireNth(nth)
  const isLong = (turn: number): boolean => turn % nth === nth - 1
  return scheduled(options, {
    longest: Math.max(every, long),
    every: turn => (isLong(turn) ? long : every),
    promises: turn => !(cut && isLong(turn)),
  })
}
