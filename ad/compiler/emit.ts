/** Stages as one WebAssembly module: loops in SIMD, kernels called where they lie, unknown rows called back. */
import { sizeOf } from '../tensor.ts'
import { offsetIn, rootOf } from './allocate.ts'
import { type Body, type Imported, type Kind, moduleOf, op } from './assembler.ts'
import { loopCode } from './loops.ts'
import { type Argument, type Call, type Host, isView, type Operation } from './operations.ts'
import { type Action, type Collected, frameAt, frames, type Ref } from './plan.ts'
import type { View } from './views.ts'
import { type Address, bytesOf, counted, type Layout, type Writing } from './writing.ts'

/** An address on the stack. */
const onStack = ({ base, at }: Address): number[] =>
  base === null ? op.constant(at) : [...op.get(base), ...op.constant(at), ...op.add]

const argumentCode = (writing: Writing, arg: Argument): number[] => {
  if (typeof arg === 'number') return op.constant(arg)
  return isView(arg) ? onStack(writing.address(arg)) : op.constant(writing.layout.words(arg))
}

/** Operations of a product, from its sizes: m, k, n of a matrix; m, n of a vector, after which there is nothing. */
const operationsOf = ({ args }: Call): number => {
  const sizes = args.slice(3, 6) as readonly number[]
  return 2 * sizes.reduce((a, b) => a * b, 1)
}

const callCode = (writing: Writing, call: Call): number[] => {
  const { kernel, args, repeats } = call
  const isLarge = writing.layout.large(kernel, operationsOf(call))
  const index = writing.imported(isLarge ? 'b' : 'k', kernel, args.length)
  const counters = repeats.map(() => writing.local('i32'))
  const bytes = bytesOf(writing.layout.dtype)
  const moved = args.map((arg, i) => [
    ...argumentCode(writing, arg),
    ...repeats.flatMap(({ steps }, r) =>
      steps[i] ? [...op.get(counters[r]!), ...op.constant(steps[i]! * bytes), ...op.multiply, ...op.add] : [],
    ),
  ])
  return repeats.reduceRight(
    (inner, { count }, r) => counted(counters[r]!, count, inner),
    [...moved.flat(), ...op.call(index)],
  )
}

const hostCode = (writing: Writing, host: Host): number[] => {
  const index = writing.imported('h', String(writing.hosts.push(host) - 1), host.args.length + 1)
  return [...[host.out, ...host.args].flatMap(view => onStack(writing.address(view))), ...op.call(index)]
}

const codeOf = (writing: Writing, operation: Operation): number[] => {
  if (operation.kind === 'call') return callCode(writing, operation)
  return operation.kind === 'host' ? hostCode(writing, operation) : loopCode(writing, operation)
}

/** The frames' numbers are the parameters; each row that a stage uses is found once, at its beginning. */
const rows = (layout: Layout, local: (kind: Kind) => number) => {
  const found = new Map<string, number>()
  const code: number[] = []
  const rowOf = ({ port, frame }: Ref): number => {
    const key = `${port} ${frame}`
    const known = found.get(key)
    if (known !== undefined) return known
    const at = local('i32')
    found.set(key, at)
    const row = [...op.get(frames.indexOf(frame)), ...op.constant(layout.row(port)), ...op.multiply]
    code.push(...op.constant(0), ...op.read(layout.base(port)), ...row, ...op.add, ...op.set(at))
    return at
  }
  return { code, rowOf }
}

const addressing =
  (layout: Layout, rowOf: (ref: Ref) => number) =>
  (view: View): Address => {
    const root = rootOf(view.store)
    const at = offsetIn(view) * bytesOf(layout.dtype)
    if (root.constant) return { base: null, at: layout.constant(root) + at }
    if (root.ref && layout.ports[root.ref.port]!.framed) return { base: rowOf(root.ref), at }
    if (root.ref) return { base: null, at: layout.port(root.ref.port) + at }
    return { base: null, at: layout.own + root.at! * bytesOf(layout.dtype) + at }
  }

