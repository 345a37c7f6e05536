import { command } from '../command.ts'

export const cite = command({
  name: 'cite',
  does: 'the papers of rules and tasks as BibTeX',
  options: {
    '--rule <rules>': 'names of janus rules, as a,b, or files with rules of your own',
    '--task <tasks>': 'names of janus tasks, as a,b, or files with tasks of your own',
  },
  examples: ['janus cite --rule uoro,rtrl --task add'],
  run: async (_, options) => (await import('../cite.ts')).cite(options),
})
