/**
 * Which entries can depend on which: a program read for its structure alone. Numbers are never read off: a weight that
 * happens to be 0 is still a wire, and only what the program itself holds, a mask of 0 and 1, can cut one.
 */
import { bracket, ShapeError } from '../errors.ts'
import { type Graph, isConstant, type Step } from '../modes/trace.ts'
import { type Shape, sameShape, sizeOf, type Tensor, tensorOf } from '../tensor.ts'
import { mapOf, type Row, type Value } from '../value.ts'
import { type Role, roleOf } from './own.ts'

/** Where a matrix [rows, columns.length] may be other than 0: the rows of each column, in order. */
export interface Pattern {
  readonly rows: number
  readonly columns: readonly (readonly number[])[]
}

type Set_ = ReadonlySet<number>
/** Of each entry of a value: whether it can be other than 0, and which inputs its derivative can see. */
interface Facts {
  readonly live: readonly boolean[]
  readonly sees: readonly Set_[]
}

const none: Set_ = new Set()
const union = (sets: readonly Set_[]): Set_ => {
  const some = sets.filter(set => set.size > 0)
  return some.length <= 1 ? (some[0] ?? none) : new Set(some.flatMap(set => [...set]))
}

const entriesOf = (shape: Shape): readonly number[] => [...Array(sizeOf(shape)).keys()]

const probes = [-1.7, 0.6, 2.3]

/** What an argument is tried at: the condition of a choice at 0 too, which takes the other side. */
const probesOf = ({ name }: Row, j: number): readonly number[] =>
  name === 'where' && j === 0 ? [0, ...probes] : probes

/** Every choice of probes for the arguments of an operation, 0 where `dead` says so. */
const trials = (row: Row, dead: readonly boolean[]): readonly (readonly number[])[] =>
  dead.reduce<readonly (readonly number[])[]>(
    (tried, zero, j) => tried.flatMap(xs => (zero ? [0] : probesOf(row, j)).map(x => [...xs, x])),
    [[]],
  )

const at = (row: Row, xs: readonly number[], options: unknown): number => {
  const out = new Float64Array(1)
  row.write(
    out,
    xs.map(x => tensorOf([], Float64Array.of(x))),
    options,
    [],
  )
  return out[0]!
}

/** What an operation on entries does where some arguments are 0 for good: whether it can be other than 0, and which it hears. */
interface Behaviour {
  readonly live: boolean
  readonly hears: readonly boolean[]
}

const probed = (row: Row, dead: readonly boolean[], options: unknown): Behaviour => {
  const tried = trials(row, dead)
  const hears = dead.map((_, j) => {
    const moves = tried.some(xs => new Set(probes.map(x => at(row, xs.with(j, x), options))).size > 1)
    return moves && mapOf(row.push, j) !== null
  })
  return { live: tried.some(xs => at(row, xs, options) !== 0), hears }
}

const behaviours = new WeakMap<Row, Map<string, Behaviour>>()

/** How an operation behaves where it has these options: found once for an operation without any. */
const behaviourOf = (row: Row, options: unknown): ((dead: readonly boolean[]) => Behaviour) => {
  const known = (options === undefined && behaviours.get(row)) || new Map<string, Behaviour>()
  if (options === undefined) behaviours.set(row, known)
  return dead => {
    const key = dead.join()
    const found = known.get(key) ?? probed(row, dead, options)
    known.set(key, found)
    return found
  }
}

const entrywise = ({ row, options, shape }: Step, args: readonly Facts[]): Facts => {
  const behaviour = behaviourOf(row, options)
  const each = entriesOf(shape).map(i => {
    const found = behaviour(args.map(arg => !arg.live[i]))
    const sees = union(args.map((arg, j) => (found.hears[j] ? (arg.sees[i] as Set_) : none)))
    return { live: found.live, sees }
  })
  return { live: each.map(({ live }) => live), sees: each.map(({ sees }) => sees) }
}

