/** What operators and functions ask of the shapes they meet: which ranks go together, and which sizes are then the same. */
import { ShapeError } from '../errors.ts'
import { functions, type Manner, type Word } from './evaluate.ts'
import { pointed, type Source } from './position.ts'
import { type Call, formatExpression } from './statements.ts'
import { type Box, narrowed, type Rank, type Ranks, rankOf, type Size, shown, united } from './unify.ts'

/** Ranks of the arguments, then of what comes of them. */
const operatorRanks: Readonly<Record<string, readonly Ranks[]>> = (() => {
  const scaled = ([0, 1, 2] as const).flatMap((r): Ranks[] => [
    [0, r, r],
    [r, 0, r],
  ])
  const alike: Ranks[] = [
    [1, 1, 1],
    [2, 2, 2],
  ]
  const entries = [...scaled, ...alike]
  const product: Ranks[] = [...scaled, [2, 1, 1], [2, 2, 2]]
  const raised: Ranks[] = [
    [0, 0, 0],
    [1, 0, 1],
  ]
  return {
    '+': entries,
    '-': entries,
    '.*': entries,
    './': entries,
    '*': product,
    '/': scaled,
    '^': raised,
    '.^': [...raised, [2, 0, 2]],
  }
})()

const mannerRanks: Readonly<Record<Manner, readonly Ranks[]>> = {
  entrywise: [
    [0, 0],
    [1, 1],
    [2, 2],
  ],
  total: [
    [0, 0],
    [1, 0],
    [2, 0],
  ],
  along: [[1, 1]],
  gathered: [[1, 0]],
  pair: [[1, 1, 0]],
}

const ranksOf = ({ f }: Call): readonly Ranks[] => operatorRanks[f] ?? mannerRanks[(functions.get(f) as Word).manner]

/** Sizes that are the same, once every rank is known. */
const meetings = ({ f }: Call, boxes: readonly Box[], ranks: readonly Rank[]): readonly (readonly [Size, Size])[] => {
  const [a, b] = boxes as readonly [Box, Box, Box?]
  const out = boxes.at(-1) as Box
  if (f === '*' && ranks[0] === 2 && ranks[1] !== 0)
    return [
      [a.columns, b.rows],
      [out.rows, a.rows],
      [out.columns, b.columns],
    ]
  const rank = Math.max(...ranks)
  const whole = boxes.filter((_, i) => ranks[i] === rank)
  return whole.slice(1).flatMap(other => {
    const first = whole[0] as Box
    return [[first.rows, other.rows] as const, [first.columns, other.columns] as const].slice(0, rank)
  })
}

const remedies: Readonly<Record<string, string>> = {
  '*': 'A product has its matrix to the left, W*h; entry by entry write .* or ⊙, and put the product in parentheses: z .* (W*h)',
  '/': 'Entry by entry write ./',
  '^': 'Entry by entry write .^; its exponent is a number',
  '.^': 'An exponent is a number',
}

const misfit = (source: Source, call: Call, boxes: readonly Box[]): never => {
  const sides = call.args.map((arg, i) => `${formatExpression(arg).slice(0, 24)} ${shown(boxes[i] as Box)}`)
  const out = boxes.at(-1) as Box
  const outcome = rankOf(out) === undefined ? '' : `, for ${shown(out)}`
  throw pointed(ShapeError, source, call.at, {
    given: `\`${call.f === 'neg' ? '-' : call.f}\` of ${sides.join(' and ')}${outcome}`,
    wanted: 'shapes that fit: equal, or one of them a number',
    remedy: remedies[call.f] ?? 'Put a matrix before the one of the wrong length: V*x',
  })
}

/** Holds the shapes of a call's arguments and of its outcome against each other; true where a rank was found. */
export const relate = (source: Source, call: Call, boxes: readonly Box[]): boolean => {
  const changed = narrowed(boxes, ranksOf(call))
  if (changed === undefined) return misfit(source, call, boxes)
  const ranks = boxes.map(rankOf)
  if (ranks.includes(undefined)) return changed
  return meetings(call, boxes, ranks as Rank[]).every(united) ? changed : misfit(source, call, boxes)
}
