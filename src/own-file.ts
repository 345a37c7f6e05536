/** Files of a user's own that export one thing of a kind: a rule, a task. */

import { statSync } from 'node:fs'
import { register } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { DomainError, JanusError, KindError } from '../ad/errors.ts'
import { bytesOf, longestText } from './bytes.ts'
import { shortDigest } from './digest.ts'
import type { Checked } from './options.ts'

/** What a file is to export, in words and as a test. */
export interface Wanted<A> {
  /** A rule, a task. */
  readonly what: string
  is(x: unknown): x is A
  /** What it looks like: a line of code. */
  readonly example: string
  /** Where more is said. */
  readonly docs: string
}

/** What a file exports, and SHA-256 of the file, its first 12 digits. */
export interface Own<A> {
  readonly value: A
  readonly digest: string
}

/** Whether what was given names a file rather than something of a registry. */
export const isPath = (given: string): boolean => /[/\\]|\.[mc]?[jt]s$/.test(given)

let hooked = false
/** From here on 'janusgrad' is this copy of it, wherever it is imported from: two copies would not know each other's values. */
const shareThisCopy = (): void => {
  if (hooked) return
  hooked = true
  const home = import.meta.resolve('janusgrad/package.json')
  const hook = `export const resolve = (name, context, next) =>
    next(name, /^janusgrad(\\/|$)/.test(name) ? { ...context, parentURL: ${JSON.stringify(home)} } : context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
}

const refused = ({ what }: Wanted<unknown>, given: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: what, given, wanted: `a file that exports one ${what}`, remedy })])

/** What a module exports: one thing of the kind, or a function that is given all of janusgrad and returns one. */
const exported = async <A>({ what, is, example }: Wanted<A>, module: Readonly<Record<string, unknown>>): Promise<A> => {
  const found = Object.values(module)
  const [first, ...others] = found.filter(is)
  if (first !== undefined && others.length === 0) return first
  const made = typeof found[0] === 'function' && found.length === 1 ? await found[0](await import('janusgrad')) : null
  if (is(made)) return made
  throw new KindError({
    who: what,
    given: `exports ${Object.keys(module).join(', ') || 'nothing'}`,
    wanted: `one ${what}, or one function janus => ${what}`,
    remedy: example,
  })
}

/** The bytes of a file. It is read twice, once as a module, so that neither a device nor a pipe will do. */
const sourceIn = (wanted: Wanted<unknown>, path: string, file: string): Checked<Buffer> => {
  const { what } = wanted
  const refuse = (given: string) =>
    refused(wanted, `'${path}': ${given}`, `Name a file, as ./my-${what}.js, or a ${what} of \`janus ${what}s\``)
  try {
    const stat = statSync(file)
    if (stat.isDirectory()) return refuse('a folder, not a file')
    return stat.isFile() ? E.right(bytesOf(file, longestText)) : refuse('a device or a pipe, not a file')
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    return refuse(code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `not readable (${code})`)
  }
}

/** Loads what a file exports. Left: what is wrong with the file. `require` throws where a value of the kind cannot serve. */
export const ownFile = async <A>(
  wanted: Wanted<A>,
  path: string,
  require: (value: A) => void = () => {},
): Promise<Checked<Own<A>>> => {
  const file = resolve(path)
  const source = sourceIn(wanted, path, file)
  if (E.isLeft(source)) return source
  try {
    shareThisCopy()
    const value = await exported(wanted, await import(pathToFileURL(file).href))
    require(value)
    return E.right({ value, digest: shortDigest(source.right) })
  } catch (thrown) {
    if (thrown instanceof JanusError) return E.left([thrown])
    const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
    return refused(wanted, `'${path}': ${said}`, `Correct the file; ${wanted.docs} has an example`)
  }
}
