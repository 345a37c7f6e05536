import { command } from '../command.ts'
import { seed } from '../shared.ts'

export const generate = command({
  name: 'generate',
  does: 'print a text that a trained character model makes',
  options: {
    '--from <model>': { says: 'the model.json of a run on a text', required: true },
    '--length <n>': 'symbols (default 400)',
    '--temperature <t>': 'of the softmax; 0 takes the likeliest symbol each time (default 1)',
    '--prompt <text>': 'the text to go on from',
    ...seed,
  },
  examples: ["janus generate --from runs/KEY/model.json --prompt 'The ' --temperature 0.7"],
  run: async (_, options) => (await import('../generate.ts')).generate(options),
})
