/** What is not of one run, as tables of facts: cells, networks, rules, primitives, claims. */
import { bracket } from '../../ad/errors.ts'
import type { Shape } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Row } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import type { Network } from '../../nets/network.ts'
import { rng } from '../../nets/random.ts'
import type { Facts } from '../../nets/run/rule.ts'
import type { TrainStep } from '../../nets/train/online.ts'
import { normOfTree } from '../../nets/train/optimisers.ts'
import type { RuleFacts } from '../../rules/parts/facts.ts'
import { type Entry, factsOf } from '../../rules/registry.ts'
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
    return { title: 'a cell of fixed sizes: put it in a network to see its parameters', rows: [] }
  }
}

export const networkTable = ({ cell, sizes: { d, n, m }, loss, start, readout }: Network): Table => {
  const parameters = named(cell.params({ d, n, m }, rng(0)))
  return {
    title: `a network: d = ${d} units, n = ${n} inputs, m = ${m} outputs`,
    rows: [
      ['  parameters', parameters.map(([name, leaf]) => `${name} ${bracket(leaf.shape)}`).join(', ')],
      ['  readout', readout === 'none' ? 'none: the output is v' : `W_out [${m}, ${d}], b_out [${m}]`],
      ['  loss', loss.finish ? 'of the whole run' : 'a sum over time'],
      ['  start', typeof start === 'string' ? start : 'a given state'],
    ],
  }
}

/** Rules by name, a line each. */
export const registryTable = (rules: { readonly [name: string]: Entry }): Table => ({
  head: ['rule', 'faces', 'changes', 'keeps', 'is', 'a step'],
  rows: Object.entries(rules).map(([name, entry]) => {
    const { faces, both, changes, keeps, exactness, cost } = factsOf(entry) as Partial<RuleFacts>
    const changed = changes === 'nothing' ? '' : (changes ?? '')
    return [name, both ? 'both' : (faces ?? ''), changed, keeps ?? '', exactness ?? '', cost?.time ?? '']
  }),
})

/** What is known of a rule: all of it for one of the registry, of others what they say. */
export const ruleTable = (entry: Entry): Table => {
  const facts = factsOf(entry) as Facts & Partial<RuleFacts>
  const { name, title, faces, both, changes, keeps, exactness, cost, papers, options = {} } = facts
  const known: readonly (readonly [string, string | undefined])[] = [
    ['faces', both ? 'both ways' : `the ${faces}`],
    ['changes', changes],
    ['keeps', keeps],
    ['is', exactness],
    ['a step', cost && `${cost.time} operations, ${cost.memory} numbers`],
    ...Object.entries(options).map(
      ([option, { range, default: value, means }]) => [option, `${means}: ${range}, ${value} by default`] as const,
    ),
    ['paper', papers && `${papers[0].authors} ${papers[0].year}`],
  ]
  const what = typeof entry === 'function' ? `a maker of rules: call ${name}` : 'a rule'
  return {
    title: `${title ?? name}, ${what}`,
    rows: known.flatMap(([key, value]) => (value === undefined ? [] : [[`  ${key}`, value]])),
  }
}

/** A step of training. */
export const trainStepTable = ({ step, loss, gradient, θ }: TrainStep<Branch>): Table => ({
  title: `step ${step} of training`,
  rows: [
    ['  loss', String(Number(loss.toPrecision(6)))],
    [
      '  gradient',
      gradient
        ? `moved θ by an update of the mean gradient, norm ${normOfTree(gradient as never).toPrecision(4)}`
        : 'no update at this step',
    ],
    [
      '  θ',
      named(θ)
        .map(([name, leaf]) => `${name} ${bracket(leaf.shape)}`)
        .join(', '),
    ],
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
