import { command } from '../command.ts'
import { json } from '../shared.ts'

export const rules = command({
  name: 'rules',
  does: 'the learning rules: what each changes of the exact gradient, keeps and costs',
  options: {
    '--rule <file>': 'a file with a rule of your own: its row too',
    ...json('one JSON object a rule'),
  },
  run: async (_, options) => (await import('../rules.ts')).rules(options),
})
