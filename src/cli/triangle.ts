/** `janus triangle`: every pair of loss time and parameter time of a small run, and beneath it what a rule makes of each. */
import { isLeft } from 'fp-ts/lib/Either.js'
import { DomainError } from '../../ad/errors.ts'
import type { Branch } from '../../ad/tree.ts'
import { item } from '../../ad/value.ts'
import type { Cell } from '../../nets/cells/cell.ts'
import { type CellName, cellNames, cells } from '../../nets/cells/index.ts'
import { resolved } from '../../nets/run/rule.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { ruleOf } from '../../rules/registry.ts'
import { paragraph } from '../display/chart.ts'
import { matricesOf, ruleTriangleOf, ruleTriangleText } from '../display/rule-triangle.ts'
import { drawn, pictured, portrait, smallRun, triangleOfRun } from '../display/triangle.ts'
import { attempt, type Command } from '../failure.ts'
import { type Given, inNewWords, orThrow, ranges, reader, wholeUpTo } from '../options.ts'
import { chooseRule } from '../rule-choice.ts'
import { callOf } from '../rule-named.ts'
import { isText, writtenCell } from '../training/cell-text.ts'
import { modelRun } from '../training/model-run.ts'

/** Triangle options as the command line gives them. */
export interface TriangleOptions {
  /** A rule whose own triangle stands beneath the exact one. */
  readonly rule?: string
  /** The cell of the network, by its name or as a text, and its units. */
  readonly cell?: string
  readonly hidden?: Given
  readonly seed?: Given
  readonly steps?: Given
  readonly json?: boolean
  /** A model in place of a small random network. */
  readonly from?: string
  /** What the model runs on; made up where nothing is named. */
  readonly data?: string
  readonly task?: string
  readonly column?: string
  readonly target?: string
}

const { number, only, oneOf } = reader('triangle')

/** The options, found good. */
export interface TriangleSettings {
  readonly seed: number
  readonly steps: number
  readonly cell: string
  readonly hidden: number
}

/** Reads the options. Throws a DomainError for steps outside 1 … 12, more than fits a page, for another number that is out of its range, and for options that do not apply. */
export const readOptions = ({ seed = 1, steps = 6, from, ...rest }: TriangleOptions): TriangleSettings => {
  for (const name of ['data', 'task', 'column', 'target'] as const)
    orThrow(only(name, rest[name], from !== undefined, '--from'))
  for (const name of ['cell', 'hidden'] as const)
    orThrow(only(name, rest[name], from === undefined, 'a random network'))
  const { cell = 'leaky', hidden = 2 } = rest
  return {
    seed: orThrow(number('seed', seed, ranges.seed)),
    steps: orThrow(number('steps', steps, wholeUpTo(1, 12, 6))),
    cell: isText(cell) ? cell : orThrow(oneOf('cell', cellNames, cell)),
    hidden: orThrow(number('hidden', hidden, wholeUpTo(1, 64, 3))),
  }
}

/** A run, what it is of in a line, and its θ in words. */
interface Subject {
  readonly run: Run
  readonly what: string
  readonly θ: string
}

/** A random network of the cell of the settings. */
const random = async ({ seed, steps, cell, hidden }: TriangleSettings): Promise<Subject> => {
  const { own } = await writtenCell(cell, null)
  const made = own ? own() : (cells[cell as CellName]({ alpha: 0.5 }) as Cell<Branch, Branch>)
  return {
    run: smallRun(seed, steps, made, hidden),
    what: paragraph('network', `${cell}, d=${hidden}, n=1, m=1, T=${steps}, seed ${seed}.`),
    θ: "the cell's parameters",
  }
}

/** Refuses steps none of which has a loss: all pairs would be 0. */
const requireLoss = (run: Run, { steps }: TriangleSettings): void => {
  if (run.some(({ loss }) => item(loss) !== 0)) return
  throw new DomainError({
    who: 'triangle',
    given: `no loss in ${steps} step${steps === 1 ? '' : 's'} of what the model runs on`,
    wanted: 'a loss at one step at least',
    remedy: 'Ask for more with --steps: an image has its loss at its last step',
  })
}

const subjectOf = async (options: TriangleOptions, settings: TriangleSettings): Promise<Subject> => {
  const { from, data, task, column, target } = options
  if (from === undefined) return random(settings)
  const { run, what } = await modelRun('triangle', from, { ...settings, data, task, column, target } as never)
  requireLoss(run, settings)
  return { run, what: paragraph('network', `${what}.`), θ: "the cell's parameters" }
}

/** A rule by its name or its file, with what it is called. */
const ruleNamed = async (given: string) => {
  const chosen = await chooseRule(given)
  if (isLeft(chosen)) throw chosen.left[0]
  const { entry, options } = chosen.right
  return { name: callOf(chosen.right), rule: ruleOf(entry as never, options) }
}

/** What was asked for, as JSON says it: of a model the file, in place of a cell. */
const askedOf = ({ from }: TriangleOptions, { cell, hidden, ...rest }: TriangleSettings): object =>
  from === undefined ? { ...rest, cell, hidden } : { from, ...rest }

const withRule = async (
  given: string,
  { run, what }: Subject,
  options: TriangleOptions,
  settings: TriangleSettings,
): Promise<string> => {
  const { name, rule } = await ruleNamed(given)
  const found = ruleTriangleOf(name, rule, run, settings.seed)
  const draws = resolved(rule, run.net, settings.seed).draws ? `one draw, of seed ${settings.seed}` : null
  if (!options.json) return ruleTriangleText(found, what, draws)
  const [exact, own] = matricesOf(found)
  return JSON.stringify({
    ...askedOf(options, settings),
    rule: name,
    lags: found.lags,
    along: { exact, own },
    vectors: { exact: found.exact, own: found.own },
  })
}

const exactAlone = ({ run, what, θ }: Subject, options: TriangleOptions, settings: TriangleSettings): string => {
  const found = triangleOfRun(run)
  const { cell, hidden, ...rest } = settings
  if (options.json) return JSON.stringify({ ...(options.from && { from: options.from }), ...rest, ...pictured(found) })
  const plain = options.from === undefined && options.cell === undefined && options.hidden === undefined
  return plain ? drawn(settings.seed, found) : portrait(found, what, θ)
}

/** Prints the triangle of a small random network or of a model, with `rule` that rule's beneath it; with `json` the numbers on one line. */
export const triangle = (given: TriangleOptions): Command =>
  attempt(async () => {
    const options: TriangleOptions = inNewWords(given)
    const settings = readOptions(options)
    const subject = await subjectOf(options, settings)
    const text =
      options.rule === undefined
        ? exactAlone(subject, options, settings)
        : await withRule(options.rule, subject, options, settings)
    console.log(text)
  })
