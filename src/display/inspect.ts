/** Any value in text: by Node's own `inspect` where there is one, else as much like it as a browser can. */

/** How deep, how many entries of a list, and how wide. */
export interface Reach {
  readonly depth: number
  readonly maxArrayLength: number
  readonly breakLength: number
}

type Inspect = (value: unknown, reach: Reach) => string

const custom = Symbol.for('nodejs.util.inspect.custom')

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`

const functionText = (f: object): string => {
  const { name } = f as { readonly name?: unknown }
  const kind = /^class\b/.test(Function.prototype.toString.call(f)) ? 'class' : 'Function'
  return name ? `[${kind}${kind === 'class' ? '' : ':'} ${String(name)}]` : `[${kind} (anonymous)]`
}

const simple = (x: unknown): string | undefined => {
  if (typeof x === 'string') return quoted(x)
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'function') return functionText(x)
  if (Object.is(x, -0)) return '-0'
  return typeof x === 'object' && x !== null ? undefined : String(x)
}

/** Between brackets, on one line where it fits, else one part a line. */
const bracketed = ([open, close]: readonly [string, string], parts: readonly string[], columns: number): string => {
  if (parts.length === 0) return `${open}${close}`
  const line = `${open} ${parts.join(', ')} ${close}`
  if (line.length <= columns && !line.includes('\n')) return line
  return `${open}\n${parts.map(part => `  ${part.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`
}

const classOf = (x: object): string => {
  const prototype = Object.getPrototypeOf(x)
  if (prototype === null) return '[Object: null prototype] '
  const { name } = (prototype.constructor ?? {}) as { readonly name?: string }
  return !name || name === 'Object' || name === 'Array' ? '' : `${name} `
}

const keyText = (key: string): string => (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : quoted(key))

/** What it is made of, by a writer of parts. */
const partsOf = (x: object, write: (part: unknown) => string, most: number): readonly string[] => {
  if (x instanceof Map) return [...x].map(([key, value]) => `${write(key)} => ${write(value)}`)
  if (x instanceof Set) return [...x].map(write)
  if (!Array.isArray(x) && !ArrayBuffer.isView(x))
    return Object.entries(x).map(([key, value]) => `${keyText(key)}: ${write(value)}`)
  const list = Array.from(x as ArrayLike<unknown>)
  const more = list.length - most
  return [...list.slice(0, most).map(write), ...(more > 0 ? [`... ${more} more item${more > 1 ? 's' : ''}`] : [])]
}

/** `inspect` of a place without Node: records, lists, maps, sets and instances by their parts. */
export const plainly: Inspect = (value, reach) => {
  const write = (x: unknown, left: number, around: readonly unknown[]): string => {
    const text = simple(x)
    if (text !== undefined) return text
    const object = x as object & { readonly [custom]?: () => unknown }
    if (typeof object[custom] === 'function') return String(object[custom]())
    if (object instanceof Error) return `${object.name}: ${object.message}`
    if (around.includes(object)) return '[Circular *1]'
    const isList = Array.isArray(object) || ArrayBuffer.isView(object)
    const name = classOf(object)
    if (left < 0) return `[${name.trim() || (isList ? 'Array' : 'Object')}]`
    const parts = partsOf(object, part => write(part, left - 1, [...around, object]), reach.maxArrayLength)
    return `${name}${bracketed(isList ? ['[', ']'] : ['{', '}'], parts, reach.breakLength)}`
  }
  return write(value, reach.depth, [])
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => { readonly inspect: Inspect } | undefined }
}

/** A value in text, at most so wide where it can be broken. */
export const inspect: Inspect = (value, reach) =>
  ((globalThis as Host).process?.getBuiltinModule?.('node:util')?.inspect ?? plainly)(value, reach)
