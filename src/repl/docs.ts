/** The docstring and the type of a public name, read from the declarations beside the modules. */
import { existsSync, readFileSync } from 'node:fs'

/** A public name with its module, docstring and type. */
export interface Entry {
  readonly name: string
  /** As in ad/primitives/contraction. */
  readonly home: string
  readonly doc: string
  readonly signature: string
}

const root = new URL('../../', import.meta.url)
const declarations = (home: string): string => {
  const file = new URL(`${home}.d.ts`, root)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const beside = (home: string, path: string): string =>
  new URL(path.replace(/\.[tj]s$/, ''), new URL(home, 'file:///')).pathname.slice(1)

type Exports = ReadonlyMap<string, readonly [home: string, local: string]>

/** `a`, `type A` and `a as b` of an export list: the local name and the public one. */
const listed = (list: string): readonly (readonly [local: string, name: string])[] =>
  list
    .split(',')
    .map(part => part.trim().replace(/^type /, ''))
    .filter(part => part !== '')
    .map(part => part.split(' as '))
    .map(([local = '', name = local]) => [local, name] as const)

/** The public names of a module, each with the module that declares it and its name there. */
const exportsOf = (home: string): Exports => {
  const text = declarations(home)
  const found = new Map<string, readonly [string, string]>()
  for (const [, name = ''] of text.matchAll(
    /^export (?:declare )?(?:const|function\*?|class|interface|type) ([\p{ID_Continue}$]+)/gmu,
  ))
    found.set(name, [home, name])
  for (const [, name, path = ''] of text.matchAll(/^export \*(?: as (\w+))? from '(.*)';/gm))
    if (name) found.set(name, [beside(home, path), ''])
    else for (const [inner, place] of exportsOf(beside(home, path))) found.set(inner, place)
  for (const [, list = '', path = ''] of text.matchAll(/^export (?:type )?\{([^}]*)\} from '(.*)';/gm))
    for (const [local, name] of listed(list))
      found.set(name, exportsOf(beside(home, path)).get(local) ?? [beside(home, path), local])
  return found
}

/** A comment as plain lines. */
const plain = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trim())
    .join('\n')
    .trim()

/** The comment that ends where a declaration begins. */
const docBefore = (text: string): string => {
  const trimmed = text.trimEnd()
  return trimmed.endsWith('*/') ? plain(trimmed.slice(trimmed.lastIndexOf('/**'))) : ''
}

/** A declaration up to the semicolon or brace that ends it. */
const declarationAt = (text: string): string => {
  let depth = 0
  for (const [i, sign] of [...text].entries()) {
    if ('{([<'.includes(sign)) depth++
    else if ('})]'.includes(sign) || (sign === '>' && text[i - 1] !== '=')) depth--
    if (
      depth === 0 &&
      (sign === ';' || (sign === '}' && /^\s*\n(export|\/\*\*|declare|type|$)/.test(text.slice(i + 1))))
    )
      return text.slice(0, i + 1)
  }
  return text
}

/** A declaration in the form of the sources: an interface line by line, anything else on one line. */
const tidied = (declaration: string): string => {
  const bare = declaration.replace(/^export /, '').replace(/import\("[^"]*"\)\./g, '')
  if (/^(interface|type)\b.*\{$/m.test(bare)) return bare.replaceAll('    ', '  ')
  return bare
    .replace(/\/\*\*.*?\*\//gs, '')
    .replace(/^declare (const|function\*?) /, '')
    .replace(/;\s*$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** A type that is an alias of its module's own, written out. */
const expanded = (signature: string, text: string): string => {
  const [, name = '', alias = ''] = /^([\p{ID_Continue}$]+): (\w+)$/u.exec(signature) ?? []
  const type = alias && new RegExp(`^type ${alias} = (.*);$`, 'm').exec(text)?.[1]
  return type ? `${name}: ${type}` : signature
}

const declares = (local: string): RegExp =>
  new RegExp(`^(export )?(declare )?(const|function\\*?|class|interface|type) ${local}(?![\\p{ID_Continue}$])`, 'mu')

/** The comment of a module, which stands before its imports; one before a declaration is that declaration's. */
const fileComment = (text: string): string => {
  const [, comment = '', next = ''] = /^\s*(\/\*\*.*?\*\/)\s*(\w*)/s.exec(text) ?? []
  return next === 'import' || next === '' ? plain(comment) : ''
}

const entryOf = (name: string, home: string, local: string): Entry => {
  const text = declarations(home)
  if (local === '')
    return {
      name,
      home,
      doc: fileComment(text),
      signature: `${name}: everything in ${home}`,
    }
  const at = declares(local).exec(text)?.index ?? text.length
  const signature = expanded(tidied(declarationAt(text.slice(at))), text)
  return { name, home, doc: docBefore(text.slice(0, at)), signature }
}

const modules = [
  'src/symbols',
  'proofs/index',
  'src/display/notebook',
  'src/display/triangle',
  'src/models',
  'src/index',
]
let known: Exports | undefined
const all = (): Exports => {
  known ??= new Map([['symbols', ['src/symbols', '']], ...modules.flatMap(home => [...exportsOf(home)])])
  return known
}

/** The entry of a public name or type; undefined where there is none. */
export const docOf = (name: string): Entry | undefined => {
  const place = all().get(name)
  return place && entryOf(name, ...place)
}

/** The first line of the docstring of a name. */
export const sentenceOf = (name: string): string => (docOf(name)?.doc ?? '').split('\n')[0] ?? ''

/** Every name with a declaration, types among them. */
export const documented = (): readonly string[] => [...all().keys()]
