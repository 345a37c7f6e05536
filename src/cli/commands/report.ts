import { command } from '../command.ts'
import { json, out } from '../shared.ts'

export const report = command({
  name: 'report',
  takes: '<sweep>',
  does: 'what the runs of a sweep came to, a line for all that differ by their seed alone; what is missing',
  options: {
    '--expect <file>': 'cells.json: the interval in which the median of n runs must lie; exit 1 where one does not',
    ...out,
    ...json('the cells as one JSON object'),
    '--quiet': 'no notes below the table',
  },
  examples: ['janus report sweep.yaml', 'janus report sweep.yaml --expect cells.json'],
  run: async ([sweep], options) => (await import('../sweep-report.ts')).report(sweep, options),
})
