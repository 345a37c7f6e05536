import { command } from '../command.ts'
import { json } from '../shared.ts'

export const runs = command({
  name: 'runs',
  takes: '[what...]',
  does: 'the runs of a folder: finished, running, interrupted or failed; show ID prints one, export --csv all metrics',
  options: {
    '--out <folder>': 'the folder of runs (default runs)',
    '--csv': 'of export: a table with a line for every update, as CSV',
    ...json('one JSON object a run'),
  },
  examples: ['janus runs', 'janus runs show 3f2a', 'janus runs export --csv > metrics.csv'],
  run: async (words, options) => (await import('../runs.ts')).runs(words, options),
})
