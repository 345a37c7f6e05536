import { requireCount } from '../ad/require.ts'
import type { Branch } from '../ad/tree.ts'
import { bootstrapped, type DniFutureOptions, dniFuture } from './dni.ts'
import { maker, type RuleFacts, ruleFor } from './parts/facts.ts'
import { requireRates } from './parts/synthesiser.ts'

export interface HybridOptions<P extends Branch> extends DniFutureOptions<P> {
  /** Steps in a long window, at least 1. */
  readonly long: number
  /** Of every so many windows the last is long: 1 for all of them, Infinity for none. */
  readonly nth: number
  /** Whether a long window is cut at its end, without a prediction there, neither in its gradient nor in its target; false by default. */
  readonly cut?: boolean
}

const requireNth = (nth: number): void => {
  if (nth !== Number.POSITIVE_INFINITY)
    requireCount('hybrid', `nth = ${nth}`, nth, '1 makes every window long, Infinity none')
}

const facts: RuleFacts<'past'> = {
  ...dniFuture.facts,
  name: 'hybrid',
  faces: 'past',
  title: 'Truncated BPTT with synthetic gradients at some of its ends',
  options: {
    ...dniFuture.facts.options,
    long: { range: 'whole number ≥ 1', default: '50', means: 'steps of a long window' },
    nth: { range: 'whole number ≥ 1 or Infinity', default: '5', means: 'of every so many windows the last is long' },
    cut: {
      range: 'true or false',
      default: 'false',
      means: 'whether a long window is cut at its end, without a prediction',
    },
  },
}

/**
 * `dniFuture` with windows of `every` steps, except that each `nth` window has `long` steps: credit within them is BPTT's own.
 * nth = Infinity is `dniFuture`; nth = 1 is `dniFuture` with long windows, and BPTT if one window covers the run. Each loss counts
 * once. The credit after a long window is predicted as after any other, or set to 0 if `cut`, and then nth = 1 is `chunked(long)`.
 * The prediction at the start of a window is trained on the credit pulled back to there.
 *
 * Throws a DomainError for a window below 1, an nth below 1, a step size or a decay below 0.
 */
export const hybrid = maker(facts, <P extends Branch>(options: Partial<HybridOptions<P>> = {}) => {
  const { every = 10, long = 50, nth = 5, cut = false } = options
  requireRates('hybrid', options)
  requireCount('hybrid', `every = ${every}`, every, 'every: 1 predicts after every step')
  requireCount('hybrid', `long = ${long}`, long, 'Try several times `every`')
  requireNth(nth)
  return ruleFor({ ...facts, reach: Math.max(every, long) }, (_, seed) =>
    bootstrapped({ seed, ...options }, { every, long, nth, cut }),
  )
})
