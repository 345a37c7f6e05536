/** Trees of tensors and plain values, as tensors by name and a JSON text that says how they lie; and back. */
import { DomainError, KindError } from '../../ad/errors.ts'
import { type Tensor, tensorOf } from '../../ad/tensor.ts'
import { isValue } from '../../ad/value.ts'

/**
 * What can be packed: tensors, arrays of doubles, finite and other numbers, texts, booleans, null and undefined, in lists and
 * records to any depth. Linear maps between spaces are such records.
 */
export type Packable = unknown

/** How a tree lies: `$tensor` and `$doubles` stand where numbers were, `$is` where a value is that JSON has no word for. */
export type Layout =
  | null
  | boolean
  | number
  | string
  | { readonly $tensor: true }
  | { readonly $doubles: true }
  | { readonly $is: 'undefined' | 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | readonly Layout[]
  | { readonly [name: string]: Layout }

export interface Packed {
  readonly layout: Layout
  /** By their place in the tree: rule/0/matrix. */
  readonly tensors: Readonly<Record<string, Tensor>>
}

const words = ['undefined', 'NaN', 'Infinity', '-Infinity', '-0'] as const
const values: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

/** The word for a value that JSON would lose. */
const wordFor = (x: unknown): (typeof words)[number] | undefined => words.find(word => Object.is(values[word], x))

const unpackable = (path: string, x: unknown): never => {
  const given = typeof x === 'object' ? `a ${x?.constructor?.name ?? 'thing'}` : `a ${typeof x}`
  throw new KindError({
    who: 'checkpoint',
    given: `${given} at ${path}`,
    wanted: 'tensors, numbers, texts, lists and records',
    remedy: 'Keep in the memory of a rule or optimiser only what can be written down',
  })
}

const isPlain = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x))

/** A tree packed, the names of its tensors after that of its root. Throws a KindError for a function, or for a thing of a class. */
export const packed = (root: string, tree: Packable): Packed => {
  const tensors: Record<string, Tensor> = {}
  const record = (x: object, path: string): Layout =>
    Object.fromEntries(
      Object.entries(x).map(([name, child]) =>
        /[$/]/.test(name) ? unpackable(`${path}/${name}`, child) : [name, lay(child, `${path}/${name}`)],
      ),
    )
  const lay = (x: unknown, path: string): Layout => {
    const word = wordFor(x)
    if (word !== undefined) return { $is: word }
    if (x === null || typeof x === 'boolean' || typeof x === 'string' || typeof x === 'number') return x
    if (x instanceof Float64Array) {
      tensors[path] = tensorOf([x.length], x)
      return { $doubles: true }
    }
    if (isValue(x)) {
      tensors[path] = x.interpreter === null ? x : unpackable(path, x)
      return { $tensor: true }
    }
    if (Array.isArray(x)) return x.map((child, i) => lay(child, `${path}/${i}`))
    return typeof x === 'object' && isPlain(x) ? record(x, path) : unpackable(path, x)
  }
  return { layout: lay(tree, root), tensors }
}

/** The tree that was packed. Throws a DomainError where a tensor is missing. */
export const unpacked = (root: string, { layout, tensors }: Packed): unknown => {
  const numbersAt = (path: string): Tensor => {
    if (Object.hasOwn(tensors, path)) return tensors[path] as Tensor
    throw new DomainError({
      who: 'checkpoint',
      given: `no tensor ${path}`,
      wanted: 'every tensor that its layout names',
      remedy: 'It is not whole: go on from the one before, or begin again with --fresh',
    })
  }
  const read = (node: Layout, path: string): unknown => {
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map((child, i) => read(child, `${path}/${i}`))
    if ('$is' in node) return values[String(node.$is)]
    if ('$tensor' in node) return numbersAt(path)
    if ('$doubles' in node) return numbersAt(path).data
    return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, read(child, `${path}/${name}`)]))
  }
  return read(layout, root)
}
