/** The commands of the prompt, those that begin with a dot. */
import { writeFileSync } from 'node:fs'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, KindError, NameError } from '../../ad/errors.ts'
import { type CellName, cellNames, cells, formerCellNames } from '../../nets/cells/index.ts'
import { resolved } from '../../nets/run/rule.ts'
import type { Run } from '../../nets/run/timestep.ts'
import { type Entry, formerNames, type RuleName, registry, ruleNames, ruleOf } from '../../rules/index.ts'
import { bytesOf, longestText } from '../bytes.ts'
import { isMaker, isRule, isRun } from '../display/guards.ts'
import { cellTable, claimTable } from '../display/info-tables.ts'
import { exportedName, registryTable, ruleTable } from '../display/rule-tables.ts'
import { ruleTriangleOf, ruleTriangleText } from '../display/rule-triangle.ts'
import { textOf, wrapped } from '../display/table.ts'
import { drawn, portrait, smallRun, triangleOf, triangleOfRun } from '../display/triangle.ts'
import { sentenceOf } from './docs.ts'
import { helpOf } from './help.ts'
import { loadProofs, loadSymbols } from './scope.ts'

/** What a command uses of the prompt. */
export interface Prompt {
  say(text: string): void
  /** The value of an expression among the prompt's own names. */
  valueOf(expression: string): Promise<unknown>
  /** Runs lines as if they were typed; up to the first that fails, whose error it throws. */
  play(lines: readonly string[]): Promise<void>
  /** Every line that went well so far, its result below it as a comment. */
  transcript(): string
  /** Gives way to the reader; true once they have pressed ctrl-C. */
  stopped(): Promise<boolean>
}

/** A command: its argument, what it does in a few words, and the function that does it. */
export interface PromptCommand {
  readonly takes?: string
  readonly help: string
  run(text: string, prompt: Prompt): Promise<void> | void
}

const known = <N extends string>(who: string, name: string, names: readonly N[], wanted: string): N => {
  const found = names.find(one => one === name)
  if (found) return found
  const near = nearest(name, names)
  const remedy = near ? `Did you mean ${near}?` : `${who} alone lists them`
  throw new NameError({ who, given: name, wanted, remedy })
}

const ruleText = (name: RuleName): string =>
  `${textOf(ruleTable(registry[name] as Entry))}\n.help ${exportedName(name)} has an example`

const rules = (name: string): string =>
  name === ''
    ? `${textOf(registryTable(registry))}\n.rules NAME has the options of one, .help NAME an example`
    : ruleText(known('.rules', formerNames[name] ?? name, ruleNames, 'the name of a rule'))

const cell = (name: CellName): string => {
  const [, ...facts] = textOf(cellTable(cells[name]())).split('\n')
  return [name, wrapped(`  ${sentenceOf(exportedName(name))}`, 80, '  '), ...facts].join('\n')
}

/** Timesteps that fit the page. */
const widest = 12

const requireRun = (expression: string, found: unknown): Run => {
  if (!isRun(found))
    throw new KindError({
      who: '.triangle',
      given: `${expression}, which is no run`,
      wanted: 'a rule, the timesteps of a run, or both',
      remedy: 'Make one with unroll(net)(θ, data), or leave it out for a small network',
    })
  if (found.length - 1 > widest)
    throw new DomainError({
      who: '.triangle',
      given: `a run of ${found.length - 1} steps`,
      wanted: `at most ${widest}, which fit the page`,
      remedy: 'Unroll a shorter sequence',
    })
  return found
}

/** `.triangle RULE, RUN`: either may be left out, and the rule be a maker that was not called. */
const triangle = async (expression: string, prompt: Prompt): Promise<string> => {
  if (expression === '') return drawn(1, triangleOf(1, 6))
  const values = (await prompt.valueOf(`[${expression}]`)) as readonly unknown[]
  const entry = values.find((x): x is Entry => isRule(x) || isMaker(x))
  const others = values.filter(x => x !== entry)
  const run = others.length > 0 || !entry ? requireRun(expression, others[0]) : smallRun(1, 6)
  if (!entry) return portrait(triangleOfRun(run))
  const rule = ruleOf(entry)
  const draws = resolved(rule, run.net).draws ? 'one draw, of seed 0' : null
  return ruleTriangleText(ruleTriangleOf(rule.name, rule, run), `a run of ${run.length - 1} steps`, draws)
}

/** `.audit RULE`: the page of a rule, or of a maker that was not called. */
const audited = async (expression: string, prompt: Prompt): Promise<string> => {
  const entry = expression === '' ? undefined : await prompt.valueOf(expression)
  if (!isRule(entry) && !isMaker(entry))
    throw new KindError({
      who: '.audit',
      given: expression === '' ? 'no rule' : `${expression}, which is no rule`,
      wanted: 'a rule, or a maker of rules',
      remedy: 'Try .audit rflo',
    })
  const [{ audit }, { pageOf }] = await Promise.all([import('../audit/index.ts'), import('../audit/page.ts')])
  return pageOf(audit(entry as Entry, { command: `.audit ${expression}` }))
}

