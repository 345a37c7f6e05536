/** `janus refute`: the smallest network on which two rules differ. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import type { Branch } from '../../ad/tree.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { cells } from '../../nets/cells/index.ts'
import type { AnyRule } from '../../nets/run/rule.ts'
import { gradient } from '../../nets/train/gradient.ts'
import { type Entry, ruleOf } from '../../rules/index.ts'
import { attempt, type Command } from '../failure.ts'
import { type Given, orThrow, ranges, reader, wholeUpTo } from '../options.ts'
import { caseOf } from '../refute/case-file.ts'
import { type Refutation, refute } from '../refute/index.ts'
import { pageOf } from '../refute/page.ts'
import { type Code, scriptOf } from '../refute/script.ts'
import { chooseRule } from '../rule-choice.ts'
import { callOf, type RuleChoice } from '../rule-named.ts'
import { isText, writtenCell } from '../training/cell-text.ts'

/** Options as the command line gives them. */
export interface RefuteCommandOptions {
  readonly cell?: string
  readonly units?: Given
  readonly steps?: Given
  readonly networks?: Given
  readonly seed?: Given
  readonly out?: string
  readonly json?: boolean
}

const { number, oneOf } = reader('refute')
const leak = 0.5

const chosen = async (given: string): Promise<RuleChoice> => {
  const found = await chooseRule(given === 'gradient' ? 'bptt' : given, { who: 'refute', option: 'rule' })
  if (isLeft(found)) throw found.left[0]
  return found.right
}

const cellOf = async (given = 'leaky'): Promise<Cell<Branch, Branch>> => {
  const { own } = isText(given) ? await writtenCell(given, leak) : {}
  if (own) return own()
  const { cellNames } = await import('../../nets/cells/index.ts')
  return cells[orThrow(oneOf('cell', cellNames, given))]({ alpha: leak })
}

const ruleFrom = ({ entry, options }: RuleChoice): AnyRule => ruleOf(entry as Entry, options)

const camel = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** A rule as code; `i` numbers the imports. */
const codeOf = ({ name, entry, options, digest }: RuleChoice, folder: string, i: number): Code => {
  if (digest !== null) {
    const path = relative(folder, resolve(name)).replaceAll('\\', '/')
    const module = `own${i}`
    return {
      import: `import * as ${module} from './${path}'`,
      rule: `await Promise.resolve(Object.values(${module})[0]).then(x => (typeof x === 'function' ? x(janus) : x))`,
    }
  }
  const own = `janus.${camel(name)}`
  return { rule: typeof entry === 'function' ? `${own}(${JSON.stringify(options)})` : own }
}

interface Asked {
  readonly names: readonly [string, string]
  readonly choices: readonly [RuleChoice, RuleChoice]
  readonly cell: string
  readonly command: string
}

const cellCode = (cell: string): string =>
  isText(cell)
    ? `janus.cell(${JSON.stringify(cell)}, { ${cell.includes('α') ? 'α' : 'alpha'}: ${leak} })`
    : `janus.${camel(cell)}(${['leaky', 'membrane'].includes(cell) ? `{ alpha: ${leak} }` : ''})`

/** Writes the script, and the case where a model of cases is that cell. */
const kept = (folder: string, { names, choices, cell, command }: Asked, refutation: Refutation): readonly string[] => {
  const { counterexample, seed } = refutation
  if (!counterexample) return []
  const { problem } = counterexample
  mkdirSync(folder, { recursive: true })
  const script = join(folder, 'replay.mjs')
  const rules = choices.map((choice, i) => [names[i] as string, codeOf(choice, folder, i)] as const)
  writeFileSync(script, scriptOf(problem, { command, cell: cellCode(cell), rules, seed }))
  const tree = gradient(ruleFrom(choices[0]), problem.net, { engine: 'eager', seed })(problem.θ, problem.sequence)
  const about = { id: `${names[0]} and ${names[1]}`, cell, alpha: leak, note: command }
  const found = caseOf(problem, about, { tree, source: `janusgrad ${names[0]}` })
  if (!found) return [script, `no case file: ${cell} is no model of cases (docs/cases.md)`]
  const file = join(folder, 'case.json')
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
  return [script, file]
}

const jsonOf = ([a, b]: readonly [string, string], found: Refutation, files: readonly string[]): string => {
  const { problem: _, ...rest } = found.counterexample ?? { problem: null }
  return JSON.stringify({ first: a, second: b, ...found, counterexample: found.counterexample && rest, files })
}

const requireTwo = (given: readonly string[]): readonly [string, string] => {
  const [a, b = 'gradient', ...more] = given
  if (a !== undefined && more.length === 0) return [a, b]
  throw new DomainError({
    who: 'refute',
    given: `${given.length} rules`,
    wanted: 'two rules, or a rule and gradient',
    remedy: 'Try janus refute rflo gradient',
  })
}

const run = async (given: readonly string[], options: RefuteCommandOptions): Promise<void> => {
  const [a, b] = requireTwo(given)
  const { cell = 'leaky', units = 3, steps, networks = 12, seed = 1, out, json = false } = options
  const choices = [await chosen(a), await chosen(b)] as const
  const names = choices.map((choice, i) =>
    given[i] === choice.name || i === 0 ? callOf(choice) : (given[i] ?? 'gradient'),
  ) as [string, string]
  const found = refute(ruleFrom(choices[0]), ruleFrom(choices[1]), {
    cell: await cellOf(cell),
    units: orThrow(number('units', units, wholeUpTo(1, 8, 3))),
    ...(steps !== undefined && { steps: orThrow(number('steps', steps, wholeUpTo(1, 50, 5))) }),
    networks: orThrow(number('networks', networks, wholeUpTo(1, 1000, 12))),
    seed: orThrow(number('seed', seed, ranges.seed)),
  })
  const command = `janus refute ${a} ${b} --cell ${isText(cell) ? `'${cell}'` : cell} --seed ${seed}`
  const files = out === undefined ? [] : kept(out, { names, choices, cell, command }, found)
  console.log(json ? jsonOf(names, found, files) : pageOf(...names, found))
  if (!json && files.length > 0) console.log(`\nWritten: ${files.join(', ')}`)
}

/** Prints the smallest network on which two rules differ, or what was tried. */
export const refuteCommand = (given: readonly string[], options: RefuteCommandOptions): Command =>
  attempt(() => run(given, options))
