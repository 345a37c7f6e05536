/** Completion beyond Node's own: names after a command, words between quotes. */
import type { CompleterResult } from 'node:readline'
import { cellNames } from '../../nets/cells/index.ts'
import { factsOf, registry, ruleNames } from '../../rules/registry.ts'
import { engineChoices } from '../engine.ts'
import { documented } from './docs.ts'
import { loadProofs } from './scope.ts'

type Done = (error: Error | null, result?: CompleterResult) => void
export type Complete = (line: string, done: Done) => void

/** The value of an expression, or undefined where it has none. */
export type Look = (expression: string) => Promise<unknown>

/** The engines that are known by a word: OpenBLAS is found by a call. */
const engines = engineChoices.filter(name => name !== 'compiled-blas')
const starts = ['zero', 'learned']

/** The words that options of rules may be, out of their ranges: "'unit', 'strict' or a matrix". */
const ruleOptions: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ruleNames
    .flatMap(name => Object.entries(factsOf(registry[name]).options))
    .map(([option, { range }]) => [option, [...range.matchAll(/'([^']+)'/g)].map(([, word = '']) => word)] as const)
    .filter(([, words]) => words.length > 0),
)

/** The strings that some functions take. */
const wanted: Readonly<Record<string, readonly string[]>> = { compile: engines, derive: cellNames }

/** The strings that some options take. */
const keyed: Readonly<Record<string, readonly string[]>> = {
  ...ruleOptions,
  rule: ruleNames,
  faces: ['past', 'future'],
  cell: cellNames,
  as: ['text', 'tex', 'typst', 'ts'],
  law: ['sign', 'uniform', 'normal'],
  engine: engines,
  start: starts,
  readout: ['none'],
}
const anything = [...ruleNames, ...cellNames, ...engines, ...starts]

const beginning = (prefix: string, words: readonly string[]): readonly string[] =>
  words.filter(word => word.toLowerCase().startsWith(prefix.toLowerCase()))

/** An unfinished string: its quote, what is before it, and what is in it. */
const openString = (
  line: string,
): { readonly quote: string; readonly before: string; readonly text: string } | null => {
  let from = -1
  for (let i = 0; i < line.length; i++) {
    const sign = line[i] ?? ''
    if (sign === '\\') i++
    else if (from < 0 ? `'"\``.includes(sign) : sign === line[from]) from = from < 0 ? i : -1
  }
  return from < 0 ? null : { quote: line[from] ?? '', before: line.slice(0, from), text: line.slice(from + 1) }
}

/** The words that may stand in a string at this place. */
const wordsAt = async (before: string, look: Look): Promise<readonly string[]> => {
  const [, indexed] = /([\p{ID_Continue}$.]+)\[\s*$/u.exec(before) ?? []
  const value = indexed === undefined ? undefined : await look(indexed)
  if (typeof value === 'object' && value !== null) return Object.keys(value)
  const [, key = ''] = /(\w+):\s*$/.exec(before) ?? []
  if (keyed[key]) return keyed[key]
  const calls = [...before.matchAll(/([\p{ID_Continue}$]+)\(/gu)].map(([, name = '']) => name)
  return calls.map(name => wanted[name]).findLast(words => words !== undefined) ?? anything
}

const inString = async (line: string, look: Look): Promise<CompleterResult | null> => {
  const open = openString(line)
  if (!open) return null
  const found = beginning(open.text, await wordsAt(open.before, look))
  return [found.length === 1 ? [`${found[0]}${open.quote}`] : [...found], open.text]
}

/** Storeys, and the words of claims that are long enough to distinguish them. */
const provable = async (): Promise<readonly string[]> => {
  const { propositions } = await loadProofs()
  const claims = Object.values(propositions)
    .flat()
    .flatMap(({ claim }) => claim.match(/[\p{L}][\p{L}-]{3,}/gu) ?? [])
  return [...new Set([...Object.keys(propositions), ...claims])].toSorted()
}

const arguments_: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
  help: documented,
  rules: () => ruleNames,
  cells: () => cellNames,
  prove: provable,
}

const afterCommand = async (line: string): Promise<CompleterResult | null> => {
  const [, command = '', text = ''] = /^\s*\.(\w+)\s+(.*)$/.exec(line) ?? []
  const words = await arguments_[command]?.()
  if (!words) return null
  const prefix = text.split(' ').at(-1) ?? ''
  return [[...beginning(prefix, words)], prefix]
}

/** Node's completer with ours before it. An expression after a command is completed as it is on a line of its own. */
export const completing =
  (node: Complete, look: Look): Complete =>
  (line, done) => {
    const rest = /^\s*\.(?:triangle|audit|tex)\s+(.*)$/.exec(line)?.[1] ?? line
    const mine = async () => (await afterCommand(line)) ?? (await inString(rest, look))
    mine().then(
      result => (result ? done(null, result) : node(rest, done)),
      () => node(rest, done),
    )
  }
