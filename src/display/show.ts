/** Anything of the project as the prompt and notebooks print it, in 80 columns: by what it is, not by its fields. */
import { bracket } from '../../ad/errors.ts'
import type { Linear } from '../../ad/linear/linear.ts'
import { show } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue, type Row } from '../../ad/value.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { type Entry, factsOf } from '../../rules/registry.ts'
import * as is from './guards.ts'
import * as facts from './info-tables.ts'
import { inspect } from './inspect.ts'
import { structure } from './linear.ts'
import * as rules from './rule-tables.ts'
import * as tables from './run-tables.ts'
import { columns, cut, type Table, textOf, wrapped } from './table.ts'
import { portrait } from './triangle.ts'

const list =
  <A>(of: (x: unknown) => x is A) =>
  (x: unknown): x is readonly A[] =>
    Array.isArray(x) && x.length > 0 && x.every(of)
const claims = list(is.isClaim)

type Known = readonly [is: (x: unknown) => boolean, as: (x: never) => Table, outline: (x: never) => string]

/** What is shown as a table, and as a part of something else in a word or two. */
const known: readonly Known[] = [
  [is.isTimestep, tables.timestepTable, () => 'a timestep'],
  [is.isRun, tables.runTable, (run: readonly unknown[]) => `a run of ${run.length - 1} steps`],
  [is.isNetwork, facts.networkTable, () => 'a network'],
  [is.isBidirectional, facts.bidirectionalTable, () => 'a bidirectional network'],
  [is.isBidirectionalStack, facts.bidirectionalStackTable, () => 'layers from both ends'],
  [is.isCell, facts.cellTable, () => 'a cell'],
  [is.isPrimitive, facts.primitiveTable, ({ name, kind }: Row) => `${name}, ${kind}`],
  [is.isMaker, rules.ruleTable, (make: Entry) => `a maker of rules, ${factsOf(make).name}`],
  [is.isRule, rules.ruleTable, ({ name }: AnyRule) => `the rule ${name}`],
  [is.isRegistry, rules.registryTable, () => 'rules by name'],
  [is.isTrainStep, facts.trainStepTable, ({ step }: { readonly step: number }) => `step ${step} of training`],
  [is.isClaim, (claim: is.Claim) => facts.claimTable([claim]), ({ claim }: is.Claim) => claim],
  [claims, facts.claimTable, (all: readonly unknown[]) => `${all.length} claims`],
] as never

/** The table of a value that is one by its nature. */
export const tableOf = (value: unknown): Table | undefined => {
  const row = known.find(([fits]) => fits(value))
  if (row) return row[1](value as never)
  return is.isBranch(value) && (tall(value) || inspected(value).includes('\n')) ? tables.branchTable(value) : undefined
}

/** The longest line of structure that is still read. */
const readable = 240

const mapText = (f: Linear<unknown, unknown>): string => {
  const depths = [6, 5, 4, 3, 2, 1, 0].map(depth => structure(f, depth))
  const words = depths.find(text => text.length <= readable) ?? structure(f, 0)
  const head = wrapped(`linear map ${f.from.size} → ${f.to.size}: ${words}`, 80, '  ')
  return f.tag === 'Dense' && is.isTensor(f.matrix)
    ? `${head}\n${show(f.matrix).split('\n').slice(1).join('\n')}`
    : head
}

const most = 8

/** An iterable that can be read again, with its first few items. */
const lazyText = (lazy: Iterable<unknown>): string => {
  const items: unknown[] = []
  for (const each of lazy) {
    if (items.length === most) break
    items.push(each)
  }
  const lines = items.map((each, i) => `  ${i}  ${outline(each)}`)
  return ['read as it is asked for; [...it] has all:', ...lines, ...(items.length === most ? ['  …'] : [])].join('\n')
}

const outline = (value: unknown): string => {
  const row = known.find(([fits]) => fits(value))
  if (row) return row[2](value as never)
  if (is.isMap(value)) return `linear map ${structure(value, 1)}`
  if (is.isTriangle(value)) return `a triangle of ${value.rows.length} steps`
  if (is.isBranch(value) && tall(value)) return cut(branchOutline(value), 60)
  if (Array.isArray(value)) return cut(`[${value.map(outline).join(', ')}]`, 72)
  return inspected(value).split('\n')[0] ?? ''
}

const branchOutline = (tree: Branch): string =>
  tables
    .named(tree)
    .map(([path, { shape }]) => `${path} ${bracket(shape)}`)
    .join(', ')

/** Whether a matrix is in it, so that it takes more than a line. */
const tall = (tree: Branch): boolean => tables.named(tree).some(([, { shape }]) => shape.length > 1)

const custom = Symbol.for('nodejs.util.inspect.custom')
const depth = 3
const listed = 20

const isPart = (value: unknown): boolean =>
  is.isMap(value) || is.isTriangle(value) || (is.isBranch(value) && tall(value)) || known.some(([fits]) => fits(value))

/** The same record, its parts of the project replaced by what they are called. */
const outlined = (value: unknown, left = depth): unknown => {
  if (left < depth && isPart(value)) return { [custom]: () => outline(value) }
  if (left === 0 || isValue(value) || (typeof value === 'object' && value !== null && custom in value)) return value
  if (Array.isArray(value)) return value.map((part, i) => (i < listed ? outlined(part, left - 1) : part))
  if (!is.isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, outlined(part, left - 1)]))
}

const inspected = (value: unknown): string =>
  inspect(outlined(value), { depth, maxArrayLength: listed, breakLength: columns })

/** A value in text, at most 80 columns wide where it is one of the project's; a text of several lines as it is. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string' && value.includes('\n')) return value
  if (is.isTensor(value)) return show(value)
  if (isValue(value)) return `a value ${bracket(value.shape)} inside a derivative, a batch or a trace`
  if (is.isMap(value)) return mapText(value)
  const table = tableOf(value)
  if (table) return textOf(table)
  if (is.isTriangle(value)) return portrait(value)
  if (is.isGenerator(value)) return 'a generator, read once as it is asked for: for (const one of it), or [...it]'
  return is.isLazy(value) ? lazyText(value) : inspected(value)
}
