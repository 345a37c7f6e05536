/** A formula read as a step in time: what is state, what is learned, what is given, and what the readout sees. */

import { described } from '../../ad/describe.ts'
import { nearest } from '../../ad/did-you-mean.ts'
import { DomainError, NameError } from '../../ad/errors.ts'
import { constants } from '../../ad/formula/evaluate.ts'
import { statementsOf } from '../../ad/formula/grammar.ts'
import { shapesOf } from '../../ad/formula/infer-shapes.ts'
import { pointed, type Source } from '../../ad/formula/position.ts'
import { simplified } from '../../ad/formula/program.ts'
import { type Name, namesIn, type Statement } from '../../ad/formula/statements.ts'

/** A size by its name: d units, n inputs. */
type Dim = 'd' | 'n' | number
type Dims = readonly Dim[]

/**
 * What may be given for a name of a formula: a number; 'learned', a number that is learned and begins at 0, or { learned: 0.5 }; or the
 * shape of a parameter, ['d', 'd'].
 */
export type FormulaOption = number | 'learned' | { readonly learned: number } | Dims
export type FormulaOptions = { readonly [name: string]: FormulaOption }

/** A step that has been read: its statements in order, the shapes of what it learns, and the names of its state. */
export interface Formula {
  readonly statements: readonly Statement[]
  readonly output?: Statement
  readonly states: readonly string[]
  readonly params: { readonly [name: string]: Dims }
  /** Where learned numbers begin. */
  readonly begins: { readonly [name: string]: number }
}

const outputs: readonly string[] = ['y', 'output']

/** Names of what a statement reads; each with its place. */
const readBy = ({ expression }: Statement): readonly Name[] => namesIn(expression)

const checkTargets = (source: Source, statements: readonly Statement[]): void => {
  const before = new Set<string>(['x', ...constants.keys()])
  for (const { name, at } of statements) {
    if (before.has(name))
      throw pointed(NameError, source, at, {
        given: name === 'x' || constants.has(name) ? `an assignment to ${name}` : `a second assignment to ${name}`,
        wanted: name === 'x' ? 'x only read: it is the input' : 'each name assigned once',
        remedy: 'Use another name',
      })
    before.add(name)
  }
}

/** States: what is read before it is assigned, and h, which the readout sees. */
const statesOf = (source: Source, statements: readonly Statement[]): readonly string[] => {
  const [assigned, early] = [new Set<string>(), new Set<string>(['h'])]
  for (const statement of statements) {
    for (const { name } of readBy(statement)) if (!assigned.has(name)) early.add(name)
    assigned.add(statement.name)
  }
  const states = [...assigned].filter(name => early.has(name))
  if (states.length > 0) return states
  throw new DomainError({
    who: source.who,
    given: 'no state: every name is assigned before it is read',
    wanted: 'a name that is read before it is assigned, such as h',
    remedy: "Write 'h = tanh(W*h + V*x)'",
  })
}

/** A name that nothing reads is a slip of the pen. */
const checkUse = (source: Source, statements: readonly Statement[], states: readonly string[]): void => {
  const names = statements.flatMap(statement => readBy(statement).map(({ name }) => name))
  const idle = statements.find(({ name }) => !names.includes(name) && !states.includes(name) && !outputs.includes(name))
  if (!idle) return
  const near = nearest(idle.name, names)
  throw pointed(NameError, source, idle.at, {
    given: `${idle.name}, which nothing reads`,
    wanted: 'a state, something a later statement reads, or the output y',
    remedy: near ? `Did you mean \`${near}\`?` : 'Leave it out, or read it',
  })
}

