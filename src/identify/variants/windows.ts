/** Which pairs (t, s) count, and how often. */
import type { LinearRun } from '../linear-run.ts'
import { listed, listedAlone, type Variant } from './variant.ts'

type Has = LinearRun['has']

const pairs =
  (has: (t: number, s: number) => boolean | number): Variant['change'] =>
  run => ({ ...run, has: (t, s) => Number(has(t, s)) })

/** The chunk of a step where chunks have k steps and the first has so many; the start belongs to the first step. */
const chunk = (k: number, first: number, t: number): number => Math.max(0, Math.ceil((Math.max(1, t) - first) / k))

const chunks = (k: number, first: number): Variant['change'] =>
  pairs((t, s) => chunk(k, first, t) === chunk(k, first, s))

const upTo = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

const steps = (n: number): string => `${n} step${n === 1 ? '' : 's'}`

/** The name of chunks whose first is of another length, and what they are. */
const shifted = (k: number, first: number): readonly [id: string, says: string] =>
  first > k
    ? [
        `reset late, ${k}${first > k + 1 ? ` by ${first - k}` : ''}`,
        `in chunks of ${steps(k)} whose memory is reset ${steps(first - k)} late`,
      ]
    : [`chunks of ${k}, first of ${first}`, `in chunks of ${steps(k)} after a first of ${first}`]

const shiftedChunks = (T: number, k: number): readonly Variant[] =>
  upTo(1, Math.min(T - 1, 2 * k - 1))
    .filter(first => first !== k && k > 1)
    .flatMap(first => {
      const [id, says] = shifted(k, first)
      return (first === k + 1 ? listed : listedAlone)('window', { [id]: [says, chunks(k, first)] })
    })

const ofLength = (T: number, k: number): readonly Variant[] => [
  ...listed('window', {
    [`window of ${k}`]: [`in a sliding window of ${steps(k)}: TBPTT(${k})`, pairs((t, s) => t - Math.max(1, s) < k)],
    ...(k > 1 && {
      [`chunks of ${k}`]: [`in chunks of ${steps(k)}`, chunks(k, k)],
      [`no flush, ${k}`]: [
        `in a window of ${steps(k)} whose last ${steps(k - 1)} were never flushed`,
        pairs((t, s) => t - Math.max(1, s) < k && s <= T - k + 1),
      ],
    }),
  }),
  ...shiftedChunks(T, k),
]

/** The steps after which TBPTT(k1, ·) goes back, the last step among them. */
const passes = (T: number, k1: number): readonly number[] => {
  const regular = upTo(1, Math.floor(T / k1)).map(i => i * k1)
  return T % k1 === 0 ? regular : [...regular, T]
}

/** Williams & Peng 1990: every k1 steps the losses since the last pass go back over k2 steps. */
const since =
  (T: number, k1: number, k2: number): Has =>
  (t, s) => {
    const pass = Math.min(T, k1 * Math.ceil(Math.max(1, t) / k1))
    return Number(Math.max(1, s) > pass - k2)
  }

/** Every pass takes all the losses of its k2 steps, so that a loss is counted by every pass that reaches it. */
const again =
  (T: number, k1: number, k2: number): Has =>
  (t, s) =>
    passes(T, k1).filter(pass => t <= pass && Math.max(1, s) > pass - k2).length

const longest = 8

const ofPasses = (T: number): readonly Variant[] =>
  upTo(1, Math.min(T, longest)).flatMap(k1 =>
    upTo(1, Math.min(T, longest)).flatMap(k2 =>
      listedAlone('window', {
        [`passes every ${k1} over ${k2}`]: [
          `by passes every ${steps(k1)} over ${k2}: TBPTT(${k1}, ${k2})`,
          pairs(since(T, k1, k2)),
        ],
        [`passes every ${k1} over ${k2}, losses again`]: [
          `by passes every ${steps(k1)} over ${k2}, each with all the losses of its window: some are counted more than once`,
          pairs(again(T, k1, k2)),
        ],
      }),
    ),
  )

/** Which pairs a window has, as one text. */
const pattern = (T: number, { change }: Variant): string => {
  const run = change({ steps: [], has: () => 1, keep: null, carried: null, direct: null }, null as never) as LinearRun
  return upTo(1, T)
    .flatMap(t => upTo(0, t).map(s => run.has(t, s)))
    .join('')
}

/** Without those that have every pair once, and of those that are tried alone without one that has the pairs of another. */
const distinct = (T: number, list: readonly Variant[]): readonly Variant[] => {
  const every = upTo(1, T)
    .map(t => '1'.repeat(t + 1))
    .join('')
  const combining = list.filter(one => !one.alone && pattern(T, one) !== every)
  const seen = new Set([every, ...combining.map(one => pattern(T, one))])
  const alone = list.filter(one => {
    const own = pattern(T, one)
    const isNew = one.alone === true && !seen.has(own)
    seen.add(own)
    return isNew
  })
  return [...combining, ...alone]
}

/** Windows of every length that a run of T steps is longer than, passes, and what else may be left out. */
export const windowsOf = (T: number): readonly Variant[] =>
  distinct(T, [
    ...upTo(1, T - 1).flatMap(k => ofLength(T, k)),
    ...listed('window', {
      'first step alone': ['of the use of the parameters at the first step alone', pairs((_, s) => s === 1)],
      'without its own step': [
        'without what the use of the parameters at a step owes to the loss of that step',
        pairs((t, s) => s < t),
      ],
    }),
    ...ofPasses(T),
  ])
