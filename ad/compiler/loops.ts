/** Loops of entry-by-entry operations in SIMD: whole vectors, then what is left one number at a time. */
import { inRegister } from './allocate.ts'
import { op, unsigned } from './assembler.ts'
import type { LaneName } from './lanes.ts'
import type { Lane, Loop } from './operations.ts'
import type { Dtype } from './plan.ts'
import { reshaped, type View } from './views.ts'
import { type Address, bytesOf, counted, type Writing } from './writing.ts'

/** The codes of a dtype's vector instructions; f32x4 and f64x2 lie 12 apart for most. */
const codes = (dtype: Dtype) => {
  const f64 = dtype === 'f64'
  const one = (code: number): number => (f64 ? code + 12 : code)
  const compare = (code: number): number => (f64 ? code + 6 : code)
  return {
    splat: f64 ? 10 : 9,
    readOne: f64 ? 0x5d : 0x5c,
    writeOne: f64 ? 0x5b : 0x5a,
    notEqual: compare(0x42),
    less: compare(0x43),
    greater: compare(0x44),
    abs: one(0xe0),
    neg: one(0xe1),
    sqrt: one(0xe3),
    add: one(0xe4),
    sub: one(0xe5),
    mul: one(0xe6),
    div: one(0xe7),
    min: one(0xe8),
    max: one(0xe9),
  }
}
const [and, bitselect, literal, readWhole, writeWhole] = [0x4e, 0x52, 0x0c, 0, 11] as const

/** The same number in every lane. */
const constant = (dtype: Dtype, value: number): number[] => {
  const lanes = dtype === 'f64' ? new Float64Array(2).fill(value) : new Float32Array(4).fill(value)
  return op.vector(literal, ...new Uint8Array(lanes.buffer))
}

/** What each lane leaves on the stack, given the code of its arguments. */
const laneCode = (dtype: Dtype, name: LaneName, args: readonly (readonly number[])[]): number[] => {
  const code = codes(dtype)
  const [a, b, c] = args as [number[], number[], number[]]
  const [zero, one] = [constant(dtype, 0), constant(dtype, 1)]
  if (name === 'greater') return [...a, ...b, ...op.vector(code.greater), ...one, ...op.vector(and)]
  if (name === 'relu') return [...a, ...zero, ...op.vector(code.max)]
  if (name === 'where') return [...b, ...c, ...a, ...zero, ...op.vector(code.notEqual), ...op.vector(bitselect)]
  if (name === 'sign') {
    const below = [...constant(dtype, -1), ...a, ...a, ...zero, ...op.vector(code.less), ...op.vector(bitselect)]
    return [...one, ...below, ...a, ...zero, ...op.vector(code.greater), ...op.vector(bitselect)]
  }
  return [...args.flat(), ...op.vector(code[name])]
}

type Strides = readonly [row: number, column: number]

const stridesIn = (view: View, nest: Strides): Strides => {
  const { strides } = reshaped(view, nest)!
  return [strides[0]!, strides[1]!]
}

/** Row offsets, by how many numbers a row moves on; none where it does not. */
interface Rows {
  readonly counter: number | null
  readonly offsets: ReadonlyMap<number, number>
}

/** The address of a view's row in a local, or its fixed address. */
const rowAddress = (writing: Writing, view: View, stride: number, rows: Rows): [number[], Address] => {
  const from = writing.address(view)
  const offset = stride === 0 ? undefined : rows.offsets.get(stride)
  if (offset === undefined) return [[], from]
  if (from.base === null) return [[], { base: offset, at: from.at }]
  const base = writing.local('i32')
  return [[...op.get(from.base), ...op.get(offset), ...op.add, ...op.set(base)], { base, at: from.at }]
}

const stackOf = ({ base }: Address, counter: number | null): number[] => {
  if (base === null && counter === null) return op.constant(0)
  if (base === null) return op.get(counter!)
  return counter === null ? op.get(base) : [...op.get(base), ...op.get(counter), ...op.add]
}

const memory = (code: number, align: number, at: number): number[] => [...op.vector(code, align), ...unsigned(at)]
/** An argument read from memory: where, and whether one number serves the whole row. */
interface Source {
  readonly view: View
  readonly address: Address
  readonly once: boolean
  readonly local: number
}

