/** Where a module's tensors are among those of a file: under one prefix, which is found where it is not given. */
import { NameError } from '../../ad/errors.ts'
import { requireCount, requireNames } from '../../ad/require.ts'
import type { Arrays } from './dtype.ts'
import { didYouMean, known, type Who } from './gates.ts'

/** The prefix under which some arrays have the one module that is known by its anchors. Throws a NameError where there is none, or several. */
export const prefixOf = (who: Who, arrays: Arrays, anchors: readonly string[]): string => {
  const names = Object.keys(arrays)
  const before = names.flatMap(name => {
    const anchor = anchors.find(each => name.endsWith(each) && /^$|[./_]$/.test(name.slice(0, -each.length)))
    return anchor === undefined ? [] : [name.slice(0, name.length - anchor.length)]
  })
  const prefixes = [...new Set(before)]
  const [prefix] = prefixes
  if (prefixes.length === 1 && prefix !== undefined) return prefix
  const shown = prefixes.map(each => `'${each}'`).join(' and ')
  const anchor = anchors[0] as string
  throw new NameError({
    who,
    given: prefixes.length > 1 ? `modules under ${shown}` : `only ${names.join(', ') || 'no tensors'}`,
    wanted: prefixes.length > 1 ? 'one of them' : `'${anchor}', whatever stands before it`,
    remedy: (prefixes.length === 0 && didYouMean(anchor, names)) || 'Give the prefix of the module',
  })
}

/** A name of a nested tree as a path: a.b.c, a/b/c, TensorFlow's a/b/c:0 and the a.b.c.value of Flax's states are one. */
export const inPath = (name: string): string => name.replaceAll('.', '/').replace(/:\d+$|\/value$/, '')

/** Tensors by paths. */
export const inPaths = (arrays: Arrays): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, tensor]) => [inPath(name), tensor]))

/** The prefix that was asked for as the beginning of paths. */
export const pathPrefix = (prefix: string): string => inPath(prefix).replace(/(?<=[^/])$/, '/')

/** What is read: d units, n inputs; `prefix` is the path of the layer where a file has several. */
export interface LayoutOptions {
  readonly d: number
  readonly n: number
  readonly prefix?: string
}

/** Refuses sizes of a cell that are no counts. Throws a DomainError. */
export const requireSizes = (who: Who, sizes: Readonly<Record<string, number>>): void => {
  for (const [name, size] of Object.entries(sizes))
    requireCount(who, `${name} = ${size}`, size, 'd counts the units, n the inputs, layers the layers')
}

/** The one layer of a file with nested names: its arrays by paths, the prefix of its own, and the gates of the cell. */
export const layerIn = <G>(
  who: Who,
  gatesOf: { readonly [cell: string]: readonly G[] },
  [cell, given, options]: readonly [cell: string, Arrays, LayoutOptions],
  anchors: (gates: readonly G[]) => readonly string[],
) => {
  requireNames(who, options, ['d', 'n', 'prefix'])
  const { d, n, prefix } = options
  const gates = known(who, gatesOf, cell)
  requireSizes(who, { d, n })
  const arrays = inPaths(given)
  return {
    arrays,
    gates,
    d,
    n,
    prefix: prefix === undefined ? prefixOf(who, arrays, anchors(gates)) : pathPrefix(prefix),
  }
}
