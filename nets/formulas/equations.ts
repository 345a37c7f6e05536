/** The equations of a cell, from its program: what a step computes, and the two linear maps of a timestep, block by block. */
import { type Linear, reaches, type Taped } from '../../ad/linear/linear.ts'
import { linearizePair } from '../../ad/linear/linearize.ts'
import { local, own } from '../../ad/linear/own.ts'
import { backward, collect, pushforward } from '../../ad/modes/tape.ts'
import { type Expression, type Grade, type Mark, negative, sum, symbol } from '../../ad/symbols/expression.ts'
import { type Symbolic, symbolic } from '../../ad/symbols/interpreter.ts'
import { type Shape, zeros } from '../../ad/tensor.ts'
import { type Branch, leavesOf, rebuild } from '../../ad/tree.ts'
import { isValue, type Value } from '../../ad/value.ts'
import { broadcastOf } from '../cells/cell.ts'
import type { AnyCell } from '../cells/stacked.ts'
import { rng } from '../random.ts'
import { type Blocks, type Definition, definitionsOf, diagonals, type Leaf, settling } from './definitions.ts'

export type Symbols = ReturnType<typeof symbolic>

/** What a step computes, and how: each name in terms of those before it. */
export interface Equations {
  readonly definitions: readonly Definition[]
  readonly states: readonly Leaf[]
  readonly params: readonly Leaf[]
  /** The output o of the cell, and ∂o/∂s: one row of blocks. */
  readonly output: Expression
  readonly outputMap: Blocks
  /** Whether the output has parameters of its own; what they get beside the state's is in no block. */
  readonly outputIsLearned: boolean
  /** The outputs r that a broadcast of the error reaches, layer by layer, and ∂r/∂s: a row of blocks each. */
  readonly broadcastOutputs: readonly Expression[]
  readonly broadcastMap: Blocks
  /** J = ∂s/∂s₋, of which own is the own-unit part and crossUnit the rest. */
  readonly jacobian: Blocks
  readonly own: Blocks
  readonly crossUnit: Blocks
  /** B = ∂s/∂θ with s₋ held; local where other units are not followed. */
  readonly immediate: Blocks
  readonly local: Blocks
}

const sizes = { d: 3, n: 2, m: 2 }
const grades: readonly Grade[] = ['scalar', 'column', 'matrix']

const leavesIn = (tree: Branch, path: readonly string[] = []): readonly { path: readonly string[]; shape: Shape }[] =>
  Object.entries(tree).flatMap(([name, leaf]) =>
    isValue(leaf) ? [{ path: [...path, name], shape: leaf.shape }] : leavesIn(leaf, [...path, name]),
  )

const marked = (tree: Branch, time?: Mark['time']): readonly Leaf[] =>
  leavesIn(tree).map(({ path, shape }) => {
    const layer = path
      .slice(0, -1)
      .map(name => name.replace(/^layer/, ''))
      .join('.')
    const mark: Mark = {
      base: path.at(-1) as string,
      grade: grades[shape.length] ?? 'matrix',
      ...(time !== undefined && { time }),
      ...(layer && { layer }),
    }
    return { mark, name: symbol(mark), shape }
  })

/** The matrix of a recorded linear map in blocks, by pushes of unit tangents. */
export const byPushes = <A, B>({ expressionOf, unit }: Symbols, { tape, sources }: Taped<A, B>): Blocks => {
  const columns = sources.map(source => {
    const inputs = tape.inputs.map((input, i) => (i === source ? unit(input.shape, 'columns') : undefined))
    return collect(pushforward(tape, inputs), tape.ends, tape.outputs).map(expressionOf)
  })
  return tape.outputs.map((_, row) => columns.map(column => column[row] as Expression))
}

/** The same by pulls of unit cotangents. */
export const byPulls = <A, B>({ expressionOf, unit }: Symbols, { tape, sources }: Taped<A, B>): Blocks =>
  tape.outputs.map((_, row) => {
    const cotangents = tape.outputs.map((out, i) => (i === row ? unit(out.shape, 'rows') : zeros(out.shape)))
    const like = sources.map(slot => tape.inputs[slot] as Value)
    return collect(backward(tape, cotangents, sources), sources, like).map(expressionOf)
  })

