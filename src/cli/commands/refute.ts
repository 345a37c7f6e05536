import { command } from '../command.ts'
import { cell, json, seed } from '../shared.ts'

export const refute = command({
  name: 'refute',
  takes: '<rules...>',
  does: 'the smallest network on which two rules, or a rule and the gradient, differ',
  options: {
    ...cell('leaky'),
    '--units <d>': 'units at most (default 3)',
    '--steps <T>': 'steps at most (default 5, or two more than the longest window)',
    '--networks <N>': 'random networks of each size (default 12)',
    ...seed,
    '--out <folder>': 'where replay.mjs and case.json are written, which show the difference again',
    ...json('one JSON object'),
  },
  examples: [
    'janus refute rflo gradient',
    "janus refute snap 'snap(n=2)' --cell gru --out difference",
    'janus refute bptt rtrl',
  ],
  run: async (rules, options) => (await import('../refute.ts')).refuteCommand(rules, options),
})
