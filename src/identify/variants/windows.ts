/** Which pairs (t, s) are summed, and which entries of the influence are carried on. */
import type { LinearRun } from '../linear-run.ts'
import { listed, type Variant } from './variant.ts'

const pairs =
  (has: LinearRun['has']): Variant['change'] =>
  run => ({ ...run, has })

const masked: Variant['change'] = run => ({ ...run, masked: true })

/** The start belongs to the first step. */
const chunk = (k: number, t: number): number => Math.ceil(Math.max(1, t) / k)

const ofLength = (T: number, k: number): readonly Variant[] => {
  const late = (t: number): number => chunk(k, t - 1)
  return listed('window', {
    [`window of ${k}`]: [`in a sliding window of ${k} steps: TBPTT(${k})`, pairs((t, s) => t - s < k)],
    ...(k > 1 && {
      [`chunks of ${k}`]: [`in chunks of ${k} steps`, pairs((t, s) => chunk(k, t) === chunk(k, s))],
    }),
    ...(k + 1 < T && {
      [`reset late, ${k}`]: [
        `in chunks of ${k} steps whose memory is reset one step late`,
        pairs((t, s) => late(t) === late(s)),
      ],
    }),
  })
}

/** Windows of every length that a run of T steps is longer than, and what else may be left out. */
export const windowsOf = (T: number): readonly Variant[] => [
  ...Array.from({ length: Math.max(0, T - 1) }, (_, i) => ofLength(T, i + 1)).flat(),
  ...listed('window', {
    'first step alone': ['of the use of the parameters at the first step alone', pairs((_, s) => s === 1)],
    'without its own step': [
      'without what the use of the parameters at a step owes to the loss of that step',
      pairs((t, s) => s < t),
    ],
  }),
  ...listed('kept', {
    'immediate pattern': [
      'that carries on only the entries of the influence that a weight reaches in one step: SnAp-1',
      masked,
    ],
  }),
]