/** Numbers that are only moved: the row is run on the places they come from. */
const movedBy = ({ row, options, shape }: Step, args: readonly Facts[], shapes: readonly Shape[]): Facts => {
  let place = 0
  const places = shapes.map(one =>
    tensorOf(
      one,
      Float64Array.from(entriesOf(one), () => ++place),
    ),
  )
  const out = new Float64Array(sizeOf(shape))
  row.write(out, places, options, shape)
  const [live, sees] = [args.flatMap(arg => arg.live), args.flatMap(arg => arg.sees)]
  return {
    live: [...out].map(from => from > 0 && live[from - 1]!),
    sees: [...out].map(from => (from > 0 ? sees[from - 1]! : none)),
  }
}

type Pairs = (shapes: readonly Shape[], shape: Shape, out: number) => readonly (readonly [number, number])[]
const count = (n: number): readonly number[] => [...Array(n).keys()]

/** Which entries of the two arguments meet in an entry of their product. */
const products: { readonly [name: string]: Pairs } = {
  matvec: ([w], _, i) => count(w![1]!).map(j => [i * w![1]! + j, j] as const),
  column: ([table], _, i) => count(table![1]!).map(j => [i * table![1]! + j, 0] as const),
  dot: ([a]) => count(a![0]!).map(j => [j, j] as const),
  outer: (_, shape, at) => [[Math.floor(at / shape[1]!), at % shape[1]!]],
  matmul: ([a, b], _, at) => {
    const [k, n] = [a!.at(-1)!, b!.at(-1)!]
    const [row, column] = [Math.floor(at / n), at % n]
    const block = Math.floor(row / a!.at(-2)!) * k
    return count(k).map(j => [row * k + j, (block + j) * n + column] as const)
  },
}

const multiplied = (pairs: Pairs, { shape }: Step, [a, b]: readonly Facts[], shapes: readonly Shape[]): Facts => {
  const met = entriesOf(shape).map(out => pairs(shapes, shape, out))
  const supports = ([i, j]: readonly [number, number]): readonly Set_[] => [
    b!.live[j] ? a!.sees[i]! : none,
    a!.live[i] ? b!.sees[j]! : none,
  ]
  return {
    live: met.map(list => list.some(([i, j]) => a!.live[i] && b!.live[j])),
    sees: met.map(list => union(list.flatMap(supports))),
  }
}

/** The fibre of each entry of x along the axes named, numbered as the entries that are left. */
const fibres = (shape: Shape, axes: readonly number[]): readonly number[] =>
  entriesOf(shape).map(entry => {
    let [rest, place, stride] = [entry, 0, 1]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [n, i] = [shape[axis]!, rest % shape[axis]!]
      rest = Math.floor(rest / n)
      if (axes.includes(axis - shape.length)) continue
      place += i * stride
      stride *= n
    }
    return place
  })

/** Reductions along axes: what comes out of a fibre, once or in every place of it, depends on all of it. */
const reduced = ({ row, options, shape }: Step, [x]: readonly Facts[], [from]: readonly Shape[]): Facts => {
  const fibre = fibres(from!, (options as { readonly axes: readonly number[] }).axes)
  const members: number[][] = []
  for (const [i, to] of fibre.entries()) {
    members[to] ??= []
    members[to]!.push(i)
  }
  const linear = row.name === 'sum' || row.name === 'mean'
  const live = members.map(list => !linear || list.some(i => x!.live[i]))
  const sees = members.map(list => union(list.map(i => x!.sees[i]!)))
  if (!sameShape(from!, shape)) return { live, sees }
  return { live: fibre.map(to => live[to]!), sees: fibre.map(to => sees[to]!) }
}

/** What nothing is known of: every entry from every entry. */
const anything = ({ row, shape }: Step, args: readonly Facts[]): Facts => {
  const all = union(args.flatMap((arg, j) => (mapOf(row.push, j) ? arg.sees : [])))
  return { live: entriesOf(shape).map(() => true), sees: entriesOf(shape).map(() => all) }
}

const reductions = new Set(['sum', 'mean', 'softmax', 'logsumexp', 'logSoftmax'])
const moves = new Set(['reshape', 'spread', 'transpose', 'slice', 'concat'])

const factsOf = (step: Step, args: readonly Facts[], shapes: readonly Shape[]): Facts => {
  const { name, kind } = step.row
  const pairs = products[name]
  if (kind === 'elementwise') return entrywise(step, args)
  if (moves.has(name)) return movedBy(step, args, shapes)
  if (pairs) return multiplied(pairs, step, args, shapes)
  return reductions.has(name) ? reduced(step, args, shapes) : anything(step, args)
}

