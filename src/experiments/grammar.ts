/** How settings are written: lists of values, ranges of whole numbers, and options of a task or rule by a dotted name. */
import * as E from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import type { Checked, Given } from '../options.ts'

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

const wrong = (given: string, wanted: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'train', given, wanted, remedy })])

/** The parts between commas that stand outside brackets and quotes. Left: a bracket or a quote that is never closed. */
export const parts = (text: string): Checked<readonly string[]> => {
  const found: string[] = ['']
  const open: string[] = []
  let quote = ''
  for (const mark of text) {
    if (mark === ',' && open.length === 0 && quote === '') {
      found.push('')
      continue
    }
    found[found.length - 1] += mark
    if (quote !== '') quote = mark === quote ? '' : quote
    else if (mark === '"' || mark === "'") quote = mark
    else if (closing[mark]) open.push(closing[mark])
    else if (mark === open.at(-1)) open.pop()
  }
  const left = quote || open.at(-1)
  if (left === undefined || left === '') return E.right(found.map(part => part.trim()))
  return wrong(`${text}, where ${left} is missing`, 'brackets and quotes that are closed', `Add ${left}`)
}

const most = 10_000

/** 0..4 as 0, 1, 2, 3, 4; null for what is no range. Left: one that runs down, or is too long. */
const rangeOf = (text: string): Checked<readonly string[]> | null => {
  const [, low, high] = /^(-?\d+)\.\.(-?\d+)$/.exec(text) ?? []
  if (low === undefined || high === undefined) return null
  const [from, to] = [Number(low), Number(high)]
  if (to < from || to - from >= most)
    return wrong(text, `a range that runs up, of at most ${most} numbers`, `Write ${to}..${from}, or list them`)
  return E.right(Array.from({ length: to - from + 1 }, (_, i) => String(from + i)))
}

const unquoted = (text: string): string => /^(['"])(.*)\1$/s.exec(text)?.[2] ?? text

/** The values of a setting: `rtrl,uoro(order=marschall)` is two, `0..4` five, and what stands in quotes one. Left: an empty one. */
export const valuesOf = (name: string, given: Given | readonly Given[]): Checked<readonly string[]> => {
  if (typeof given === 'object') return E.right(given.map(String))
  const text = String(given)
  if (text.trim() === '') return E.right([text])
  return E.Monad.chain(parts(text), found => {
    if (found.includes(''))
      return wrong(`${name} ${text}`, 'a value on both sides of a comma', 'Take the comma out, or quote the value')
    const lists = found.map(part => rangeOf(part) ?? E.right([unquoted(part)]))
    const bad = lists.find(E.isLeft)
    return bad ?? E.right(lists.flatMap(list => (E.isRight(list) ? list.right : [])))
  })
}

/** A call with one more option: add and delay=5 are add(delay=5); an option that is there already is replaced. */
export const withOption = (call: string, option: string, value: string): string => {
  const [, name = call, inside = ''] = /^([^(]*)\((.*)\)\s*$/s.exec(call) ?? []
  const known = parts(inside)
  const others = (E.isRight(known) ? known.right : [inside]).filter(
    part => part !== '' && part.split('=')[0]?.trim() !== option,
  )
  return `${name.trim()}(${[...others, `${option}=${value}`].join(', ')})`
}

/** Settings with task.delay and rule.sigma written into the task and the rule. */
export const folded = (settings: Readonly<Record<string, Given>>): Readonly<Record<string, Given>> => {
  const dotted = /^(task|rule)\.(.+)$/
  const found: Record<string, Given> = {}
  for (const [name, value] of Object.entries(settings)) if (!dotted.test(name)) found[name] = value
  for (const [name, value] of Object.entries(settings)) {
    const [, whole, option] = dotted.exec(name) ?? []
    if (whole === undefined || option === undefined) continue
    found[whole] = withOption(String(found[whole] ?? (whole === 'rule' ? 'bptt' : '')), option, String(value))
  }
  return found
}

/** `setting=value` as the command line has it after the options. Left: one without a name or a value. */
export const overrides = (given: readonly string[]): Checked<Readonly<Record<string, string>>> => {
  const pairs = given.map(text => /^([A-Za-z][\w.-]*)=(.*)$/s.exec(text))
  const bad = pairs.indexOf(null)
  if (bad >= 0) return wrong(`the word ${given[bad]}`, 'setting=value', 'Write hidden=32, or rule.sigma=0.1')
  return E.right(Object.fromEntries(pairs.map(pair => [camel(pair?.[1] ?? ''), pair?.[2] ?? ''])))
}

/** forget-bias as forgetBias; what follows a dot stays as it is. */
const camel = (name: string): string =>
  name.includes('.') ? name : name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
