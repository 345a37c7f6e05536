/** `janus tasks`: the registry of made-up tasks, and a task in a file of the user's own beside it. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { wrapped } from '../display/table.ts'
import { type Command, type Failure, failed } from '../failure.ts'
import type { Checked } from '../options.ts'
import { chooseTask, namedTask, type TaskChoice } from '../training/tasks/choice.ts'
import { taskNames } from '../training/tasks/index.ts'

const widths = [18, 8, 15] as const
const inset = '    '

/** The best floor that is known; where none is, a dash. */
const best = ({ made: { floors } }: TaskChoice): string => floors.at(-1)?.value.toFixed(4) ?? '-'

const optionsIn = ({ task: { options } }: TaskChoice): string =>
  Object.entries(options)
    .map(([name, option]) => `${name} ${option.default}`)
    .join(', ')

/** A task in three lines or so: its name, floor, unit and papers; what it asks; its options by default. */
const rows = (choice: TaskChoice): readonly string[] => {
  const { task, made } = choice
  const [paper] = task.papers
  const cells = [choice.name, best(choice), made.unit].map((cell, i) => cell.padEnd(widths[i] ?? 0))
  const head = [...cells, paper ? `${paper.authors} ${paper.year}` : 'no paper'].join(' ')
  const words = [task.asks, optionsIn(choice)].filter(text => text !== '')
  return ['', head.trimEnd(), ...words.map(text => inset + wrapped(text, 80 - inset.length, inset))]
}

const listed = (choice: TaskChoice): object => {
  const { name, made, task } = choice
  const options = Object.entries(task.options).map(([option, { range, default: value, means }]) => [
    option,
    { range, default: value, means },
  ])
  const { n, m, horizon, unit, floors } = made
  return {
    name,
    asks: task.asks,
    options: Object.fromEntries(options),
    n,
    m,
    horizon,
    unit,
    floors,
    papers: task.papers,
  }
}

const legend = [
  'floor   the least mean loss that any network can have; --json has those of',
  '        predictors that know less',
  "options in parentheses: janus train --task 'copy(delay=20, symbols=8)'",
]

const print = (all: readonly TaskChoice[], json: boolean): void => {
  if (json) for (const choice of all) console.log(JSON.stringify(listed(choice)))
  else {
    const head = ['task', 'floor', 'in', 'paper'].map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')
    console.log([head.trimEnd(), ...all.flatMap(rows), '', ...legend].join('\n'))
  }
}

const known = (): readonly TaskChoice[] =>
  taskNames.flatMap(name =>
    E.match(
      () => [],
      (one: TaskChoice) => [one],
    )(namedTask(name)),
  )

/** Prints the tasks by the names that `janus train --task` takes, and the one in a file if it is given. */
export const tasks = ({ json = false, task }: { readonly json?: boolean; readonly task?: string }): Command =>
  pipe(
    TE.fromTask<Checked<TaskChoice> | null, Failure>(async () => (task === undefined ? null : chooseTask(task))),
    TE.flatMapEither(
      (found): E.Either<Failure, readonly TaskChoice[]> =>
        found === null
          ? E.right([])
          : pipe(
              found,
              E.bimap(failed, choice => (choice.digest === null ? [] : [choice])),
            ),
    ),
    TE.map(own => print([...known(), ...own], json)),
  )