const storeys = async (prompt: Prompt): Promise<void> => {
  const { propositions } = await loadProofs()
  const rows = Object.entries(propositions).map(([storey, list]) => [`  ${storey}`, String(list.length)])
  prompt.say(textOf({ title: 'storeys, and how many propositions each has', rows }))
  prompt.say('.prove STOREY, or some words of a claim, decides them; ctrl-C stops')
}

const prove = async (pattern: string, prompt: Prompt): Promise<void> => {
  if (pattern === '') return storeys(prompt)
  const { find, prove: decisions } = await loadProofs()
  const many = find({ pattern }).length
  if (many === 0)
    throw new NameError({
      who: '.prove',
      given: `no proposition has '${pattern}' in its claim or storey`,
      wanted: 'some words of a claim',
      remedy: '.prove alone lists the storeys',
    })
  let [passed, failed] = [0, 0]
  for (const decision of decisions({ pattern })) {
    prompt.say(textOf(claimTable([many === 1 ? decision : ({ ...decision, counterexample: undefined } as never)])))
    if (decision.passed) passed++
    else failed++
    if (await prompt.stopped()) break
  }
  prompt.say(`${passed} of ${many} decided as claimed, ${failed} not`)
}

/** Whether a text is a program, a function or a string in quotes, rather than a formula. */
const isProgram = (text: string): boolean => text.includes('=>') || /^(['"`]).*\1$/.test(text)

const texOf = async (text: string, prompt: Prompt): Promise<string> => {
  const { tex } = await loadSymbols()
  const named = /^[\p{ID_Continue}$.]+$/u.test(text) ? await prompt.valueOf(text).catch(() => undefined) : undefined
  const program = isProgram(text) ? await prompt.valueOf(text) : named
  return tex((typeof program === 'function' || isProgram(text) ? program : text) as string)
}

const save = (file: string, prompt: Prompt): void => {
  if (file === '')
    throw new DomainError({ who: '.save', given: 'no file', wanted: 'a name for one', remedy: 'Try .save session.js' })
  try {
    writeFileSync(file, prompt.transcript())
  } catch (fault) {
    const given = `${file}: ${(fault as Error).message}`
    throw new DomainError({ who: '.save', given, wanted: 'a file that can be written', remedy: 'Try another folder' })
  }
  prompt.say(`saved; .load ${file} runs it again, so does janus repl < ${file}`)
}

const load = async (file: string, prompt: Prompt): Promise<void> => {
  if (file === '')
    throw new DomainError({ who: '.load', given: 'no file', wanted: 'the name of one', remedy: 'Try .load session.js' })
  await prompt.play(contents(file).split(/\r?\n/))
}

const contents = (file: string): string => {
  try {
    return bytesOf(file, longestText).toString('utf8')
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException
    const given = `${file}: ${code === 'ENOENT' ? 'no such file' : code}`
    throw new DomainError({ who: '.load', given, wanted: 'a file that can be read', remedy: 'Check its path' })
  }
}

const help = async (name: string, prompt: Prompt): Promise<void> => {
  if (name !== '') return prompt.say(await helpOf(name))
  const rows = Object.entries({ ...commands, ...builtIn }).map(([command, { takes = '', help: what }]) => [
    `.${command} ${takes}`,
    what,
  ])
  prompt.say(textOf({ rows: rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)) }))
  prompt.say('Tab completes names, properties, and the names of rules and cells in quotes.')
}

/** The commands that every prompt of Node has. */
const builtIn: Readonly<Record<string, Omit<PromptCommand, 'run'>>> = {
  break: { help: 'leaves an unfinished line' },
  editor: { help: 'many lines at once' },
  exit: { help: 'leaves; so does ctrl-D' },
}

export const commands: Readonly<Record<string, PromptCommand>> = {
  help: { takes: 'NAME', help: 'what a name is, with an example; alone this list', run: help },
  rules: {
    takes: 'NAME',
    help: 'the learning rules, or one of them',
    run: (name, prompt) => prompt.say(rules(name)),
  },
  cells: {
    takes: 'NAME',
    help: 'the cells: formulas and parameters',
    run: (name, prompt) =>
      prompt.say(
        (name === '' ? cellNames : [known('.cells', formerCellNames[name] ?? name, cellNames, 'the name of a cell')])
          .map(cell)
          .join('\n'),
      ),
  },
  prove: { takes: 'WORDS', help: 'decides the propositions with these words', run: prove },
  triangle: {
    takes: 'RULE, RUN',
    help: 'every pair of loss time and parameter time, of a small network where no run is named; of a rule beneath the exact one',
    run: async (expression, prompt) => prompt.say(await triangle(expression, prompt)),
  },
  audit: {
    takes: 'RULE',
    help: 'what a rule really computes, reads and costs, and where it errs',
    run: async (expression, prompt) => prompt.say(await audited(expression, prompt)),
  },
  tex: {
    takes: 'FORMULA',
    help: 'LaTeX of a formula, or of a function of values',
    run: async (text, prompt) => prompt.say(await texOf(text, prompt)),
  },
  load: { takes: 'FILE', help: 'runs a file as if it was typed', run: load },
  save: { takes: 'FILE', help: 'writes the lines without errors as a script that janus repl runs', run: save },
}
