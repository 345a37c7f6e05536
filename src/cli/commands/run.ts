import { command } from '../command.ts'
import { beginning, indexBase, json, out, shadows } from '../shared.ts'

export const run = command({
  name: 'run',
  takes: '<sweep>',
  does: 'run a sweep file: all of it, a part, or the one run whose position a scheduler names in the environment',
  options: {
    '--workers <n>': 'runs at a time, each in a process (default the cores of the machine); 0: in this process',
    '--index <k>': 'the run at position k of the plan, or several as 3,17-19',
    ...indexBase('the indices count from b'),
    '--shard <i/n>': 'the positions that leave i when divided by n',
    '--id <ids>': 'runs by their ids, or by how those begin',
    ...out,
    ...beginning,
    ...shadows,
    ...json('one JSON object a run'),
    '--quiet': 'no progress',
  },
  examples: [
    'janus run sweep.yaml --workers 4',
    'janus run sweep.yaml --index 17',
    'janus run sweep.yaml --index "$(janus missing sweep.yaml)"',
    'janus run sweep.yaml --shard 0/3',
  ],
  run: async ([sweep], options) => (await import('../sweep-run.ts')).run(sweep, options),
})
