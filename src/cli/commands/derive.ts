import { command } from '../command.ts'
import { layers } from '../shared.ts'

export const derive = command({
  name: 'derive',
  takes: '<cell>',
  does: 'the equations of a cell under a rule, out of the program that runs; what the rule drops struck through',
  options: {
    '--rule <rule>': 'a name of janus rules (default rtrl)',
    '--as <form>': 'text, tex, typst, or ts: TypeScript that runs by itself (default text)',
    ...layers,
  },
  examples: [
    'janus derive leaky --rule rflo',
    'janus derive lstm --rule bptt --as tex',
    "janus derive 'h = tanh(W*h + V*x)' --as ts > mine.ts",
  ],
  run: async ([cell], options) => (await import('../../derive/derive.ts')).deriveCommand(cell, options),
})
