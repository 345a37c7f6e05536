/** What an object of the project is, by its shape: records have no class. */
import type { Linear } from '../../ad/linear/linear.ts'
import type { Tensor } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import { isValue, type Row } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import type { Network } from '../../nets/network.ts'
import type { Bidirectional } from '../../nets/run/bidirectional.ts'
import type { BidirectionalStack } from '../../nets/run/bidirectional-stack.ts'
import type { AnyRule, RuleFor } from '../../nets/run/rule.ts'
import type { Run, Timestep } from '../../nets/run/timestep.ts'
import type { TrainStep } from '../../nets/train/online.ts'
import type { Entry } from '../../rules/registry.ts'
import type { Triangle } from './triangle.ts'

type Plain = { readonly [name: string]: unknown }

/** A record or list made by hand or by this project: no class, no built-in. */
export const isRecord = (x: unknown): x is Plain =>
  typeof x === 'object' && x !== null && [Object.prototype, null].includes(Object.getPrototypeOf(x))

const has = (x: unknown, ...names: readonly string[]): x is Plain => isRecord(x) && names.every(name => name in x)
const does = (x: unknown, ...names: readonly string[]): boolean =>
  has(x, ...names) && names.every(name => typeof x[name] === 'function')

export const isTensor = (x: unknown): x is Tensor =>
  isValue(x) && x.interpreter === null && x.data instanceof Float64Array

const tags = ['Taped', 'Dense', 'Sparse', 'Outer', 'Identity', 'Masked', 'Compose', 'Sum', 'Scale', 'Zero']
export const isMap = (x: unknown): x is Linear<unknown, unknown> =>
  has(x, 'tag', 'from', 'to') && tags.includes(String(x.tag)) && has(x.from, 'size') && has(x.to, 'size')

export const isTimestep = (x: unknown): x is Timestep =>
  has(x, 'jacobian', 'immediate', 'logitError', 'before', 'after') && isMap(x.jacobian)

export const isRun = (x: unknown): x is Run => Array.isArray(x) && x.length > 0 && x.every(isTimestep)

export const isCell = (x: unknown): x is Cell<Branch, Branch> =>
  does(x, 'params', 'zeroState', 'start', 'step', 'output')

export const isNetwork = (x: unknown): x is Network => has(x, 'cell', 'sizes', 'loss', 'start') && isCell(x.cell)

/** A bidirectional network. */
export const isBidirectional = (x: unknown): x is Bidirectional =>
  has(x, 'forward', 'backward', 'sizes', 'loss') && isCell(x.forward) && isCell(x.backward)

/** Layers that read from both ends. */
export const isBidirectionalStack = (x: unknown): x is BidirectionalStack =>
  has(x, 'layers', 'sizes', 'loss') && Array.isArray(x.layers) && x.layers.every(pair => [pair].flat().every(isCell))

/** A rule, or one that is made for a network. */
export const isRule = (x: unknown): x is AnyRule =>
  has(x, 'name', 'faces') && (does(x, 'init', 'step') || does(x, 'on'))

/** A rule that is made for a network. */
export const isRuleFor = (x: unknown): x is RuleFor => isRule(x) && 'on' in x

/** A function that makes a rule from options. */
export const isMaker = (x: unknown): x is Entry & ((...options: never[]) => unknown) =>
  typeof x === 'function' && 'facts' in x

const isEntry = (x: unknown): x is Entry => isRule(x) || isMaker(x)

/** Rules and makers of rules by name. */
export const isRegistry = (x: unknown): x is { readonly [name: string]: Entry } =>
  isRecord(x) && Object.keys(x).length > 1 && Object.values(x).every(isEntry)

export const isTrainStep = (x: unknown): x is TrainStep<Branch> =>
  has(x, 'step', 'loss', 'θ', 'memory', 'state') && typeof x.state === 'function'

/** A row of the table of primitives. */
export const isPrimitive = (x: unknown): x is Row => has(x, 'name', 'kind', 'shape', 'write', 'push', 'pull')

/** A claim, decided or not. */
export interface Claim {
  readonly claim: string
  readonly verdict: 'holds' | 'refuted'
  readonly passed?: boolean
  readonly worst?: number
  readonly runs?: number
  readonly counterexample?: string
}
export const isClaim = (x: unknown): x is Claim => has(x, 'claim', 'verdict') && typeof x.claim === 'string'

/** Records of tensors, to any depth; none that is part of itself. */
export const isBranch = (x: unknown, around: readonly unknown[] = []): x is Branch =>
  has(x) &&
  !isValue(x) &&
  !around.includes(x) &&
  Object.values(x).every(part => isTensor(part) || isBranch(part, [...around, x]))

/** An iterable that can be read more than once: no generator, no list. */
export const isLazy = (x: unknown): x is Iterable<unknown> =>
  isRecord(x) && typeof (x as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function' && !('next' in x)

/** An iterable that can be read once. */
export const isGenerator = (x: unknown): boolean => Object.prototype.toString.call(x) === '[object Generator]'

/** Every pair (loss time, parameter time) of a run, and both ways of adding them up. */
export const isTriangle = (x: unknown): x is Triangle =>
  has(x, 'pairs', 'rows', 'columns') && [x.pairs, x.rows, x.columns].every(Array.isArray)
