/** Tables of facts: cells, networks, steps of training, primitives, claims. */
import { bracket } from '../../ad/errors.ts'
import type { Shape } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Row } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { isWholeRun, type Loss } from '../../nets/loss.ts'
import type { Network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Bidirectional } from '../../nets/run/bidirectional.ts'
import type { BidirectionalStack } from '../../nets/run/bidirectional-stack.ts'
import { normOfTree } from '../../nets/train/clipping.ts'
import type { TrainStep } from '../../nets/train/online.ts'
import type { Claim } from './guards.ts'
import { brief, named } from './run-tables.ts'
import type { Table } from './table.ts'

/** Sizes that no product of the others meets, so that a shape says which of them it is made of. */
const probe = { d: 11, n: 7, m: 5 } as const
const sizeName = (size: number): string => {
  const [name, unit] = Object.entries(probe).find(([, known]) => size % known === 0) ?? ['', size]
  return name === '' || size === 0 ? String(size) : `${size === unit ? '' : size / unit}${name}`
}
const letters = (shape: Shape): string => `[${shape.map(sizeName).join(', ')}]`

/** The parameters and the state of a cell: names and shapes in d units, n inputs, m outputs; of one of fixed sizes only that. */
export const cellTable = (cell: Cell<Branch, Branch>): Table => {
  const list = (tree: Branch): readonly string[] => named(tree).map(([name, leaf]) => `${name} ${letters(leaf.shape)}`)
  try {
    const rows = [
      ['parameters', list(cell.params(probe, rng(0))).join(', ')],
      ['state', list(cell.zeroState(probe)).join(', ')],
    ]
    return { title: 'a cell of d units, n inputs', rows: rows.map(([name, what]) => [`  ${name}`, what ?? '']) }
  } catch {
    return { title: 'a cell of fixed sizes: put it in a network to see its parameters', rows: [] }
  }
}

/** Names and shapes: W_rec [3, 3], b_rec [3]. */
const shapesOf = (tree: Branch): string =>
  named(tree)
    .map(([name, leaf]) => `${name} ${bracket(leaf.shape)}`)
    .join(', ')

const lossText = (loss: Loss): string => (isWholeRun(loss) ? 'of the whole run' : 'a sum over time')

export const networkTable = ({ cell, sizes, loss, start, readout }: Network): Table => {
  const { d, n, m } = sizes
  return {
    title: `a network: d = ${d} units, n = ${n} inputs, m = ${m} outputs`,
    rows: [
      ['  parameters', shapesOf(cell.params(sizes, rng(0)))],
      ['  readout', readout === 'none' ? 'none: the output is v' : `W_out [${m}, ${d}], b_out [${m}]`],
      ['  loss', lossText(loss)],
      ['  start', typeof start === 'string' ? start : 'a given state'],
    ],
  }
}

/** A network that reads from both ends. */
export const bidirectionalTable = ({ forward, backward, sizes, loss, start }: Bidirectional): Table => {
  const { d, n, m } = sizes
  return {
    title: `a bidirectional network: d = ${d} units each way, n = ${n} inputs, m = ${m} outputs`,
    rows: [
      ['  forward', shapesOf(forward.params(sizes, rng(0)))],
      ['  backward', shapesOf(backward.params(sizes, rng(0)))],
      ['  readout', `W_out [${m}, ${2 * d}], b_out [${m}]`],
      ['  loss', lossText(loss)],
      ['  start', start],
    ],
  }
}

/** Layers that read from both ends. */
export const bidirectionalStackTable = ({ layers, sizes: { d, n, m }, loss }: BidirectionalStack): Table => ({
  title: `${layers.length} layers from both ends: d = ${d} units each way, n = ${n} inputs, m = ${m} outputs`,
  rows: [
    ...layers.map(([forward], l): [string, string] => [
      `  layer${l + 1}`,
      shapesOf(forward.params({ d, n: l === 0 ? n : 2 * d, m }, rng(0))),
    ]),
    ['  readout', `W_out [${m}, ${2 * d}], b_out [${m}]`],
    ['  loss', lossText(loss)],
  ],
})

/** A step of training. */
export const trainStepTable = ({ step, loss, output, gradient, θ }: TrainStep<Branch>): Table => ({
  title: `step ${step} of training`,
  rows: [
    ['  loss', String(Number(loss.toPrecision(6)))],
    ['  output', brief(output, 60)],
    [
      '  gradient',
      gradient
        ? `norm ${normOfTree(gradient as never).toPrecision(4)}, the mean since the last update; θ has moved`
        : 'no update at this step',
    ],
    ['  θ', shapesOf(θ)],
  ],
})

/** A primitive: how it acts on entries, its smoothness, its batching. */
export const primitiveTable = ({ name, kind, smooth = 'smooth', batch }: Row): Table => ({
  title: `a primitive: ${name}`,
  rows: [
    ['  kind', kind],
    ['  is', smooth],
    ['  batch', batch ? 'its own' : 'the row itself'],
  ],
})

const mark = ({ passed, verdict }: Claim): string => (passed === false ? 'FAILED' : verdict)

const worst = (one: Claim): string =>
  one.passed === undefined ? '' : (one.worst ?? Number.NaN).toExponential(0).padStart(5)

/** Claims, a line each; of decided ones the largest residual, of one alone the counterexample. */
export const claimTable = (claims: readonly Claim[]): Table => ({
  rows: claims.map(one => [mark(one).padEnd(7), worst(one), one.claim]),
  ...(claims.length === 1 && claims[0]?.counterexample !== undefined && { notes: [claims[0].counterexample] }),
})
