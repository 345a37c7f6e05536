import { command } from '../command.ts'
import { json } from '../shared.ts'

export const tasks = command({
  name: 'tasks',
  does: 'the made-up tasks: inputs and targets, the least loss that is known, options',
  options: {
    '--task <file>': 'a file with a task of your own: its row too',
    ...json('one JSON object a task'),
  },
  run: async (_, options) => (await import('../tasks.ts')).tasks(options),
})
