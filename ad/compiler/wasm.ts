/** Plans in WebAssembly: everything in one linear memory, each stage one function of one module. */

import { sizeOf, tensorOf } from '../tensor.ts'
import { allocate } from './allocate.ts'
import { type Emitted, emit } from './emit.ts'
import { build, type Kernel, kernelsOver, scratchBytes } from './kernels.ts'
import { isLarge, type Library, largeBy } from './library.ts'
import { lower } from './lower.ts'
import { isView, type Operation } from './operations.ts'
import { type Collected, type Dtype, type Machine, type Numbers, type Plan, tooLarge } from './plan.ts'
import type { Store } from './views.ts'
import { bytesOf, type Layout } from './writing.ts'

const page = 65536
const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16

/** Stretches of memory given out one after the other, each thing once. */
const placed = <T>(from: number, bytes: (thing: T) => number) => {
  const at = new Map<T, number>()
  let end = from
  const place = (thing: T): number => {
    const known = at.get(thing)
    if (known !== undefined) return known
    at.set(thing, end)
    end = aligned(end + bytes(thing))
    return at.get(thing)!
  }
  return { at, place, end: () => end }
}

const viewsOf = (operation: Operation): readonly Store[] => {
  if (operation.kind === 'loop') return operation.lanes.flatMap(({ args }) => args.map(({ store }) => store))
  const views = operation.kind === 'host' ? operation.args : operation.args.filter(isView)
  return views.map(({ store }) => store)
}

const wordsOf = (operation: Operation): readonly (readonly number[])[] =>
  operation.kind === 'call' ? operation.args.filter((arg): arg is readonly number[] => Array.isArray(arg)) : []

/** Everything fixed before frames are counted, from the bottom of memory up. */
const laidOut = (
  plan: Plan,
  dtype: Dtype,
  stages: readonly (readonly Operation[])[],
  library: Library | undefined,
): Layout & { readonly end: number; readonly filled: (memory: ArrayBuffer) => void } => {
  const bytes = bytesOf(dtype)
  const all = stages.flat()
  const words = placed<string>(scratchBytes + aligned(4 * plan.ports.length), key => 4 * key.split(' ').length)
  for (const list of all.flatMap(wordsOf)) words.place(list.join(' '))
  const constants = placed<Float64Array>(words.end(), data => bytes * data.length)
  for (const { constant } of all.flatMap(viewsOf)) if (constant) constants.place(constant.data)
  const ports = placed<number>(constants.end(), port => bytes * sizeOf(plan.ports[port]!.shape))
  plan.ports.forEach(({ framed }, port) => {
    if (!framed) ports.place(port)
  })
  const own = ports.end()
  const end = aligned(own + bytes * Math.max(0, ...stages.map(allocate)))
  const filled = (memory: ArrayBuffer): void => {
    for (const [key, at] of words.at) new Int32Array(memory, at).set(key.split(' ').map(Number))
    for (const [data, at] of constants.at) numbersAt(memory, dtype, at, data.length).set(data)
  }
  return {
    dtype,
    ports: plan.ports,
    port: port => ports.place(port),
    base: port => scratchBytes + 4 * port,
    row: port => bytes * sizeOf(plan.ports[port]!.shape),
    constant: store => constants.place(store.constant!.data),
    words: list => words.place(list.join(' ')),
    own,
    large: (kernel, operations) => isLarge(library, kernel, operations),
    end,
    filled,
  }
}

const numbersAt = (memory: ArrayBuffer, dtype: Dtype, at: number, length: number): Numbers =>
  dtype === 'f64' ? new Float64Array(memory, at, length) : new Float32Array(memory, at, length)

const memoryOf = (bytes: number): WebAssembly.Memory => {
  try {
    return new WebAssembly.Memory({ initial: Math.ceil(bytes / page) })
  } catch {
    throw tooLarge(bytes)
  }
}

/** Rows called back: they see the numbers where they are. Addresses come signed. */
const hostsOf = ({ hosts }: Emitted, memory: WebAssembly.Memory, dtype: Dtype) =>
  Object.fromEntries(
    hosts.map(({ step, out, args }, i) => [
      String(i),
      (...at: readonly number[]) => {
        const [first, ...rest] = [out, ...args].map(({ shape }, k) =>
          tensorOf(shape, numbersAt(memory.buffer, dtype, at[k]! >>> 0, sizeOf(shape)) as Float64Array),
        )
        step.row.write(first!.data, rest, step.options, step.shape)
      },
    ]),
  )