const checkOptions = (source: Source, statements: readonly Statement[], options: FormulaOptions): void => {
  const assigned = statements.map(({ name }) => name)
  const names = statements.flatMap(statement => readBy(statement).map(({ name }) => name))
  for (const [name, option] of Object.entries(options)) {
    const open = [...new Set(names)].filter(known => known !== 'x' && !assigned.includes(known))
    if (!open.includes(name))
      throw new NameError({
        who: source.who,
        given: `a value for ${name}`,
        wanted: `one of ${open.join(', ') || 'no names: nothing is open'}`,
        remedy: `${nearest(name, open) ? `Did you mean \`${nearest(name, open)}\`?` : 'Give only what the text reads and does not assign'}`,
      })
    checkValue(source, name, option)
  }
}

const isDims = (option: FormulaOption): option is Dims => Array.isArray(option)
const isDim = (dim: unknown): boolean => dim === 'd' || dim === 'n' || (Number.isInteger(dim) && Number(dim) >= 1)
const isLearned = (option: FormulaOption): boolean =>
  option === 'learned' || Number.isFinite((option as { learned?: number })?.learned)

const checkValue = ({ who }: Source, name: string, option: FormulaOption): void => {
  if (isDims(option) ? option.length <= 2 && option.every(isDim) : Number.isFinite(option) || isLearned(option)) return
  throw new DomainError({
    who,
    given: `${name}: ${JSON.stringify(option) ?? described(option)}`,
    wanted: "a finite number, 'learned', { learned: 0.5 }, or a shape of 'd', 'n' and numbers",
    remedy: `Give { ${name}: 0.5 }`,
  })
}

/** A number that nobody gave: not to be mistaken for a parameter. */
const missing = (source: Source, { name, at }: Name): never => {
  throw pointed(DomainError, source, at, {
    given: `${name}, which is a number here and has no value`,
    wanted: `a value for ${name}`,
    remedy: `Give { ${name}: 0.5 }, or '${name} = 0.5;' before it, or { ${name}: 'learned' }; a matrix has a capital, W*h`,
  })
}

const declaredShape = (option: FormulaOption): Dims => (isDims(option) ? option : [])
const dimOf = (size: string): Dim => (size === 'd' || size === 'n' ? size : Number(size))

const learnedFrom = (options: FormulaOptions): Formula['begins'] =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, option]) =>
      typeof option === 'object' && 'learned' in option ? [[name, option.learned]] : [],
    ),
  )

/** The output may be made of the state alone: the readout sees nothing else. */
const checkOutput = (source: Source, output: Statement | undefined, states: readonly string[]): void => {
  const other = output && readBy(output).find(({ name }) => !states.includes(name))
  if (!output || !other) return
  throw pointed(NameError, source, other.at, {
    given: `${output.name} made of ${other.name}, which is no state`,
    wanted: `an output made of ${states.join(', ')} and numbers`,
    remedy: `Call it h instead of ${output.name}: h is kept, and the readout sees it`,
  })
}

const paramsOf = (
  source: Source,
  statements: readonly Statement[],
  bound: readonly string[],
  named: (name: string) => boolean,
  shapes: ReadonlyMap<string, readonly string[]>,
): Formula['params'] => {
  const open = statements.flatMap(readBy).filter(({ name }) => !bound.includes(name))
  for (const name of open) if (shapes.get(name.name)?.length === 0 && !named(name.name)) missing(source, name)
  return Object.fromEntries(open.map(({ name }) => [name, (shapes.get(name) ?? []).map(dimOf)]))
}

type Known = readonly [name: string, shape: readonly string[]]

/**
 * Reads a text as a step; numbers that nobody gave are an error, or, where the text is `open`, names like any other. Throws
 * a JanusError that points at the column where something is wrong.
 */
export const formulaOf = (text: string, options: FormulaOptions, open = false): Formula => {
  const source = { who: 'cell', text }
  const all = statementsOf(source)
  checkTargets(source, all)
  checkOptions(source, all, options)
  checkUse(source, all, statesOf(source, all))
  const given = Object.entries(options).flatMap(([name, option]) =>
    typeof option === 'number' ? [[name, option] as const] : [],
  )
  const { statements } = simplified(source, all, new Map(given))
  const states = statesOf(source, statements)
  const declared = Object.entries(options).flatMap(([name, option]): Known[] =>
    typeof option === 'number' ? [] : [[name, declaredShape(option).map(String)]],
  )
  const output = statements.find(({ name }) => outputs.includes(name) && !states.includes(name))
  checkOutput(source, output, states)
  const fixed = [...states, ...(output ? [output.name] : [])].map((name): Known => [name, ['d']])
  const shapes = shapesOf(source, statements, {
    shapes: new Map<string, readonly string[]>([['x', ['n']], ...fixed, ...declared]),
    otherwise: 'd',
  })
  const bound = ['x', ...statements.map(({ name }) => name)]
  return {
    statements: statements.filter(statement => statement !== output),
    ...(output && { output }),
    states,
    params: paramsOf(
      source,
      statements,
      bound,
      name => (open && !/^\p{Lu}/u.test(name)) || Object.hasOwn(options, name),
      shapes,
    ),
    begins: learnedFrom(options),
  }
}
