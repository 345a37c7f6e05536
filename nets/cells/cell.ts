import { hasMethod } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { KindError, NameError } from '../../ad/errors.ts'
import {
  refuseText,
  requireCount,
  requireFunction,
  requireList,
  requireNames,
  requireRecord,
} from '../../ad/require.ts'
import { full, type Shape, tensorOf, zeros } from '../../ad/tensor.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Value } from '../../ad/value.ts'
import { describeKind, type Kind, kindOf } from '../kinds.ts'
import type { Random } from '../random.ts'

/** How many units (d), inputs (n) and outputs (m). */
export interface Sizes {
  readonly d: number
  readonly n: number
  readonly m: number
}

/** A network's step in time, as plain functions of parameters and state. */
export interface Cell<P extends Branch, S extends Branch> {
  /** Parameters to begin with. */
  params(sizes: Sizes, random: Random): P
  /** What `start` is given where nothing is learned: zeros. */
  zeroState(sizes: Sizes): S
  /** The state before the first input; a program too, differentiated at timestep 0. */
  start(θ0: S): S
  /** The state after an input x [n]. */
  step(θ: P, s: S, x: Value): S
  /** What the readout and a layer above see after the input x, [width]; its parameters are learned beside those of the readout. */
  output(θ: P, s: S, x: Value): Value
  /** How many numbers the output has; d by default. */
  width?(sizes: Sizes): number
  /** Whether an input may also be the number [] of a symbol, from 0 to n - 1, in place of its one-hot vector. */
  readonly numbered?: true
  /** Whether a step branches on concrete values, so that only the eager engine runs it. */
  readonly eager?: true
  /** What a broadcast of the error reaches, units in a row; by default what the readout sees; in a stack all its layers. */
  broadcast?(θ: P, s: S, x: Value): Value
}

/** How many numbers the output of a cell has. */
export const widthOf = <P extends Branch, S extends Branch>({ width }: Cell<P, S>, sizes: Sizes): number =>
  width ? width(sizes) : sizes.d

/** What a broadcast of the error reaches in a state of a cell. */
export const broadcastOf = <P extends Branch, S extends Branch>(cell: Cell<P, S>, θ: P, s: S, x: Value): Value =>
  cell.broadcast ? cell.broadcast(θ, s, x) : cell.output(θ, s, x)

/** The options of a cell that takes none: others' are refused by name. */
export type NoOptions = Readonly<Record<string, never>>

/** What is done with what is no cell. */
const instead: { readonly [K in Kind]?: string } = {
  'a bidirectional network':
    'Layers from both ends are a network: bidirectionalStack([[lstm(), lstm()], …], sizes, loss)',
  'a learning rule': 'A rule is given to gradient or train, with the network of a cell: gradient(bptt, net)',
}

/** Refuses what is no cell. Throws a KindError. */
export const requireCell = (who: string, given: unknown): void => {
  const kind = kindOf(given)
  if (hasMethod(given, 'step') && kind !== 'a learning rule') return
  throw new KindError({
    who,
    given: describeKind(given),
    wanted: 'a cell, such as leaky()',
    remedy: (kind && instead[kind]) ?? 'Call it: leaky(), not leaky',
  })
}

type Dim = 'd' | 'n' | number
type Layout = { readonly [name: string]: readonly Dim[] }
type Values<L extends Layout> = { readonly [K in keyof L]: Value }

const sizeOf = (dim: Dim, sizes: Sizes): number => {
  if (typeof dim === 'number') return dim
  if (dim === 'd' || dim === 'n') return sizes[dim]
  const near = nearest(String(dim), ['d', 'n'])
  throw new NameError({
    who: 'cell',
    given: `a size '${dim}'`,
    wanted: "'d' units, 'n' inputs, or a number",
    remedy: near === undefined ? 'Write a size as a number' : `Did you mean '${near}'?`,
  })
}

const measured = (dims: readonly Dim[], sizes: Sizes): Shape => dims.map(dim => sizeOf(dim, sizes))

const namesOf = (tree: Branch): string => Object.keys(tree).join(', ') || 'nothing'

/** A step whose slip in a name is reported with the names that there are. */
const explained =
  <P extends Branch, S extends Branch>(step: (θ: P, s: S, x: Value) => S) =>
  (θ: P, s: S, x: Value): S => {
    try {
      return step(θ, s, x)
    } catch (thrown) {
      if (!(thrown instanceof KindError && thrown.who === 'value' && thrown.given === 'undefined')) throw thrown
      const { who, given } = thrown
      const remedy = `θ has ${namesOf(θ)}; the state has ${namesOf(s)}`
      throw new KindError({ who, given: `${given} in the step of a cell`, wanted: 'a value or a plain number', remedy })
    }
  }

