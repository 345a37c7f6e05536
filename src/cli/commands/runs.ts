import { command } from '../command.ts'
import { json } from '../shared.ts'

export const runs = command({
  name: 'runs',
  takes: '[what...]',
  does: 'the runs of a folder: finished, running, interrupted or failed; show ID prints one, export all metrics, branch ID goes on from one with other settings',
  options: {
    '--out <folder>': 'the folder of runs (default runs)',
    '--csv': 'of export: a table with a line for every update, as CSV',
    '--parquet <file>': 'of export: the same written to a Parquet file',
    '--at <step>': 'of branch: the update of the run after which the new one begins',
    '--checkpoint-every <s>': 'of branch: seconds between checkpoints (default 30)',
    '--retry': 'of branch: go on with one that failed',
    '--allow-other-engine': 'of branch: go on from a run of another engine, machine or version',
    ...json('one JSON object a run'),
  },
  examples: [
    'janus runs',
    'janus runs show 3f2a',
    'janus runs export --csv > metrics.csv',
    'janus runs export --parquet metrics.parquet',
    'janus runs branch 3f2a --at 1000 lr=0.001',
  ],
  run: async ([what, ...words], options) =>
    what === 'branch'
      ? (await import('../branch.ts')).branch(words, options)
      : (await import('../runs.ts')).runs(what === undefined ? [] : [what, ...words], options),
})
