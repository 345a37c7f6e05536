import { command } from '../command.ts'
import { json } from '../shared.ts'

export const identify = command({
  name: 'identify',
  takes: '<files...>',
  does: 'which rule, convention and variant a gradient of another program is, block by block',
  options: {
    '--model <name>': 'of arrays (.npz): leaky, lstm, … of docs/cases.md',
    '--alpha <α>': 'of arrays: leak of a leaky network',
    '--activation <f>': 'of arrays: activation of a leaky network',
    '--output <g>': 'of arrays: identity, tanh, sigmoid or softmax',
    '--loss <name>': 'of arrays: half_mse, sse, softmax_ce or rmse_seq',
    '--dtype <t>': 'of arrays: the precision in which the gradient was computed: f64, f32, f16 or bf16',
    ...json('one JSON object a file'),
  },
  examples: [
    'janus identify case.json',
    'janus identify gradient.npz --model leaky --alpha 1 --activation tanh --output identity --loss half_mse --dtype f32',
  ],
  run: async (files, options) => (await import('../identify.ts')).identifyCommand(files, options),
})