/** Code for a row: what comes first, and the body at an address counter, for whole vectors or single numbers. */
const rowOf = (writing: Writing, { lanes, nest }: Loop, rows: Rows) => {
  const { dtype } = writing.layout
  const code = codes(dtype)
  const align = dtype === 'f64' ? 3 : 2
  const first: number[] = []
  const placed = (view: View): [Address, Strides] => {
    const strides = stridesIn(view, nest)
    const [before, address] = rowAddress(writing, view, strides[0], rows)
    first.push(...before)
    return [address, strides]
  }
  const outside = [...new Map(readIn(lanes).map(view => [keyOf(view), view])).values()]
  const sources: Source[] = outside.map(view => {
    const [address, [, column]] = placed(view)
    return { view, address, once: column === 0, local: writing.local('v128') }
  })
  for (const { address, once, local } of sources)
    if (once) first.push(...stackOf(address, null), ...memory(code.splat, align, address.at), ...op.set(local))
  const results = new Map(lanes.map(lane => [lane.store, writing.local('v128')]))
  const stores = lanes
    .filter(({ store }) => store.stored)
    .map(({ store }) => ({ local: results.get(store)!, address: placed(wholeIn(store, nest))[0] }))
  const argument = (view: View): number[] =>
    op.get(
      inRegister(view, lanes) ? results.get(view.store)! : sources.find(one => keyOf(one.view) === keyOf(view))!.local,
    )
  const body = (counter: number | null, at: number, whole: boolean): number[] => [
    ...sources.flatMap(({ address, once, local }) => {
      if (once) return []
      const read = memory(whole ? readWhole : code.readOne, align, address.at + at)
      return [...stackOf(address, counter), ...read, ...op.set(local)]
    }),
    ...lanes.flatMap(({ name, args, store }) => [
      ...laneCode(dtype, name as LaneName, args.map(argument)),
      ...op.set(results.get(store)!),
    ]),
    ...stores.flatMap(({ local, address }) => [
      ...stackOf(address, counter),
      ...op.get(local),
      ...memory(whole ? writeWhole : code.writeOne, align, address.at + at),
      ...(whole ? [] : [0]),
    ]),
  ]
  return { first, body }
}

const wholeIn = (store: Lane['store'], nest: Strides): View => ({
  store,
  at: 0,
  shape: nest,
  strides: [nest[1], 1],
})

const keys = new WeakMap<object, number>()
let counter = 0
const keyOf = ({ store, at, shape, strides }: View): string => {
  if (!keys.has(store)) keys.set(store, counter++)
  return `${keys.get(store)} ${at} ${shape} ${strides}`
}

const readIn = (lanes: readonly Lane[]): readonly View[] =>
  lanes.flatMap(({ args }) => args.filter(view => !inRegister(view, lanes)))

/** A loop over rows × columns. */
export const loopCode = (writing: Writing, loop: Loop): number[] => {
  const [height, width] = loop.nest
  const bytes = bytesOf(writing.layout.dtype)
  const lanes = 16 / bytes
  const strides = [width, ...readIn(loop.lanes).map(view => stridesIn(view, loop.nest)[0])]
  const rows: Rows =
    height === 1
      ? { counter: null, offsets: new Map() }
      : { counter: writing.local('i32'), offsets: new Map(strides.map(stride => [stride, writing.local('i32')])) }
  const { first, body } = rowOf(writing, loop, rows)
  const [full, column] = [width - (width % lanes), writing.local('i32')]
  const offsets = [...rows.offsets].flatMap(([stride, local]) =>
    stride === 0 ? [] : [...op.get(rows.counter!), ...op.constant(stride * bytes), ...op.multiply, ...op.set(local)],
  )
  const rest = Array.from({ length: width - full }, (_, i) => body(null, (full + i) * bytes, false)).flat()
  const main =
    full <= lanes ? (full > 0 ? body(null, 0, true) : []) : counted(column, full * bytes, body(column, 0, true), 16)
  const row = [...offsets, ...first, ...main, ...rest]
  if (Math.min(height, width) === 0) return []
  return height === 1 ? row : counted(rows.counter!, height, row)
}