type Run = (before: number, here: number, after: number) => void

/** Whether this machine runs WebAssembly with SIMD. */
export const hasWasm = (dtype: Dtype = 'f64'): boolean => build(dtype) !== null

/** A plan as code, made once; each call gives a machine with memory for so many frames. */
export const assembled = (plan: Plan, dtype: Dtype, library?: Library): ((frames: number) => Machine) => {
  const stages = plan.stages.map(lower)
  const layout = laidOut(plan, dtype, stages, library)
  const { stages: all, programs = [] } = plan
  const emitted = emit(layout, stages, programs)
  const module = new WebAssembly.Module(emitted.bytes)
  return frames => {
    const framed = placed<number>(layout.end, port => frames * layout.row(port))
    plan.ports.forEach((port, i) => {
      if (port.framed) framed.place(i)
    })
    const memory = memoryOf(framed.end())
    layout.filled(memory.buffer)
    for (const [port, at] of framed.at) new Uint32Array(memory.buffer, layout.base(port))[0] = at
    const kernels = kernelsOver(dtype, memory)
    const large = largeBy(library, kernels, dtype, memory)
    const { exports } = new WebAssembly.Instance(module, {
      m: { m: memory },
      k: kernels.exports,
      b: { ...large },
      h: hostsOf(emitted, memory, dtype),
    })
    const exported = (list: readonly unknown[], from: number): readonly Run[] =>
      list.map((_, i) => exports[from + i] as Run)
    const [runs, sweeps] = [exported(all, 0), exported(all, all.length)]
    const performs = exported(programs, 2 * all.length)
    const address = (port: number, frame: number): number =>
      plan.ports[port]!.framed ? framed.place(port) + frame * layout.row(port) : layout.port(port)
    return {
      frames,
      bytes: memory.buffer.byteLength,
      view: (port, frame = 0) => numbersAt(memory.buffer, dtype, address(port, frame), sizeOf(plan.ports[port]!.shape)),
      all: port => {
        const { shape, framed } = plan.ports[port]!
        return numbersAt(memory.buffer, dtype, address(port, 0), sizeOf(shape) * (framed ? frames : 1))
      },
      run: (stage, before, here, after) => runs[stage]!(before, here, after),
      sweep: (stage, from, to) => {
        if (from !== to) sweeps[stage]!(from, to, from < to ? 1 : -1)
      },
      collect: (sum, from, to) => {
        const at = (port: number, frame: number): number => address(port, (frame + frames) % frames)
        const gemm = (operations: number): Kernel => (layout.large('gemm', operations) ? large : kernels).gemm
        collect(gemm, kernels.sumRows, plan, at, bytesOf(dtype), sum, from, to)
      },
      perform: (program, before, here, after) => performs[program]!(before, here, after),
    }
  }
}

/** One product of matrices over all rows of the frames, or a sum of rows; or one for each row of a frame. Who multiplies goes by the operations. */
const collect = (
  gemmFor: (operations: number) => Kernel,
  sumRows: Kernel,
  plan: Plan,
  address: (port: number, frame: number) => number,
  bytes: number,
  { into, at, left, right, stride }: Collected,
  from: number,
  to: number,
): void => {
  const [m, n] = [left.size, right?.size ?? 1]
  const [width, other] = [sizeOf(plan.ports[left.port]!.shape), right ? sizeOf(plan.ports[right.port]!.shape) : 1]
  const out = address(into, 0) + at * bytes
  const a = address(left.port, from + left.shift)
  const b = right ? address(right.port, from + right.shift) : 0
  const rows = ((to - from) * width) / m
  const gemm = gemmFor(2 * m * n * (stride === undefined ? rows : to - from))
  if (stride === undefined) {
    if (right) gemm(out, a, b, m, rows, n, 1, m, n, 1, n, true)
    else sumRows(out, a, rows, m, true)
    return
  }
  for (let i = 0; i * m < width; i++) {
    const [place, own] = [out + i * stride * bytes, a + i * m * bytes]
    const partner = b + Math.floor((i * m * other) / (width * n)) * n * bytes
    if (right) gemm(place, own, partner, m, to - from, n, 1, width, other, 1, n, true)
    else for (let frame = 0; frame < to - from; frame++) sumRows(place, own + frame * width * bytes, 1, m, true)
  }
}
