import { command } from '../command.ts'
import { cell, forgetBias, initial, numbers, ofModel, seed } from '../shared.ts'

export const spectrum = command({
  name: 'spectrum',
  does: 'Lyapunov exponents and singular values of a random network: vanishing, exploding, or neither',
  options: {
    ...cell('leaky'),
    '--alpha <α>': 'leak of leaky and membrane, in (0, 1] (default 1)',
    ...forgetBias('initial bias of the forget gates of lstm and peephole (default 0)'),
    '--hidden <d>': 'units (default 16)',
    ...initial('normal'),
    '--gain <g>': 'their scale; of spectral the largest |eigenvalue| (default 1)',
    ...ofModel,
    '--steps <T>': 'steps of the run (default 50)',
    ...seed,
    ...numbers,
  },
  examples: [
    'janus spectrum --initial spectral --gain 0.9',
    'janus spectrum --cell lstm --forget-bias 3',
    'janus spectrum --from runs/KEY/model.json --data sunspots',
  ],
  run: async (_, options) => (await import('../spectrum.ts')).spectrum(options),
})
