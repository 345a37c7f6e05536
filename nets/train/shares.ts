/**
 * How the work of a rule is shared out: a batch by blocks of its sequences, each by the plan of a batch of its size; one sequence by
 * blocks of the columns of an influence. What is shared out does not depend on who does it, so the numbers do not either.
 */
import type { Engine } from '../../ad/compiler/engine.ts'
import type { Columns } from '../../ad/compiler/narrow.ts'
import type { Numbers } from '../../ad/compiler/plan.ts'
import { spaceOf } from '../../ad/linear/space.ts'
import { type Tensor, zeros } from '../../ad/tensor.ts'
import type { Value } from '../../ad/value.ts'
import { type Prepared, preparedInColumns } from '../compiled/prepare.ts'
import type { Example, Network, Theta } from '../network.ts'
import type { Rule } from '../run/rule.ts'
import { type Block, beginningOf, blocksOf } from '../workers/blocks.ts'
import { say, workersFor } from '../workers/crew.ts'
import type { Place } from '../workers/session.ts'
import { preparedFor, windowsFor } from './plans.ts'

/** A share of the work: some sequences, and of one sequence perhaps some columns only. */
export interface Share {
  readonly made: Prepared<unknown>
  readonly block: Block
  readonly columns: Columns | null
}

/** All shares, and how many workers they are for. */
export interface Shared {
  readonly workers: number
  readonly shares: readonly Share[]
  /** How many sequences there are. */
  readonly count: number
}

const inColumns = (
  engine: Engine,
  net: Network,
  rule: Rule,
  wanted: number,
  θ: Theta,
  example: Example,
  noise: Value,
): readonly Share[] => {
  const what = { net, rule, windows: null, batch: null }
  const { x, target } = example
  const key = `${wanted} columns, x [${x.shape}], target [${target.shape}]`
  const parts = engine.plans.get(rule, net, key, () => preparedInColumns(engine, what, θ, example, noise, wanted))
  return parts.map(({ made, columns }) => ({ made, block: { from: 0, to: 1 }, columns }))
}

const inBlocks = (
  engine: Engine,
  net: Network,
  rule: Rule,
  blocks: readonly Block[],
  θ: Theta,
  example: Example,
  noise: Value,
): readonly Share[] => {
  const open = preparedFor(engine, net, rule)
  const sizes = new Set(blocks.map(({ from, to }) => to - from))
  const plans = new Map([...sizes].map(size => [size, open(θ, example, size > 1 ? size : null, noise)]))
  return blocks.map(block => ({ made: plans.get(block.to - block.from) as Prepared<unknown>, block, columns: null }))
}

/**
 * Shares of a rule on so many sequences, which run in turn or side by side; null where there is nothing to share out, with a word if
 * more workers were asked for.
 */
export const sharedOut = (
  engine: Engine,
  net: Network,
  rule: Rule,
  wanted: number,
  θ: Theta,
  { count, inTurn = false }: { readonly count: number; readonly inTurn?: boolean },
  example: Example,
  noise: Value,
): Shared | null => {
  const steps = rule.faces === 'past' && !windowsFor(rule)
  if (count === 1 && (wanted === 1 || !steps)) return alone(wanted, rule)
  const blocks = inTurn ? Array.from({ length: count }, (_, i) => ({ from: i, to: i + 1 })) : blocksOf(count)
  const shares =
    count === 1
      ? inColumns(engine, net, rule, wanted, θ, example, noise)
      : inBlocks(engine, net, rule, blocks, θ, example, noise)
  if (shares.length === 1) return alone(wanted, rule)
  const made = shares.map(share => share.made)
  return { workers: workersFor(made, Math.min(wanted, shares.length)), shares, count }
}

const alone = (wanted: number, { name }: Rule): null => {
  if (wanted > 1) say(`one sequence by ${name} has nothing that could be shared out`)
  return null
}

/** Columns of rows of `width` numbers; a single 0 stands for zeros of any size. */
const columnsIn = (numbers: Numbers, width: number, { from, to }: Columns): Numbers => {
  if (numbers.length < width) return numbers
  const rows = numbers.length / width
  const found = new Float64Array(rows * (to - from))
  for (let i = 0; i < rows; i++) found.set(numbers.subarray(i * width + from, i * width + to), i * (to - from))
  return found
}

/** Rows of `width` numbers from their columns. */
export const joinedColumns = (
  parts: readonly { readonly columns: Columns; readonly numbers: Numbers }[],
): Float64Array => {
  const width = Math.max(...parts.map(({ columns }) => columns.to))
  const [first] = parts
  const rows = first ? first.numbers.length / (first.columns.to - first.columns.from) : 0
  const found = new Float64Array(rows * width)
  for (const { columns, numbers } of parts) {
    const own = columns.to - columns.from
    for (let i = 0; i < rows; i++) found.set(numbers.subarray(i * own, (i + 1) * own), i * width + columns.from)
  }
  return found
}

/** How many columns there are together. */
const widthOf = (shares: readonly Share[]): number => Math.max(...shares.map(({ columns }) => columns?.to ?? 0))

/** Of a place of the whole run, what a share begins with. The gradient has its own columns first, then what is no column. */
export const placeFor = (shares: readonly Share[], { columns }: Share, place: Place): Place => {
  if (!columns) return place
  const width = widthOf(shares)
  const { gradient, memory } = place
  const own = gradient && new Float64Array(gradient.length)
  if (own) own.set(gradient.subarray(columns.from, columns.to))
  if (own && gradient.length > width) own.set(gradient.subarray(width), width)
  return { ...place, memory: memory.map(numbers => columnsIn(numbers, width, columns)), gradient: own }
}

/** Where each share begins at θ; those of one plan begin alike. */
export const beginnings = (shares: readonly Share[], θ: Theta): readonly Place[] => {
  const [first] = shares as readonly [Share]
  if (first.columns) {
    const place = beginningOf(first.made, θ)
    return shares.map(share => placeFor(shares, share, place))
  }
  const places = new Map(
    [...new Set(shares.map(({ made }) => made))].map(made => [made, beginningOf(made, θ)] as const),
  )
  return shares.map(({ made }) => places.get(made) as Place)
}

/** The sum of all shares' gradients: those of blocks added in their order, those of columns laid side by side. */
export const sumOf = (shares: readonly Share[], found: readonly Numbers[], into: Tensor): void => {
  const { data } = into
  const [first] = found as readonly [Numbers]
  data.set(first)
  const width = widthOf(shares)
  found.forEach((numbers, i) => {
    const columns = shares[i]?.columns
    if (columns) data.set(numbers.subarray(0, columns.to - columns.from), columns.from)
    else if (i > 0) for (let j = 0; j < data.length; j++) data[j] = (data[j] as number) + (numbers[j] as number)
  })
  if (width > 0) data.set(first.subarray(width), width)
}

/** The mean gradient over the sequences. */
export const meanOf = ({ shares, count }: Shared, found: readonly Numbers[], θ: Theta, into?: Tensor): Tensor => {
  const mean = into ?? zeros([spaceOf(θ).size])
  sumOf(shares, found, mean)
  if (count > 1) for (let i = 0; i < mean.data.length; i++) mean.data[i] = (mean.data[i] as number) / count
  return mean
}
