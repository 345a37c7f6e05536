/** What is not of one run, as tables of facts: cells, tasks, rules, primitives, claims. */
import { bracket } from '../../ad/errors.ts'
import type { Shape } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Row } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import type { Network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Member } from '../family.ts'
import type { Claim } from './guards.ts'
import { named } from './run-tables.ts'
import type { Table } from './table.ts'

/** Sizes that no product of the others meets, so that a shape says which of them it is made of. */
const probe = { d: 11, n: 7, m: 5 } as const
const sizeName = (size: number): string => {
  const [name, unit] = Object.entries(probe).find(([, known]) => size % known === 0) ?? ['', size]
  return name === '' || size === 0 ? String(size) : `${size === unit ? '' : size / unit}${name}`
}
const letters = (shape: Shape): string => `[${shape.map(sizeName).join(', ')}]`

/** What a cell keeps: names and shapes in d units, n inputs, m outputs. Cells of fixed sizes say only that. */
export const cellTable = (cell: Cell<Branch, Branch>): Table => {
  const list = (tree: Branch): readonly string[] => named(tree).map(([name, leaf]) => `${name} ${letters(leaf.shape)}`)
  try {
    const rows = [
      ['parameters', list(cell.params(probe, rng(0))).join(', ')],
      ['state', list(cell.zeroState(probe)).join(', ')],
    ]
    return { title: 'a cell of d units, n inputs', rows: rows.map(([name, what]) => [`  ${name}`, what ?? '']) }
  } catch {
    return { title: 'a cell of fixed sizes: put it in a task to see its parameters', rows: [] }
  }
}

export const taskTable = ({ cell, sizes: { d, n, m }, loss, start, readout }: Network): Table => {
  const parameters = named(cell.params({ d, n, m }, rng(0)))
  return {
    title: `a task: d = ${d} units, n = ${n} inputs, m = ${m} outputs`,
    rows: [
      ['  parameters', parameters.map(([name, leaf]) => `${name} ${bracket(leaf.shape)}`).join(', ')],
      ['  readout', readout === 'none' ? 'none: the output is v' : `W_out [${m}, ${d}], b_out [${m}]`],
      ['  loss', loss.finish ? 'of the whole run' : 'a sum over time'],
      ['  start', typeof start === 'string' ? start : 'a given state'],
    ],
  }
}

/** The family, a line a rule. */
export const familyTable = (family: { readonly [name: string]: Member }): Table => ({
  head: ['rule', 'faces', 'changes', 'keeps', 'is', 'a step'],
  rows: Object.entries(family).map(([name, { faces, changes, keeps, grade, cost }]) => [
    name,
    faces,
    changes === 'nothing' ? '' : changes,
    keeps,
    grade,
    cost,
  ]),
})

export const memberTable = ({ faces, changes, keeps, grade, cost, paper, k }: Member): Table => ({
  title: `a rule of the family: ${paper}`,
  rows: [
    ['  faces', faces],
    ['  changes', changes],
    ['  keeps', keeps],
    ['  is', grade],
    ['  a step', cost],
    ...(k ? [['  k counts', k.counts]] : []),
  ],
})

/** What a primitive says of itself. */
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

/** Claims, a line each; of decided ones the largest residual, and of one alone what was found. */
export const claimTable = (claims: readonly Claim[]): Table => ({
  rows: claims.map(one => [mark(one).padEnd(7), worst(one), one.claim]),
  ...(claims.length === 1 && claims[0]?.counterexample !== undefined && { notes: [claims[0].counterexample] }),
})
