/** WebAssembly modules in bytes: as much of the binary format as stages need. */

export type Kind = 'i32' | 'v128'
const kinds = { i32: 0x7f, v128: 0x7b } as const

/** An unsigned number in LEB128. */
export const unsigned = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 128)
  }
}

const signed = (value: number): number[] => {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f
    if ((rest >> 7 === 0 && low < 64) || (rest >> 7 === -1 && low >= 64)) return [...bytes, low]
    bytes.push(low | 128)
  }
}

const listed = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const named = (text: string): number[] => listed([...new TextEncoder().encode(text)].map(byte => [byte]))
const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length), ...body]

/** Instructions on addresses and counters; memory is read and written with an offset in bytes. */
export const op = {
  constant: (value: number): number[] => [0x41, ...signed(value | 0)],
  get: (local: number): number[] => [0x20, ...unsigned(local)],
  set: (local: number): number[] => [0x21, ...unsigned(local)],
  add: [0x6a],
  multiply: [0x6c],
  below: [0x49],
  differs: [0x47],
  read: (offset: number): number[] => [0x28, 2, ...unsigned(offset)],
  call: (index: number): number[] => [0x10, ...unsigned(index)],
  /** Runs the body until the condition it leaves is 0. */
  loop: (body: readonly number[]): number[] => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  /** A vector instruction, with what comes after its code. */
  vector: (code: number, ...rest: readonly number[]): number[] => [0xfd, ...unsigned(code), ...rest],
} as const

export interface Imported {
  readonly module: string
  readonly name: string
  /** How many i32 it takes. */
  readonly takes: number
}

export interface Body {
  /** How many i32 it takes; they are its first locals. */
  readonly takes: number
  readonly locals: readonly Kind[]
  readonly code: readonly number[]
}

const typeOf = (takes: number): number[] => [0x60, ...listed(new Array(takes).fill([kinds.i32])), 0]

const coded = ({ locals, code }: Body): number[] => {
  const body = [...listed(locals.map(kind => [1, kinds[kind]])), ...code, 0x0b]
  return [...unsigned(body.length), ...body]
}

/** A module over an imported memory 'm' 'm'; the functions are exported by their numbers. */
export const moduleOf = (imports: readonly Imported[], bodies: readonly Body[]): Uint8Array<ArrayBuffer> => {
  const arities = [...new Set([...imports, ...bodies].map(({ takes }) => takes))]
  const type = (takes: number): number[] => unsigned(arities.indexOf(takes))
  const memory = [...named('m'), ...named('m'), 2, 0, 1]
  const functions = imports.map(({ module, name, takes }) => [...named(module), ...named(name), 0, ...type(takes)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, listed(arities.map(typeOf))),
    ...section(2, listed([memory, ...functions])),
    ...section(3, listed(bodies.map(({ takes }) => type(takes)))),
    ...section(7, listed(bodies.map((_, i) => [...named(String(i)), 0, ...unsigned(imports.length + i)]))),
    ...section(10, listed(bodies.map(coded))),
  ])
}
