import { command } from '../command.ts'
import { indexBase, json, out } from '../shared.ts'

export const missing = command({
  name: 'missing',
  takes: '<sweep>',
  does: 'the runs of a sweep that have no end, as the array expression that submits them again; on stderr why',
  options: {
    ...indexBase('the expression counts from b'),
    ...out,
    ...json('one JSON object with the expression and the reasons'),
    '--quiet': 'no reasons',
  },
  examples: ['janus missing sweep.yaml', 'sbatch --array="$(janus missing sweep.yaml)" sweep.sh'],
  run: async ([sweep], options) => (await import('../sweep-missing.ts')).missing(sweep, options),
})