const blind = ({ live, sees }: Facts): Facts => ({ live, sees: sees.map(() => none) })

/**
 * The pattern of ∂outputs/∂inputs of a graph, both flat; of the inputs, only those chosen. `local`: contractions hear nothing
 * of activity, as in `local` of a linear map from these inputs.
 */
export const patternOfGraph = (
  { inputs, steps, outputs }: Graph,
  chosen: readonly number[],
  of: 'all' | 'local' = 'all',
): Pattern => {
  const starts = new Map<number, number>()
  let columns = 0
  for (const input of chosen) {
    starts.set(input, columns)
    columns += sizeOf(inputs[input]!)
  }
  const shapes: Shape[] = [...inputs]
  const facts: Facts[] = inputs.map((shape, input) => {
    const from = starts.get(input)
    const all = entriesOf(shape)
    return { live: all.map(() => true), sees: all.map(i => (from === undefined ? none : new Set([from + i]))) }
  })
  const roles = inputs.map((_, i): Role => (chosen.includes(i) ? 'weight' : null))
  const argFacts = (kind: Row['kind'], arg: number): Facts =>
    of === 'local' && kind === 'contraction' && roles[arg] === 'activity' ? blind(facts[arg]!) : facts[arg]!
  for (const step of steps) {
    const held = (constant: Tensor): Facts => ({
      live: [...constant.data].map(x => x !== 0),
      sees: [...constant.data].map(() => none),
    })
    const args = isConstant(step) ? [] : step.args
    facts.push(
      isConstant(step)
        ? held(step)
        : factsOf(
            step,
            args.map(arg => argFacts(step.row.kind, arg)),
            args.map(arg => shapes[arg]!),
          ),
    )
    shapes.push(step.shape)
    roles.push(
      isConstant(step)
        ? null
        : roleOf(
            step.row.kind,
            args.map(arg => roles[arg]!),
          ),
    )
  }
  return turned(
    outputs.flatMap(output => facts[output]!.sees),
    columns,
  )
}

/** A pattern from the columns that each row sees. */
const turned = (rows: readonly Set_[], columns: number): Pattern => {
  const lists: number[][] = Array.from({ length: columns }, () => [])
  for (const [row, sees] of rows.entries()) for (const column of sees) lists[column]!.push(row)
  return { rows: rows.length, columns: lists }
}

const sorted = (rows: Iterable<number>): readonly number[] => [...new Set(rows)].sort((a, b) => a - b)

/** The pattern of a product: rows reached through any entry of the inner one. */
export const after = (outer: Pattern, inner: Pattern): Pattern => ({
  rows: outer.rows,
  columns: inner.columns.map(rows => sorted(rows.flatMap(row => outer.columns[row]!))),
})

/** Both patterns together. */
export const either = (a: Pattern, b: Pattern): Pattern => ({
  rows: a.rows,
  columns: a.columns.map((rows, i) => sorted([...rows, ...b.columns[i]!])),
})

/** A matrix of 0 and other numbers [rows, columns] as a pattern. Throws a ShapeError for what is no matrix. */
export const patternOfMask = (mask: Value): Pattern => {
  const [rows, columns] = mask.shape
  if (mask.interpreter || mask.shape.length !== 2)
    throw new ShapeError({
      who: 'pattern',
      given: `a mask ${bracket(mask.shape)}`,
      wanted: 'a matrix of numbers',
      remedy: 'Give 1 for every entry that is kept, and 0 for the others',
    })
  return {
    rows: rows!,
    columns: count(columns!).map(j => count(rows!).filter(i => mask.data[i * columns! + j] !== 0)),
  }
}

/** A pattern as a matrix of 0 and 1, [rows, columns]. */
export const maskOf = ({ rows, columns }: Pattern): Tensor => {
  const out = new Float64Array(rows * columns.length)
  for (const [j, list] of columns.entries()) for (const i of list) out[i * columns.length + j] = 1
  return tensorOf([rows, columns.length], out)
}
