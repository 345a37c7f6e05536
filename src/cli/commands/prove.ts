import { command } from '../command.ts'
import { json } from '../shared.ts'

export const prove = command({
  name: 'prove',
  takes: '[pattern]',
  does: 'decide every proposition, or those whose claim or storey has the pattern; errata and their ids have pages',
  options: {
    '--runs <n>': 'random cases a proposition',
    '--file <claims>': 'a file of claims of your own, decided in place of ours',
    '--seed <s>': 'where the random cases come from (default 1)',
    ...json('one JSON object a line'),
  },
  examples: [
    'janus prove duality',
    'janus prove errata',
    'janus prove 001-2',
    'janus prove --file ./claims.js',
    'janus prove "adjoint" --runs 1000 --seed 7',
  ],
  run: async ([pattern], options) => (await import('../prove.ts')).prove({ pattern, ...options }),
})
