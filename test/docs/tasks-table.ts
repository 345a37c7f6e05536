/** The tables of docs/tasks.md, from what each task says of itself. */
import { taskNames, tasks } from '../../src/training/tasks/index.ts'
import type { MadeUp, Task } from '../../src/training/tasks/task.ts'
import { markdown } from './markdown.ts'

const columns = {
  task: ({ name }) => `\`${name}\``,
  asks: ({ asks }) => asks,
  'inputs, targets': (_, { n, m }) => `${n}, ${m}`,
  floors: (_, { floors }) => floors.map(({ name, value }) => `${name} ${Number(value.toFixed(4))}`).join('; '),
  in: (_, { unit }) => unit,
  paper: ({ papers }) => papers.map(({ authors, year }) => `${authors} ${year}`).join('; '),
} satisfies Readonly<Record<string, (task: Task, made: MadeUp) => string>>

export const tasksTable = (): string =>
  markdown(
    Object.keys(columns),
    taskNames.map(name => Object.values(columns).map(cell => cell(tasks[name], tasks[name].on()))),
  )

/** Every option of every task, with its range, its default and what it does. */
export const taskOptionsTable = (): string =>
  markdown(
    ['task', 'option', 'range', 'default', 'what it is'],
    taskNames.flatMap(name =>
      Object.entries((tasks[name] as Task).options).map(([option, facts]) => [
        name,
        option,
        facts.range,
        facts.default,
        facts.means,
      ]),
    ),
  )