/** Refuses a layout that names no parameters or no state. */
const requireLayout = (layout: { readonly params?: unknown; readonly state?: unknown }): void => {
  const missing = (['params', 'state'] as const).find(
    part => typeof layout?.[part] !== 'object' || layout[part] === null,
  )
  if (missing !== undefined)
    throw new KindError({
      who: 'cell',
      given: `a layout without ${missing}`,
      wanted: "{ params: { W: ['d', 'd'] }, state: { h: ['d'] } }",
      remedy: 'Name the parameters and the state, each with its shape; a function alone has W, V, b and h',
    })
  for (const part of ['params', 'state'] as const)
    for (const [name, dims] of Object.entries(layout[part] as object))
      requireList('cell', dims, `the sizes of ${part}.${name} in a list`, "Write { W: ['d', 'd'], b: ['d'] }")
}

const each = <L extends Layout>(layout: L, f: (dims: readonly Dim[], name: string) => Value): Values<L> =>
  Object.fromEntries(Object.entries(layout).map(([name, dims]) => [name, f(dims, name)])) as Values<L>

/** What a cell may say for itself beyond its step. */
type Given<P extends Layout, S extends Layout> = Partial<
  Pick<Cell<Values<P>, Values<S>>, 'output' | 'width' | 'start'>
> & {
  /** Where parameters begin, by name; `fanIn` for the rest. */
  readonly initial?: { readonly [K in keyof P]?: Initialiser }
}

/** Initial values of a parameter. */
export type Initialiser = (shape: Shape, random: Random) => Value

/** Matrices N(0, 1/fan-in), vectors 0. */
export const fanIn: Initialiser = (shape, random) => {
  if (shape.length < 2) return zeros(shape)
  const deviation = 1 / Math.sqrt(shape.at(-1) as number)
  const { data } = random.draw({ law: 'normal', shape })
  return tensorOf(
    shape,
    data.map(x => x * deviation),
  )
}

/** The same number everywhere. */
export const constant =
  (value: number): Initialiser =>
  shape =>
    full(shape, value)

type Step<P extends Layout, S extends Layout> = (θ: Values<P>, s: Values<S>, x: Value) => Values<S>

const plain = { params: { W: ['d', 'd'], V: ['d', 'n'], b: ['d'] }, state: { h: ['d'] } } as const
type Plain = typeof plain

const cellOf = <P extends Layout, S extends Layout>(
  { params, state }: { readonly params: P; readonly state: S },
  step: Step<P, S>,
  { initial = {}, ...given }: Given<P, S>,
): Cell<Values<P>, Values<S>> => ({
  params: (sizes, random) => each(params, (dims, name) => (initial[name] ?? fanIn)(measured(dims, sizes), random)),
  zeroState: sizes => each(state, dims => zeros(measured(dims, sizes))),
  start: θ0 => θ0,
  step: explained(step),
  output: (_, s) => (s.h ?? Object.values(s)[0]) as Value,
  ...given,
})

interface Celling {
  /** A cell of a function alone: θ has W [d, d], V [d, n], b [d], the state h [d]. */
  (step: Step<Plain['params'], Plain['state']>): Cell<Values<Plain['params']>, Values<Plain['state']>>
  <P extends Layout, S extends Layout>(
    layout: { readonly params: P; readonly state: S },
    step: Step<P, S>,
    given?: Given<P, S>,
  ): Cell<Values<P>, Values<S>>
}

/**
 * A cell of a plain function: `cell({ params: { W: ['d', 'd'] }, state: { h: ['d'] } }, (θ, s, x) => …)`.
 * Sizes are given by name, or as numbers. The output is the state's `h`, or its first entry, unless `output: (θ, s, x) => …` says
 * otherwise, with `width: ({ d }) => …` where it has not d numbers.
 */
export const cell = ((layout: Plain | Step<never, never>, step: never, given: never = {} as never) => {
  refuseText('cell', layout)
  if (typeof layout === 'function') return cellOf(plain, layout as never, {})
  requireLayout(layout)
  requireFunction('cell', step, 'a step (θ, s, x) => …', 'The layout comes first, then the step')
  requireNames('cell', layout, ['params', 'state'])
  requireNames('cell', given, ['output', 'width', 'start', 'initial'])
  requireNames('cell: initial', (given as Given<Layout, Layout>).initial ?? {}, Object.keys(layout.params))
  return cellOf(layout, step, given)
}) as unknown as Celling

/** Refuses sizes that are not whole numbers of at least 1. */
export const checkSizes = (sizes: Sizes): Sizes => {
  requireRecord('sizes', sizes, 'a record of d, n and m', 'Write { d: 32, n: 1, m: 1 }')
  for (const [name, size] of Object.entries({ d: sizes.d, n: sizes.n, m: sizes.m }))
    requireCount('sizes', `${name} = ${size}`, size, 'd counts the units, n the inputs, m the outputs')
  return sizes
}
