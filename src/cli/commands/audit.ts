import { command } from '../command.ts'
import { json, seed } from '../shared.ts'

export const audit = command({
  name: 'audit',
  takes: '[rule]',
  does: 'what a learning rule really computes, reads and costs, and where it errs',
  options: {
    '--all': 'every rule in one table, in place of one rule',
    '--cell <cell>': async () => {
      const { cellNames } = await import('../../../nets/cells/index.ts')
      return `${cellNames.join(', ')} (default the first that the rule serves), or a text: 'h = tanh(W*h + V*x)'`
    },
    '--hidden <d>': 'units of the networks that it is measured on (default 3)',
    '--steps <T>': 'steps of their runs (default 10)',
    '--networks <N>': 'random networks that it is compared on, line by line (default 12)',
    '--as <rule>': 'the rule that it is sold as: held to the facts of that one, and compared with it',
    '--learn': 'train it on three small tasks too',
    '--deep': 'look for a curl too: whether it is the gradient of anything',
    ...seed,
    ...json('one JSON object'),
    '--html': 'a page for a browser',
  },
  examples: [
    'janus audit rflo',
    "janus audit 'tbptt(k=3)' --cell gru --deep",
    'janus audit ./my-rule.js --as rtrl',
    'janus audit --all',
  ],
  run: async (taken, options) => (await import('../audit.ts')).auditCommand(taken, options),
})