const written = (
  layout: Layout,
  imported: Writing['imported'],
  hosts: Host[],
  operations: readonly Operation[],
): Body => {
  const locals: Kind[] = []
  const local = (kind: Kind): number => frames.length + locals.push(kind) - 1
  const { code, rowOf } = rows(layout, local)
  const writing: Writing = { layout, local, imported, address: addressing(layout, rowOf), hosts }
  const body = operations.flatMap(operation => codeOf(writing, operation))
  return { takes: frames.length, locals, code: [...code, ...body] }
}

/** Runs a stage at one frame after the other: (from, to, step) → nothing. */
const sweeping = (stage: number): Body => {
  const [from, to, step] = [0, 1, 2]
  const neighbour = (by: number): number[] => [...op.get(from), ...op.constant(by), ...op.add]
  const next = [...op.get(from), ...op.get(step), ...op.add, ...op.set(from)]
  const call = [...neighbour(-1), ...op.get(from), ...neighbour(1), ...op.call(stage)]
  return {
    takes: 3,
    locals: [],
    code: op.loop([...call, ...next, ...op.get(from), ...op.get(to), ...op.differs]),
  }
}

/** A sum over the rows of one frame: a product of matrices, or a sum of rows. */
const sumCode = (
  layout: Layout,
  imported: Writing['imported'],
  rowOf: (ref: Ref) => number,
  { into, at, left, right }: Collected,
  adds: boolean,
): number[] => {
  const row = ({ port, shift }: Collected['left']): number[] => op.get(rowOf({ port, frame: frameAt(shift) }))
  const out = op.constant(layout.port(into) + at * bytesOf(layout.dtype))
  const m = left.size
  const count = sizeOf(layout.ports[left.port]!.shape) / m
  const constants = (...list: readonly number[]): number[] => [...list, +adds].flatMap(op.constant)
  if (!right) return [...out, ...row(left), ...constants(count, m), ...op.call(imported('k', 'sumRows', 5))]
  const n = right.size
  const from = layout.large('gemm', 2 * m * n * count) ? 'b' : 'k'
  const strides = constants(m, count, n, 1, m, n, 1, n)
  return [...out, ...row(left), ...row(right), ...strides, ...op.call(imported(from, 'gemm', 12))]
}

/** A program as a function of its own; it calls the stages once all that is imported is known. */
const programmed = (layout: Layout, imported: Writing['imported'], program: readonly Action[]) => {
  const locals: Kind[] = []
  const { code, rowOf } = rows(layout, kind => frames.length + locals.push(kind) - 1)
  const parts = program.map(action => {
    if (typeof action === 'number') return action
    return 'anew' in action
      ? sumCode(layout, imported, rowOf, action.anew, false)
      : sumCode(layout, imported, rowOf, action, true)
  })
  return (stageAt: (stage: number) => number): Body => {
    const called = (stage: number): number[] => [...frames.flatMap((_, i) => op.get(i)), ...op.call(stageAt(stage))]
    const body = parts.flatMap(part => (typeof part === 'number' ? called(part) : part))
    return { takes: frames.length, locals, code: [...code, ...body] }
  }
}

/** What was emitted: the module, and the rows it calls back by their numbers. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly imports: readonly Imported[]
  readonly hosts: readonly Host[]
}

/** Emits stages, an exported function each, (before, here, after) → nothing; after them a sweep of each, then the programs. */
export const emit = (
  layout: Layout,
  stages: readonly (readonly Operation[])[],
  programs: readonly (readonly Action[])[],
): Emitted => {
  const imports: Imported[] = []
  const hosts: Host[] = []
  const imported = (module: string, name: string, takes: number): number => {
    const known = imports.findIndex(one => one.module === module && one.name === name)
    return known >= 0 ? known : imports.push({ module, name, takes }) - 1
  }
  const bodies = stages.map(operations => written(layout, imported, hosts, operations))
  const unlinked = programs.map(program => programmed(layout, imported, program))
  const sweeps = bodies.map((_, i) => sweeping(imports.length + i))
  const linked = unlinked.map(link => link(stage => imports.length + stage))
  return { bytes: moduleOf(imports, [...bodies, ...sweeps, ...linked]), imports, hosts }
}