const mapped = (blocks: Blocks, f: (x: Expression, row: number, column: number) => Expression): Blocks =>
  blocks.map((list, row) => list.map((x, column) => f(x, row, column)))

/** A linear map to joined vectors as one to each of them: its tape without the step that joins. */
const withoutConcat = <A, B>(arrow: Taped<A, B>): Taped<A, B> => {
  const { tape } = arrow
  const last = tape.entries.at(-1)
  if (last?.row.name !== 'concat') return arrow
  return { ...arrow, tape: { ...tape, entries: tape.entries.slice(0, -1), ends: last.from, outputs: last.args } }
}

/** A step of a cell on symbols: its leaves, the state after it, and its two linear maps on one tape. */
export const steppedOn = (symbols: Symbols, cell: AnyCell) => {
  const [θ, s] = [cell.params(sizes, rng(0)), cell.start(cell.zeroState(sizes))]
  const [params, before, states] = [marked(θ), marked(s, -1), marked(s, 0)]
  const valued = (tree: Branch, leaves: readonly Leaf[]) =>
    rebuild(
      tree,
      leaves.map(({ name, shape }) => symbols.value(name, shape)),
    )
  const x: Symbolic = symbols.value(symbol({ base: 'x', grade: 'column', time: 0 }), [sizes.n])
  const [after, immediate, jacobian] = linearizePair(
    (p: Branch, h: Branch): Branch => cell.step(p, h, x),
    valued(θ, params),
    valued(s, before),
  )
  const shown = (p: Branch, h: Branch): Value => cell.output(p, h, x)
  const [output, byParams, outputMap] = linearizePair(shown, valued(θ, params), valued(s, states))
  const reached = (p: Branch, h: Branch): Value => broadcastOf(cell, p, h, x)
  const [, , broadcastMap] = linearizePair(reached, valued(θ, params), valued(s, states))
  return {
    params,
    states,
    after,
    immediate,
    jacobian,
    output,
    outputMap,
    outputIsLearned: reaches(byParams),
    broadcastMap: withoutConcat(broadcastMap as Taped<Branch, Value>),
  }
}

/** The equations of a cell made for symbols. Throws a KindError for a step that reshapes, slices or looks numbers up. */
export const equationsOf = (make: (symbols: Symbols) => AnyCell): Equations => {
  const symbols = symbolic()
  const { params, states, after, immediate, jacobian, output, outputMap, outputIsLearned, broadcastMap } = steppedOn(
    symbols,
    make(symbols),
  )
  const results = leavesOf(after).map(symbols.expressionOf)
  const definitions = definitionsOf(results, states, params)
  const settle = settling(definitions)
  const blocks = <A, B>(arrow: Linear<A, B>): Blocks => mapped(byPushes(symbols, arrow as Taped<A, B>), settle)
  const all = {
    jacobian: blocks(jacobian),
    own: blocks(own(jacobian)),
    immediate: blocks(immediate),
    local: blocks(local(immediate)),
  }
  const { definitions: more, rename } = diagonals(all.jacobian, all.immediate, states, params)
  const named = {
    jacobian: mapped(all.jacobian, rename),
    own: mapped(all.own, rename),
    immediate: mapped(all.immediate, rename),
    local: mapped(all.local, rename),
  }
  return {
    definitions: [...definitions, ...more],
    states,
    params,
    output: symbols.expressionOf(output),
    outputIsLearned,
    outputMap: byPushes(symbols, outputMap as Taped<Branch, Value>),
    broadcastOutputs: broadcastMap.tape.outputs.map(symbols.expressionOf),
    broadcastMap: byPushes(symbols, broadcastMap),
    ...named,
    crossUnit: mapped(all.jacobian, (x, i, j) => rename(sum(x, negative(all.own[i]?.[j] as Expression)))),
  }
}
